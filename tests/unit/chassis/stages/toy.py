"""A toy service: members collect amounts, groups have a total and a level, changes of the level are announced."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from chassis.clock import ManualClock
from chassis.dead_letters import DeadLetters
from chassis.errors import InvalidRecord
from chassis.memory.broker import MemoryBroker
from chassis.memory.documents import MemoryCounter, MemoryDocuments
from chassis.ports import Document
from chassis.records import Message, Record
from chassis.stages.computing import Computation, Outcome, Stamp, View
from chassis.stages.fold import Assignment, Entry, Fold, FoldTopics
from chassis.stages.parts import PartCodec
from chassis.stages.reconcile import Reconcile, ReconcileTopics
from chassis.stages.results import Input, Snapshot
from chassis.stages.versions import Versions

START = datetime(2026, 1, 1, tzinfo=UTC)
LEVEL_STEP = 40


class Collected(msgspec.Struct):
    """The state of a member's part."""

    total: int = 0
    seen: list[str] = msgspec.field(default_factory=list)


class Total(msgspec.Struct, frozen=True):
    """The state of a group's result."""

    total: int = 0
    level: int = 0
    bonus: int = 0
    ended: bool = False


class Packed:
    """A codec for any msgspec type."""

    def __init__(self, kind: type[Any]) -> None:
        self._encoder = msgspec.msgpack.Encoder(order="deterministic")
        self._decoder = msgspec.msgpack.Decoder(kind)

    def encode(self, state: Any) -> bytes:
        return self._encoder.encode(state)

    def decode(self, data: bytes) -> Any:
        return self._decoder.decode(data)


class ToyLogic:
    """Adds amounts; refuses zero; breaks half-way on 666."""

    def fold(self, state: Collected, entry: Entry[dict[str, Any]]) -> None:
        amount = entry.event["amount"]
        if amount == 0:
            raise InvalidRecord("NOTHING", "an amount must not be zero")
        state.total += amount
        if amount == 666:
            raise RuntimeError("broke half-way")
        state.seen.append(entry.event["id"])

    def row(self, entry: Entry[dict[str, Any]]) -> Document | None:
        return {"_id": f"{entry.member} {entry.event['id']}", "member": entry.member}


def read_event(record: Record) -> Entry[dict[str, Any]]:
    """An event with the position that it bears itself, as if stamped by an earlier stage."""
    if not record.value or not record.value.startswith(b"\x83"):
        raise InvalidRecord("UNPARSEABLE", "not an event")
    event = msgspec.msgpack.decode(record.value)
    assert record.key is not None
    return Entry(record.key.decode(), "in", event["position"], event)


def read_assignment(record: Record) -> Assignment:
    member, group, version = msgspec.msgpack.decode(record.value or b"")
    return Assignment(member, group, version)


def read_snapshot(record: Record) -> Snapshot:
    group, version, members, absorbed, merged_into = msgspec.msgpack.decode(record.value or b"")
    return Snapshot(group, version, tuple(members), tuple(absorbed), merged_into)


def read_bonus(record: Record) -> Input:
    group, version, amount = msgspec.msgpack.decode(record.value or b"")
    return Input(group, "bonus", version, msgspec.msgpack.encode(amount))


