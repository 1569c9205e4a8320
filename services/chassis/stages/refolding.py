"""When rules change, what parts lack is computed anew from their stored rows, a share at a time, beside the fold.

Exact, because a row bears the position of its event: what is counted are the rows that the part's fence has passed and
that are not among its holes, and these are the events that it has taken in. A row that a crash left without its part is
counted when its event comes again. What the rows no longer tell is not counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar

from chassis.partitions import slot, slots_of
from chassis.ports import Clock, Document, Documents, Handler, Publisher, Query
from chassis.records import Message, Record, TopicPartition
from chassis.rules_in_force import InForce
from chassis.stages.fold import Fold
from chassis.stages.held_parts import HeldParts
from chassis.stages.looking_through import Looks, stale
from chassis.stages.parts import Part
from chassis.stages.progress import Progress

S = TypeVar("S")
S_contra = TypeVar("S_contra", contravariant=True)
D = TypeVar("D")

_FIELD = "rules"
_SLOTS_AT_ONCE = 8
_MEMBERS_AT_ONCE = 500
ROWS_AT_ONCE = 10_000
"""Rows to read in one call, which comes once a second: the stream never stands still for longer than that takes."""
ROWS_ON_A_PAGE = 1_000


class RefoldLogic(Protocol[S_contra, D]):
    """What a service computes anew of its parts. A draft is what was counted so far of what a state lacks."""

    @property
    def version(self) -> str:
        """What parts say that they were computed by, where they lack nothing."""

    def draft(self, state: S_contra) -> D:
        """A draft of what the state lacks. What it has counted of that the state forgets, and counts from now on."""

    def needs_rows(self, draft: D) -> bool:
        """Whether there is anything to be counted: otherwise no rows are read."""

    def rows(self, member: str, draft: D, after: Document | None, limit: int) -> Query:
        """Which rows of the member to count next, in an order that stays the same: those after a row, or all."""

    def add(self, draft: D, row: Document) -> None:
        """Count a row."""

    def finish(self, state: S_contra, draft: D) -> None:
        """Put into the state what was counted: it lacks nothing now."""


@dataclass(slots=True)
class _Open(Generic[D]):
    """A member's draft that is being counted. Events that arrive meanwhile are above `fences`, or fill a hole."""

    member: str
    draft: D
    fences: dict[str, int]
    holes: frozenset[tuple[str, int]]
    last: Document | None = None
    is_whole: bool = field(default=False)

    def counts(self, row: Document) -> bool:
        """Whether the part had taken in the row's event when the draft was begun."""
        source, position = row["source"], row["position"]
        return position <= self.fences.get(source, -1) and (source, position) not in self.holes


class Refolding(Generic[S, D]):
    """The fold, which computes anew what parts lack when it is idle. Implements the chassis' `Handler`.

    After an assignment of partitions, and whenever the version of the rules changes, the owned members are looked
    through. A large member is counted over several calls: its part counts what arrives meanwhile by itself.
    """

    def __init__(
        self,
        fold: Fold[S, Any],
        *,
        logic: RefoldLogic[S, D],
        rules: InForce[Any],
        documents: Documents,
        rows: Documents,
        publisher: Publisher,
        first_topic: str,
        touched: str,
        partitions: int,
        clock: Clock,
        progress: Progress | None = None,
    ) -> None:
        self._fold: Handler = fold
        self._parts: HeldParts[S] = fold.parts
        self._logic = logic
        self._rules = rules
        self._documents = documents
        self._rows = rows
        self._publisher = publisher
        self._first_topic = first_topic
        self._touched = touched
        self._partitions = partitions
        self._looks = Looks(clock, progress)
        self._open: _Open[D] | None = None
        self._room = 0

    @property
    def topics(self) -> Sequence[str]:
        """Those of the fold."""
        return self._fold.topics

    def assigned(self, partitions: Collection[TopicPartition]) -> None:
        """Tell the fold; look through the members anew."""
        owned = sorted(place.partition for place in partitions if place.topic == self._first_topic)
        self._looks.own([slot for partition in owned for slot in slots_of(partition, self._partitions)])
        self._open = None
        self._fold.assigned(partitions)

    def handle(self, records: Sequence[Record]) -> None:
        """Fold by the rules that hold."""
        self._rules.refresh()
        self._fold.handle(records)

    def reset(self) -> None:
        """Tell the fold; begin again with what was being counted."""
        self._looks.restart()
        self._open = None
        self._fold.reset()

    def idle(self) -> None:
        """Compute anew some of what was computed by other rules."""
        self._rules.refresh()
        self._fold.idle()
        if self._looks.look_for(self._rules.version):
            self._open = None
        self._room = ROWS_AT_ONCE
        version = self._logic.version
        while self._room > 0 and (slots := self._looks.next(self._documents, _FIELD, version, _SLOTS_AT_ONCE)):
            found = stale(self._documents, slots, _FIELD, version, _MEMBERS_AT_ONCE)
            if not found:
                self._looks.clean(slots)
                continue
            self._looks.made(Counter(slot(member.encode()) for member in self._compute([row["_id"] for row in found])))

    def _compute(self, members: Sequence[str]) -> list[str]:
        """Compute members anew until the room is used up; return those that lack nothing now."""
        parts = self._parts.take(members)
        begun = self._open.member if self._open else ""
        whole: list[Part[S]] = []
        for member in sorted(members, key=lambda each: (each != begun, each)):
            if self._room <= 0:
                break
            if self._count(parts[member]):
                whole.append(parts[member])
        under_way = [parts[self._open.member]] if self._open and self._open.member != begun else []
        self._parts.save(whole + under_way)
        self._parts.put_back(parts)
        groups = {part.group for part in whole if part.group}
        self._publisher.publish(Message(self._touched, group.encode(), b"") for group in sorted(groups))
        return [part.member for part in whole]

    def _count(self, part: Part[S]) -> bool:
        """Count the part's rows as far as there is room; whether that was all of them."""
        current = self._open if self._open and self._open.member == part.member else self._begin(part)
        self._open = current
        while not current.is_whole:
            if self._room <= 0:
                return False
            self._count_page(current)
        self._logic.finish(part.state, current.draft)
        self._open = None
        self._room -= 1
        return True

    def _begin(self, part: Part[S]) -> _Open[D]:
        draft = self._logic.draft(part.state)
        is_whole = not self._logic.needs_rows(draft)
        return _Open(part.member, draft, dict(part.fences), frozenset(part.holes), is_whole=is_whole)

    def _count_page(self, current: _Open[D]) -> None:
        rows = self._rows.find(self._logic.rows(current.member, current.draft, current.last, ROWS_ON_A_PAGE))
        for row in rows:
            if current.counts(row):
                self._logic.add(current.draft, row)
        self._room -= len(rows)
        current.is_whole = len(rows) < ROWS_ON_A_PAGE
        if rows:
            current.last = rows[-1]
