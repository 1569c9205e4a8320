"""The pattern of two records: for each field the level of their values, and how rare what they agree on is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import log2
from typing import NamedTuple

from identity_resolution.domain.matching.details import Details
from identity_resolution.domain.matching.kinds import KINDS, SWAPPED
from identity_resolution.domain.matching.levels import LevelOf, level_of
from identity_resolution.domain.matching.model import Frequencies
from identity_resolution.domain.matching.rules import MatchingRules, ordered
from identity_resolution.domain.matching.similarity import Similarity

MISSING = -1
"""Stands for the level where one of the records has no value."""
ELSEWHERE = -2
"""Stands for the level of a family name that was compared with the other's given name, and is counted there."""
NO_RARITY = 0.0

GIVEN_NAME, FAMILY_NAME = "given_name", "family_name"
_NEAR = "near"
# Of names that are exchanged: bits for a name with a slip, and for one whose frequency is not known.
_CLOSE_BITS = 8.0
_UNKNOWN_BITS = 9.0

RarityOf = Callable[[str], float]


class Pattern(NamedTuple):
    """Numbers of the levels, field by field in the order of `Patterns.names`, and the bits of rarity beside each.

    Rarity is -log2 of how often somebody has just this value; `NO_RARITY` where the field is not weighed by value.
    """

    levels: tuple[int, ...]
    rarity: tuple[float, ...]


class Patterns:
    """Finds patterns, by the rules, with the frequencies of values.

    Of fields with several values the likest pair counts, and among equal ones the rarest. Names that are exchanged,
    also where the other name is missing, are told by the level "swapped" of the given name.
    """

    def __init__(self, rules: MatchingRules, frequencies: Mapping[str, Frequencies], similarity: Similarity) -> None:
        self.names = tuple(ordered(rules.fields))
        self._compared = {}
        for place, name in enumerate(self.names):
            rule = rules.fields[name]
            kind = KINDS[rule.kind]
            rarity_of = rarities(frequencies[name], kind.stem) if rule.term_frequency and name in frequencies else None
            weighed = kind.names.index(kind.weighed)
            self._compared[name] = (place, level_of(rule, similarity), rarity_of, weighed)
        self._swap = _Swap.of(rules, self.names, frequencies, similarity)

    def of(self, one: Details, other: Details) -> Pattern:
        """Return the pattern of two records; the same when they are exchanged."""
        levels = [MISSING] * len(self.names)
        rarity = [NO_RARITY] * len(self.names)
        for name, ones in one.items():
            others = other.get(name)
            if not ones or not others or name not in self._compared:
                continue
            place, level_of_values, rarity_of, weighed = self._compared[name]
            if len(ones) == 1 and len(others) == 1:
                level = 0 if ones[0] == others[0] else level_of_values(ones[0], others[0])
            else:
                level = min(level_of_values(a, b) for a in ones for b in others)
            levels[place] = level
            if level == weighed and rarity_of is not None:
                rarity[place] = _rarest(ones, others, level_of_values, level, rarity_of)
        if self._swap is not None:
            self._swap.look(one, other, levels, rarity)
        return Pattern(tuple(levels), tuple(rarity))


def rarities(frequencies: Frequencies, stem: Callable[[str], str] = str) -> RarityOf:
    """Return the function that gives a value's rarity in bits, by its stem."""
    rest = max(-log2(frequencies.rest), 2**-20)
    known = {value: max(-log2(share), 2**-20) for value, share in frequencies.values.items()}
    if stem is str:
        return lambda value: known.get(value, rest)
    return lambda value: known.get(stem(value), rest)


def _rarest(
    ones: tuple[str, ...], others: tuple[str, ...], level_of_values: LevelOf, level: int, rarity_of: RarityOf
) -> float:
    if len(ones) == 1 and len(others) == 1:
        return rarity_of(min(ones[0], others[0]))
    return max(rarity_of(min(a, b)) for a in ones for b in others if level_of_values(a, b) == level)


class _Swap:
    """Looks for exchanged names where neither name is like the other's."""

    def __init__(
        self, places: tuple[int, int], weak: tuple[int, int], swapped: int, level_of_names: LevelOf, rarity: RarityOf
    ) -> None:
        self._given, self._family = places
        self._weak_given, self._weak_family = weak
        self._swapped = swapped
        self._level_of_names = level_of_names
        self._rarity = rarity

    @classmethod
    def of(
        cls,
        rules: MatchingRules,
        names: tuple[str, ...],
        frequencies: Mapping[str, Frequencies],
        similarity: Similarity,
    ) -> _Swap | None:
        """Make one for these rules, or None where they have not both names."""
        given, family = rules.fields.get(GIVEN_NAME), rules.fields.get(FAMILY_NAME)
        if given is None or family is None or given.kind != GIVEN_NAME or family.kind != FAMILY_NAME:
            return None
        of_given, of_family = KINDS[given.kind].names, KINDS[family.kind].names
        tables = [rarities(frequencies[name]) for name in (GIVEN_NAME, FAMILY_NAME) if name in frequencies]
        return cls(
            (names.index(GIVEN_NAME), names.index(FAMILY_NAME)),
            (of_given.index(_NEAR), of_family.index(_NEAR)),
            of_given.index(SWAPPED),
            level_of(family, similarity),
            # A name may be common as either.
            lambda value: min((table(value) for table in tables), default=_UNKNOWN_BITS),
        )

    def look(self, one: Details, other: Details, levels: list[int], rarity: list[float]) -> None:
        """Correct the levels of the names, if they are exchanged."""
        if MISSING < levels[self._given] < self._weak_given or MISSING < levels[self._family] < self._weak_family:
            return
        forth = self._crossed(one.get(GIVEN_NAME), other.get(FAMILY_NAME))
        back = self._crossed(one.get(FAMILY_NAME), other.get(GIVEN_NAME))
        # One of the two may be missing, but then the other must be the same letter by letter.
        if forth == back == 0 or (0 in (forth, back) and _CLOSE_BITS in (forth, back)):
            return
        if forth < 0 or back < 0:
            return
        levels[self._given], levels[self._family] = self._swapped, ELSEWHERE
        rarity[self._given] = forth + back

    def _crossed(self, givens: tuple[str, ...] | None, families: tuple[str, ...] | None) -> float:
        """Bits for a given name being the other's family name: 0 where one is missing, negative where they differ."""
        if not givens or not families:
            return 0.0
        best = -1.0
        for given in givens:
            for family in families:
                if given == family:
                    best = max(best, self._rarity(given))
                elif self._level_of_names(given, family) == 1:
                    best = max(best, _CLOSE_BITS)
        return best
