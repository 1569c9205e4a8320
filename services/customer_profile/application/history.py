"""A customer's timeline, page by page: the accounts' rows in one order, newest first."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from chassis.ports import Document, Documents, Query
from customer_profile.domain.interaction import channel_of
from customer_profile.domain.timeline import EARLIEST, LATEST, Position, end_before, place, position

SEARCHED_AT_ONCE = 500
SEARCHES = 8
"""So often a page of a search reads on while it is not full: what a text is looked for in has to be read and parsed."""

Says = Callable[[Document], bool]
"""Whether what was said in a row is what is looked for."""


@dataclass(frozen=True, slots=True)
class Filter:
    """Which rows to show; empty sets admit all. From `start` up to, not including, `end`: milliseconds, UTC."""

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

    def search(self, accounts: Collection[str], wanted: Filter, says: Says, after: Position | None, size: int) -> Page:
        """Return rows as `page` does, of those that say it; maybe fewer, with a position from which to search on.

        The work is bounded: at most `SEARCHES` times `SEARCHED_AT_ONCE` rows of each account are looked at.
        """
        found: list[Document] = []
        for _ in range(SEARCHES):
            page = self.page(accounts, wanted, after, SEARCHED_AT_ONCE)
            for row in page.rows:
                if says(row):
                    found.append(row)
                    if len(found) == size:
                        is_last = page.next is None and row is page.rows[-1]
                        return Page(found, None if is_last else _position(row))
            after = page.next
            if after is None:
                return Page(found, None)
        return Page(found, after)

    def newest(self, account: str, kinds: frozenset[str]) -> Document | None:
        """Return the account's newest row of one of the kinds. Raises `Unavailable`."""
        rows = self._rows(account, Filter(kinds), EARLIEST, None, 1)
        return rows[0] if rows else None

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