def compute(view: View[Collected, Total]) -> Outcome[Total, str]:
    """The total of the parts and the bonus; a level for every 40; the bonus ends with the year."""
    ended = view.now.year > START.year
    bonus = msgspec.msgpack.decode(view.inputs["bonus"][1]) if "bonus" in view.inputs and not ended else 0
    total = sum(part.total for part in view.parts.values()) + bonus
    state = Total(total, total // LEVEL_STEP, bonus, ended)
    before = view.previous.level if view.previous else None
    changes = (f"{before}->{state.level}",) if before != state.level else ()
    due = None if ended else datetime(START.year + 1, 1, 1, tzinfo=UTC)
    return Outcome(state, changes, due)


class ToyAnnouncer:
    """States to `totals`, changes to `changes`."""

    def state(self, state: Total, view: View[Any, Total], stamp: Stamp) -> bytes:
        return msgspec.msgpack.encode([stamp.version, state.total, state.level])

    def closed(self, merged_into: str, stamp: Stamp) -> bytes:
        return msgspec.msgpack.encode([stamp.version, "merged", merged_into])

    def change(self, change: str, stamp: Stamp) -> bytes:
        return msgspec.msgpack.encode([stamp.sequence, change])

    def messages(self, stamp: Stamp, value: bytes, *, is_change: bool) -> Message:
        return Message("changes" if is_change else "totals", stamp.group.encode(), value)


VERSIONS_KEPT = timedelta(days=100)
Wrap = Callable[[str, Any], Any]


@dataclass
class Toy:
    """The toy service over memory: what outlives a crash. `wrap` may put something between a handler and its ports."""

    broker: MemoryBroker = field(default_factory=MemoryBroker)
    parts: MemoryDocuments = field(default_factory=MemoryDocuments)
    rows: MemoryDocuments = field(default_factory=MemoryDocuments)
    results: MemoryDocuments = field(default_factory=MemoryDocuments)
    versions: MemoryDocuments = field(default_factory=MemoryDocuments)
    counter: MemoryCounter = field(default_factory=MemoryCounter)
    clock: ManualClock = field(default_factory=lambda: ManualClock(START))
    wrap: Wrap = lambda _, port: port
    compute: Callable[[View[Collected, Total]], Outcome[Total, str]] = compute

    def handlers(self) -> list[Any]:
        """Handlers with empty memories, as a process that has just started has them."""
        part_codec: PartCodec[Collected] = PartCodec(Packed(Collected), Collected)
        publisher = self.wrap("publisher", self.broker)
        dead_letters = DeadLetters(publisher, "dead", "toy", self.clock)
        parts, results = self.wrap("parts", self.parts), self.wrap("results", self.results)
        fold: Fold[Collected, dict[str, Any]] = Fold(
            topics=FoldTopics(
                {"in": read_event, "retry": read_event, "assignments": read_assignment}, "touched", frozenset({"retry"})
            ),
            logic=ToyLogic(),
            codec=part_codec,
            parts=parts,
            publisher=publisher,
            dead_letters=dead_letters,
            rows=self.wrap("rows", self.rows),
        )
        reconcile: Reconcile[Collected, Total, str] = Reconcile(
            topics=ReconcileTopics("touched", {"groups": read_snapshot, "bonuses": read_bonus}),
            computation=Computation(self.compute, ToyAnnouncer(), part_codec, Packed(Total)),
            parts=parts,
            results=results,
            publisher=publisher,
            dead_letters=dead_letters,
            counter=self.counter,
            clock=self.clock,
            partitions=4,
            is_clocked=True,
            versions=Versions(self.wrap("versions", self.versions), VERSIONS_KEPT),
        )
        return [fold, reconcile]

    def send(self, topic: str, key: str, value: object) -> None:
        self.broker.publish([Message(topic, key.encode(), msgspec.msgpack.encode(value))])

    def event(self, member: str, position: int, amount: int, topic: str = "in") -> None:
        self.send(topic, member, {"id": f"e{position}", "amount": amount, "position": position})

    def assign(self, member: str, group: str, version: int) -> None:
        self.send("assignments", member, [member, group, version])

    def snapshot(self, group: str, version: int, members: list[str], merged_into: str = "") -> None:
        self.send("groups", group, [group, version, members, [], merged_into])

    def last(self, topic: str) -> Mapping[str, list[Any]]:
        """The last message of each key."""
        return {
            (record.key or b"").decode(): msgspec.msgpack.decode(record.value or b"")
            for record in self.broker.records(topic)
        }

    def changes(self, group: str) -> list[list[Any]]:
        """The changes of a group as a reader keeps them: a sequence that was seen is dropped."""
        kept: dict[int, list[Any]] = {}
        for record in self.broker.records("changes"):
            if record.key == group.encode():
                value = msgspec.msgpack.decode(record.value or b"")
                assert kept.setdefault(value[0], value) == value, "a change was sent again with other content"
        return list(kept.values())
