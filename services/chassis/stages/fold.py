"""Fold: a member's part takes in the member's events; nothing of a group is written, only who was touched.

The order is what keeps it right: rows, then parts, then `touched`, then the offsets. A crash between any two repeats
the batch; the fence skips what the part has, and skipped is not finished: `touched` is said again.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, NamedTuple, Protocol, TypeVar

from chassis.dead_letters import DeadLetters
from chassis.errors import InvalidRecord
from chassis.ports import Document, Documents, Publisher
from chassis.records import DeadLetter, Message, Record, TopicPartition
from chassis.stages.erasing import MemberErasing
from chassis.stages.held_parts import HeldParts
from chassis.stages.parts import Part, PartCodec
from chassis.tombstones import Tombstone

log = logging.getLogger(__name__)

S = TypeVar("S")
E = TypeVar("E")
S_contra = TypeVar("S_contra", contravariant=True)
E_contra = TypeVar("E_contra", contravariant=True)
E_co = TypeVar("E_co", covariant=True)

HOLES_KEPT = 100
"""Of one part; more where a single batch leaves more."""
HANDLER_FAILED = "HANDLER_FAILED"


class Entry(NamedTuple, Generic[E_co]):
    """An event of a member, and the position at which it entered the system: its identity for the fence.

    `at` is when it happened, in milliseconds since 1970, UTC: of a member that was erased, what happened before is
    discarded. 0 where that cannot be told.
    """

    member: str
    source: str
    position: int
    event: E_co
    at: int = 0


@dataclass(frozen=True, slots=True)
class Assignment:
    """The member belongs to the group from now on; the higher version wins."""

    member: str
    group: str
    version: int


Reader = Callable[[Record], "Entry[E] | Assignment | Tombstone | None"]
"""Decodes a record; None where the service has no use for it. Raises `InvalidRecord`. A tombstone erases the member."""


class FoldLogic(Protocol[S_contra, E_contra]):
    """What a service does with an event. Plain functions of their arguments."""

    def fold(self, state: S_contra, entry: Entry[E_contra]) -> None:
        """Take the event into the state. Raises `InvalidRecord` before it has changed anything."""

    def row(self, entry: Entry[E_contra]) -> Document | None:
        """A document to keep beside the part, written once; its `_id` follows from member and event."""


@dataclass(frozen=True, slots=True)
class FoldTopics(Generic[E]):
    """What a fold reads and where it says whom it touched. Full names.

    A `touched` has the group in its key; for a group that a member has left, its value is the group that has it now.
    `retries` carry dead letters of this very stage that are replayed: they are applied where the part has a hole.
    """

    readers: Mapping[str, Reader[E]]
    touched: str
    retries: frozenset[str] = frozenset()


class Fold(Generic[S, E]):
    """The handler of the first stage. Whoever computes some of the parts anew takes them out of `parts`, as it does."""

    def __init__(
        self,
        *,
        topics: FoldTopics[E],
        logic: FoldLogic[S, E],
        codec: PartCodec[S],
        parts: Documents,
        publisher: Publisher,
        dead_letters: DeadLetters,
        rows: Documents | None = None,
        erasing: MemberErasing | None = None,
        cache_size: int = 50_000,
    ) -> None:
        self._topics = topics
        self._logic = logic
        self._codec = codec
        self._rows = rows
        self._publisher = publisher
        self._dead_letters = dead_letters
        self._erasing = erasing
        self.parts = HeldParts(parts, codec, cache_size, erasing)

    @property
    def topics(self) -> Sequence[str]:
        """Full names of the topics read."""
        return list(self._topics.readers)

    def assigned(self, partitions: Collection[TopicPartition]) -> None:
        """Forget the cache: another worker may have written since."""
        self.parts.forget()

    def reset(self) -> None:
        """Forget the cache."""
        self.parts.forget()

    def idle(self) -> None:
        """The clock causes nothing here, but that what was erased stays so."""
        if self._erasing is not None:
            self._erasing.settle()

    def handle(self, records: Sequence[Record]) -> None:
        """Fold a batch; return when parts are written and `touched` is acknowledged.

        An event on which the logic itself fails becomes a dead letter too: the batch is folded again, event by event
        with the state kept aside, so that a poison event never blocks its partition.
        """
        try:
            batch = self._fold(records, careful=False)
        except _Poisoned:
            self.reset()
            batch = self._fold(records, careful=True)
        self._dead_letters.check(len(records), len(batch.dead))
        self._write(batch)
        self._publisher.publish(
            Message(self._topics.touched, group.encode(), to.encode()) for group, to in batch.touched
        )
        _log_failures(batch.dead)
        self._dead_letters.send(batch.dead)
        self._forget_left(batch)

    def _fold(self, records: Sequence[Record], *, careful: bool) -> _Batch[S, E]:
        batch = _Batch(self._logic, self._codec if careful else None, self._topics.retries)
        decoded, erasures = self._decode(records, batch)
        parts = self.parts.take({*(item.member for _, item in decoded), *erasures})
        if erasures and self._erasing is not None:
            # Before all else of the batch: what there is of the time before is discarded then.
            parts.update(self.parts.take(self._erasing.erase(erasures, parts)))
        for record, item in decoded:
            if isinstance(item, Assignment):
                batch.assign(parts[item.member], item)
            else:
                batch.apply(parts[item.member], item, record)
        return batch

    def _decode(
        self, records: Sequence[Record], batch: _Batch[S, E]
    ) -> tuple[list[tuple[Record, Entry[E] | Assignment]], dict[str, Tombstone]]:
        """What the records say, and the newest erasure of each member of which they tell one."""
        decoded: list[tuple[Record, Entry[E] | Assignment]] = []
        erasures: dict[str, Tombstone] = {}
        readers = self._topics.readers
        for record in records:
            try:
                item = readers[record.topic](record)
            except InvalidRecord as invalid:
                batch.dead.append(DeadLetter(record, invalid.reason, invalid.detail))
                continue
            except Exception as failure:  # noqa: BLE001 - a record that no reader can bear is a dead letter
                batch.dead.append(_handler_failed(record, failure))
                continue
            if isinstance(item, Tombstone):
                erasures[item.key] = max(item, erasures.get(item.key, item), key=lambda erasure: erasure.version)
            elif item is not None:
                decoded.append((record, item))
        return decoded, erasures

    def _write(self, batch: _Batch[S, E]) -> None:
        if self._rows is not None and batch.rows:
            self._rows.insert_new(batch.rows)
        self.parts.save(batch.changed.values())
        self.parts.put_back(batch.seen)

    def _forget_left(self, batch: _Batch[S, E]) -> None:
        moved = [part for part in batch.seen.values() if part.left]
        for part in moved:
            part.left = []
        if moved:
            self.parts.save(moved)


class _Poisoned(Exception):
    """The logic failed on an event, and may have left its state half changed."""


def _handler_failed(record: Record, failure: Exception) -> DeadLetter:
    return DeadLetter(record, HANDLER_FAILED, type(failure).__name__)


def _log_failures(dead: Sequence[DeadLetter]) -> None:
    """One line for a batch: a faulty release would fill the log with one for each record."""
    failed = [letter for letter in dead if letter.reason == HANDLER_FAILED]
    if failed:
        first = failed[0].record
        place = f"{first.topic}-{first.partition} at {first.offset}"
        log.error("the logic failed on %d records, first %s: %s", len(failed), place, failed[0].detail)


class _Batch(Generic[S, E]):
    """What a batch has done so far, in memory. With `careful`, a failing event leaves its part as it was."""

    def __init__(self, logic: FoldLogic[S, E], careful: PartCodec[S] | None, retries: frozenset[str]) -> None:
        self._logic = logic
        self._careful = careful
        self._retries = retries
        self.seen: dict[str, Part[S]] = {}
        self.changed: dict[str, Part[S]] = {}
        self.touched: dict[tuple[str, str], None] = {}
        self.rows: list[Document] = []
        self.dead: list[DeadLetter] = []
        self._new_holes: Counter[str] = Counter()

    def assign(self, part: Part[S], assignment: Assignment) -> None:
        """Move the part to its new group, and touch both; an older assignment than the known one only touches."""
        self.seen[part.member] = part
        if assignment.version > part.group_version:
            if part.group and part.group != assignment.group:
                part.left.append(part.group)
            part.group, part.group_version = assignment.group, assignment.version
            self.changed[part.member] = part
        self._touch(part)

    def apply(self, part: Part[S], entry: Entry[E], record: Record) -> None:
        """Fold an entry once; one that the fence has passed only touches, or is told again as a dead letter.

        One of the time before the member was erased is discarded.
        """
        if 0 < entry.at <= part.erased_at:
            return
        self.seen[part.member] = part
        hole = (entry.source, entry.position)
        if record.topic in self._retries:
            if hole in part.holes:
                # Before folding: one that fails again leaves its hole open for the next replay.
                part.holes = [other for other in part.holes if other != hole]
                self._fold(part, entry, record)
                self.changed[part.member] = part
            else:
                self.dead.append(DeadLetter(record, "NO_HOLE", "applied already, or set aside without a trace"))
        elif not part.is_applied(entry.source, entry.position):
            self._fold(part, entry, record)
            part.fences[entry.source] = entry.position
            self.changed[part.member] = part
        elif hole in part.holes:
            self.dead.append(DeadLetter(record, "REDELIVERED", "became a dead letter before; sent again to be safe"))
        self._touch(part)

    def _fold(self, part: Part[S], entry: Entry[E], record: Record) -> None:
        before = self._careful.document(part) if self._careful else None
        try:
            self._logic.fold(part.state, entry)
            row = self._logic.row(entry)
        except InvalidRecord as invalid:
            self._leave_hole(part, entry, DeadLetter(record, invalid.reason, invalid.detail))
        except Exception as failure:
            if self._careful is None or before is None:
                raise _Poisoned from failure
            part.state = self._careful.state(before)
            self._leave_hole(part, entry, _handler_failed(record, failure))
        else:
            if row is not None:
                self.rows.append(row)

    def _leave_hole(self, part: Part[S], entry: Entry[E], dead: DeadLetter) -> None:
        self.dead.append(dead)
        part.holes.append((entry.source, entry.position))
        # Those of this batch stay: after a crash they say of which events dead letters are still to be sent.
        self._new_holes[part.member] += 1
        excess = len(part.holes) - max(HOLES_KEPT, self._new_holes[part.member])
        if excess > 0:
            del part.holes[:excess]
            part.holes_forgotten += excess

    def _touch(self, part: Part[S]) -> None:
        if part.group:
            self.touched[part.group, ""] = None
        for group in part.left:
            self.touched[group, part.group] = None
