"""Weighs two records against each other: the sum of the bits of their fields, as Fellegi and Sunter (1969) have it."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp2, log2

from identity_resolution.domain.matching.details import Details
from identity_resolution.domain.matching.kinds import KINDS, SWAPPED
from identity_resolution.domain.matching.model import LEAST, Model
from identity_resolution.domain.matching.patterns import ELSEWHERE, MISSING, NO_RARITY, Pattern, Patterns
from identity_resolution.domain.matching.rules import MatchField, MatchingRules
from identity_resolution.domain.matching.similarity import Similarity

HOUSEHOLD, SHARED = "household", "shared"
"""Stand among the levels for what two people of one household, or office, would share as well."""
COMPANY = "company"
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


class Weighing:
    """The weights of a model, laid out for patterns.

    The weight of a level is log2(m / u). Where a field is weighed by value, two who agree on a value of frequency f
    have log2(m / f) instead: f is the share of people who have it too. Where a field agrees that this one is given, the
    m and u hold that were learnt of such pairs, and the frequency counts no more.

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
        self.personal = tuple(place for place, name in enumerate(names) if rules.fields[name].personal)
        self._firms = tuple(place for place, name in enumerate(names) if rules.fields[name].kind == COMPANY)

    def weigh(self, pattern: Pattern) -> tuple[list[float], float]:
        """Return the bits of each field, 0 for a missing one, and those for two people of one household.

        The latter are the odds against any two people, like the sum of the former with the prior.
        """
        levels, rarity = pattern
        weights = [0.0] * len(levels)
        household = self._household_prior
        shared = [0.0] * len(levels)
        for place, level in enumerate(levels):
            if level < 0:
                continue
            row = self._rows[place]
            if row.parents and self.is_given(place, levels):
                weights[place] = row.given[level]
                shared[place] = row.given_shared[level]
            elif rarity[place] != NO_RARITY:
                weights[place] = row.likely[level] + rarity[place]
                shared[place] = row.shared_by_rarity(level, rarity[place])
            else:
                weights[place] = row.weights[level]
                shared[place] = row.shared[level]
        if self._firms and not any(levels[place] >= 0 for place in self.personal):
            # Firms with one address or phone, then: the name is what is theirs alone.
            for place in self._firms:
                shared[place] = 0.0
        return weights, household + sum(shared)

    def is_given(self, place: int, levels: tuple[int, ...]) -> bool:
        """Whether a field agrees that the one at this place is given."""
        for parent in self._rows[place].parents:  # noqa: SIM110 - any() with a generator takes twice as long
            if 0 <= levels[parent] < self._agreeing[parent]:
                return True
        return False


class _Row:
    """One field's weights by number of level, against any two people and of a household against any two.

    Those of the level itself, those where a parent agrees, and log2(m) and log2(h) for what is weighed by value.
    """

    def __init__(self, name: str, rule: MatchField, model: Model, places: dict[str, int]) -> None:
        learnt = model.of(name, rule)
        levels = [learnt.levels[level] for level in KINDS[rule.kind].names]
        given = [learnt.given[level] for level in KINDS[rule.kind].names] if learnt.given else levels
        self.parents = tuple(places[parent] for parent in rule.given if parent in places)
        self.is_shared = not rule.personal
        self.weights = [odds.weight for odds in levels]
        self.shared = [odds.shared for odds in levels]
        self.likely = [log2(max(odds.m, LEAST)) for odds in levels]
        self.likely_shared = [log2(max(odds.h, LEAST)) for odds in levels]
        self.beyond = [max(odds.h - odds.u, 0.0) for odds in levels]
        self.given = [odds.weight for odds in given]
        self.given_shared = [odds.shared for odds in given]

    def shared_by_rarity(self, level: int, rarity: float) -> float:
        """Return the bits for a household of agreeing on a value of this rarity.

        Of a personal field a household shares what any two people do, and h - u beyond: log2((h - u + f) / f).
        """
        if self.is_shared:
            return self.likely_shared[level] + rarity
        return log2(1 + self.beyond[level] * exp2(rarity))


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
        weights, household = self._weighing.weigh(self._patterns.of(one, other))
        personal = sum([weights[place] for place in self._weighing.personal])
        return self._weighing.prior + sum(weights) + household_discount(household), personal

    def compare(self, one: Details, other: Details) -> Comparison:
        """Return how much speaks for the two being one person."""
        pattern = self._patterns.of(one, other)
        weights, household = self._weighing.weigh(pattern)
        levels = [
            FieldLevel(self._names[place], self._level_name(place, level), weights[place])
            for place, level in enumerate(pattern.levels)
            if level != MISSING
        ]
        discount = household_discount(household)
        if discount < LEAST_DISCOUNT:
            levels.append(FieldLevel(HOUSEHOLD, SHARED, discount))
        personal = sum([weights[place] for place in self._weighing.personal])
        return Comparison(self._weighing.prior + sum(weights) + discount, personal, tuple(levels))

    def _level_name(self, place: int, level: int) -> str:
        return SWAPPED if level == ELSEWHERE else self._level_names[place][level]
