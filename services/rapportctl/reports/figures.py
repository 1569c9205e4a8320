"""What a report about a trained model tells: plain values, as JSON has them, whichever engine they come from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

BIN = 1.0
"""Width of a bar of the histogram, in bits."""
LOWEST, HIGHEST = -30, 40
"""Weights beyond are counted in the outermost bars."""


@dataclass(frozen=True, slots=True)
class LevelFigures:
    """A comparison level: how often it is seen of one person and of two, and its weight in bits."""

    level: str
    m: float
    u: float
    weight: float


@dataclass(frozen=True, slots=True)
class FieldFigures:
    """A field with its levels, from the most to the least alike."""

    name: str
    levels: tuple[LevelFigures, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """What one field adds to the weight of a pair, in bits, and by which level."""

    field: str
    level: str
    weight: float


@dataclass(frozen=True, slots=True)
class PairFigures:
    """How the weight of one pair comes about. Its values are not told: they are somebody's."""

    title: str
    prior: float
    steps: tuple[Step, ...]

    @property
    def weight(self) -> float:
        """All of it together, in bits."""
        return self.prior + sum(step.weight for step in self.steps)


@dataclass(frozen=True, slots=True)
class Threshold:
    """How many of the scored pairs lie at a weight or above, and what the model expects of them.

    `precision` is the mean of their probabilities: the share that are expected to be one person's.
    """

    weight: float
    pairs: int
    precision: float
    found: float
    """The share of all expected matches among the scored pairs that lies at the weight or above."""


@dataclass(frozen=True, slots=True)
class Histogram:
    """Scored pairs by weight: of each bar its lower bound in bits, and how many pairs are in it."""

    bars: tuple[tuple[float, int], ...]


@dataclass(frozen=True, slots=True)
class ModelFigures:
    """All that the report tells. `link` and `suggest` are the thresholds of the rules, in bits."""

    version: str
    prior: float
    records: int
    pairs: int
    iterations: int
    expected_matches: float
    link: float
    suggest: float
    fields: tuple[FieldFigures, ...]
    histogram: Histogram
    thresholds: tuple[Threshold, ...]
    examples: tuple[PairFigures, ...]


def histogram(weights: Iterable[float]) -> Histogram:
    """Count weights in bars of `BIN` bits; bars without pairs stand between others, not outside."""
    counts: dict[float, int] = {}
    for weight in weights:
        place = min(max(weight, LOWEST), HIGHEST) // BIN * BIN
        counts[place] = counts.get(place, 0) + 1
    if not counts:
        return Histogram(())
    steps = int((max(counts) - min(counts)) / BIN) + 1
    lowest = min(counts)
    return Histogram(tuple((lowest + step * BIN, counts.get(lowest + step * BIN, 0)) for step in range(steps)))
