"""Reconcile: a group's result is computed from its members' parts, whenever anything of it was touched.

Level-triggered: it looks at what is, not at what happened, so that doing it twice changes nothing. The order is what
keeps it right: results are read before parts, from the primary; written by compare-and-set; then published; then the
offsets. The first reconcile of a group after an assignment of partitions always writes and publishes, under a token
higher than every one before: a worker that lost the partition cannot slip an old value in between, and what a crash
left unpublished is published.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from chassis.clock import milliseconds, moment
from chassis.dead_letters import DeadLetters
from chassis.errors import Conflict, InvalidRecord
from chassis.partitions import slots_of
from chassis.ports import Clock, Counter, Documents, Publisher, Query
from chassis.records import DeadLetter, Message, Record, TopicPartition
from chassis.stages.computing import Computation, Stamp, View, gather
from chassis.stages.fold import HANDLER_FAILED
from chassis.stages.group_erasing import GroupErasing
from chassis.stages.resend import Resend
from chassis.stages.results import Input, Move, Result, Snapshot, history_rows, result
from chassis.stages.versions import Versions
from chassis.tombstones import Tombstone

P = TypeVar("P")
R = TypeVar("R")
C = TypeVar("C")

SWEPT_AT_ONCE = 1_000
SWEEP_SECONDS = 1.0
"""Where more is due than one sweep takes, after an outage, sweeps follow each other for so long before records do."""

LevelReader = Callable[[Record], Snapshot | Input | Tombstone | None]
"""Decodes a record of a level topic; None where it says nothing. Raises `InvalidRecord`.

A tombstone erases the group.
"""


@dataclass(frozen=True, slots=True)
class ReconcileTopics:
    """What a reconcile reads, by full names. `touched` is also where it says so of a closed group's survivor."""

    touched: str
    levels: Mapping[str, LevelReader]


