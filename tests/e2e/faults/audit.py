"""The invariants of the design that stores and topics must satisfy when all is quiet."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping

from chassis.ports import Document
from chassis.stages.parts import Part, PartCodec
from chassis.stages.results import Result, result
from rapport.identity.v1.events_pb2 import Assignment, Customer
from rapport.tier.v1.tier_pb2 import TierChange
from rapportctl.registry import message_class, registry
from tests.e2e.faults.picture import IDENTITY, LEVELS, RESULTS, Picture

MOST_HOPS = 16


class _Bytes:
    """Leaves states as they are: the audit looks at envelopes only."""

    def encode(self, state: bytes) -> bytes:
        return state

    def decode(self, data: bytes) -> bytes:
        return data


def parts(picture: Picture, service: str) -> dict[str, Part[bytes]]:
    """The service's personas by account, their states as bytes."""
    codec = PartCodec(_Bytes(), bytes)
    return {key: codec.part(document) for key, document in picture.stores[service]["personas"].items()}


def results(picture: Picture, service: str) -> dict[str, Result]:
    """The service's results by customer."""
    return {key: result(document) for key, document in picture.stores[service][RESULTS[service]].items()}


def audit(picture: Picture, *, but: Collection[str] = ()) -> list[str]:
    """Everything that is wrong, a sentence each; empty if every invariant holds. Those named in `but` are left out."""
    looks = {name: look for name, look in INVARIANTS.items() if name not in but}
    return [f"{name}: {finding}" for name, look in looks.items() for finding in look(picture)]


def one_customer_per_account(picture: Picture) -> Iterator[str]:
    """I4: all services agree on the customer of each account, and on the accounts of each customer."""
    stored = picture.stores[IDENTITY]["memberships"]
    owner = {account: membership["customer"] for account, membership in stored.items()}
    members: dict[str, set[str]] = defaultdict(set)
    for account, customer in owner.items():
        members[customer].add(account)
    published = {key: Customer.FromString(document["message"]) for key, document in _customers(picture).items()}
    snapshots = {key: {account.account_key for account in each.accounts} for key, each in published.items()}
    yield from compare("identity's customers", {k: v for k, v in snapshots.items() if v}, dict(members))
    for service in RESULTS:
        groups = {account: part.group for account, part in parts(picture, service).items()}
        yield from compare(f"{service}'s personas", groups, owner)
        known = results(picture, service)
        live = {key: set(each.body.members) for key, each in known.items() if not each.is_closed}
        yield from compare(f"{service}'s results", live, dict(members))
        merged = {key: each.body.merged_into for key, each in known.items()}
        yield from compare(f"{service}'s merges", merged, {key: each.merged_into for key, each in published.items()})


def merges_end(picture: Picture) -> Iterator[str]:
    """I6: whoever follows `merged_into` comes to a live customer."""
    places = {IDENTITY: _customers(picture)} | {name: picture.stores[name][RESULTS[name]] for name in RESULTS}
    for service, documents in places.items():
        for start in documents:
            customer: str | None = start
            for _ in range(MOST_HOPS):
                document: Document | None = documents.get(customer or "")
                customer = document.get("merged_into") if document else None
                if not customer:
                    break
            if customer or document is None:
                yield f"{service}: {start} leads to no live customer"


def sequences_are_whole(picture: Picture) -> Iterator[str]:
    """I7: a customer's changes are numbered 1 to n, in order, one content each; the last is what the result says."""
    contents: dict[str, dict[int, bytes]] = defaultdict(dict)
    for record in picture.topics["tier-changes"]:
        change = TierChange.FromString(record.value or b"")
        seen = contents[change.customer_id]
        if change.sequence > len(seen) + 1:
            yield f"{change.customer_id}: {change.sequence} follows {len(seen)}"
        if seen.setdefault(change.sequence, record.value or b"") != record.value:
            yield f"{change.customer_id}: {change.sequence} has two contents"
    sequences = {key: each.body.sequence for key, each in results(picture, "vip-tier").items() if each.body.sequence}
    yield from compare("changes", {key: max(seen) for key, seen in contents.items()}, sequences)


