"""Estimates a model from records of which nobody knows who is who, by expectation maximisation.

The pairs of a file are a mixture of pairs of one person and pairs of two. From a first guess of the parameters follows
how likely each pair is of one person (expectation); counted with that likelihood the pairs give better parameters
(maximisation); and so on until nothing changes (Dempster, Laird, Rubin 1977; for linkage Winkler 1988).

Two kinds of pairs are counted. Pairs taken at random give u, how often two people agree: nearly all of them are two
people. Pairs that blocking keys brought together give m. That they share a key makes the fields in it agree more than
those of other pairs of one person; so a field's m is counted only on pairs that some key found without that field, as
Splink does (Linacre et al. 2022). Probabilities that few pairs tell about stay near the first guess: each level
is counted as if some pairs more had been seen, spread like the guess.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from math import exp2, log2
from typing import NamedTuple

from identity_resolution.domain.matching.blocking import fields_of
from identity_resolution.domain.matching.comparing import Weighing
from identity_resolution.domain.matching.kinds import DIFFERENT, EXACT
from identity_resolution.domain.matching.model import GIVEN_AGREES, LEAST, NAMESAKES, FieldModel, Model, Odds
from identity_resolution.domain.matching.patterns import NO_RARITY, Pattern
from identity_resolution.domain.matching.rules import MatchingRules

MOST_ROUNDS = 40
SETTLED = 0.002
"""Rounds end when no m changes by more, nor the prior by more bits than ten times that."""
GUESSED_PAIRS = 20.0
"""As so many pairs of one person, or two people in a given field, the first guess counts."""
GUESSED_EVENTS = 1.0
"""As so many agreements at random the first guess of each u counts."""
LEAST_MATCHES = 0.01
LEAST_HOUSEHOLDS = 0.002
"""Pairs of one person, and of one household, for each record that are taken for granted: other files have them."""


class Found(NamedTuple):
    """A pattern and the keys that found the pair: bit n is set if rule n of the blocking did."""

    pattern: Pattern
    rules: int


@dataclass(slots=True)
class Observed:
    """The pairs of a file by what they look like: those that keys found, and those taken at random.

    `present` tells how many records have a value, by field.
    """

    records: int
    found: Counter[Found] = field(default_factory=Counter)
    random: Counter[Pattern] = field(default_factory=Counter)
    present: dict[str, int] = field(default_factory=dict)

    @property
    def all_pairs(self) -> float:
        """How many pairs the records make."""
        return max(self.records * (self.records - 1) / 2, 1.0)


@dataclass(frozen=True, slots=True)
class Estimate:
    """A model, after how many rounds, and how many pairs of one person it expects among those found."""

    model: Model
    rounds: int
    matches: float


def rounded(pattern: Pattern) -> Pattern:
    """Return the pattern with rarities in whole bits, so that fewer are to be told apart."""
    rarity = tuple(bits if bits == NO_RARITY else max(round(bits), 1.0) for bits in pattern.rarity)
    return Pattern(pattern.levels, rarity)


def estimate(
    observed: Observed,
    rules: MatchingRules,
    names: tuple[str, ...],
    *,
    guess: Model,
    start: Model,
    progress: Callable[[int], None] = lambda _: None,
) -> Estimate:
    """Return the model that expectation maximisation settles on; `names` is the order of the fields in patterns.

    `guess` is what is believed where little is seen, `start` where the rounds begin.
    """
    learner = _Learner(observed, rules, names, guess)
    model, matches = start, 0.0
    for number in range(1, MOST_ROUNDS + 1):
        progress(number)
        better, matches = learner.improve(model)
        change = _change(model, better)
        model = better
        if change < SETTLED:
            break
    return Estimate(model, number, matches)


class _Learner:
    """Makes one round after the other on what was observed."""

    def __init__(self, observed: Observed, rules: MatchingRules, names: tuple[str, ...], guess: Model) -> None:
        self._observed = observed
        self._rules = rules
        self._names = names
        self._guess = {name: guess.of(name, rules.fields[name]) for name in names}
        self._key_fields = [fields_of(parts) for parts in rules.blocking]
        self._learnable = lru_cache(maxsize=None)(self._learnable_fields)
        self._companions = [self._accompanied(place) for place in range(len(names))]

    def improve(self, model: Model) -> tuple[Model, float]:
        """Make one round; return the better model, and how many of the pairs found are of one person by the old one."""
        weighing = Weighing(self._rules, model, self._names)
        found = self._count_found(weighing)
        at_random = self._count_random(weighing)
        fields = {name: self._field(place, found, at_random[place]) for place, name in enumerate(self._names)}
        prior = self._prior(found.matches, LEAST_MATCHES)
        household = self._prior(found.households, LEAST_HOUSEHOLDS)
        return replace(model, prior=prior, household=household, fields=fields), found.matches

    def _prior(self, pairs: float, least: float) -> float:
        """Return log2 of the odds that a pair taken at random is one of these."""
        expected = max(pairs, least * max(self._observed.records, 1))
        return log2(expected / max(self._observed.all_pairs - expected, 1.0))

    def _count_found(self, weighing: Weighing) -> _FoundCounts:
        """Count levels of the pairs found, as far as they are of one person, of one household, and of strangers."""
        counted = _FoundCounts(len(self._names))
        for (pattern, keys), count in self._observed.found.items():
            one_person, household, strangers = shares(weighing, pattern)
            counted.matches += one_person * count
            counted.households += household * count
            is_telling = _compared(pattern) > 2
            if _compared(pattern) > 1:
                for place, level in enumerate(pattern.levels):
                    if level == 0:
                        counted.agreeing[place] += strangers * count
            for place in self._learnable(keys):
                level = pattern.levels[place]
                if level >= 0:
                    is_given = weighing.is_given(place, pattern.levels)
                    counted.one_person[place].add(level, is_given, one_person * count)
                    counted.household[place].add(level, is_given, household * count)
                    # Of strangers a third field must tell; or else two who are alike in two would become strangers.
                    if is_telling:
                        counted.strangers[place].add(level, is_given, strangers * count)
        return counted

    def _count_random(self, weighing: Weighing) -> list[_Counts]:
        """Count levels of the pairs taken at random, as far as they are of strangers."""
        counted = [_Counts() for _ in self._names]
        for pattern, count in self._observed.random.items():
            if _compared(pattern) < 2:
                continue
            _, _, strangers = shares(weighing, pattern)
            for place, level in enumerate(pattern.levels):
                if level >= 0:
                    counted[place].add(level, weighing.is_given(place, pattern.levels), strangers * count)
        return counted

    def _field(self, place: int, found: _FoundCounts, at_random: _Counts) -> FieldModel:
        """Return what was learnt of the field at this place."""
        name = self._names[place]
        guess = self._guess[name]
        one_person, household, strangers = found.one_person[place], found.household[place], found.strangers[place]
        u = self._chances(place, at_random.plain, found.agreeing[place])
        levels = self._odds(name, guess.levels, one_person.plain, household.plain, u)
        if not guess.given:
            return FieldModel(levels)
        u = self._given_chances(name, strangers.given, u)
        given = self._odds(name, guess.given, one_person.given, household.given, u)
        if self._rules.fields[name].personal:
            given = {level: replace(odds, h=levels[level].h) for level, odds in given.items()}
        return FieldModel(levels, given)

    def _given_chances(self, name: str, seen: Mapping[int, float], plain: Mapping[str, float]) -> dict[str, float]:
        """Return u of each level where a field agrees that this one is given."""
        mixed = _mixed(seen, {level: odds.u for level, odds in self._guess[name].given.items()})
        agrees = GIVEN_AGREES.get(name, {})
        made = {level: mixed[level] if level in agrees else plain[level] for level in mixed}
        if name in NAMESAKES:
            made[EXACT] = plain[EXACT] + NAMESAKES[name]
        made[DIFFERENT] = max(1 - sum(share for level, share in made.items() if level != DIFFERENT), LEAST)
        return made

    def _odds(
        self,
        name: str,
        guess: Mapping[str, Odds],
        one_person: Mapping[int, float],
        household: Mapping[int, float],
        u: Mapping[str, float],
    ) -> dict[str, Odds]:
        m = _mixed(one_person, {level: odds.m for level, odds in guess.items()})
        if self._rules.fields[name].personal:
            # What two people of a household share beyond chance looks like one person, and cannot be learnt.
            h = {level: u[level] + max(odds.h - odds.u, 0.0) for level, odds in guess.items()}
        else:
            h = _mixed(household, {level: odds.h for level, odds in guess.items()})
        return {level: Odds(m[level], u[level], h[level]) for level in guess}

    def _chances(self, place: int, seen: Mapping[int, float], agreeing: float) -> dict[str, float]:
        """Return u of each level; what was never seen among so many pairs is rarer than once in as many.

        Where the field is a key by itself, all pairs that agree were found, and are counted instead of drawn. Only
        pairs count that have another field besides: whether two who agree on all that is known of them are strangers,
        no file can tell.
        """
        name = self._names[place]
        guess = {level: odds.u for level, odds in self._guess[name].levels.items()}
        total = sum(seen.values())
        made = {
            level: (seen.get(number, 0.0) + GUESSED_EVENTS) / (total + GUESSED_EVENTS / chance)
            for number, (level, chance) in enumerate(guess.items())
        }
        if frozenset({name}) in self._key_fields:
            present = self._observed.present.get(name, 0)
            pairs = present * (present - 1) / 2 * self._companions[place]
            made[EXACT] = (agreeing + GUESSED_EVENTS) / (pairs + GUESSED_EVENTS / guess[EXACT])
        whole = sum(made.values())
        return {level: share / whole for level, share in made.items()}

    def _accompanied(self, place: int) -> float:
        """Return the share of the pairs with the field at this place that have another one, too."""
        having = [(pattern, count) for pattern, count in self._observed.random.items() if pattern.levels[place] >= 0]
        telling = sum(count for pattern, count in having if _compared(pattern) > 1)
        return telling / max(sum(count for _, count in having), 1)

    def _learnable_fields(self, keys: int) -> tuple[int, ...]:
        """Places of the fields that one of these keys does not contain."""
        found_by = [fields for number, fields in enumerate(self._key_fields) if keys >> number & 1]
        return tuple(place for place, name in enumerate(self._names) if any(name not in fields for fields in found_by))


def _compared(pattern: Pattern) -> int:
    """Return how many fields were compared."""
    return sum(level >= 0 for level in pattern.levels)


class _Counts:
    """How often each level was seen: by itself, and where a field agrees that this one is given."""

    __slots__ = ("given", "plain")

    def __init__(self) -> None:
        self.plain: dict[int, float] = defaultdict(float)
        self.given: dict[int, float] = defaultdict(float)

    def add(self, level: int, is_given: bool, count: float) -> None:
        counts = self.given if is_given else self.plain
        counts[level] += count


class _FoundCounts:
    """Counts of the pairs found, field by field, by what they are; and how many are of one person, of one household.

    `agreeing` counts, whatever key found them, the pairs of strangers that agree exactly.
    """

    def __init__(self, fields: int) -> None:
        self.one_person = [_Counts() for _ in range(fields)]
        self.household = [_Counts() for _ in range(fields)]
        self.strangers = [_Counts() for _ in range(fields)]
        self.agreeing = [0.0] * fields
        self.matches = 0.0
        self.households = 0.0


def shares(weighing: Weighing, pattern: Pattern) -> tuple[float, float, float]:
    """Return how likely a pair is of one person, of two in one household, and of two strangers; they sum to 1."""
    weighed = weighing.weigh(pattern)
    for_one = exp2(min(weighing.prior + sum(weighed.fields), 500.0))
    for_household = exp2(min(weighed.household, 500.0))
    whole = for_one + for_household + 1
    return for_one / whole, for_household / whole, 1 / whole


def _mixed(seen: Mapping[int, float], guess: Mapping[str, float]) -> dict[str, float]:
    """Return shares of levels by what was seen, with the guess as `GUESSED_PAIRS` more."""
    total = sum(seen.values()) + GUESSED_PAIRS
    return {
        level: (seen.get(number, 0.0) + GUESSED_PAIRS * share) / total
        for number, (level, share) in enumerate(guess.items())
    }


def _change(old: Model, new: Model) -> float:
    """How much two models differ: the greatest difference of an m, or a tenth of the priors' in bits."""
    shifts: Iterable[float] = (
        abs(odds.m - old.fields[name].levels[level].m)
        for name, learnt in new.fields.items()
        if name in old.fields
        for level, odds in learnt.levels.items()
    )
    return max(max(shifts, default=0.0), abs(new.prior - old.prior) / 10, abs(new.household - old.household) / 20)
