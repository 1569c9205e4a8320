"""A customer's purchases in one currency, as its record shows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from customer_profile.domain.ledger import DAY, Ledger, Totals, totals
from customer_profile.domain.purchases.bg_nbd import Frequency, expected_orders, probability_alive
from customer_profile.domain.purchases.gamma_gamma import expected_value
from customer_profile.domain.purchases.model import PurchaseModel
from customer_profile.domain.purchases.rfm import Rfm, RfmClass, days_until_less_recent, scored

_DIGITS = 6
"""Of probabilities and expected counts. More would differ from machine to machine, and be news where nothing is."""


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
class LifetimeValue:
    """What is expected of a buyer within a horizon; money in minor units, `computed_at` in milliseconds since 1970."""

    probability_alive: float
    expected_orders: float
    expected_order: int
    expected: int
    horizon_days: int
    model: str
    computed_at: int


@dataclass(frozen=True, slots=True)
class Purchases:
    """What somebody bought and gave back in one currency, in its minor units; times in milliseconds since 1970, UTC.

    `first_at` and `last_at` are those of orders, 0 without any. `unmatched_returns` name no order, or one that is not
    known. `order_days` are days in UTC with an order. `rfm` and `lifetime` are None without an order, or without a
    model in force.
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
        return round((self.orders - 1) / self.orders, _DIGITS) if self.orders else 0.0

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
    rfm = lifetime = None
    due: list[int] = []
    if model is not None and sums.orders:
        # An order may be dated up to a day ahead: no buyer's last order lies in the future of what is computed.
        today = max(now, sums.last_at) // DAY
        if model.rfm is not None:
            rfm, falls = _rfm(model, rules.rfm_classes, sums, today)
            due += falls
        if model.bg_nbd is not None:
            lifetime, refresh = _lifetime(model, rules.refresh_days, sums, today)
            due.append(refresh)
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
        rfm=rfm,
        lifetime=lifetime,
    )
    return purchases, min(due, default=0)


def _rfm(model: PurchaseModel, classes: Sequence[RfmClass], sums: Totals, today: int) -> tuple[Rfm, list[int]]:
    assert model.rfm is not None
    since = today - sums.last_at // DAY
    rfm = scored(model.rfm, classes, model.version, days_since=since, order_days=len(sums.days), gross=sums.gross)
    days = days_until_less_recent(model.rfm, since)
    return rfm, [(today + days) * DAY] if days else []


def _lifetime(model: PurchaseModel, refresh_days: int, sums: Totals, today: int) -> tuple[LifetimeValue, int]:
    """Return what is expected, and when it is computed anew.

    Computed for the day of the last order, or for the newest day that lies a multiple of `refresh_days` after the first
    order, whichever is later. So it depends on today only, not on when the customer was looked at before, and not all
    customers are computed anew on the same day.
    """
    assert model.bg_nbd is not None
    first, last = sums.first_at // DAY, sums.last_at // DAY
    refreshed = today - (today - first) % refresh_days
    day = max(last, refreshed)
    repeats = len(sums.days) - 1
    buyer = Frequency(repeats, last - first, day - first)
    orders = expected_orders(model.bg_nbd, buyer, model.horizon_days)
    each = _order_value(model, sums, repeats)
    lifetime = LifetimeValue(
        probability_alive=round(probability_alive(model.bg_nbd, buyer), _DIGITS),
        expected_orders=round(orders, _DIGITS),
        expected_order=each,
        expected=round(orders * each),
        horizon_days=model.horizon_days,
        model=model.version,
        computed_at=day * DAY,
    )
    return lifetime, (refreshed + refresh_days) * DAY


def _order_value(model: PurchaseModel, sums: Totals, repeats: int) -> int:
    if model.gamma_gamma is None:
        return sums.gross // len(sums.days)
    return expected_value(model.gamma_gamma, repeats, sums.repeat_gross)
