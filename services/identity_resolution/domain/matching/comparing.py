"""Weighs two records against each other: the sum of the bits of their fields, as Fellegi and Sunter (1969) have it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp2, log2
from typing import NamedTuple

from identity_resolution.domain.matching.details import Details
from identity_resolution.domain.matching.kinds import KINDS, SWAPPED, Kind
from identity_resolution.domain.matching.model import LEAST, Model, Odds
from identity_resolution.domain.matching.patterns import ELSEWHERE, MISSING, NO_RARITY, Pattern, Patterns
from identity_resolution.domain.matching.rules import COMPANY, MatchField, MatchingRules
from identity_resolution.domain.matching.similarity import Similarity

HOUSEHOLD, SHARED = "household", "shared"
"""Stand among the levels for what two people of one household, or office, would share as well."""
LEAST_DISCOUNT = -0.005


@dataclass(frozen=True, slots=True)
class FieldLevel:
    """What one field says: the level of the two values, and its bits for or against one person."""

    field: str
    level: str
    weight: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """What all fields say together, in bits. `weight` has the prior in it; `personal` sums the personal fields alone.

    Fields of which one record has no value are not among the levels: they say nothing. Less the prior, `weight` is the
    sum of the levels.
    """

    weight: float
    personal: float
    levels: tuple[FieldLevel, ...]


class Weighed(NamedTuple):
    """What the fields of two records say, in bits.

    `fields` has 0 for a missing one. `household` is log2 of the odds for two people of one household against any two,
    as the sum of the fields and the prior is for one person. `personal` sums the fields that are one person's alone.
    """

    fields: list[float]
    household: float
    personal: float


class Weighing:
    """The weights of a model, laid out for patterns.

    The weight of a level is log2(m / u). Where a field is weighed by value, two who agree on a value of frequency f
    have log2(m / f) instead: f is the share of people who have it too. Where a field agrees that this one is given, the
    m and u hold that were learnt of such pairs; and f is raised by what strangers agree more often then.

    Two people of one household agree on much, too. So odds are against both others, two people of one household and any
    two: m / (u + h), times the shares of pairs that are so. In bits that is the sum of the weights of the fields, less
    `household`: log2(1 + h / u) for all fields together.
    """

    def __init__(self, rules: MatchingRules, model: Model, names: tuple[str, ...]) -> None:
        self.prior = model.prior
        self._household_prior = model.household
        places = {name: place for place, name in enumerate(names)}
        self._agreeing = [KINDS[rules.fields[name].kind].agreeing for name in names]
        self._rows = [_Row(name, rules.fields[name], model, places) for name in names]
        self._personal = tuple(place for place, name in enumerate(names) if rules.fields[name].personal)
        self._firms = tuple(place for place, name in enumerate(names) if rules.fields[name].kind == COMPANY)

    def weigh(self, pattern: Pattern) -> Weighed:
        """Return what the fields say.

        Where no personal field was compared, the two are taken for firms: what is one firm's alone is its name.
        """
        levels, rarity = pattern
        weights = [0.0] * len(levels)
        household = self._household_prior
        shared = [0.0] * len(levels)
        for place, level in enumerate(levels):
            if level < 0:
                continue
            row = self._rows[place]
            odds = row.given if row.parents and self.is_given(place, levels) else row.plain
            if rarity[place] == NO_RARITY:
                weights[place] = odds.weights[level]
                shared[place] = odds.shared[level]
            else:
                weights[place], shared[place] = odds.by_rarity(level, rarity[place])
        personal = self._personal
        if self._firms and max([levels[place] for place in personal], default=MISSING) < 0:
            personal = self._firms
            for place in personal:
                shared[place] = 0.0
        return Weighed(weights, household + sum(shared), sum([weights[place] for place in personal]))

    def total(self, weighed: Weighed) -> float:
        """Return the bits for one person, the prior included."""
        return self.prior + sum(weighed.fields) + household_discount(weighed.household)

    def is_given(self, place: int, levels: tuple[int, ...]) -> bool:
        """Whether a field agrees that the one at this place is given; a name that was exchanged agrees, too."""
        for parent in self._rows[place].parents:
            level = levels[parent]
            if 0 <= level < self._agreeing[parent] or level == ELSEWHERE:
                return True
        return False


class _Row:
    """One field's bits, as such and where a field agrees that it is given."""

    def __init__(self, name: str, rule: MatchField, model: Model, places: dict[str, int]) -> None:
        learnt = model.of(name, rule)
        kind = KINDS[rule.kind]
        self.parents = tuple(places[parent] for parent in rule.given if parent in places)
        beyond = [learnt.levels[level].h - learnt.levels[level].u for level in kind.names] if rule.personal else None
        self.plain = _Bits(kind, learnt.levels, beyond, excess=0.0)
        excess = learnt.given[kind.weighed].u - learnt.levels[kind.weighed].u if learnt.given else 0.0
        self.given = _Bits(kind, learnt.given or learnt.levels, beyond, excess=max(excess, 0.0))