class Reconcile(Generic[P, R, C]):
    """The handler of the second stage.

    In `history`, where given, every change is kept before it is sent; in `versions`, every announced state before
    another takes its place.
    """

    def __init__(
        self,
        *,
        topics: ReconcileTopics,
        computation: Computation[P, R, C],
        parts: Documents,
        results: Documents,
        publisher: Publisher,
        dead_letters: DeadLetters,
        counter: Counter,
        clock: Clock,
        partitions: int,
        is_clocked: bool = False,
        history: Documents | None = None,
        versions: Versions | None = None,
        erasing: GroupErasing | None = None,
    ) -> None:
        self._topics = topics
        self._computation = computation
        self._announcer = computation.announcer
        self._parts = parts
        self._results = results
        self._publisher = publisher
        self._dead_letters = dead_letters
        self._counter = counter
        self._clock = clock
        self._partitions = partitions
        self._is_clocked = is_clocked
        self._history = history
        self._versions = versions
        self._erasing = erasing
        self._generation = 0
        self._slots: list[int] = []
        self._owed: set[str] = set()
        self._resend = Resend()

    @property
    def topics(self) -> Sequence[str]:
        """Full names of the topics read."""
        return [self._topics.touched, *self._topics.levels]

    def assigned(self, partitions: Collection[TopicPartition]) -> None:
        """Take a new token; own the slots of these partitions."""
        self._generation = 0
        owned = {place.partition for place in partitions if place.topic == self._topics.touched}
        self._slots = sorted(slot for partition in owned for slot in slots_of(partition, self._partitions))
        self._owed = set()
        self._resend = Resend.after_gaining(self._slots, self._clock.now())

    def reset(self) -> None:
        """Take a new token: what the failed call wrote is written and published again."""
        self._generation = 0

    def idle(self) -> None:
        """Reconcile what the clock has made due; send again what changed about when the partitions were gained."""
        if not self._slots:
            return
        if self._erasing is not None:
            self._erasing.settle()
        self._resend.step(
            self._results, self._clock.now(), lambda again: self._publish([result(document) for document in again], [])
        )
        if not self._is_clocked:
            return
        end = time.monotonic() + SWEEP_SECONDS
        while True:
            now = milliseconds(self._clock.now())
            query = Query(is_in={"slot": self._slots}, between=("due_at", 1, now + 1), limit=SWEPT_AT_ONCE)
            due = self._results.find(query)
            groups = self._owed | {document["_id"] for document in due}
            if groups:
                # Once written they are due no more, and no record names them: until they are sent, they are owed.
                self._owed = groups
                self._reconcile(groups)
                self._owed = set()
            if len(due) < SWEPT_AT_ONCE or time.monotonic() >= end:
                return

    def handle(self, records: Sequence[Record]) -> None:
        """Reconcile every group named in the batch, once; return when all is written and acknowledged."""
        touched: set[str] = set()
        moves: list[Move] = []
        snapshots: list[Snapshot] = []
        inputs: list[Input] = []
        erasures: dict[str, Tombstone] = {}
        dead: list[DeadLetter] = []
        for record in records:
            try:
                item = self._read(record)
            except InvalidRecord as invalid:
                dead.append(DeadLetter(record, invalid.reason, invalid.detail))
                continue
            except Exception as failure:  # noqa: BLE001 - a record that no reader can bear is a dead letter
                dead.append(DeadLetter(record, HANDLER_FAILED, type(failure).__name__))
                continue
            if isinstance(item, Snapshot):
                snapshots.append(item)
            elif isinstance(item, Input):
                inputs.append(item)
            elif isinstance(item, Move):
                moves.append(item)
            elif isinstance(item, Tombstone):
                erasures[item.key] = max(item, erasures.get(item.key, item), key=lambda erasure: erasure.version)
            elif item is not None:
                touched.add(item)
        self._dead_letters.check(len(records), len(dead))
        touched.update(snapshot.group for snapshot in snapshots)
        touched.update(move.group for move in moves)
        self._erase(erasures)
        self._reconcile(touched, snapshots, inputs, moves)
        self._dead_letters.send(dead)

    def _read(self, record: Record) -> str | Move | Snapshot | Input | Tombstone | None:
        if record.topic == self._topics.touched:
            if not record.key:
                raise InvalidRecord("NO_KEY", "touched carries the group in its key")
            group = record.key.decode()
            return Move(group, record.value.decode()) if record.value else group
        return self._topics.levels[record.topic](record)

    def _reconcile(
        self,
        groups: set[str],
        snapshots: Iterable[Snapshot] = (),
        inputs: Sequence[Input] = (),
        moves: Iterable[Move] = (),
    ) -> None:
        """Reconcile these groups, and those of inputs that tell something new."""
        self._begin()
        results = self._load_results(groups.union(value.group for value in inputs))
        for snapshot in snapshots:
            results[snapshot.group].accept_snapshot(snapshot)
        told = [value.group for value in inputs if results[value.group].accept_input(value)]
        for group in results.keys() - groups.union(told):
            # Written and published under this very token, and nothing is new: others tell of what is their own affair.
            if results[group].generation == self._generation:
                del results[group]
        for move in moves:
            results[move.group].accept_move(move.to)
        live = [item for item in results.values() if item.is_known and not item.is_closed]
        material = gather(self._computation, live, self._parts, self._results)
        now = self._clock.now()
        for item in live:
            self._advance(item, material.view(item, now))
        survivors = [self._close(item, now) for item in results.values() if item.is_closed]
        written = self._write([item for item in results.values() if self._must_write(item)], now)
        self._publish(written, [survivor for survivor in survivors if survivor])
        self._clear_outboxes(written, now)

    def _erase(self, erasures: Mapping[str, Tombstone]) -> None:
        """Forget groups before anything else of the batch, as `Fold` does with members."""
        if erasures and self._erasing is not None:
            self._begin()
            self._erasing.erase(erasures.values(), self._load_results(erasures.keys()))

    def _begin(self) -> None:
        self._generation = self._generation or self._counter.next()

    def _load_results(self, groups: AbstractSet[str]) -> dict[str, Result]:
        documents = self._results.load(groups)
        if any(document["gen"] > self._generation for document in documents.values()):
            raise Conflict("a worker with a higher token has written these results")
        results = {group: result(documents[group]) if group in documents else Result(group) for group in groups}
        if self._erasing is not None:
            self._erasing.mark([item for group, item in results.items() if group not in documents])
        return results

    def _advance(self, item: Result, view: View[P, R]) -> None:
        """Compute the result; give it a new version where it differs from the last that was announced."""
        outcome = self._computation.compute(view)
        body = item.body
        body.due_at = milliseconds(outcome.due_at) if outcome.due_at else 0
        item.index = outcome.index
        state = self._computation.codec.encode(outcome.state)
        if state == body.state and not outcome.changes and not self._is_newer_membership(item):
            return
        body.state = state
        body.as_of = milliseconds(view.now)
        if item.message and not (outcome.is_news or outcome.changes or self._is_newer_membership(item)):
            # Under a new token it is sent all the same: the last announcement may not have arrived.
            item.is_quiet = item.generation == self._generation
            return
        item.begin_version()
        for change in outcome.changes:
            body.sequence += 1
            body.outbox.append((body.sequence, self._announcer.change(change, self._stamp(item, body.sequence))))
        item.message = self._announcer.state(outcome.state, view, self._stamp(item, body.sequence))
        body.announced_membership = body.membership_version

    def _close(self, item: Result, now: datetime) -> str:
        """Announce once that the group's members belong to another, and name that other; the state stays frozen.

        It is named at every touch: where groups were merged one after the other, the first of them may be the last to
        hear of it, and touches the second, which is closed by then. The third one counts the first among its own.
        Survivors have lower ids, so this ends; of a message that says otherwise nothing is handed on.
        """
        body = item.body
        body.due_at = 0
        item.index = {}
        if not self._is_newer_membership(item):
            return self._survivor(item)
        body.as_of = max(body.as_of, milliseconds(now))
        item.begin_version()
        item.message = self._announcer.closed(body.merged_into, self._stamp(item, body.sequence))
        body.announced_membership = body.membership_version
        return self._survivor(item)

    def _survivor(self, item: Result) -> str:
        return item.body.merged_into if item.body.merged_into < item.group else ""

    def _is_newer_membership(self, item: Result) -> bool:
        return item.body.membership_version > item.body.announced_membership

    def _must_write(self, item: Result) -> bool:
        if not item.is_known and not item.body.inputs:
            return False
        return item.is_changed() or (item.rev > 0 and item.generation != self._generation)

    def _write(self, items: list[Result], now: datetime) -> list[Result]:
        changed_at = milliseconds(now)
        for item in items:
            item.generation = self._generation
        if self._versions is not None:
            self._versions.keep(items, now)
        lost = self._results.compare_and_set([item.document(changed_at) for item in items])
        if lost:
            raise Conflict(f"{len(lost)} of {len(items)} results were written by another worker")
        for item in items:
            item.written()
        return items

    def _publish(self, items: Sequence[Result], survivors: Sequence[str]) -> None:
        if self._history is not None:
            self._history.insert_new([row for item in items for row in history_rows(item)])
        messages: list[Message] = []
        for item in items:
            if not item.message or item.is_quiet:
                continue
            body = item.body
            messages.append(self._announcer.messages(self._stamp(item, body.sequence), item.message, is_change=False))
            for sequence, value in body.outbox:
                messages.append(self._announcer.messages(self._stamp(item, sequence), value, is_change=True))
        messages.extend(Message(self._topics.touched, survivor.encode(), b"") for survivor in survivors)
        self._publisher.publish(messages)

    def _clear_outboxes(self, items: Sequence[Result], now: datetime) -> None:
        announced = [item for item in items if item.body.outbox]
        for item in announced:
            item.body.outbox = []
        if announced:
            self._write(announced, now)

    def _stamp(self, item: Result, sequence: int) -> Stamp:
        body = item.body
        return Stamp(item.group, body.version, sequence, body.membership_version, moment(body.as_of))
