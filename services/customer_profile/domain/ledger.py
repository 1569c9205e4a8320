"""What an account bought and gave back, entry by entry, so that an order which is told twice counts once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from customer_profile.domain.interaction import Order, Return

Entry = TypeVar("Entry", Order, Return)

DAY = 86_400_000
"""Milliseconds. Days are counted from 1970, in UTC."""

MOST_DAYS = 10_000
"""Of one account and currency, among the orders that are kept as sums: 27 years of ordering every day."""


@dataclass(slots=True)
class Totals:
    """The sums of one currency, in its minor units. `first_at` and `last_at` are those of orders, 0 without any.

    `days` holds the days with an order, "20454" for the 20,454th: how many, and what they came to together. `unmatched`
    returns name no order, or one that is not known. `summed_up` counts the orders and returns, among all, that are kept
    as sums only. `days_dropped` counts the days beyond `MOST_DAYS`, whose orders stand under the day after.
    """

    orders: int = 0
    gross: int = 0
    returns: int = 0
    returned: int = 0
    first_at: int = 0
    last_at: int = 0
    by_source: dict[str, int] = field(default_factory=dict)
    lines: int = 0
    pieces: int = 0
    unmatched: int = 0
    summed_up: int = 0
    days: dict[str, tuple[int, int]] = field(default_factory=dict)
    days_dropped: int = 0

    @property
    def repeat_gross(self) -> int:
        """What was ordered on the days after the first."""
        return self.gross - self.days[min(self.days, key=int)][1] if self.days else 0

    def add_order(self, order: Order) -> None:
        """Count an order."""
        at, _, minor_units, source, lines, pieces = order
        self._widen(at, at)
        self.orders += 1
        self.gross += minor_units
        self.by_source[source] = self.by_source.get(source, 0) + 1
        self.lines += lines
        self.pieces += pieces
        self._add_day(str(at // DAY), 1, minor_units)

    def add_return(self, returned: Return, *, is_matched: bool) -> None:
        """Count a return."""
        self.returns += 1
        self.returned += returned.minor_units
        self.unmatched += not is_matched

    def add(self, other: Totals) -> None:
        """Count all that the other has counted."""
        if other.orders:
            self._widen(other.first_at, other.last_at)
        self.orders += other.orders
        self.gross += other.gross
        self.returns += other.returns
        self.returned += other.returned
        for source, count in other.by_source.items():
            self.by_source[source] = self.by_source.get(source, 0) + count
        self.lines += other.lines
        self.pieces += other.pieces
        self.unmatched += other.unmatched
        for day, (orders, gross) in other.days.items():
            self._add_day(day, orders, gross)
        self.days_dropped += other.days_dropped

    def bound_days(self) -> None:
        """Let the oldest days beyond the limit go: their orders count under the day after, so that sums stay whole."""
        while len(self.days) > MOST_DAYS:
            orders, gross = self.days.pop(min(self.days, key=int))
            self._add_day(min(self.days, key=int), orders, gross)
            self.days_dropped += 1

    def _add_day(self, day: str, orders: int, gross: int) -> None:
        known = self.days.get(day)
        self.days[day] = (orders, gross) if known is None else (known[0] + orders, known[1] + gross)

    def _widen(self, first: int, last: int) -> None:
        if not self.orders:
            self.first_at, self.last_at = first, last
        else:
            self.first_at, self.last_at = min(self.first_at, first), max(self.last_at, last)


@dataclass(slots=True)
class Ledger:
    """Orders by order id and returns by return id; the oldest beyond a limit only as sums by currency.

    `rolled_up` counts the entries that are known as sums only: of those a repeat is not noticed any more, and which
    order a return belongs to is not known.
    """

    orders: dict[str, Order] = field(default_factory=dict)
    returns: dict[str, Return] = field(default_factory=dict)
    rolled: dict[str, Totals] = field(default_factory=dict)
    rolled_up: int = 0

    def add_order(self, order_id: str, order: Order, limit: int) -> None:
        """Take in an order; of several under one id the least counts, which is the earliest."""
        _keep(self.orders, order_id, order)
        if len(self.orders) > limit:
            for old in _oldest(self.orders, limit):
                sums = self._rolled(old.currency)
                sums.add_order(old)
                sums.bound_days()

    def add_return(self, return_id: str, returned: Return, limit: int) -> None:
        """Take in a return; of several under one id the least counts, which is the earliest."""
        _keep(self.returns, return_id, returned)
        if len(self.returns) > limit:
            for old in _oldest(self.returns, limit):
                self._rolled(old.currency).add_return(old, is_matched=bool(old.order_id))

    def _rolled(self, currency: str) -> Totals:
        self.rolled_up += 1
        return self.rolled.setdefault(currency, Totals())


def totals(ledgers: Iterable[Ledger]) -> dict[str, Totals]:
    """Return the sums by currency over the ledgers of one customer's accounts.

    A shop gives a number to an order only once: told under two accounts of a customer, it is one order. A return
    belongs to the order that it names, whichever account that came from. Once entries are kept as sums, a return that
    names an order which is not among those kept one by one is held to belong to one of the others.
    """
    sums: dict[str, Totals] = {}
    given = [ledger for ledger in ledgers if ledger.orders or ledger.returns or ledger.rolled]
    orders = united([ledger.orders for ledger in given])
    is_whole = not any(ledger.rolled_up for ledger in given)
    for order in orders.values():
        sums.setdefault(order.currency, Totals()).add_order(order)
    for returned in united([ledger.returns for ledger in given]).values():
        is_matched = returned.order_id in orders if is_whole else bool(returned.order_id)
        sums.setdefault(returned.currency, Totals()).add_return(returned, is_matched=is_matched)
    for ledger in given:
        for currency, rolled in ledger.rolled.items():
            one = sums.setdefault(currency, Totals())
            one.add(rolled)
            one.summed_up += rolled.orders + rolled.returns
    return sums


def united(kept: list[dict[str, Entry]]) -> Mapping[str, Entry]:
    """Return the entries of several accounts, each id once: the least of those told under it."""
    if len(kept) == 1:
        return kept[0]
    entries: dict[str, Entry] = {}
    for each in kept:
        for key, entry in each.items():
            _keep(entries, key, entry)
    return entries


def _keep(entries: dict[str, Entry], key: str, entry: Entry) -> None:
    known = entries.get(key)
    if known is None or entry < known:
        entries[key] = entry


def _oldest(entries: dict[str, Entry], limit: int) -> list[Entry]:
    """Remove and return the oldest entries: a tenth of the limit at once, so that sorting them stays cheap by entry."""
    excess = len(entries) - limit + limit // 10
    keys = sorted(entries, key=lambda key: (entries[key], key))[:excess]
    return [entries.pop(key) for key in keys]
