"""What an account has counted for traits, day by day, so that a window can be looked at by adding up its days.

Every tally is a commutative monoid: samples, and what is known of two accounts, give the same in any order.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import blake2b
from operator import itemgetter
from typing import TypeVar

from customer_profile.domain.traits.definitions import ENDS, EXTREMES, SUMS, Kept, Plan

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

Number = tuple[int, int]
"""Of count, sum, avg, min and max: samples, and their sum, least or greatest."""
End = tuple[int, int, str, Word]
"""Of first and last: samples, then time, event and value of the earliest or latest."""

T = TypeVar("T")
Days = list[tuple[int, T]]
"""By day since 1970, UTC, in order; without a window everything is under day 0."""


@dataclass(slots=True)
class Values:
    """How often each value occurred. Of too many those are kept whose hashes are least, and counted exactly.

    Which these are does not depend on the order of arrival: what is not among the least of all was dropped, or will be.
    """

    samples: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    truncated: bool = False

    def add(self, value: str, times: int, limit: int) -> None:
        """Count a value so many times, without its samples."""
        counts = self.counts
        if value in counts:
            counts[value] += times
            return
        counts[value] = times
        if len(counts) > limit:
            del counts[max(counts, key=_hash)]
            self.truncated = True


@dataclass(slots=True)
class Tallies:
    """By key of what is counted. `keys` are those that lack nothing of what the account did; `version` names them all.

    Others may be counted too, and are being made good.
    """

    version: str = ""
    keys: list[str] = field(default_factory=list)
    numbers: dict[str, Days[Number]] = field(default_factory=dict)
    ends: dict[str, Days[End]] = field(default_factory=dict)
    values: dict[str, Days[Values]] = field(default_factory=dict)

    @classmethod
    def new(cls, plan: Plan) -> Tallies:
        """Those of an account that has done nothing: they lack nothing of the plan."""
        return cls(plan.version, sorted(plan.keys))

    def add(self, kept: Kept, at: int, event_id: str, value: Word) -> None:
        """Count a sample: `at` in milliseconds since 1970, UTC."""
        day = at // DAY_MS if kept.window_days else 0
        function = kept.function
        if function in ENDS:
            self._put_end(kept, day, (1, at, event_id, value))
        elif isinstance(value, int) and (function in SUMS or function in EXTREMES):
            self._put_number(kept, day, (1, value))
        else:
            self._put_values(kept, day, Values(1, {str(value): 1}))

    def absorb(self, kept: Kept, other: Tallies) -> None:
        """Count what the other has counted for a trait, and does not go on with."""
        for day, number in other.numbers.get(kept.key, ()):
            self._put_number(kept, day, number)
        for day, end in other.ends.get(kept.key, ()):
            self._put_end(kept, day, end)
        for day, values in other.values.get(kept.key, ()):
            self._put_values(kept, day, values)

    def complete(self, plan: Plan) -> None:
        """Nothing of the plan is lacking any more."""
        self.version, self.keys = plan.version, sorted(plan.keys)

    def keep(self, keys: Collection[str]) -> None:
        """Forget all that is counted under other keys."""
        self.numbers = {key: days for key, days in self.numbers.items() if key in keys}
        self.ends = {key: days for key, days in self.ends.items() if key in keys}
        self.values = {key: days for key, days in self.values.items() if key in keys}

    def _put_number(self, kept: Kept, day: int, number: Number) -> None:
        days = self.numbers.setdefault(kept.key, [])
        _put(days, day, number, kept.window_days, lambda one, other: both_numbers(kept.function, one, other))

    def _put_end(self, kept: Kept, day: int, end: End) -> None:
        days = self.ends.setdefault(kept.key, [])
        _put(days, day, end, kept.window_days, lambda one, other: both_ends(kept.function, one, other))

    def _put_values(self, kept: Kept, day: int, values: Values) -> None:
        limit = VALUES_KEPT_A_DAY if kept.window_days else VALUES_KEPT
        days = self.values.setdefault(kept.key, [])
        _put(days, day, values, kept.window_days, lambda one, other: _both_values(one, other, limit))


def both_numbers(function: str, one: Number, other: Number) -> Number:
    """Return the samples of both, and their sum, least or greatest."""
    samples = one[0] + other[0]
    if function == "min":
        return samples, min(one[1], other[1])
    if function == "max":
        return samples, max(one[1], other[1])
    return samples, min(one[1] + other[1], MOST)


def both_ends(function: str, one: End, other: End) -> End:
    """Return the samples of both, and the earliest or latest of them."""
    wins = max(one[1:], other[1:]) if function == "last" else min(one[1:], other[1:])
    return one[0] + other[0], *wins


def _both_values(one: Values, other: Values, limit: int) -> Values:
    """Return the first, which counts what the other has counted, too."""
    one.samples += other.samples
    one.truncated |= other.truncated
    for value, times in other.counts.items():
        one.add(value, times, limit)
    return one


def _put(days: Days[T], day: int, bucket: T, window_days: int, both: Callable[[T, T], T]) -> None:
    """Count a bucket on its day, unless the newest day has left it behind for good; forget what this one leaves so."""
    reach = window_days + _SLACK_DAYS if window_days else 0
    if not days or day > days[-1][0]:
        if reach:
            del days[: bisect_left(days, day - reach + 1, key=itemgetter(0))]
        days.append((day, bucket))
        return
    if reach and day <= days[-1][0] - reach:
        return
    place = len(days) - 1 if day == days[-1][0] else bisect_left(days, day, key=itemgetter(0))
    if days[place][0] == day:
        days[place] = (day, both(days[place][1], bucket))
    else:
        days.insert(place, (day, bucket))


@lru_cache(65_536)
def _hash(value: str) -> bytes:
    """A hash that is the same everywhere, and a different one for every value."""
    return blake2b(value.encode(), digest_size=16).digest()
