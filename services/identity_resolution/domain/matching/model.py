"""The model of a population: how often values agree, of one person and of two, and how common each value is."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import exp2, log2

from identity_resolution.domain.matching.kinds import EXACT, KINDS
from identity_resolution.domain.matching.rules import MatchField, MatchingRules

LEAST = 1e-9
"""No probability of a model is lower: nothing is quite impossible, and no single field weighs above 30 bits."""

DEFAULT_PRIOR = -17.0
GIVEN_AGREES = {"family_name": 0.5, "phone": 0.3, "city": 0.9, "region": 0.95, "country": 0.99, "street": 0.003}
"""Of two people of whom the given field agrees, the share whose field agrees too, where nothing was learnt."""


def bits(probability: float) -> float:
    """Return log2 of the odds: 0 for 0.5, 10 for about 0.999."""
    bounded = min(max(probability, 2.0**-60), 1 - 2.0**-53)
    return log2(bounded / (1 - bounded))


def probability(weight: float) -> float:
    """Return the probability that odds of so many bits mean; the inverse of `bits`."""
    return 1 / (1 + exp2(-max(min(weight, 1000.0), -1000.0)))


@dataclass(frozen=True, slots=True)
class Odds:
    """Of a level: the probability m that the values of one person are so, and u that those of two people are."""

    m: float
    u: float

    @property
    def weight(self) -> float:
        """Bits for (positive) or against (negative) their being one person: log2(m / u)."""
        return log2(max(self.m, LEAST) / max(self.u, LEAST))


@dataclass(frozen=True, slots=True)
class FieldModel:
    """Odds of a field's levels, by level; `given` are those that hold where a field agrees that it is given."""

    levels: dict[str, Odds]
    given: dict[str, Odds] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Frequencies:
    """How often the commonest values of a field occur among all its values; `rest` is the mean of the others'."""

    values: dict[str, float]
    rest: float


@dataclass(frozen=True, slots=True)
class Training:
    """What a model was estimated from: records, pairs compared, rounds, and pairs expected to be one person."""

    records: int
    pairs: int
    iterations: int
    matches: float


@dataclass(frozen=True, slots=True)
class Model:
    """All parameters of matching. `prior` is log2 of the odds that two records taken at random are one person."""

    version: str
    prior: float
    fields: dict[str, FieldModel]
    frequencies: dict[str, Frequencies] = field(default_factory=dict)
    training: Training | None = None

    def of(self, name: str, rule: MatchField) -> FieldModel:
        """Return the odds of a field, level by level those of the model or else the defaults of its kind."""
        defaults = default_field(name, rule)
        learnt = self.fields.get(name)
        if learnt is None:
            return defaults
        return FieldModel(
            {level: learnt.levels.get(level, odds) for level, odds in defaults.levels.items()},
            {level: learnt.given.get(level, odds) for level, odds in defaults.given.items()},
        )


def default_field(name: str, rule: MatchField) -> FieldModel:
    """Return the odds of a field of which nothing was learnt."""
    levels = {level.name: Odds(level.m, level.u) for level in KINDS[rule.kind].levels}
    if not rule.given:
        return FieldModel(levels)
    agrees = max(GIVEN_AGREES.get(name, 0.5), levels[EXACT].u)
    # What makes two people agree makes one person agree, too.
    likely = agrees + (1 - agrees) * levels[EXACT].m
    given = {
        level: Odds(
            likely if level == EXACT else odds.m * (1 - likely) / (1 - levels[EXACT].m),
            agrees if level == EXACT else odds.u * (1 - agrees) / (1 - levels[EXACT].u),
        )
        for level, odds in levels.items()
    }
    return FieldModel(levels, given)


def default_model(rules: MatchingRules) -> Model:
    """Return the model that holds where nothing was learnt: of the kinds' own probabilities."""
    return Model("default", DEFAULT_PRIOR, {name: default_field(name, rule) for name, rule in rules.fields.items()})


def version_of(prior: float, fields: Mapping[str, FieldModel], frequencies: Mapping[str, Frequencies]) -> str:
    """Return a name for these parameters: equal ones have the same, others another."""
    return hashlib.sha256(repr((prior, sorted(fields.items()), sorted(frequencies.items()))).encode()).hexdigest()[:12]
