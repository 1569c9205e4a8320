"""How alike two values are: for each kind of comparison a function that gives the number of a level.

Each is called with two different values, neither empty, and must give the same number when they are exchanged; what
compares is built once, with the bounds of the rules and the similarities bound to it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache

from identity_resolution.domain.matching import address_levels, contact_levels, name_levels
from identity_resolution.domain.matching.date_levels import date_level
from identity_resolution.domain.matching.kinds import EXACT, KINDS
from identity_resolution.domain.matching.rules import MatchField
from identity_resolution.domain.matching.similarity import Similarity

LevelOf = Callable[[str, str], int]
"""Gives the number of the level of two values."""

REMEMBERED_PAIRS = 65_536

_BY_KIND: dict[str, Callable[[str, str, Mapping[str, float], Similarity], str]] = {
    "given_name": name_levels.given_name,
    "family_name": name_levels.family_name,
    "date": date_level,
    "email": contact_levels.email,
    "phone": contact_levels.phone,
    "code": contact_levels.code,
    "handle": contact_levels.handle,
    "street": address_levels.street,
    "postal_code": address_levels.postal_code,
    "place": address_levels.place,
    "company": address_levels.company,
    "text": name_levels.text,
}


def level_of(field: MatchField, similarity: Similarity) -> LevelOf:
    """Return the comparison of one field; pairs of values that it has seen lately are remembered."""
    kind = KINDS[field.kind]
    numbers = {name: number for number, name in enumerate(kind.names)}
    last = len(kind.levels) - 1
    bounds = {level.name: level.bound for level in kind.levels} | field.levels
    compare = _BY_KIND.get(field.kind)
    if compare is None:
        return lambda one, other: 0 if one == other else last

    @lru_cache(maxsize=REMEMBERED_PAIRS)
    def of_different(one: str, other: str) -> int:
        return numbers[compare(one, other, bounds, similarity)]

    def of(one: str, other: str) -> int:
        if one == other:
            return numbers[EXACT]
        return of_different(one, other) if one < other else of_different(other, one)

    return of
