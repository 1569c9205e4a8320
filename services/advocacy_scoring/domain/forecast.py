"""When the clock alone will have moved a score so far that it must be announced anew."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from advocacy_scoring.domain.curve import UNBOUNDED, Standing, least_raw, raw_limits, standing_of
from advocacy_scoring.domain.decay import FRACTION_BITS, whole
from advocacy_scoring.domain.gathering import Deeds
from advocacy_scoring.domain.rules import Rules
from advocacy_scoring.domain.score import Score


class _Day(NamedTuple):
    """A day's raw value in milli-points, and what speaks for the brand and against it, both 0 or more, x 2**32."""

    day: int
    raw: int
    gains: int
    losses: int


def next_change(
    rules: Rules, deeds: Sequence[Deeds], score: Score, announced: tuple[int, Standing] | None = None
) -> int | None:
    """The next UTC day on which the standing differs from the announced one or the points by the publish step or more.

    None where no such day comes: once all is older than the history, nothing moves. `deeds` are those of the score;
    `announced` are points and standing that were announced last, by default those of `score`.
    """
    if not deeds:
        return None
    points, standing = announced or (score.points, standing_of(rules, score.raw_milli, score.points))
    low, high = unchanged(rules, points, standing)
    heard_by = score.amplifier
    limits = (
        low if low == -UNBOUNDED else heard_by.least(low),
        high if high == UNBOUNDED else heard_by.least(high),
    )
    first = score.as_of_day + 1
    newest = max(day for each in deeds for day in each.days)
    search = _Search(rules, deeds, limits)
    return search.between(search.weigh(first), search.weigh(max(newest, first) + rules.history_days + 1))


def unchanged(rules: Rules, points: int, standing: Standing) -> tuple[int, int]:
    """The raw values, from the first up to but without the second, with which the score need not be announced anew."""
    low, high = raw_limits(rules, standing)
    if points >= rules.publish_step:
        low = max(low, least_raw(rules, points - rules.publish_step + 1))
    return low, min(high, least_raw(rules, points + rules.publish_step))


class _Search:
    """Bisection with bounds.

    Gains and losses only shrink from day to day, so over a span of days the raw value lies between (gains of the last
    day - losses of the first) and the reverse: a span holds no change where both bounds are unchanged, and begins with
    one where both are changed the same way.
    """

    def __init__(self, rules: Rules, deeds: Sequence[Deeds], unchanged: tuple[int, int]) -> None:
        self._low, self._high = unchanged
        # Components are rounded one by one, by half a milli-point at most.
        self._slack = len(deeds) << (FRACTION_BITS - 1)
        self._components = [
            (rules.tables[each.action.half_life_days], [(day, done.allowed) for day, done in each.days.items()])
            for each in deeds
        ]

    def weigh(self, as_of_day: int) -> _Day:
        """Gains, losses and what they come to on a day."""
        raw = gains = losses = 0
        for table, days in self._components:
            oldest = as_of_day - len(table)
            left = 0
            for day, allowed in days:
                if day > oldest:
                    left += allowed * table[as_of_day - day if as_of_day > day else 0]
            raw += whole(left)
            if left > 0:
                gains += left
            else:
                losses -= left
        return _Day(as_of_day, raw, gains, losses)

    def between(self, first: _Day, last: _Day) -> int | None:
        """The first day of a span, both ends included, that brings a change."""
        lowest = (last.gains - first.losses - self._slack >> FRACTION_BITS) if first.losses else 0
        highest = (first.gains - last.losses + self._slack >> FRACTION_BITS) + 1
        if self._low <= lowest and highest < self._high:
            return None
        if highest < self._low or lowest >= self._high:
            return first.day
        if first.day == last.day:
            return first.day if not self._low <= first.raw < self._high else None
        if last.day - first.day == 1:
            return self.between(first, first) or self.between(last, last)
        middle = self.weigh((first.day + last.day) // 2)
        return self.between(first, middle) or self.between(middle, last)
