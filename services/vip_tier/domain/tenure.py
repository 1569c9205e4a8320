"""How long a tier is held: periods, warnings, renewals, grace time and downgrades."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from vip_tier.domain.calendar import NEVER
from vip_tier.domain.programme import LOWEST, Programme
from vip_tier.domain.window import Window

_YEARLY = frozenset({"calendar_year", "join_date", "attribute"})


@dataclass(slots=True)
class Tenure:
    """The tier that a customer's own history gives, and the period for which it is held. Moments in milliseconds.

    `end_ms` is when it must have been earned again, `NEVER` where it need not; `grace_ms` is set while it was not and
    is kept for a last time. `anniversary` is the day on which the customer's years begin.
    """

    anniversary: date
    rank: int = LOWEST
    start_ms: int = 0
    end_ms: int = NEVER
    warning_ms: int = NEVER
    grace_ms: int = 0

    def next_due(self) -> int:
        """When the clock changes something next."""
        return min(self.warning_ms, self.grace_ms or self.end_ms)

    def hold(self, rules: Programme, rank: int, at_ms: int, window: Window) -> None:
        """Begin a period with this tier; what does not count any more leaves the window."""
        self.rank = rank
        self.grace_ms = 0
        self._begin_period(rules, at_ms, window)
        self._set_warning(rules)

    def must_be_earned_again(self, rules: Programme) -> bool:
        """Whether the tier ends where it is not."""
        return self.rank > LOWEST and rules.downgrade.policy != "none"

    def start_grace(self, rules: Programme, at_ms: int) -> bool:
        """Keep the tier for a last time, where the programme gives any."""
        if not rules.downgrade.grace_days:
            return False
        self.warning_ms = NEVER
        self.grace_ms = rules.calendar.through(at_ms - 1, 0, rules.downgrade.grace_days)
        return True

    def _begin_period(self, rules: Programme, at_ms: int, window: Window) -> None:
        kind, months = rules.qualification.window, rules.qualification.months
        self.start_ms, self.end_ms = at_ms, NEVER
        if kind in _YEARLY:
            self.start_ms = rules.calendar.anniversary_until(self.anniversary, at_ms)
            self.end_ms = rules.calendar.anniversary_after(self.anniversary, at_ms)
            window.begin(self.start_ms)
        elif kind == "tier_start":
            self.end_ms = rules.calendar.through(at_ms, months)
            window.begin(at_ms, but_at=True)
        elif kind == "rolling" and self.must_be_earned_again(rules):
            self.end_ms = rules.calendar.through(at_ms, months)

    def _set_warning(self, rules: Programme) -> None:
        self.warning_ms = NEVER
        days = rules.downgrade.warning_days
        if days and self.end_ms < NEVER and self.must_be_earned_again(rules):
            self.warning_ms = max(rules.calendar.days_before(self.end_ms, days), self.start_ms + 1)


def anniversary_of(rules: Programme, joined_ms: int, attribute: str) -> date:
    """The day on which a customer's years begin; that of joining, where the detail asked for is absent or no date."""
    if rules.qualification.window == "calendar_year":
        return rules.qualification.first_day
    if rules.qualification.window == "attribute":
        try:
            return date.fromisoformat(attribute)
        except ValueError:
            return rules.calendar.day(joined_ms)
    return rules.calendar.day(joined_ms)
