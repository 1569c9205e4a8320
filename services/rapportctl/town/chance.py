"""Chance that falls the same way on every machine and Python.

Python promises only of `random()` that it gives the same numbers for a seed in every version, so nothing else of the
random module is used. Powers and logarithms may differ in the last bit between C libraries, square roots and products
may not, so a heavy tail is made of square roots.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from itertools import accumulate
from math import sqrt
from random import Random

Draw = Callable[[], float]
"""Gives the next number, from 0 up to but without 1."""

PEOPLE, ACTIVITY, RENDERING, FAULTS, TRAPS, PLANTS, HABITS, ASIDES, GAMING = range(9)
"""The streams of chance, kept apart so that more of one leaves the others as they are."""


def draw_of(seed: int, stream: int, index: int = 0) -> Draw:
    """Give the numbers of one stream for one person, household or town."""
    return Random(seed << 64 | stream << 56 | index).random  # noqa: S311 - a simulation, no secret


def heavy_tail(draw: Draw, least: float, most: float) -> int:
    """Draw from a Pareto law with exponent 4/3: the k-th largest of many is about k**-0.75 of the largest (Zipf).

    Its mean is `4 * least - 3 * least * (least / most) ** (1 / 3)`.
    """
    root = sqrt(1.0 - draw())
    return int(min(most, least / (root * sqrt(root))))


def spread(*weighted: tuple[int, int]) -> tuple[int, ...]:
    """Lay out (value, weight) pairs as a table in which a uniformly drawn place gives each value by its weight."""
    return tuple(value for value, weight in weighted for _ in range(weight))


def spread_names(*weighted: tuple[str, int]) -> tuple[str, ...]:
    """As `spread`, of strings."""
    return tuple(value for value, weight in weighted for _ in range(weight))


def pick_some(draw: Draw, table: Sequence[str], count: int) -> list[str]:
    """Draw up to `count` different values from a table, the likelier ones more often and first."""
    picked: list[str] = []
    for _ in range(8 * count):
        value = table[int(draw() * len(table))]
        if value not in picked:
            picked.append(value)
            if len(picked) == count:
                break
    return picked


class Zipf:
    """Values by rank: the k-th of them is drawn in proportion to 1 / (k + flat)."""

    __slots__ = ("_bounds", "values")

    def __init__(self, values: Sequence[str], flat: int) -> None:
        self.values = tuple(values)
        self._bounds = list(accumulate(1_000_000_000 // (rank + flat) for rank in range(1, len(values) + 1)))

    def draw(self, draw: Draw) -> str:
        """Draw one."""
        return self.values[bisect_right(self._bounds, int(draw() * self._bounds[-1]))]
