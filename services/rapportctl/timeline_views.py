"""What the entries of a history look like to a person."""

from __future__ import annotations

from typing import Any

from rapport.interactions.v1.decision_pb2 import Decision
from rapport.interactions.v1.interaction_pb2 import Interaction
from rapport.profile.v1.profile_pb2 import TimelineEntry
from rapportctl.views import moment, money

TEXT_SHOWN = 60


def timeline_row(entry: TimelineEntry) -> dict[str, Any]:
    """One interaction, or one decision of a person, in a history."""
    if entry.HasField("decision"):
        decision = entry.decision
        return {
            "time": moment(decision.decided_at),
            "kind": decision.WhichOneof("decision") or "",
            "account": entry.account_key,
            "what": _decided(decision),
            "event": decision.event_id,
        }
    interaction = entry.interaction
    return {
        "time": moment(interaction.occurred_at),
        "kind": interaction.WhichOneof("kind") or "",
        "account": entry.account_key,
        "what": _what(interaction),
        "event": interaction.event_id,
    }


def _decided(decision: Decision) -> str:
    """What was decided, without the value of a field: the record shows the one that holds."""
    match decision.WhichOneof("decision"):
        case "consent":
            given = decision.consent
            verdict = "agrees to" if given.granted else "does not agree to"
            return f"{verdict} {given.purpose} on {given.channel or 'all channels'}"
        case "field":
            return f"{decision.field.field} {'laid down' if decision.field.value else 'taken back'}"
        case _:
            return ""


def _what(interaction: Interaction) -> str:
    """The one thing about an interaction that says most."""
    kind = interaction.WhichOneof("kind")
    if kind is None:
        return ""
    said = getattr(interaction, kind)
    if kind in ("purchase", "purchase_return"):
        number = said.order_id if kind == "purchase" else said.return_id
        return f"{money(said.total.minor_units, said.total.currency_code)}  {number}"
    if kind == "observation":
        # Which details, not their values: the record shows those that hold.
        return ", ".join(field.name for field, _ in said.ListFields())
    stars = f"{said.rating} stars  " if kind == "review" else f"{said.score} of 10  " if kind == "survey_answer" else ""
    names = said.DESCRIPTOR.fields_by_name
    text = said.content.text if "content" in names else ""
    text = text or next((getattr(said, name) for name in ("post_id", "code") if name in names), "")
    return f"{stars}{text[:TEXT_SHOWN]}{'…' if len(text) > TEXT_SHOWN else ''}"
