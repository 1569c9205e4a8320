"""Computes everything anew, in memory and in one go, from the logs of a deployment, and compares.

However often workers were killed, stopped or deposed on the way: what the stores hold must be what the logs say. The
services' own handlers compute it, so this does not find wrong rules (their own tests do), but what was lost, doubled or
torn.
"""

from __future__ import annotations

import importlib
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from typing import Any

import advocacy_scoring.adapters.codec
import customer_profile.adapters.codec
import vip_tier.adapters.codec
from chassis.clock import SystemClock
from chassis.dead_letters import DeadLetters
from chassis.memory.broker import MemoryBroker
from chassis.memory.documents import MemoryCounter, MemoryDocuments
from chassis.ports import Handler
from chassis.records import Record, TopicPartition
from chassis.service import WorkerContext
from chassis.stages.results import Result
from identity_resolution.adapters.accounts import account as remembered_account
from rapport.interactions.v1.identified_interaction_pb2 import IdentifiedInteraction
from rapportctl.deployment import Deployment
from tests.e2e.faults.audit import compare, parts, results
from tests.e2e.faults.picture import ADVOCACY, IDENTITY, LEVELS, PROFILE, RESULTS, TIER, Picture, source_of

FORWARDED = "identified-interactions"
FOLDED = (FORWARDED, "identity-assignments")
FOUND = "advocacy-findings"
"""What a service tells itself of accounts, by comparing them."""


def differences(deployment: Deployment, picture: Picture, events: Collection[tuple[str, str]]) -> list[str]:
    """Everything that is not as it would be if nothing had ever gone wrong, a sentence each.

    `events` are the valid ones that were ever sent, each as its record's key and its event id.
    """
    found = [*_forwarded_once(picture, events), *_identity(deployment, picture)]
    for service in RESULTS:
        again = _Again(deployment, service)
        again.feed(picture, *FOLDED)
        if again.reads(FOUND):
            again.feed(picture, FOUND)
        again.feed(picture, *(topic for topic in ("customers", *LEVELS.values()) if again.reads(topic)))
        found += _service(service, picture, again.picture(service))
    return found


class _Again:
    """One service's worker over empty stores; what it publishes goes nowhere."""

    def __init__(self, deployment: Deployment, service: str) -> None:
        settings = deployment.settings
        self._topic = settings.topic
        self._documents: dict[str, MemoryDocuments] = defaultdict(MemoryDocuments)
        broker, clock = MemoryBroker(), SystemClock()
        context = WorkerContext(
            settings=settings,
            documents=lambda name: self._documents[name],
            counter=MemoryCounter(),
            publisher=broker,
            dead_letters=DeadLetters(broker, settings.topic(f"dead-letters.{service}"), service, clock),
            clock=clock,
        )
        package = deployment.service(service).package
        self._handlers: list[Handler] = importlib.import_module(f"{package}.bootstrap").SERVICE.worker(context)

    def reads(self, topic: str) -> bool:
        """Whether the service reads the topic."""
        return any(self._topic(topic) in handler.topics for handler in self._handlers)

    def feed(self, picture: Picture, *topics: str) -> None:
        """Hand over all records of the topics."""
        self.handle(topics, [record for topic in topics for record in picture.topics[topic]])

    def handle(self, topics: Collection[str], records: list[Record]) -> None:
        """Hand the records to the handler that reads these topics."""
        (handler,) = [each for each in self._handlers if {self._topic(topic) for topic in topics} <= set(each.topics)]
        handler.assigned({TopicPartition(record.topic, record.partition) for record in records})
        handler.handle(records)

    def picture(self, service: str) -> Picture:
        """What its stores hold now."""
        return Picture({service: {name: each.everything() for name, each in self._documents.items()}}, {})


