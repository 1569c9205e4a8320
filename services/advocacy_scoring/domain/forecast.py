"""When the clock alone will have moved a score so far that it must be announced anew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from advocacy_scoring.domain.decay import FRACTION_BITS
from advocacy_scoring.domain.rules import Rules
from advocacy_scoring.domain.score import Deeds, Score, points_of, standing_of


@dataclass(frozen=True, slots=True)
class _Day:
    """What speaks for the brand and what speaks against it on a day, both positive, in milli-points rounded down."""

    day: int
    gains: int
    losses: int


def next_change(rules: Rules, deeds: Sequence[Deeds], score: Score) -> int | None:
    """The next UTC day on which the standing differs from `score` or the points differ by the publish step or more.

    None where no such day comes: once all is older than the history, nothing moves. `deeds` are those of the score.
    """
    if not deeds:
        return None
    first = score.as_of_day + 1
    newest = max(day for each in deeds for day in each.days)
    search = _Search(rules, deeds, score)
    return search.between(search.weigh(first), search.weigh(max(newest, first) + rules.history_days + 1))


class _Search:
    """Bisection with bounds.

    Gains and losses only shrink from day to day, so over a span of days the raw value lies between (gains of the last
    day - losses of the first) and the reverse. Points and standing rise with the raw value, so a span at whose bounds
    nothing has changed holds no change.
    """

    def __init__(self, rules: Rules, deeds: Sequence[Deeds], score: Score) -> None:
        self._rules = rules
        self._deeds = deeds
        self._score = score
        self._weights = [
            (day, allowed, rules.tables[each.action.half_life_days])
            for each in deeds
            for day, (_, _, allowed) in each.days.items()
        ]

    def weigh(self, as_of_day: int) -> _Day:
        """Gains and losses on a day."""
        gains = losses = 0
        for day, allowed, table in self._weights:
            age = as_of_day - day
            if age >= len(table):
                continue
            left = allowed * table[max(0, age)]
            if left > 0:
                gains += left
            else:
                losses -= left
        return _Day(as_of_day, gains >> FRACTION_BITS, losses >> FRACTION_BITS)

    def between(self, first: _Day, last: _Day) -> int | None:
        """The first day of a span, both ends included, that brings a change."""
        # Components are rounded one by one, and gains and losses here: by less than one milli-point each.
        slack = len(self._deeds) + 1
        lowest, highest = last.gains - first.losses - slack, first.gains - last.losses + slack
        if not self._is_change(lowest) and not self._is_change(highest):
            return None
        if first.day == last.day:
            return first.day if self._is_change(self._raw(first.day)) else None
        if last.day - first.day == 1:
            return self.between(first, first) or self.between(last, last)
        middle = self.weigh((first.day + last.day) // 2)
        return self.between(first, middle) or self.between(middle, last)

    def _is_change(self, raw_milli: int) -> bool:
        points = points_of(self._rules, raw_milli)
        return (
            abs(points - self._score.score) >= self._rules.publish_step
            or standing_of(self._rules, raw_milli, points) != self._score.standing
        )

    def _raw(self, as_of_day: int) -> int:
        tables = self._rules.tables
        found = (each.component(tables[each.action.half_life_days], as_of_day) for each in self._deeds)
        return sum(component.contribution_milli for component in found if component is not None)
