"""What a person can do about a refusal, by the reason that a service gives."""

from __future__ import annotations

from collections.abc import Mapping

_ADVICE = {
    "RESOURCE_NOT_FOUND": "`rapportctl identity` has a command that lists those that there are",
    "CONSTRAINT_FORBIDS": "`rapportctl identity constraints` shows who said otherwise",
    "ALREADY_UNDONE": "`rapportctl identity decisions` shows which decision did it",
    "NOTHING_TO_UNDO": "what it brought together is parted already, or it changed nobody",
    "CUSTOMER_TOO_LARGE": "name fewer customers or accounts at once, or raise the caps in the rules",
    "SUGGESTION_DECIDED": "to decide it anew, undo the decision: `rapportctl identity decisions` shows it",
    "REQUEST_ID_REUSED": "leave out --request-id, or give the very command that had it first",
}
_WITH_NAME = {
    # Reason: which part of the metadata names a resource, in which collection, and what to say of it.
    "CONSTRAINT_FORBIDS": (
        "constraint",
        "constraints",
        "`rapportctl identity unconstrain {name}` takes back what a person said",
    ),
    "ALREADY_UNDONE": ("decision", "decisions", "{name} did it, and undoing that one brings it back"),
}


def advice(reason: str, metadata: Mapping[str, str]) -> str:
    """A sentence without its stop; empty where the service's own words say enough.

    `reason` and `metadata` are those of the error: an ErrorReason without its prefix, and what the reason documents.
    """
    key, collection, said = _WITH_NAME.get(reason, ("", "", ""))
    if name := metadata.get(key, ""):
        return said.format(name=full_name(collection, name))
    return _ADVICE.get(reason, "")


def full_name(collection: str, name: str) -> str:
    """A resource's name with its collection: "constraints/x" for "x"."""
    return name if name.startswith(f"{collection}/") else f"{collection}/{name}"