def _forwarded_once(picture: Picture, events: Collection[tuple[str, str]]) -> Iterator[str]:
    """I1: every valid event has one origin, however often it was forwarded, and nothing else was."""
    origins: dict[tuple[str, str], set[tuple[int, int]]] = defaultdict(set)
    for record in picture.topics[FORWARDED]:
        message = IdentifiedInteraction.FromString(record.value or b"")
        event = (record.key or b"").decode(), message.interaction.event_id
        origins[event].add((message.origin.partition, message.origin.offset))
    for event in sorted(set(events) ^ origins.keys()):
        yield f"I1: {event} was {'sent' if event in events else 'not sent'} and {'not ' * (event in events)}forwarded"
    yield from (f"I1: {event} has origins {places}" for event, places in origins.items() if len(places) > 1)


def _identity(deployment: Deployment, picture: Picture) -> Iterator[str]:
    """I17: the log of evidence gives the same customers again; and admission remembers what it was sent.

    What was refused once may be valid by now, and is left out. What an account has told of its likeness to others
    depends on who came first, and is not compared: the decisions that follow from it are.
    """
    again = _Again(deployment, IDENTITY)
    again.feed(picture, "identity-evidence")
    refused = {source_of(record) for record in picture.topics["dead-letters.identity-resolution"]}
    sent = [each for each in picture.topics["interactions"] if (each.partition, each.offset) not in refused]
    again.handle(["interactions"], sent)
    stores, anew = picture.stores[IDENTITY], again.picture(IDENTITY).stores[IDENTITY]
    for name, fields in {
        "customers": ("version", "message"),
        "memberships": ("customer", "birth_id", "version"),
        "identifiers": ("accounts", "state"),
        "decisions": ("message",),
        "constraints": ("message", "holds"),
        "suggestions": ("message",),
        "relationships": ("message", "is_over"),
    }.items():
        stored, expected = (
            {key: tuple(document[each] for each in fields) for key, document in store[name].items()}
            for store in (stores, anew)
        )
        yield from (f"I17: {each}" for each in compare(f"identity's {name}", stored, expected))
    memories = [{key: _memory(each) for key, each in store["accounts"].items()} for store in (stores, anew)]
    yield from (f"I17: {each}" for each in compare("identity's accounts", *memories))


def _memory(document: Mapping[str, Any]) -> object:
    """What admission remembers of an account by what the account did alone."""
    return replace(remembered_account(dict(document)), rev=0, told={})


def _service(service: str, picture: Picture, anew: Picture) -> Iterator[str]:
    """I2 and I3: a persona is the fold of its account's events, a result follows from its personas and inputs."""
    stored, expected = (
        {key: (each.group, each.fences, each.state) for key, each in parts(one, service).items()}
        for one in (picture, anew)
    )
    yield from (f"I2: {each}" for each in compare(f"{service}'s personas", stored, expected))
    essence = _ESSENCE[service]
    live, again = (
        {key: essence(each) for key, each in results(one, service).items() if not each.is_closed}
        for one in (picture, anew)
    )
    yield from (f"I3: {each}" for each in compare(f"{service}'s results", live, again))
    if service == PROFILE:
        yield from compare("timeline", picture.stores[service]["timeline"], anew.stores[service]["timeline"])


def _record(result: Result) -> object:
    """Of a record what does not depend on the way to it: not since when, nor where accounts went to."""
    record = customer_profile.adapters.codec.records().decode(result.body.state)
    stage = record.lifecycle.stage if record.lifecycle else ""
    segments = {each.segment for each in record.segments}
    return stage, segments, replace(record, lifecycle=None, segments=(), parted=(), due_at=0)


def _score(result: Result) -> object:
    score = advocacy_scoring.adapters.codec.scores().decode(result.body.state).score
    return score.score, score.raw_milli, score.components, score.top_events


def _tier(result: Result) -> object:
    """Of a tier what does not depend on the way to it.

    Not since when, nor for whose sake it is held; nor which one it is, for a score that has fallen since counts until
    the period ends for which it earned the tier.
    """
    return vip_tier.adapters.codec.holdings().decode(result.body.state).main.figures


_ESSENCE: Mapping[str, Callable[[Result], object]] = {PROFILE: _record, ADVOCACY: _score, TIER: _tier}
