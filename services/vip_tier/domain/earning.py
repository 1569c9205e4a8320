"""How facts turn into points and into figures, by the rules of a programme."""

from __future__ import annotations

from dataclasses import dataclass, field

from vip_tier.domain.calendar import NEVER
from vip_tier.domain.facts import Fact
from vip_tier.domain.ledger import Ledger, Movement
from vip_tier.domain.persona import Decided
from vip_tier.domain.programme import PLAIN, Programme
from vip_tier.domain.window import Counted, Window


@dataclass(slots=True)
class _Order:
    """What is left of an order that was not given back, and at how many percent it earned."""

    left: int
    percent: int


@dataclass(slots=True)
class Earning:
    """Enters facts into a ledger and a window.

    Points of spend are rounded down once over all of it: `_earned` is the sum of what spend earned, in the divisor's
    fractions of a point, and a lot is what that sum gained in whole points.
    """

    ledger: Ledger
    window: Window
    _earned: int = 0
    _orders: dict[str, _Order] = field(default_factory=dict)
    _days: dict[tuple[str, int], int] = field(default_factory=dict)

    def purchase(self, rules: Programme, rank: int, fact: Fact) -> int:
        """Enter a purchase by the holder of a tier; returns the points that it earned."""
        if fact.currency != rules.currency:
            self.window.elsewhere += fact.times
            return 0
        percent = rules.earning_percent(rank, fact.at_ms)
        self._orders[fact.key] = _Order(fact.amount, percent)
        points = self._spend(rules, fact.amount * percent)
        self._count(rules, fact, points=points, spend=fact.amount, purchases=fact.times)
        self._lot(rules, fact, points)
        return points

    def give_back(self, rules: Programme, fact: Fact) -> None:
        """Enter a return. Of an order that is known, no more is given back than is left of it."""
        if fact.currency != rules.currency:
            return
        amount, percent = fact.amount, PLAIN
        order = self._orders.get(fact.order)
        if order is not None:
            amount, percent = min(amount, order.left), order.percent
            order.left -= amount
        points = -self._spend(rules, -amount * percent)
        self._count(rules, fact, points=-points, spend=-amount)
        if points:
            self.ledger.claw_back(
                fact.at_ms, points, f"return/{fact.key}", order=f"order/{fact.order}" if fact.order else "",
                policy=rules.points.claw_back, cause=fact.event_id, account=fact.account,
            )  # fmt: skip

    def act(self, rules: Programme, fact: Fact) -> int:
        """Enter an interaction of a kind that the programme names; returns the points that it earned."""
        points = 0
        for rule in rules.actions:
            if rule.kind == fact.action:
                points += rule.points * self._within_cap(rules, fact, rule.per_day)
        engagement = fact.times if fact.action in rules.engagement else 0
        referrals = fact.times if fact.action == "referral" else 0
        if points or engagement or referrals:
            self._count(rules, fact, points=points, engagement=engagement, referrals=referrals)
        self._lot(rules, fact, points)
        return points

    def adjust(self, rules: Programme, fact: Fact, decided: Decided) -> None:
        """Enter points that a person gave or took; they are active at once."""
        key = f"decision/{decided.request_id}"
        if decided.points > 0:
            self.ledger.earn(
                fact.at_ms, decided.points, key, order="", activates_ms=fact.at_ms,
                expires_ms=expiry_of(rules, fact.at_ms), cause=decided.request_id, account=fact.account,
                note=decided.reason, movement=Movement.ADJUSTED,
            )  # fmt: skip
        else:
            self.ledger.take(
                Movement.ADJUSTED, fact.at_ms, -decided.points, key,
                cause=decided.request_id, account=fact.account, note=decided.reason,
            )  # fmt: skip
        if decided.qualifies:
            self._count(rules, fact, points=decided.points)

    def spend(self, fact: Fact, decided: Decided) -> None:
        """Enter points that were spent."""
        key = f"decision/{decided.request_id}"
        self.ledger.take(
            Movement.SPENT, fact.at_ms, decided.points, key,
            cause=decided.request_id, account=fact.account, note=decided.reason,
        )  # fmt: skip

    def _spend(self, rules: Programme, gained: int) -> int:
        """Add what spend earns, or returns cost; returns the whole points gained or lost."""
        before = max(0, self._earned) // rules.points_divisor
        self._earned += gained * rules.points_per_major_unit
        return max(0, self._earned) // rules.points_divisor - before

    def _within_cap(self, rules: Programme, fact: Fact, per_day: int | None) -> int:
        if per_day is None:
            return fact.times
        day = (fact.action, rules.calendar.day(fact.at_ms).toordinal())
        counts = min(fact.times, per_day - self._days.get(day, 0))
        self._days[day] = self._days.get(day, 0) + counts
        return counts

    def _count(
        self, rules: Programme, fact: Fact, *, points: int, spend: int = 0, purchases: int = 0, engagement: int = 0,
        referrals: int = 0,
    ) -> None:  # fmt: skip
        rolls = rules.qualification.window == "rolling"
        leaves = rules.calendar.through(fact.at_ms, rules.qualification.months) if rolls else NEVER
        self.window.add(Counted(fact.at_ms, leaves, fact.event_id, points, spend, purchases, engagement, referrals))

    def _lot(self, rules: Programme, fact: Fact, points: int) -> None:
        if not points:
            return
        pending = rules.points.pending_days
        kind = "order" if fact.kind == 0 else "action"
        self.ledger.earn(
            fact.at_ms, points, f"{kind}/{fact.key}", order=f"order/{fact.key}" if kind == "order" else "",
            activates_ms=rules.calendar.through(fact.at_ms, 0, pending) if pending else fact.at_ms,
            expires_ms=expiry_of(rules, fact.at_ms), cause=fact.event_id, account=fact.account, note=fact.action,
        )  # fmt: skip


def expiry_of(rules: Programme, at_ms: int) -> int:
    """When points earned at a moment expire if they are not spent; `NEVER` where the moment alone does not say."""
    expiry = rules.points.expiry
    if expiry.kind == "after_earning":
        return rules.calendar.through(at_ms, expiry.months)
    if expiry.kind == "fixed_date":
        return rules.calendar.day_end_after(expiry.date, at_ms, expiry.months)
    return NEVER
