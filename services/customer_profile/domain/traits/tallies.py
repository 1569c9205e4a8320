"""What an account has counted for traits, day by day, so that a window can be looked at by adding up its days.

Every tally is a commutative monoid: samples, and what is known of two accounts, give the same in any order.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import blake2b
from typing import Any

from customer_profile.domain.traits.definitions import ENDS, EXTREMES, SUMS, Kept

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
Number = tuple[int, int]
"""Of count, sum, avg, min and max: samples, and their sum, least or greatest."""
End = tuple[int, int, str, Word]
"""Of first and last: samples, then time, event and value of the earliest or latest."""


@dataclass(slots=True)
class Values:
    """How often each value occurred. Of too many those are kept whose hashes are least, and counted exactly.

    Which these are does not depend on the order of arrival: what is not among the least of all was dropped, or will be.
    """

    samples: int = 0
    counts: dict[Word, int] = field(default_factory=dict)
    truncated: bool = False

    def add(self, value: Word, times: int, limit: int) -> None:
        """Count a value so many times."""
        self.samples += times
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
    """By key of what is counted, then by day since 1970, UTC; without a window everything is under day 0.

    `keys` are those that lack nothing of what the account did, and `version` names them all together: others may be
    counted too, and are being made good.
    """

    version: str = ""
    keys: list[str] = field(default_factory=list)
    numbers: dict[str, dict[int, Number]] = field(default_factory=dict)
    ends: dict[str, dict[int, End]] = field(default_factory=dict)
    values: dict[str, dict[int, Values]] = field(default_factory=dict)

    def add(self, kept: Kept, at: int, event_id: str, value: Word) -> None:
        """Count a sample: `at` in milliseconds since 1970, UTC."""
        key, function, window = kept.key, kept.function, kept.window_days
        day = at // DAY_MS if window else 0
        if function in SUMS or function in EXTREMES:
            assert isinstance(value, int)
            numbers = self.numbers.setdefault(key, {})
            if day in numbers or _admit(numbers, day, window):
                numbers[day] = both_numbers(function, numbers.get(day), (1, value))
        elif function in ENDS:
            ends = self.ends.setdefault(key, {})
            if day in ends or _admit(ends, day, window):
                ends[day] = both_ends(function, ends.get(day), (1, at, event_id, value))
        else:
            values = self.values.setdefault(key, {})
            if day in values or _admit(values, day, window):
                if day not in values:
                    values[day] = Values()
                values[day].add(value, 1, VALUES_KEPT_A_DAY if window else VALUES_KEPT)

    def absorb(self, kept: Kept, other: Tallies) -> None:
        """Count what the other has counted under a key."""
        key, function, window = kept.key, kept.function, kept.window_days
        for day, number in other.numbers.get(key, {}).items():
            numbers = self.numbers.setdefault(key, {})
            if day in numbers or _admit(numbers, day, window):
                numbers[day] = both_numbers(function, numbers.get(day), number)
        for day, end in other.ends.get(key, {}).items():
            ends = self.ends.setdefault(key, {})
            if day in ends or _admit(ends, day, window):
                ends[day] = both_ends(function, ends.get(day), end)
        for day, more in other.values.get(key, {}).items():
            values = self.values.setdefault(key, {})
            if day in values or _admit(values, day, window):
                mine = values.setdefault(day, Values())
                for value, times in more.counts.items():
                    mine.add(value, times, VALUES_KEPT_A_DAY if window else VALUES_KEPT)
                mine.samples += more.samples - sum(more.counts.values())
                mine.truncated |= more.truncated

    def keep(self, keys: Collection[str]) -> None:
        """Forget all that is counted under other keys."""
        for tallies in (self.numbers, self.ends, self.values):
            for key in [key for key in tallies if key not in keys]:
                del tallies[key]


def both_numbers(function: str, one: Number | None, other: Number) -> Number:
    """Return the samples of both, and their sum, least or greatest."""
    if one is None:
        return other
    samples = one[0] + other[0]
    if function == "min":
        return samples, min(one[1], other[1])
    if function == "max":
        return samples, max(one[1], other[1])
    return samples, min(one[1] + other[1], MOST)


def both_ends(function: str, one: End | None, other: End) -> End:
    """Return the samples of both, and the earliest or latest of them."""
    if one is None:
        return other
    wins = max(one[1:], other[1:]) if function == "last" else min(one[1:], other[1:])
    return one[0] + other[0], *wins


def days_in(buckets: Iterable[int], window_days: int, today: int) -> list[int]:
    """Return the days that a window looks at; all of them without a window."""
    return [day for day in buckets if not window_days or day > today - window_days]


def _admit(buckets: dict[int, Any], day: int, window_days: int) -> bool:
    """Whether a new day is to be counted; if it is the newest, those that it leaves behind are forgotten."""
    if not window_days or not buckets:
        return True
    reach = window_days + _SLACK_DAYS
    newest = max(buckets)
    if day < newest:
        return day > newest - reach
    for old in [old for old in buckets if old <= day - reach]:
        del buckets[old]
    return True


@lru_cache(65_536)
def _hash(value: Word) -> bytes:
    """A hash that is the same everywhere, and a different one for every value."""
    return blake2b(repr(value).encode(), digest_size=16).digest()
