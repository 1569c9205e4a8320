"""Records as they would have been: computed anew from what was known at a time, by today's rules."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from chassis.clock import moment
from chassis.errors import ChassisError, InvalidRecord
from chassis.ports import Document, Documents, Query
from chassis.stages.computing import Computation, Stamp, View
from chassis.stages.fold import Entry, FoldLogic
from customer_profile.domain.timeline import EARLIEST, LATEST, place

P = TypeVar("P")
R = TypeVar("R")
C = TypeVar("C")
E = TypeVar("E")

MOST_ROWS = 200_000
"""Of one customer, known by then or not: folding them takes ten seconds or more."""
ROWS_AT_ONCE = 2_000


class TooManyRowsError(ChassisError):
    """The customer's timeline is longer than what is computed anew within a call."""


@dataclass(frozen=True, slots=True)
class Membership:
    """Whose record it is: the accounts held to be the customer's, and the customers merged into it."""

    customer: str
    accounts: tuple[str, ...]
    absorbed: tuple[str, ...]
    version: int


class Recomputing(Generic[P, R, C, E]):
    """Folds rows of the timeline and reconciles, as the stream does. For one thread at a time, as codecs are."""

    def __init__(
        self,
        *,
        computation: Computation[P, R, C],
        logic: FoldLogic[P, E],
        read: Callable[[Document], Entry[E]],
        timeline: Documents,
        rows_at_once: int = ROWS_AT_ONCE,
        most_rows: int = MOST_ROWS,
    ) -> None:
        self._computation = computation
        self._logic = logic
        self._read = read
        self._timeline = timeline
        self._rows_at_once = rows_at_once
        self._most_rows = most_rows

    def at(self, whose: Membership, inputs: Mapping[str, tuple[int, bytes]], time: int) -> bytes | None:
        """Return the record, of version 0, from what Rapport knew by that time: milliseconds since 1970, UTC.

        `inputs` is what other services said by then. None where nothing was known yet. Raises `TooManyRowsError` and
        `Unavailable`.
        """
        personas, known = self._fold(whose.accounts, time)
        if not known:
            return None
        view: View[P, R] = View(
            group=whose.customer,
            members=whose.accounts,
            absorbed_groups=whose.absorbed,
            parts=personas,
            inputs=inputs,
            absorbed={},
            previous=None,
            membership_version=whose.version,
            now=moment(time),
        )
        stamp = Stamp(whose.customer, 0, 0, whose.version, view.now)
        return self._computation.announcer.state(self._computation.compute(view).state, view, stamp)

    def _fold(self, accounts: Sequence[str], time: int) -> tuple[dict[str, P], int]:
        """Return the accounts' personas as they were by the time, and how many events they are made of."""
        personas: dict[str, P] = {}
        known = looked_at = 0
        for account in accounts:
            persona = self._computation.part_codec.new(account).state
            for row in self._rows(account):
                looked_at += 1
                if looked_at > self._most_rows:
                    raise TooManyRowsError(f"more than {self._most_rows} rows of the timeline")
                if row["known_at"] <= time and self._take_in(persona, row):
                    known += 1
            personas[account] = persona
        return personas, known

    def _take_in(self, persona: P, row: Document) -> bool:
        try:
            self._logic.fold(persona, self._read(row))
        except InvalidRecord:
            # Other rules held when it arrived; today it would be a dead letter.
            return False
        return True

    def _rows(self, account: str) -> Iterator[Document]:
        low, high = place(EARLIEST), place(LATEST + 1)
        while True:
            query = Query(
                equals={"account": account}, between=("place", low, high), order_by=("place",), limit=self._rows_at_once
            )
            rows = self._timeline.find(query)
            yield from rows
            if len(rows) < self._rows_at_once:
                return
            low = rows[-1]["place"] + "\0"
