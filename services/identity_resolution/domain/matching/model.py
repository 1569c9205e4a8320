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
DEFAULT_HOUSEHOLD = -17.0
GIVEN_AGREES = {
    "city": {EXACT: 0.9},
    "region": {EXACT: 0.95},
    "country": {EXACT: 0.99},
    "street": {EXACT: 0.003, "close": 0.003, "street": 0.02},
    "email": {"local": 0.01, "near": 0.01},
    "handle": {"skeleton": 0.005, "close": 0.005, "part": 0.01},
}
"""Of two strangers of whom a field agrees that this one is given, the shares whose field is so, if nothing was learnt.

Other levels are as rare as without the other field: who shares a name is no likelier to share a mailbox.
"""

NAMESAKES = {"given_name": 0.002, "family_name": 0.002}
"""How much oftener than by chance strangers of one family name share the given name, those of one place the family's.

Names run in families, and families live together. It is not learnt: in a file, namesakes look like one person.
"""


def bits(probability: float) -> float:
    """Return log2 of the odds: 0 for 0.5, 10 for about 0.999."""
    bounded = min(max(probability, 2.0**-60), 1 - 2.0**-53)
    return log2(bounded / (1 - bounded))


def probability(weight: float) -> float:
    """Return the probability that odds of so many bits mean; the inverse of `bits`."""
    return 1 / (1 + exp2(-max(min(weight, 1000.0), -1000.0)))


@dataclass(frozen=True, slots=True)
class Odds:
    """Of a level: the probabilities that the values of one person are so, of two people, of two in one household."""

    m: float
    u: float
    h: float

    @property
    def weight(self) -> float:
        """Bits for (positive) or against (negative) their being one person rather than any two: log2(m / u)."""
        return log2(max(self.m, LEAST) / max(self.u, LEAST))

    @property
    def shared(self) -> float:
        """Bits for their being two people of one household rather than any two: log2(h / u)."""
        return log2(max(self.h, LEAST) / max(self.u, LEAST))


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
    """All parameters of matching.

    `prior` is log2 of the odds that two records taken at random are one person; `household` that they are two people of
    one household or office.
    """

    version: str
    prior: float
    household: float
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
    levels = {level.name: Odds(level.m, level.u, level.h) for level in KINDS[rule.kind].levels}
    if not rule.given:
        return FieldModel(levels)
    # What makes two people agree makes one person agree, too, and two of a household.
    raised = {
        level: Odds(
            agree + (1 - agree) * levels[level].m,
            agree,
            levels[level].h if rule.personal else agree + (1 - agree) * levels[level].h,
        )
        for level, agree in _given_agrees(name, levels).items()
        if level in levels and agree > levels[level].u
    }
    given = {**levels, **raised}
    # The others share what is left as they did.
    left = [1 - sum(getattr(odds, share) for odds in raised.values()) for share in "muh"]
    before = [1 - sum(getattr(levels[level], share) for level in raised) for share in "muh"]
    m, u, h = (after / earlier for after, earlier in zip(left, before, strict=True))
    given |= {level: Odds(odds.m * m, odds.u * u, odds.h * h) for level, odds in levels.items() if level not in raised}
    return FieldModel(levels, given)


def _given_agrees(name: str, levels: Mapping[str, Odds]) -> dict[str, float]:
    if name in NAMESAKES:
        return {EXACT: levels[EXACT].u + NAMESAKES[name]}
    return GIVEN_AGREES.get(name, {})


def default_model(rules: MatchingRules) -> Model:
    """Return the model that holds where nothing was learnt: of the kinds' own probabilities."""
    fields = {name: default_field(name, rule) for name, rule in rules.fields.items()}
    return Model("default", DEFAULT_PRIOR, DEFAULT_HOUSEHOLD, fields)


def version_of(model: Model) -> str:
    """Return a name for a model's parameters: equal ones have the same, others another."""
    parameters = (model.prior, model.household, sorted(model.fields.items()), sorted(model.frequencies.items()))
    return hashlib.sha256(repr(parameters).encode()).hexdigest()[:12]
