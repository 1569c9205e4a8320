"""What somebody bought until a time: what models are fitted on, and what reports add up."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from customer_profile.domain.ledger import DAY, Ledger, united
from customer_profile.domain.purchases.expectation import Bought


@dataclass(frozen=True, slots=True)
class Past:
    """Orders and returns of one customer in one currency; money in minor units, times in milliseconds since 1970, UTC.

    `orders` are (time, amount), oldest first. Of orders that an account keeps as sums only, the day stands for the time
    and one amount for all of that day: `order_count` counts them singly.
    """

    orders: tuple[tuple[int, int], ...]
    order_count: int
    returns: int
    returned: int

    @property
    def gross(self) -> int:
        """What was ordered."""
        return sum(amount for _, amount in self.orders)

    @property
    def order_days(self) -> int:
        """Days in UTC with an order."""
        return len({at // DAY for at, _ in self.orders})

    @property
    def repeat_gross(self) -> int:
        """What was ordered on the days after the first."""
        first = self.orders[0][0] // DAY if self.orders else 0
        return sum(amount for at, amount in self.orders if at // DAY != first)

    def by_day(self) -> tuple[tuple[int, int], ...]:
        """The orders with those of one day as one, at the time of its beginning."""
        days: dict[int, int] = {}
        for at, amount in self.orders:
            days[at // DAY] = days.get(at // DAY, 0) + amount
        return tuple((day * DAY, amount) for day, amount in sorted(days.items()))

    def bought(self) -> Bought:
        """What the models look at; there is an order."""
        first, last = self.orders[0][0] // DAY, self.orders[-1][0] // DAY
        return Bought(self.order_days, first, last, self.gross, self.repeat_gross)


def past(ledgers: Iterable[Ledger], currency: str, until: int) -> Past:
    """Return what one customer's accounts ordered and gave back up to a time, that time included.

    Returns that an account keeps as sums only have no time any more, and count as given back before it.
    """
    given = [ledger for ledger in ledgers if ledger.orders or ledger.returns or ledger.rolled]
    orders = [
        (order.at, order.minor_units)
        for order in united([ledger.orders for ledger in given]).values()
        if order.currency == currency and order.at <= until
    ]
    returns = [
        returned.minor_units
        for returned in united([ledger.returns for ledger in given]).values()
        if returned.currency == currency and returned.at <= until
    ]
    count, returned_count, returned_sum = len(orders), len(returns), sum(returns)
    for sums in (ledger.rolled[currency] for ledger in given if currency in ledger.rolled):
        for day, (number, amount) in sums.days.items():
            if int(day) * DAY <= until:
                orders.append((int(day) * DAY, amount))
                count += number
        returned_count += sums.returns
        returned_sum += sums.returned
    return Past(tuple(sorted(orders)), count, returned_count, returned_sum)
