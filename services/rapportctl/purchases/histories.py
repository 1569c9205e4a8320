"""Everybody's purchase histories, as the profile tells them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from rapport.profile.v1 import administration_pb2 as pb
from rapportctl.calls import ADMINISTRATION, Calls

DAY = 86_400


@dataclass(frozen=True, slots=True)
class Buyer:
    """What one customer bought; money in minor units. `days` are (days since 1970 in UTC, ordered on it), rising.

    `told` is what the profile said of the customer.
    """

    customer: str
    days: tuple[tuple[int, int], ...]
    told: pb.PurchaseHistory

    @property
    def first_day(self) -> int:
        """Of the first order."""
        return self.days[0][0]

    def until(self, day: int) -> Buyer | None:
        """The buyer as of the end of a day, or None before the first order; `told` stays that of today."""
        days = tuple(each for each in self.days if each[0] <= day)
        return Buyer(self.customer, days, self.told) if days else None

    @property
    def repeats(self) -> int:
        """Days with an order after the first."""
        return len(self.days) - 1

    @property
    def recency(self) -> int:
        """Days from the first order to the last."""
        return self.days[-1][0] - self.days[0][0]

    @property
    def repeat_amount(self) -> int:
        """What was ordered on the days after the first."""
        return sum(amount for _, amount in self.days[1:])


def read_buyers(
    calls: Calls, currency: str, as_of: datetime | None = None, on_progress: Callable[[float], None] = lambda _: None
) -> list[Buyer]:
    """Return everybody who ordered in the currency up to a time, by customer id; `on_progress` is told 0 to 1."""
    request = pb.ListPurchaseHistoriesRequest(currency_code=currency, with_orders=True)
    if as_of is not None:
        request.as_of.FromDatetime(as_of)
    buyers: list[Buyer] = []
    for answer in calls.stream(ADMINISTRATION, "ListPurchaseHistories", request, pb.ListPurchaseHistoriesResponse):
        buyers.extend(map(_buyer, answer.histories))
        on_progress(answer.progress)
    return sorted(buyers, key=lambda buyer: buyer.customer)


def month_of(day: int) -> str:
    """The month of a day since 1970: "2026-03"."""
    return datetime.fromtimestamp(day * DAY, UTC).strftime("%Y-%m")


def date_of(day: int) -> str:
    """A day since 1970 as people write it: "2026-03-14"."""
    return datetime.fromtimestamp(day * DAY, UTC).strftime("%Y-%m-%d")


def months(first: str, last: str) -> Iterator[str]:
    """The months from one to another, both included."""
    year, month = map(int, first.split("-"))
    while (name := f"{year:04d}-{month:02d}") <= last:
        yield name
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)


def days_of(orders: Sequence[pb.PastOrder]) -> tuple[tuple[int, int], ...]:
    """Orders as days, and what was ordered on each."""
    days: Counter[int] = Counter()
    for order in orders:
        days[order.order_time.seconds // DAY] += order.minor_units
    return tuple(sorted(days.items()))


def _buyer(told: pb.PurchaseHistory) -> Buyer:
    days = days_of(told.past_orders)
    kept = pb.PurchaseHistory()
    kept.CopyFrom(told)
    kept.ClearField("past_orders")
    return Buyer(told.customer_id, days, kept)
