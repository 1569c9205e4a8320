"""The default programme in a few dozen lines of plain Python, slowly: every day of every customer is looked at.

It shares no line with the service. One customer has one account; nobody has an advocacy score.
"""

from __future__ import annotations

import csv
import gzip
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

LONDON, BERLIN = ZoneInfo("Europe/London"), ZoneInfo("Europe/Berlin")
TIERS = ("member", "silver", "gold", "platinum")
DAY = timedelta(days=1)


@dataclass
class Trade:
    """What was bought, or given back, of pence at a time; in order of time, purchases first."""

    at: datetime
    is_return: bool
    number: str
    pence: int


@dataclass
class Told:
    """All that is told of a customer, as (reason, tier, when), and what it has in the end."""

    changes: list[tuple[str, str, datetime]] = field(default_factory=list)
    tier: str = ""
    points: int = 0


def trades_of(path: Path) -> dict[str, list[Trade]]:
    """Each customer's invoices in pounds, from the raw file."""
    rows_of: dict[tuple[str, str], list[dict[str, str]]] = defaultdict(list)
    with gzip.open(path, "rt", encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            rows_of[row["InvoiceNo"], row["CustomerID"].split(".")[0]].append(row)
    trades: dict[str, list[Trade]] = defaultdict(list)
    for (invoice, customer), rows in rows_of.items():
        is_return = invoice.startswith("C")
        sign = -1 if is_return else 1
        goods = [row for row in rows if int(row["Quantity"]) * sign > 0 and Decimal(row["UnitPrice"]) >= 0]
        pence = int(
            sum((abs(int(row["Quantity"])) * Decimal(row["UnitPrice"]) for row in goods), Decimal(0)) * 100
            + Decimal("0.5")
        )
        if invoice.startswith("A") or (pence == 0 and (is_return or not (goods and customer))):
            continue
        at = datetime.fromisoformat(min(row["InvoiceDate"] for row in rows)).replace(tzinfo=LONDON)
        trades[customer or f"guest-{invoice}"].append(Trade(at, is_return, invoice, pence))
    for each in trades.values():
        each.sort(key=lambda trade: (trade.at.astimezone(BERLIN), trade.is_return, trade.number))
    return trades


def year_later(day: date) -> date:
    """The day a year later; after 29 February the 28th."""
    return date(day.year + 1, day.month, 28) if (day.month, day.day) == (2, 29) else day.replace(year=day.year + 1)


class Customer:
    """One customer, day by day."""

    def __init__(self) -> None:
        self.told = Told()
        self.gained: list[tuple[date, int, int]] = []  # day, points, orders
        self.net = 0
        self.rank = -1
        self.ends = self.last_chance = date.max

    def qualifies(self, on: date) -> int:
        """The tier that the twelve months before the day give."""
        counted = [each for each in self.gained if year_later(each[0]) >= on]
        points = max(0, sum(each[1] for each in counted))
        orders = sum(each[2] for each in counted)
        if points >= 3000:
            return 3
        if points >= 1000:
            return 2
        return 1 if points >= 250 or orders >= 5 else 0

    def hold(self, rank: int, reason: str, at: datetime) -> None:
        """Hold a tier for the twelve months after the day."""
        self.rank, self.last_chance = rank, date.max
        self.ends = year_later(at.date()) + DAY if rank else date.max
        self.told.changes.append((reason, TIERS[rank], at))

    def begin(self, day: date) -> None:
        """What the clock brings at the beginning of a day."""
        at = datetime(day.year, day.month, day.day, tzinfo=BERLIN)
        is_warned = self.rank > 0 and day == self.ends - 30 * DAY and self.last_chance == date.max
        if is_warned and self.qualifies(self.ends) < self.rank:
            self.told.changes.append(("TIER_EXPIRING", TIERS[self.rank], at))
        if day == self.ends and self.last_chance == date.max:
            if self.qualifies(day) >= self.rank:
                self.hold(self.rank, "RENEWED", at)
            else:
                self.last_chance = day + 30 * DAY
                self.told.changes.append(("GRACE_STARTED", TIERS[self.rank], at))
        elif day == self.last_chance:
            now = self.qualifies(day)
            self.hold(min(now, self.rank), "RENEWED" if now >= self.rank else "DOWNGRADED", at)

    def trade(self, trade: Trade) -> None:
        """Something was bought or given back."""
        at = trade.at.astimezone(BERLIN)
        before = self.qualifies(at.date())
        net = self.net + (-trade.pence if trade.is_return else trade.pence)
        points = max(0, net) // 100 - max(0, self.net) // 100
        self.net = net
        self.gained.append((at.date(), points, 0 if trade.is_return else 1))
        now = self.qualifies(at.date())
        if self.rank < 0:
            self.hold(now, "ENROLLED", at)
        elif now > self.rank and self.told.changes[-1][0::2] == ("ENROLLED", at):
            # The first tier is that of all that happened at the first moment.
            self.told.changes.pop()
            self.hold(now, "ENROLLED", at)
        elif now > self.rank:
            self.hold(now, "UPGRADED", at)
        elif now == self.rank and self.last_chance != date.max:
            self.hold(now, "RENEWED", at)
        elif trade.is_return and before >= self.rank > now:
            self.hold(now, "DOWNGRADED", at)


def told_of(trades: list[Trade], until: date) -> Told:
    """What is told of a customer up to the beginning of a day, that included."""
    customer, left = Customer(), list(trades)
    day = trades[0].at.astimezone(BERLIN).date()
    while day <= until:
        customer.begin(day)
        while left and left[0].at.astimezone(BERLIN).date() == day:
            customer.trade(left.pop(0))
        day += DAY
    customer.told.tier, customer.told.points = TIERS[customer.rank], max(0, customer.net) // 100
    return customer.told
