"""Where a buyer stands beside others, and what is still to be expected of it, by the model in force."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from customer_profile.domain.ledger import DAY
from customer_profile.domain.purchases.bg_nbd import Frequency, expected_orders, probability_alive
from customer_profile.domain.purchases.gamma_gamma import expected_value
from customer_profile.domain.purchases.model import PurchaseModel
from customer_profile.domain.purchases.rfm import Rfm, RfmClass, days_until_less_recent, scored

DIGITS = 6
"""Of probabilities and expected counts. More would differ from machine to machine, and be news where nothing is."""


class Bought(NamedTuple):
    """What the models look at: days with an order, the first and the last of them since 1970, and what was ordered.

    `repeat_gross` is what was ordered on the days after the first; both sums in minor units. All days in UTC.
    """

    order_days: int
    first_day: int
    last_day: int
    gross: int
    repeat_gross: int


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


def rfm(model: PurchaseModel, classes: Sequence[RfmClass], bought: Bought, today: int) -> tuple[Rfm | None, int]:
    """Return the scores on a day, not before the last order, and on which day they fall if nothing is ordered.

    None where the model has no bounds; day 0 where they never fall.
    """
    if model.rfm is None:
        return None, 0
    since = today - bought.last_day
    found = scored(
        model.rfm, classes, model.version, days_since=since, order_days=bought.order_days, gross=bought.gross
    )
    days = days_until_less_recent(model.rfm, since)
    return found, today + days if days else 0


def lifetime(model: PurchaseModel, bought: Bought, day: int) -> LifetimeValue | None:
    """Return what is expected from a day on, which is not before the last order; None where the model cannot tell."""
    if model.bg_nbd is None:
        return None
    repeats = bought.order_days - 1
    buyer = Frequency(repeats, bought.last_day - bought.first_day, day - bought.first_day)
    orders = expected_orders(model.bg_nbd, buyer, model.horizon_days)
    if model.gamma_gamma is None:
        each = bought.gross // bought.order_days
    else:
        each = expected_value(model.gamma_gamma, repeats, bought.repeat_gross)
    return LifetimeValue(
        probability_alive=round(probability_alive(model.bg_nbd, buyer), DIGITS),
        expected_orders=round(orders, DIGITS),
        expected_order=each,
        expected=round(orders * each),
        horizon_days=model.horizon_days,
        model=model.version,
        computed_at=day * DAY,
    )


def refreshed(bought: Bought, today: int, every: int) -> tuple[int, int]:
    """Return the day for which a lifetime value is told on a day, and the day from which on it is told anew.

    The day of the last order, or the newest that lies a multiple of `every` after the first order, whichever is later.
    So it follows from today alone, not from when somebody looked before, and buyers do not all change on the same day.
    """
    newest = today - (today - bought.first_day) % every
    return max(bought.last_day, newest), newest + every
