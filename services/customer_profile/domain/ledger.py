"""What an account bought and gave back, entry by entry, so that an order which is told twice counts once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from customer_profile.domain.interaction import Order, Return

Entry = TypeVar("Entry", Order, Return)


@dataclass(slots=True)
class Totals:
    """The sums of one currency, in its minor units. `first_at` and `last_at` are those of orders, 0 without any."""

    orders: int = 0
    gross: int = 0
    returns: int = 0
    returned: int = 0
    first_at: int = 0
    last_at: int = 0
    by_source: dict[str, int] = field(default_factory=dict)

    def add_order(self, order: Order) -> None:
        """Count an order."""
        self._widen(order.at, order.at)
        self.orders += 1
        self.gross += order.minor_units
        self.by_source[order.source] = self.by_source.get(order.source, 0) + 1

    def add_return(self, returned: Return) -> None:
        """Count a return."""
        self.returns += 1
        self.returned += returned.minor_units

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

    def _widen(self, first: int, last: int) -> None:
        if not self.orders:
            self.first_at, self.last_at = first, last
        else:
            self.first_at, self.last_at = min(self.first_at, first), max(self.last_at, last)


@dataclass(slots=True)
class Ledger:
    """Orders by order id and returns by return id; the oldest beyond a limit only as sums by currency.

    `rolled_up` counts the entries that are known as sums only: of those a repeat is not noticed any more.
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
                self._rolled(old.currency).add_order(old)

    def add_return(self, return_id: str, returned: Return, limit: int) -> None:
        """Take in a return; of several under one id the least counts, which is the earliest."""
        _keep(self.returns, return_id, returned)
        if len(self.returns) > limit:
            for old in _oldest(self.returns, limit):
                self._rolled(old.currency).add_return(old)

    def _rolled(self, currency: str) -> Totals:
        self.rolled_up += 1
        return self.rolled.setdefault(currency, Totals())


def totals(ledgers: Iterable[Ledger]) -> dict[str, Totals]:
    """Return the sums by currency over the ledgers of one customer's accounts.

    A shop gives a number to an order only once: told under two accounts of a customer, it is one order.
    """
    sums: dict[str, Totals] = {}
    given = [ledger for ledger in ledgers if ledger.orders or ledger.returns or ledger.rolled]
    for order in _united([ledger.orders for ledger in given]).values():
        sums.setdefault(order.currency, Totals()).add_order(order)
    for returned in _united([ledger.returns for ledger in given]).values():
        sums.setdefault(returned.currency, Totals()).add_return(returned)
    for ledger in given:
        for currency, rolled in ledger.rolled.items():
            sums.setdefault(currency, Totals()).add(rolled)
    return sums


def _united(kept: list[dict[str, Entry]]) -> Mapping[str, Entry]:
    if len(kept) == 1:
        return kept[0]
    united: dict[str, Entry] = {}
    for entries in kept:
        for key, entry in entries.items():
            _keep(united, key, entry)
    return united


def _keep(entries: dict[str, Entry], key: str, entry: Entry) -> None:
    known = entries.get(key)
    if known is None or entry < known:
        entries[key] = entry


def _oldest(entries: dict[str, Entry], limit: int) -> list[Entry]:
    """Remove and return the oldest entries: a tenth of the limit at once, so that sorting them stays cheap by entry."""
    excess = len(entries) - limit + limit // 10
    keys = sorted(entries, key=lambda key: (entries[key], key))[:excess]
    return [entries.pop(key) for key in keys]
