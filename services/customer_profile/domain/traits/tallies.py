"""What an account has counted for traits, day by day, so that a window can be looked at by adding up its days.

Every tally is a commutative monoid: samples, and what is known of two accounts, give the same in any order.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import blake2b
from operator import itemgetter
from typing import Any, TypeVar

from customer_profile.domain.traits.definitions import END, SUM, VALUE, Kept, Plan

DAY_MS = 86_400_000
MOST = 9 * 10**18
"""Sums stay here once they have come so far: a number of 64 bits holds it."""
VALUES_KEPT = 500
"""Different values of one account that are told apart, without a window."""
VALUES_KEPT_A_DAY = 32
"""The same for each day of a window."""
_SLACK_DAYS = 2
"""Days that are kept beyond a window: an event may be dated a day ahead of the clock by which windows are looked at."""

Word = str | int
Sample = tuple[Kept, Word]
"""What is counted of an interaction, and for what."""

Number = list[int]
"""Of count, sum, avg, min and max: day, samples, and their sum, least or greatest."""
End = tuple[int, int, int, str, Word]
"""Of first and last: day, samples, then time, event and value of the earliest or latest."""
Values = tuple[int, int, bool, dict[str, int]]
"""Of most_frequent and distinct: day, samples, whether values were dropped, and how often each of the others occurred.

Of too many those are kept whose hashes are least, and counted exactly. Which these are does not depend on the order of
arrival: what is not among the least of all was dropped, or will be.
"""

B = TypeVar("B", bound=Sequence[Any])


@dataclass(slots=True)
class Tallies:
    """By key of what is counted, then by day since 1970, UTC, in order; without a window everything is under day 0.

    `keys` are those that lack nothing of what the account did, and `version` names them all. Others may be counted too,
    and are being made good.
    """

    version: str = ""
    keys: list[str] = field(default_factory=list)
    numbers: dict[str, list[Number]] = field(default_factory=dict)
    ends: dict[str, list[End]] = field(default_factory=dict)
    values: dict[str, list[Values]] = field(default_factory=dict)

    @classmethod
    def new(cls, plan: Plan) -> Tallies:
        """Those of an account that has done nothing: they lack nothing of the plan."""
        return cls(plan.version, sorted(plan.keys))

    def take_in(self, samples: Sequence[Sample], at: int, event_id: str) -> None:
        """Count samples of an interaction that happened at a time: milliseconds since 1970, UTC."""
        for kept, value in samples:
            day, form = at // DAY_MS if kept.window_days else 0, kept.form
            # Of what comes in, nearly all is of the newest day, and newer than what was there: that has to be quick.
            if form is SUM:
                numbers = self.numbers.get(kept.key)
                if numbers and (number := numbers[-1])[0] == day:
                    number[1] += 1
                    number[2] = min(number[2] + int(value), MOST)
                else:
                    self._put_number(kept, [day, 1, int(value)])
            elif form is END:
                ends = self.ends.get(kept.key)
                if ends and (end := ends[-1])[2] < at and end[0] == day and kept.function == "last":
                    ends[-1] = day, end[1] + 1, at, event_id, value
                else:
                    self._put_end(kept, (day, 1, at, event_id, value))
            elif form is VALUE:
                self._put_values(kept, (day, 1, False, {str(value): 1}))
            else:
                self._put_number(kept, [day, 1, int(value)])

    def absorb(self, kept: Kept, other: Tallies) -> None:
        """Count what the other has counted for a trait, and does not go on with."""
        for number in other.numbers.get(kept.key, ()):
            self._put_number(kept, number)
        for end in other.ends.get(kept.key, ()):
            self._put_end(kept, end)
        for values in other.values.get(kept.key, ()):
            self._put_values(kept, values)

    def complete(self, plan: Plan) -> None:
        """Nothing of the plan is lacking any more."""
        self.version, self.keys = plan.version, sorted(plan.keys)

    def keep(self, keys: Collection[str]) -> None:
        """Forget all that is counted under other keys."""
        self.numbers = {key: days for key, days in self.numbers.items() if key in keys}
        self.ends = {key: days for key, days in self.ends.items() if key in keys}
        self.values = {key: days for key, days in self.values.items() if key in keys}

    def _put_number(self, kept: Kept, number: Number) -> None:
        _put(self.numbers.setdefault(kept.key, []), number, kept.window_days, NUMBERS[kept.function])

    def _put_end(self, kept: Kept, end: End) -> None:
        _put(self.ends.setdefault(kept.key, []), end, kept.window_days, BOTH_ENDS[kept.function])

    def _put_values(self, kept: Kept, values: Values) -> None:
        both = _both_of_a_day if kept.window_days else _both_values
        _put(self.values.setdefault(kept.key, []), values, kept.window_days, both)


def _sum(one: Number, other: Number) -> Number:
    return [one[0], one[1] + other[1], min(one[2] + other[2], MOST)]


def _least(one: Number, other: Number) -> Number:
    return [one[0], one[1] + other[1], min(one[2], other[2])]


def _greatest(one: Number, other: Number) -> Number:
    return [one[0], one[1] + other[1], max(one[2], other[2])]


NUMBERS: dict[str, Callable[[Number, Number], Number]] = {
    "count": _sum,
    "sum": _sum,
    "avg": _sum,
    "min": _least,
    "max": _greatest,
}
"""What two numbers are together, by function: the samples of both, and their sum, least or greatest."""


def _earliest(one: End, other: End) -> End:
    _, _, at, event_id, value = one if one[2:] < other[2:] else other
    return one[0], one[1] + other[1], at, event_id, value


def _latest(one: End, other: End) -> End:
    _, _, at, event_id, value = one if one[2:] > other[2:] else other
    return one[0], one[1] + other[1], at, event_id, value


BOTH_ENDS: dict[str, Callable[[End, End], End]] = {"first": _earliest, "last": _latest}
"""What two ends are together, by function: the samples of both, and the earlier or later."""


def _both_values(one: Values, other: Values, limit: int = VALUES_KEPT) -> Values:
    """Count what the other has counted with the first."""
    day, samples, dropped, counts = one
    for value, times in other[3].items():
        counts[value] = counts.get(value, 0) + times
        if len(counts) > limit:
            del counts[max(counts, key=_hash)]
            dropped = True
    return day, samples + other[1], dropped or other[2], counts


def _both_of_a_day(one: Values, other: Values) -> Values:
    return _both_values(one, other, VALUES_KEPT_A_DAY)


def _put(days: list[B], bucket: B, window_days: int, both: Callable[[B, B], B]) -> None:
    """Count a bucket on its day, unless the newest day has left it behind for good; forget what this one leaves so."""
    day: int = bucket[0]
    reach = window_days + _SLACK_DAYS if window_days else 0
    if not days or day > days[-1][0]:
        if reach and days and days[0][0] <= day - reach:
            del days[: bisect_left(days, day - reach + 1, key=itemgetter(0))]
        days.append(bucket)
    elif day == days[-1][0]:
        days[-1] = both(days[-1], bucket)
    elif not reach or day > days[-1][0] - reach:
        place = bisect_left(days, day, key=itemgetter(0))
        if days[place][0] == day:
            days[place] = both(days[place], bucket)
        else:
            days.insert(place, bucket)


@lru_cache(65_536)
def _hash(value: str) -> bytes:
    """A hash that is the same everywhere, and a different one for every value."""
    return blake2b(value.encode(), digest_size=16).digest()
