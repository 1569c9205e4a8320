"""The figures that a tier is decided from, out of the personas of a customer's accounts."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from vip_tier.domain.persona import Entry, Persona


@dataclass(frozen=True, slots=True)
class Figures:
    """What a customer has to show. Spend is purchases less returns, in minor units of `currency`; it may be negative.

    `purchases` counts orders in that currency, returned or not; `purchases_not_counted` those in others.
    """

    currency: str = ""
    points: int = 0
    spend_minor_units: int = 0
    purchases: int = 0
    advocacy_score: int = 0
    purchases_not_counted: int = 0


@dataclass(frozen=True, slots=True)
class Balance:
    """What a customer's accounts bought and gave back in one currency, and how many orders were in others."""

    spend_minor_units: int
    purchases: int
    purchases_not_counted: int


def balance(currency: str, personas: Collection[Persona]) -> Balance:
    """The balance of these accounts together.

    A shop gives a number to an order only once: told under two accounts of a customer, it is one order.
    """
    orders = _united([persona.orders for persona in personas])
    returns = _united([persona.returns for persona in personas])
    counted = [order.minor_units for order in orders if order.currency == currency]
    spend = sum(counted) - sum(back.minor_units for back in returns if back.currency == currency)
    purchases, elsewhere = len(counted), len(orders) - len(counted)
    for persona in personas:
        for code, sums in persona.sums.items():
            if code == currency:
                spend += sums.bought - sums.returned
                purchases += sums.orders
            else:
                elsewhere += sums.orders
    return Balance(spend, purchases, elsewhere)


def _united(ledgers: Iterable[dict[str, Entry]]) -> Collection[Entry]:
    kept = [ledger for ledger in ledgers if ledger]
    if len(kept) == 1:
        return kept[0].values()
    united: dict[str, Entry] = {}
    for ledger in kept:
        for number, entry in ledger.items():
            known = united.get(number)
            if known is None or entry < known:
                united[number] = entry
    return united.values()
