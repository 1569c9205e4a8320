"""A customer's timeline, page by page: the accounts' rows in one order, newest first."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from chassis.ports import Document, Documents, Query
from customer_profile.domain.interaction import channel_of
from customer_profile.domain.timeline import EARLIEST, LATEST, Position, end_before, place, position


@dataclass(frozen=True, slots=True)
class Filter:
    """Which interactions to show; empty sets admit all. From `start` up to, not including, `end`: milliseconds, UTC."""

    kinds: frozenset[str] = frozenset()
    channels: frozenset[str] = frozenset()
    start: int = EARLIEST
    end: int = LATEST + 1


@dataclass(frozen=True, slots=True)
class Page:
    """Rows newest first, and the position after which the next page starts; None on the last page."""

    rows: Sequence[Document]
    next: Position | None


class History:
    """The timelines of accounts. For any number of threads."""

    def __init__(self, timeline: Documents) -> None:
        self._timeline = timeline

    def page(self, accounts: Collection[str], wanted: Filter, after: Position | None, size: int) -> Page:
        """Return up to `size` rows of the accounts that come after the position. Raises `Unavailable`.

        Pages neither repeat nor skip a row, whatever arrives meanwhile: what is newer than the position is not looked
        at, and what happened earlier but arrives late stands on the page that its time belongs to.
        Takes one read for each account, from the time on at which the accounts before have filled the page.
        """
        found: list[Document] = []
        start = wanted.start
        for account in sorted(accounts):
            if wanted.channels and channel_of(account) not in wanted.channels:
                continue
            found += self._rows(account, wanted, start, after, size + 1)
            found.sort(key=_position, reverse=True)
            del found[size + 1 :]
            if len(found) > size:
                start = max(start, _position(found[-1]).at)
        rows = found[:size]
        return Page(rows, _position(rows[-1]) if len(found) > size else None)

    def _rows(self, account: str, wanted: Filter, start: int, after: Position | None, limit: int) -> list[Document]:
        low, high = place(start), place(wanted.end)
        if after is not None:
            high = min(high, end_before(after, account))
        if low >= high:
            return []
        return self._timeline.find(
            Query(
                equals={"account": account},
                is_in={"kind": wanted.kinds} if wanted.kinds else {},
                between=("place", low, high),
                order_by=("place",),
                descending=True,
                limit=limit,
            )
        )


def _position(row: Document) -> Position:
    return position(row["account"], row["place"])
