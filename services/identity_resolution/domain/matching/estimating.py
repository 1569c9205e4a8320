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
from math import log2
from typing import NamedTuple

from identity_resolution.domain.matching.blocking import fields_of
from identity_resolution.domain.matching.comparing import Weighing
from identity_resolution.domain.matching.kinds import EXACT, KINDS
from identity_resolution.domain.matching.model import FieldModel, Model, Odds, probability
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
"""Pairs of one person for each record that are taken for granted: a file without any must not make others hopeless."""


class Found(NamedTuple):
    """A pattern and the keys that found the pair: bit n is set if rule n of the blocking did."""

    pattern: Pattern
    rules: int


@dataclass(slots=True)
class Observed:
    """The pairs of a file by what they look like: those that keys found, and those taken at random.

    `chance` gives by field how many pairs of people agree, of how many pairs; counted by values, not by comparing.
    """

    records: int
    found: Counter[Found] = field(default_factory=Counter)
    random: Counter[Pattern] = field(default_factory=Counter)
    chance: dict[str, tuple[float, float]] = field(default_factory=dict)

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

    def improve(self, model: Model) -> tuple[Model, float]:
        """Make one round; return the better model, and how many of the pairs found are of one person by the old one."""
        weighing = Weighing(self._rules, model, self._names)
        one_person, two_people, matches = self._count_found(weighing)
        at_random = self._count_random(weighing)
        fields = {
            name: self._field(name, one_person[place], two_people[place], at_random[place])
            for place, name in enumerate(self._names)
        }
        expected = max(matches, LEAST_MATCHES * self._observed.records)
        prior = log2(expected / max(self._observed.all_pairs - expected, 1.0))
        return replace(model, prior=prior, fields=fields), matches

    def _count_found(self, weighing: Weighing) -> tuple[list[_Counts], list[_Counts], float]:
        """Count levels of the pairs found, as far as they are of one person, and as far as of two."""
        one_person = [_Counts() for _ in self._names]
        two_people = [_Counts() for _ in self._names]
        matches = 0.0
        for (pattern, keys), count in self._observed.found.items():
            share = probability(weighing.prior + sum(weighing.field_weights(pattern)))
            matches += share * count
            for place in self._learnable(keys):
                level = pattern.levels[place]
                if level >= 0:
                    is_given = weighing.is_given(place, pattern.levels)
                    one_person[place].add(level, is_given, share * count)
                    two_people[place].add(level, is_given, (1 - share) * count)
        return one_person, two_people, matches

    def _count_random(self, weighing: Weighing) -> list[_Counts]:
        """Count levels of the pairs taken at random, as far as they are of two people."""
        counted = [_Counts() for _ in self._names]
        for pattern, count in self._observed.random.items():
            share = 1 - probability(weighing.prior + sum(weighing.field_weights(pattern)))
            for place, level in enumerate(pattern.levels):
                if level >= 0:
                    counted[place].add(level, weighing.is_given(place, pattern.levels), share * count)
        return counted

    def _field(self, name: str, one_person: _Counts, two_people: _Counts, at_random: _Counts) -> FieldModel:
        guess = self._guess[name]
        order = KINDS[self._rules.fields[name].kind].names
        m = _mixed(order, one_person.plain, {level: odds.m for level, odds in guess.levels.items()})
        u = self._chances(name, order, at_random.plain, {level: odds.u for level, odds in guess.levels.items()})
        levels = {level: Odds(m[level], u[level]) for level in order}
        if not guess.given:
            return FieldModel(levels)
        given_m = _mixed(order, one_person.given, {level: odds.m for level, odds in guess.given.items()})
        given_u = _mixed(order, two_people.given, {level: odds.u for level, odds in guess.given.items()})
        return FieldModel(levels, {level: Odds(given_m[level], given_u[level]) for level in order})

    def _chances(
        self, name: str, order: tuple[str, ...], seen: Mapping[int, float], guess: Mapping[str, float]
    ) -> dict[str, float]:
        """Return u of each level; what was never seen among so many pairs is rarer than once in as many."""
        total = sum(seen.values())
        made = {
            level: (seen.get(number, 0.0) + GUESSED_EVENTS) / (total + GUESSED_EVENTS / guess[level])
            for number, level in enumerate(order)
        }
        if name in self._observed.chance:
            agreeing, pairs = self._observed.chance[name]
            made[EXACT] = (agreeing + GUESSED_EVENTS) / (pairs + GUESSED_EVENTS / guess[EXACT])
        whole = sum(made.values())
        return {level: share / whole for level, share in made.items()}

    def _learnable_fields(self, keys: int) -> tuple[int, ...]:
        """Places of the fields that one of these keys does not contain."""
        found_by = [fields for number, fields in enumerate(self._key_fields) if keys >> number & 1]
        return tuple(place for place, name in enumerate(self._names) if any(name not in fields for fields in found_by))


class _Counts:
    """How often each level was seen: by itself, and where a field agrees that this one is given."""

    __slots__ = ("given", "plain")

    def __init__(self) -> None:
        self.plain: dict[int, float] = defaultdict(float)
        self.given: dict[int, float] = defaultdict(float)

    def add(self, level: int, is_given: bool, count: float) -> None:
        counts = self.given if is_given else self.plain
        counts[level] += count


def _mixed(order: tuple[str, ...], seen: Mapping[int, float], guess: Mapping[str, float]) -> dict[str, float]:
    """Return shares of levels by what was seen, with the guess as `GUESSED_PAIRS` more."""
    total = sum(seen.values()) + GUESSED_PAIRS
    return {level: (seen.get(number, 0.0) + GUESSED_PAIRS * guess[level]) / total for number, level in enumerate(order)}


def _change(old: Model, new: Model) -> float:
    """How much two models differ: the greatest difference of an m, or a tenth of the priors' in bits."""
    shifts: Iterable[float] = (
        abs(odds.m - old.fields[name].levels[level].m)
        for name, learnt in new.fields.items()
        if name in old.fields
        for level, odds in learnt.levels.items()
    )
    return max(max(shifts, default=0.0), abs(new.prior - old.prior) / 10)