class _Bits:
    """Bits by number of level: log2(m / u) for one person, log2(h / u) for a household, both against any two people."""

    def __init__(
        self, kind: Kind, levels: Mapping[str, Odds], beyond: Sequence[float] | None, *, excess: float
    ) -> None:
        odds = [levels[name] for name in kind.names]
        self.weights = [each.weight for each in odds]
        self.shared = [each.shared for each in odds]
        self._likely = [log2(max(each.m, LEAST)) for each in odds]
        self._likely_shared = [log2(max(each.h, LEAST)) for each in odds]
        self._beyond = beyond
        self._excess = excess
        self._weighed = kind.names.index(kind.weighed)

    def by_rarity(self, level: int, rarity: float) -> tuple[float, float]:
        """Return the bits of agreeing on a value of this rarity.

        So many strangers agree on it as have it, and, where another field agrees, as agree then beyond chance. In a
        household as many agree on a personal field as have the value, and what was laid down beyond.
        """
        chance = exp2(-rarity)
        if self._excess and level == self._weighed:
            rarity = -log2(chance + self._excess)
        if self._beyond is not None:
            return self._likely[level] + rarity, log2(chance + max(self._beyond[level], 0.0)) + rarity
        return self._likely[level] + rarity, self._likely_shared[level] + rarity


def household_discount(household: float) -> float:
    """Return what their being two people of one household takes from the weight, by the odds for that in bits."""
    return -log2(1 + exp2(min(household, 500.0)))


class Comparer:
    """Compares records under rules and a model. Equal input gives equal output, also with the records exchanged."""

    def __init__(self, rules: MatchingRules, model: Model, similarity: Similarity) -> None:
        self._patterns = Patterns(rules, model.frequencies, similarity)
        self._weighing = Weighing(rules, model, self._patterns.names)
        self._names = self._patterns.names
        self._level_names = [KINDS[rules.fields[name].kind].names for name in self._names]

    def weights(self, one: Details, other: Details) -> tuple[float, float]:
        """Return `weight` and `personal` of the comparison alone, which is quicker."""
        weighed = self._weighing.weigh(self._patterns.of(one, other))
        return self._weighing.total(weighed), weighed.personal

    def compare(self, one: Details, other: Details) -> Comparison:
        """Return how much speaks for the two being one person."""
        pattern = self._patterns.of(one, other)
        weighed = self._weighing.weigh(pattern)
        levels = [
            FieldLevel(self._names[place], self._level_name(place, level), weighed.fields[place])
            for place, level in enumerate(pattern.levels)
            if level != MISSING
        ]
        discount = household_discount(weighed.household)
        if discount < LEAST_DISCOUNT:
            levels.append(FieldLevel(HOUSEHOLD, SHARED, discount))
        return Comparison(self._weighing.total(weighed), weighed.personal, tuple(levels))

    def _level_name(self, place: int, level: int) -> str:
        return SWAPPED if level == ELSEWHERE else self._level_names[place][level]