def topics_tell_what_is_stored(picture: Picture) -> Iterator[str]:
    """I8, as every reader sees it: of each key the highest version is what is stored, and no version has two contents.

    (Deterministic serialization makes equal messages equal bytes.)
    """
    for topic, stored in _levels(picture).items():
        message = message_class(registry()[topic].value)
        newest: dict[str, tuple[int, bytes]] = {}
        contents: dict[tuple[str, int], bytes] = {}
        for record in picture.topics[topic]:
            key, value = (record.key or b"").decode(), record.value or b""
            version = message.FromString(value).version  # type: ignore[attr-defined]
            if contents.setdefault((key, version), value) != value:
                yield f"{topic}: {key} has two contents of version {version}"
            newest[key] = max(newest.get(key, (0, b"")), (version, value))
        yield from compare(topic, {key: value for key, (_, value) in newest.items()}, stored)


def nothing_old_comes_last(picture: Picture) -> Iterator[str]:
    """I8, as a compacted topic keeps it: the last message of each key is what is stored."""
    for topic, stored in _levels(picture).items():
        yield from compare(f"{topic}, last", {key: each.value for key, each in picture.last(topic).items()}, stored)


def memberships_are_told(picture: Picture) -> Iterator[str]:
    """I8 of assignments: the highest version of each account is the membership that is stored."""
    told: dict[str, tuple[int, str]] = {}
    for record in picture.topics["identity-assignments"]:
        message = Assignment.FromString(record.value or b"")
        told[message.account_key] = max(told.get(message.account_key, (0, "")), (message.version, message.customer_id))
    stored = picture.stores[IDENTITY]["memberships"].items()
    yield from compare("identity-assignments", told, {key: (each["version"], each["customer"]) for key, each in stored})


def nothing_waits(picture: Picture) -> Iterator[str]:
    """I9: no outbox holds a change, and no persona a customer that it has left."""
    for service in RESULTS:
        yield from (
            f"{service}: {key} has an outbox" for key, each in results(picture, service).items() if each.body.outbox
        )
        yield from (
            f"{service}: {key} has left {each.left}" for key, each in parts(picture, service).items() if each.left
        )


def nothing_was_unusable(picture: Picture) -> Iterator[str]:
    """What identity resolution lets through, the others can use: they have no dead letters and no holes."""
    for service in RESULTS:
        if picture.topics[f"dead-letters.{service}"]:
            yield f"{service} has dead letters"
        yield from (f"{service}: {key} has holes" for key, each in parts(picture, service).items() if each.holes)


INVARIANTS: Mapping[str, Callable[[Picture], Iterator[str]]] = {
    "I4": one_customer_per_account,
    "I6": merges_end,
    "I7": sequences_are_whole,
    "I8 by version": topics_tell_what_is_stored,
    "I8 of assignments": memberships_are_told,
    "I8 by place": nothing_old_comes_last,
    "I9": nothing_waits,
    "dead letters": nothing_was_unusable,
}


def _levels(picture: Picture) -> dict[str, dict[str, bytes]]:
    """The stored messages by level topic and key."""
    stored = {
        topic: {key: each.message for key, each in results(picture, service).items() if each.message}
        for service, topic in LEVELS.items()
    }
    return {**stored, "customers": {key: document["message"] for key, document in _customers(picture).items()}}


def _customers(picture: Picture) -> Mapping[str, Document]:
    return picture.stores[IDENTITY]["customers"]


def compare(what: str, found: Mapping[str, object], expected: Mapping[str, object]) -> Iterator[str]:
    """Say where two mappings differ, a sentence for each key."""
    for key in sorted(found.keys() | expected.keys()):
        if found.get(key) != expected.get(key):
            yield f"{what}: {key} is {_short(found.get(key))} and not {_short(expected.get(key))}"


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 200 else f"{text[:200]}…"
