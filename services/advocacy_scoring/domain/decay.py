"""Decay by half-life in integers: the same on every machine, and sums in any order are equal.

What is left of a weight after `age` days is 2 ** (-age / half_life) of it.
"""

from __future__ import annotations

from functools import cache

FRACTION_BITS = 32
"""Fixed point of a table's entries: 2**32 stands for 1. Half a unit is 0.1 milli-points in a million points."""

_GUARD_BITS = 128
_ONE_DAY_MS = 86_400_000


def day_of(time_ms: int) -> int:
    """The UTC day of a time in milliseconds since 1970, as days since 1970."""
    return time_ms // _ONE_DAY_MS


def start_of(day: int) -> int:
    """The start of a UTC day, in milliseconds since 1970."""
    return day * _ONE_DAY_MS


@cache
def table(half_life: int, days: int) -> tuple[int, ...]:
    """2 ** (-age / half_life) in units of 2**-32, rounded to nearest, for each age from 0 to `days`.

    Raises ValueError unless `half_life` is at least 1.
    """
    if half_life < 1:
        raise ValueError(f"a half-life is a day or more, not {half_life}")
    # One step's factor to 128 bits, one period by multiplication, every later period by shifting: whole half-lives are
    # exact, and the error within a period stays below 2**-118 for half-lives up to a thousand days.
    step = _root(1 << (_GUARD_BITS * half_life - 1), half_life)
    period = [1 << _GUARD_BITS]
    for _ in range(min(half_life - 1, days)):
        period.append(period[-1] * step >> _GUARD_BITS)
    entries = []
    for age in range(days + 1):
        shift = _GUARD_BITS - FRACTION_BITS + age // half_life
        entries.append((period[age % half_life] + (1 << (shift - 1))) >> shift)
    return tuple(entries)


def whole(value: int) -> int:
    """A value in units of 2**-32 as a whole number, rounded to nearest; halves away from zero, so signs are alike."""
    magnitude = (abs(value) + (1 << (FRACTION_BITS - 1))) >> FRACTION_BITS
    return magnitude if value >= 0 else -magnitude


def _root(value: int, degree: int) -> int:
    """The largest integer whose power to `degree` is at most `value`, by Newton's iteration from above."""
    guess = 1 << -(-value.bit_length() // degree)
    while True:
        better = ((degree - 1) * guess + value // guess ** (degree - 1)) // degree
        if better >= guess:
            return guess
        guess = better
