"""Weighs two records against each other: the sum of the bits of their fields, as Fellegi and Sunter (1969) have it."""

from __future__ import annotations

from dataclasses import dataclass
from math import log2

from identity_resolution.domain.matching.details import Details
from identity_resolution.domain.matching.kinds import KINDS, SWAPPED
from identity_resolution.domain.matching.model import LEAST, Model, Odds
from identity_resolution.domain.matching.patterns import ELSEWHERE, MISSING, NO_RARITY, Pattern, Patterns
from identity_resolution.domain.matching.rules import MatchField, MatchingRules
from identity_resolution.domain.matching.similarity import Similarity


@dataclass(frozen=True, slots=True)
class FieldLevel:
    """What one field says: the level of the two values, and its bits for or against one person."""

    field: str
    level: str
    weight: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """What all fields say together, in bits. `weight` has the prior in it; `personal` sums the personal fields alone.

    Fields of which one record has no value are not among the levels: they say nothing.
    """

    weight: float
    personal: float
    levels: tuple[FieldLevel, ...]


class Weighing:
    """The weights of a model, laid out for patterns.

    The weight of a level is log2(m / u). Where a field is weighed by value, two who agree on a value of frequency f
    have log2(m / f) instead: f is the share of people who have it too. Where a field agrees that this one is given, the
    m and u hold that were learnt of such pairs, and the frequency counts no more.
    """

    def __init__(self, rules: MatchingRules, model: Model, names: tuple[str, ...]) -> None:
        self.prior = model.prior
        places = {name: place for place, name in enumerate(names)}
        self._agreeing = [KINDS[rules.fields[name].kind].agreeing for name in names]
        self._rows = [_Row(name, rules.fields[name], model, places) for name in names]
        self.is_personal = tuple(rules.fields[name].personal for name in names)

    def field_weights(self, pattern: Pattern) -> list[float]:
        """Return the bits of each field; 0 for a missing one."""
        levels, rarity = pattern
        weights = [0.0] * len(levels)
        for place, level in enumerate(levels):
            if level < 0:
                continue
            row = self._rows[place]
            if row.parents and self.is_given(place, levels):
                weights[place] = row.given[level]
            elif rarity[place] != NO_RARITY:
                weights[place] = row.likely[level] + rarity[place]
            else:
                weights[place] = row.weights[level]
        return weights

    def is_given(self, place: int, levels: tuple[int, ...]) -> bool:
        """Whether a field agrees that the one at this place is given."""
        for parent in self._rows[place].parents:  # noqa: SIM110 - any() with a generator takes twice as long
            if 0 <= levels[parent] < self._agreeing[parent]:
                return True
        return False


class _Row:
    """One field's weights by number of level: as such, where a parent agrees, and log2(m) for rare values."""

    def __init__(self, name: str, rule: MatchField, model: Model, places: dict[str, int]) -> None:
        learnt = model.of(name, rule)
        order = KINDS[rule.kind].names
        self.parents = tuple(places[parent] for parent in rule.given if parent in places)
        self.weights = [learnt.levels[level].weight for level in order]
        self.likely = [log2(max(learnt.levels[level].m, LEAST)) for level in order]
        self.given = [learnt.given.get(level, Odds(1, 1)).weight for level in order]


class Comparer:
    """Compares records under rules and a model. Equal input gives equal output, also with the records exchanged."""

    def __init__(self, rules: MatchingRules, model: Model, similarity: Similarity) -> None:
        self._patterns = Patterns(rules, model.frequencies, similarity)
        self._weighing = Weighing(rules, model, self._patterns.names)
        self._names = self._patterns.names
        self._level_names = [KINDS[rules.fields[name].kind].names for name in self._names]
        self._personal = [place for place, is_personal in enumerate(self._weighing.is_personal) if is_personal]

    def weights(self, one: Details, other: Details) -> tuple[float, float]:
        """Return `weight` and `personal` of the comparison alone, which is quicker."""
        weights = self._weighing.field_weights(self._patterns.of(one, other))
        return self._weighing.prior + sum(weights), sum(weights[place] for place in self._personal)

    def compare(self, one: Details, other: Details) -> Comparison:
        """Return how much speaks for the two being one person."""
        pattern = self._patterns.of(one, other)
        weights = self._weighing.field_weights(pattern)
        levels = tuple(
            FieldLevel(self._names[place], self._level_name(place, level), weights[place])
            for place, level in enumerate(pattern.levels)
            if level != MISSING
        )
        personal = sum(weights[place] for place in self._personal)
        return Comparison(self._weighing.prior + sum(weights), personal, levels)

    def _level_name(self, place: int, level: int) -> str:
        return SWAPPED if level == ELSEWHERE else self._level_names[place][level]
