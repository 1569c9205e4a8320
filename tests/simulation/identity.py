"""What must be true of who is who once all is quiet: I1, I4, I5, I6, I8 and I17."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from random import Random
from typing import Any

from chassis.records import ReadRecord
from identity_resolution.adapters.accounts import account as remembered
from identity_resolution.adapters.collections import DECIDED
from identity_resolution.config import identity_rules, make_keys, make_policy
from rapport.identity.v1 import events_pb2
from rapport.interactions.v1.identified_interaction_pb2 import IdentifiedInteraction
from tests.e2e.identity import audit
from tests.simulation.system import CALM, IDENTITY, System

Event = tuple[str, str]
"""Account and event id."""


def differing(what: str, stored: Mapping[Any, Any], expected: Mapping[Any, Any]) -> Iterator[str]:
    """A sentence for each key whose values differ."""
    for key in sorted(stored.keys() | expected.keys(), key=str):
        if stored.get(key) != expected.get(key):
            yield f"{what} {key}: {stored.get(key)} instead of {expected.get(key)}"


def customers(system: System) -> dict[str, events_pb2.Customer]:
    """All customers, as they are told of."""
    stored = system.stores[IDENTITY]["customers"].everything()
    return {id_: events_pb2.Customer.FromString(each["message"]) for id_, each in stored.items()}


def admitted(
    system: System, forwarded: Mapping[Event, ReadRecord], repeats: Mapping[str, int], claims: set[tuple[str, str]]
) -> Iterator[str]:
    """I1: each valid event has gone on with one origin, and the log was told of every claim, and of no other."""
    origins: dict[Event, set[tuple[int, int]]] = defaultdict(set)
    for record in system.broker.records(system.topic("identified-interactions")):
        message = IdentifiedInteraction.FromString(record.value or b"")
        event = message.account_key, message.interaction.event_id
        origins[event].add((message.origin.partition, message.origin.offset))
    yield from differing("I1: origins of", origins, {event: _origin(record) for event, record in forwarded.items()})
    accounts = {key: remembered(each) for key, each in system.stores[IDENTITY]["accounts"].everything().items()}
    counted = {key: account.repeats for key, account in accounts.items()}
    yield from differing("I1: repeats of", counted, {key: repeats[key] for key in accounts})
    evidence = [each.evidence for each in _log(system) if each.WhichOneof("entry") == "evidence"]
    told = {(each.account_key, claim.key) for each in evidence for claim in each.claims}
    yield from (f"I1: the log was {'' if claim in told else 'not '}told of {claim}" for claim in sorted(told ^ claims))


def decided(system: System) -> Iterator[str]:
    """I4, I5, I6, I8, I17: who is one person, by the log, and that the log says the same again."""
    settings = system.settings[IDENTITY]
    rules = identity_rules(settings).value
    found = audit.Decided.read(_stored(system))
    yield from audit.faults(found, _log(system), make_policy(rules, make_keys(rules, settings.pseudonym_key)))
    records = system.broker.records
    yield from audit.told(found, records(system.topic("customers")), records(system.topic("identity-assignments")))
    last = {
        (record.key or b"").decode(): events_pb2.Assignment.FromString(record.value or b"").customer_id
        for record in records(system.topic("identity-assignments"))
    }
    yield from differing("I8: last assignment of", last, {key: each.id for key, each in found.owners.items()})
    again = System(Random(0), CALM)
    again.decide(records(system.topic("identity-evidence")))
    for name, documents in _stored(again).items():
        yield from differing(f"I17: of {name}", found.stored[name], documents)


def _origin(record: ReadRecord) -> set[tuple[int, int]]:
    origin = IdentifiedInteraction.FromString(record.value or b"").origin
    return {(origin.partition, origin.offset)}


def _log(system: System) -> list[events_pb2.EvidenceEntry]:
    records = system.broker.records(system.topic("identity-evidence"))
    return [events_pb2.EvidenceEntry.FromString(record.value or b"") for record in records]


def _stored(system: System) -> audit.Stored:
    return {name: system.stores[IDENTITY][name].everything() for name in DECIDED}
