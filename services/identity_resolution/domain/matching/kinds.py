"""The kinds of comparison: their levels, from the most to the least alike, and what each says where nothing was learnt.

Of each level three probabilities: m, that the values of one person are so; u, that those of two people taken at random
are; and h, that those of two people of one household or office are, where the field is one that they may share. The
last level is always "different", and takes what the others leave.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from identity_resolution.domain.matching.contacts import local_stem, skeleton

EXACT = "exact"
SWAPPED = "swapped"
DIFFERENT = "different"


@dataclass(frozen=True, slots=True)
class Level:
    """A level and its default probabilities. `bound` is the similarity from which it counts, where it is a band of one.

    For edit distances the bound is the greatest distance.
    """

    name: str
    m: float
    u: float
    h: float
    bound: float = 0.0


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of comparison. The first `agreeing` levels say that the values are one, written differently.

    Where a field is weighed by value, it is so at level `weighed`, by how common the `stem` of the value is.
    """

    levels: tuple[Level, ...]
    agreeing: int = 1
    weighed: str = EXACT
    stem: Callable[[str], str] = str

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the levels, in their order."""
        return tuple(level.name for level in self.levels)


def _kind(agreeing: int, *levels: Level, weighed: str = EXACT, stem: Callable[[str], str] = str) -> Kind:
    m, u, h = (sum(getattr(level, share) for level in levels) for share in "muh")
    return Kind((*levels, Level(DIFFERENT, 1 - m, 1 - u, 1 - h)), agreeing, weighed, stem)


KINDS: dict[str, Kind] = {
    "given_name": _kind(
        2,
        # A son named after his father.
        Level(EXACT, 0.72, 0.006, 0.008),
        Level("close", 0.08, 0.0025, 0.0025, 0.92),
        Level("variant", 0.05, 0.003, 0.003),
        Level("initial", 0.03, 0.006, 0.006),
        Level("near", 0.04, 0.02, 0.02, 0.82),
        Level(SWAPPED, 0.01, 0.00002, 0.00004),
    ),
    "family_name": _kind(
        2,
        Level(EXACT, 0.80, 0.002, 0.70),
        Level("close", 0.08, 0.0015, 0.06, 0.92),
        Level("variant", 0.02, 0.0004, 0.03),
        Level("near", 0.03, 0.012, 0.02, 0.82),
    ),
    "date": _kind(
        3,
        # Twins.
        Level(EXACT, 0.84, 0.00005, 0.006),
        Level("transposed", 0.01, 0.00004, 0.00004),
        Level("typo", 0.05, 0.0015, 0.0015),
        Level("parts", 0.03, 0.004, 0.004),
        Level("months", 0.01, 0.006, 0.006, 92),
        Level("year", 0.01, 0.012, 0.012),
    ),
    "email": _kind(
        2,
        Level(EXACT, 0.62, 0.00001, 0.03),
        Level("close", 0.06, 0.00002, 0.02),
        Level("local", 0.05, 0.0002, 0.08),
        Level("near", 0.05, 0.001, 0.08, 0.65),
        weighed="local",
        stem=local_stem,
    ),
    "phone": _kind(
        2,
        Level(EXACT, 0.60, 0.00001, 0.40),
        Level("close", 0.04, 0.00002, 0.04, 1),
        Level("near", 0.02, 0.0002, 0.02, 2),
    ),
    "code": _kind(
        2,
        Level(EXACT, 0.90, 0.000002, 0.000002),
        Level("close", 0.06, 0.00002, 0.00002, 1),
        Level("near", 0.01, 0.0002, 0.0002, 2),
    ),
    "street": _kind(
        2,
        Level(EXACT, 0.60, 0.0001, 0.70),
        Level("close", 0.14, 0.00015, 0.15, 0.85),
        Level("number", 0.05, 0.008, 0.03),
        Level("street", 0.05, 0.001, 0.04, 0.85),
    ),
    "postal_code": _kind(
        1,
        Level(EXACT, 0.80, 0.002, 0.88),
        Level("close", 0.06, 0.004, 0.04, 1),
        Level("area", 0.05, 0.03, 0.03),
    ),
    "place": _kind(2, Level(EXACT, 0.80, 0.05, 0.85), Level("close", 0.06, 0.005, 0.07, 0.88)),
    "company": _kind(
        2,
        Level(EXACT, 0.60, 0.0003, 0.40),
        Level("close", 0.18, 0.0005, 0.15, 0.85),
        Level("near", 0.10, 0.004, 0.05, 0.55),
    ),
    "handle": _kind(
        2,
        Level(EXACT, 0.60, 0.000001, 0.002),
        Level("spelling", 0.10, 0.000002, 0.001),
        Level("skeleton", 0.08, 0.0001, 0.01),
        Level("close", 0.04, 0.0005, 0.02, 0.94),
        Level("part", 0.03, 0.001, 0.02),
        weighed="skeleton",
        stem=skeleton,
    ),
    "text": _kind(
        2,
        Level(EXACT, 0.75, 0.01, 0.02),
        Level("close", 0.08, 0.003, 0.005, 0.92),
        Level("near", 0.04, 0.015, 0.02, 0.8),
    ),
    "exact": _kind(1, Level(EXACT, 0.9, 0.05, 0.3)),
}
"""By the name under which rules call them."""
