"""The report of a training: what was learnt, what it promises at each threshold, and what is to be doubted in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from identity_resolution.domain.matching.comparing import Weighing
from identity_resolution.domain.matching.estimating import Observed
from identity_resolution.domain.matching.model import Model, Training, probability
from identity_resolution.domain.matching.rules import MatchingRules

THRESHOLDS = tuple(float(threshold) for threshold in range(-4, 21))
FEW_MATCHES = 50


@dataclass(frozen=True, slots=True)
class LevelReport:
    """What was learnt of one level. `given` tells of it where a field agrees that this one is given."""

    field: str
    level: str
    given: bool
    m: float
    u: float
    h: float
    weight: float


@dataclass(frozen=True, slots=True)
class ThresholdReport:
    """What linking from this weight on is expected to give, by the model's own probabilities."""

    threshold: float
    links: int
    precision: float
    recall: float


@dataclass(frozen=True, slots=True)
class TrainingReport:
    """What was learnt, from what, and what is to be doubted in it."""

    records: int
    pairs: int
    iterations: int
    prior: float
    matches: float
    levels: tuple[LevelReport, ...]
    thresholds: tuple[ThresholdReport, ...]
    warnings: tuple[str, ...]


def report(
    model: Model, training: Training, observed: Observed, rules: MatchingRules, names: tuple[str, ...]
) -> TrainingReport:
    """Return the report of a training that observed this and gave this model; `names` is the order in patterns."""
    weighing = Weighing(rules, model, names)
    weights = sorted(
        ((weighing.total(weighing.weigh(found.pattern)), count) for found, count in observed.found.items()),
        reverse=True,
    )
    levels = tuple(
        LevelReport(name, level, is_given, odds.m, odds.u, odds.h, odds.weight)
        for name in names
        for is_given, learnt in ((False, model.fields[name].levels), (True, model.fields[name].given))
        for level, odds in learnt.items()
    )
    thresholds = tuple(_at_threshold(threshold, weights) for threshold in THRESHOLDS)
    return TrainingReport(
        training.records,
        training.pairs,
        training.iterations,
        model.prior,
        training.matches,
        levels,
        thresholds,
        tuple(_warnings(training)),
    )


def _at_threshold(threshold: float, weights: Sequence[tuple[float, int]]) -> ThresholdReport:
    linked = matching = expected = 0.0
    for weight, count in weights:
        expected += probability(weight) * count
        if weight >= threshold:
            linked += count
            matching += probability(weight) * count
    return ThresholdReport(
        threshold, int(linked), matching / linked if linked else 1.0, matching / expected if expected else 1.0
    )


def _warnings(training: Training) -> Iterator[str]:
    if training.matches < FEW_MATCHES:
        yield (
            f"about {training.matches:.0f} pairs are expected to be one person: so few tell little about how people's "
            "values differ, and the defaults stand for what is missing"
        )
