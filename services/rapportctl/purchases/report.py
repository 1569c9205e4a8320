"""What all buyers come to: sums, RFM classes, and who came back, by the month of the first order."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from rapportctl.purchases.histories import Buyer, month_of, months


@dataclass(frozen=True, slots=True)
class RfmCount:
    """How many buyers have an RFM class, and what they ordered together, in minor units."""

    name: str
    buyers: int
    gross: int


@dataclass(frozen=True, slots=True)
class Cohort:
    """Who ordered first in a month: how many, and how many of them ordered in that month and in each one after it."""

    month: str
    buyers: int
    active: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class PurchaseReport:
    """All buyers of a currency; money in minor units.

    `repeat_buyers` ordered on more than one day. `classes` are empty, `alive` None and `expected` 0 without a model in
    force. `expected` is what is expected of all within the horizon; `alive` the mean probability that one still buys.
    """

    currency: str
    buyers: int
    orders: int
    gross: int
    returns: int
    returned: int
    repeat_buyers: int
    expected: int
    horizon_days: int
    alive: float | None
    model_version: str
    classes: tuple[RfmCount, ...]
    cohorts: tuple[Cohort, ...]

    @property
    def repeat_rate(self) -> float:
        """Buyers who ordered on more than one day, by buyers."""
        return self.repeat_buyers / self.buyers if self.buyers else 0.0

    @property
    def average_order(self) -> int:
        """Gross by orders, rounded down."""
        return self.gross // self.orders if self.orders else 0


def report(currency: str, buyers: Sequence[Buyer]) -> PurchaseReport:
    """Return what the buyers come to."""
    told = [buyer.told for buyer in buyers]
    valued = [each.lifetime_value for each in told if each.HasField("lifetime_value")]
    versions = {each.rfm.model_version for each in told if each.HasField("rfm")}
    versions |= {each.model_version for each in valued}
    return PurchaseReport(
        currency=currency,
        buyers=len(told),
        orders=sum(each.orders for each in told),
        gross=sum(each.gross_minor_units for each in told),
        returns=sum(each.returns for each in told),
        returned=sum(each.returned_minor_units for each in told),
        repeat_buyers=sum(each.order_days > 1 for each in told),
        expected=sum(each.expected_minor_units for each in valued),
        horizon_days=max((each.horizon_days for each in valued), default=0),
        alive=fmean(each.probability_alive for each in valued) if valued else None,
        model_version=", ".join(sorted(versions)),
        classes=_classes(buyers),
        cohorts=cohorts(buyers),
    )


def cohorts(buyers: Sequence[Buyer]) -> tuple[Cohort, ...]:
    """Return a row for each month in which somebody ordered first, up to the month of the last order of all."""
    if not buyers:
        return ()
    last = month_of(max(buyer.days[-1][0] for buyer in buyers))
    found: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for buyer in buyers:
        found[month_of(buyer.first_day)].update({month_of(day) for day, _ in buyer.days})
    return tuple(
        Cohort(month, active[month], tuple(active[each] for each in months(month, last)))
        for month, active in sorted(found.items())
    )


def _classes(buyers: Sequence[Buyer]) -> tuple[RfmCount, ...]:
    numbers: Counter[str] = Counter()
    sums: Counter[str] = Counter()
    for told in (buyer.told for buyer in buyers if buyer.told.HasField("rfm")):
        name = told.rfm.rfm_class or "none"
        numbers[name] += 1
        sums[name] += told.gross_minor_units
    return tuple(RfmCount(name, number, sums[name]) for name, number in numbers.most_common())
