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
from chassis.ports import Clock, Document, Documents, Handler, Query
from chassis.records import Record, TopicPartition
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
ROWS_TOGETHER = 2_000
MEMBERS_TOGETHER = 100
"""Most members have few rows: those of so many are read at once, unless they turn out to be more than so many rows."""


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

    def rows_together(self, members: Collection[str], draft: D, limit: int) -> Query:
        """Which rows of several members to count, in any order; their states lack what the one of the draft lacks."""

    def is_alike(self, one: D, other: D) -> bool:
        """Whether the states that two drafts are of lack the same, so that they want the same rows."""

    def member(self, row: Document) -> str:
        """Whose row it is."""

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

    Nobody is touched: a group with many members would be computed as often. Who computes results marks those as stale
    whose parts lacked something, and computes them when all parts are done; see `Retouching`.
    """

    def __init__(
        self,
        fold: Fold[S, Any],
        *,
        logic: RefoldLogic[S, D],
        rules: InForce[Any],
        documents: Documents,
        rows: Documents,
        first_topic: str,
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
        self._first_topic = first_topic
        self._partitions = partitions
        self._looks = Looks(clock, progress)
        self._open: _Open[D] | None = None
        self._room = 0
        self._together = MEMBERS_TOGETHER

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
        waiting = sorted(members, key=lambda each: (each != begun, each))
        while waiting and self._room > 0:
            opened = self._begin_some([parts[member] for member in waiting[: self._together]])
            whole.extend(parts[each.member] for each in opened if self._count(parts[each.member], each))
            del waiting[: len(opened)]
            if whole and self._room < ROWS_TOGETHER:
                # The next call reads on together, which is several times quicker than one by one.
                self._room = 0
        under_way = [parts[self._open.member]] if self._open and self._open.member != begun else []
        self._parts.save(whole + under_way)
        self._parts.put_back(parts)
        return [part.member for part in whole]

    def _begin_some(self, parts: Sequence[Part[S]]) -> list[_Open[D]]:
        """Begin drafts, or go on with the one that is under way; count at once those that have few rows."""
        under_way = self._open
        opened = [under_way if under_way and under_way.member == part.member else self._begin(part) for part in parts]
        fresh = [each for each in opened if each is not under_way and not each.is_whole]
        if len(fresh) > 1 and self._room >= ROWS_TOGETHER:
            self._count_together([each for each in fresh if self._logic.is_alike(each.draft, fresh[0].draft)])
        return opened

    def _count_together(self, fresh: Sequence[_Open[D]]) -> None:
        by_member = {each.member: each for each in fresh}
        rows = self._rows.find(self._logic.rows_together(list(by_member), fresh[0].draft, ROWS_TOGETHER))
        self._room -= len(rows)
        if len(rows) == ROWS_TOGETHER:
            # There may be more of any of them: each is read by itself, and fewer together the next time.
            self._together = max(1, self._together // 2)
            return
        self._together = min(MEMBERS_TOGETHER, self._together * 2)
        for row in rows:
            current = by_member[self._logic.member(row)]
            if current.counts(row):
                self._logic.add(current.draft, row)
        for current in fresh:
            current.is_whole = True

    def _count(self, part: Part[S], current: _Open[D]) -> bool:
        """Count the part's rows as far as there is room; whether that was all of them."""
        while not current.is_whole:
            if self._room <= 0:
                # Of those that find no room in a call, the first goes on in the next one.
                self._open = self._open or current
                return False
            self._count_page(current)
        if self._open is current:
            self._open = None
        self._logic.finish(part.state, current.draft)
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
