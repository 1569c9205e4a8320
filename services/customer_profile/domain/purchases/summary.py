"""A customer's purchases in one currency, as its record shows them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from customer_profile.domain.ledger import DAY, Ledger, Totals, totals
from customer_profile.domain.purchases.expectation import DIGITS, Bought, LifetimeValue, lifetime, refreshed, rfm
from customer_profile.domain.purchases.model import PurchaseModel
from customer_profile.domain.purchases.rfm import Rfm, RfmClass


@dataclass(frozen=True, slots=True)
class PurchaseRules:
    """How purchases are spoken of.

    `currency` is the one meant where none is named. `horizon_days` is how far a lifetime value looks ahead, where the
    model in force does not say. Lifetime values are computed anew every `refresh_days`. Of `rfm_classes` the first that
    holds gives the name.
    """

    currency: str
    horizon_days: int
    refresh_days: int
    rfm_classes: tuple[RfmClass, ...]


@dataclass(frozen=True, slots=True)
class Purchases:
    """What somebody bought and gave back in one currency, in its minor units; times in milliseconds since 1970, UTC.

    `first_at` and `last_at` are those of orders, 0 without any. `unmatched_returns` name no order, or one that is not
    known. `order_days` are days in UTC with an order. `summed_up` counts the orders and returns, among all, that are
    kept as sums only. `rfm` and `lifetime` are None without an order, or without a model in force.
    """

    orders: int = 0
    returns: int = 0
    gross: int = 0
    returned: int = 0
    first_at: int = 0
    last_at: int = 0
    by_source: dict[str, int] = field(default_factory=dict)
    lines: int = 0
    pieces: int = 0
    unmatched_returns: int = 0
    order_days: int = 0
    summed_up: int = 0
    rfm: Rfm | None = None
    lifetime: LifetimeValue | None = None

    @property
    def net(self) -> int:
        """Gross less returned."""
        return self.gross - self.returned

    @property
    def average_order(self) -> int:
        """Gross by orders, rounded down; 0 without orders."""
        return self.gross // self.orders if self.orders else 0

    @property
    def repeat_share(self) -> float:
        """Orders after the first, by orders."""
        return round((self.orders - 1) / self.orders, DIGITS) if self.orders else 0.0

    @property
    def average_interval(self) -> int:
        """Milliseconds from the first order to the last, by the orders after the first; 0 below two orders."""
        return (self.last_at - self.first_at) // (self.orders - 1) if self.orders > 1 else 0


def summaries(
    ledgers: Mapping[str, Ledger], models: Mapping[str, PurchaseModel], rules: PurchaseRules, now: int
) -> tuple[dict[str, Purchases], int]:
    """Return a customer's purchases by currency, and when the clock alone changes them: milliseconds, 0 for never.

    `ledgers` are those of the customer's accounts, `models` the ones in force, by currency. Depends on nothing else:
    not on the order of the accounts, and not on what was said before.
    """
    found: dict[str, Purchases] = {}
    due = 0
    for currency, sums in totals(ledgers.values()).items():
        found[currency], own = _summary(sums, models.get(currency), rules, now)
        due = min(filter(None, (due, own)), default=0)
    return found, due


def _summary(sums: Totals, model: PurchaseModel | None, rules: PurchaseRules, now: int) -> tuple[Purchases, int]:
    scores = value = None
    due: list[int] = []
    if model is not None and sums.orders:
        bought = Bought(len(sums.days), sums.first_at // DAY, sums.last_at // DAY, sums.gross, sums.repeat_gross)
        # An order may be dated up to a day ahead: nothing is computed for a day before the last order.
        today = max(now // DAY, bought.last_day)
        scores, falls = rfm(model, rules.rfm_classes, bought, today)
        day, again = refreshed(bought, today, rules.refresh_days)
        value = lifetime(model, bought, day)
        due = [falls, again] if value is not None else [falls]
    purchases = Purchases(
        orders=sums.orders,
        returns=sums.returns,
        gross=sums.gross,
        returned=sums.returned,
        first_at=sums.first_at,
        last_at=sums.last_at,
        by_source=sums.by_source,
        lines=sums.lines,
        pieces=sums.pieces,
        unmatched_returns=sums.unmatched,
        order_days=len(sums.days),
        summed_up=sums.summed_up,
        rfm=scores,
        lifetime=value,
    )
    return purchases, min(filter(None, due), default=0) * DAY
