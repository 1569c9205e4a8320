"""The kinds of comparison: their levels, from the most to the least alike, and what each says where nothing was learnt.

Of each level two probabilities: m, that the values of one person are so, and u, that those of two people taken at
random are. The last level is always "different", and takes what the others leave.
"""

from __future__ import annotations

from dataclasses import dataclass

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
    bound: float = 0.0


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of comparison. The first `agreeing` levels say that the values are one, written differently."""

    levels: tuple[Level, ...]
    agreeing: int = 1

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the levels, in their order."""
        return tuple(level.name for level in self.levels)


def _kind(agreeing: int, *levels: tuple[str, float, float, float]) -> Kind:
    told = [Level(*level) for level in levels]
    rest = Level(DIFFERENT, 1 - sum(each.m for each in told), 1 - sum(each.u for each in told))
    return Kind((*told, rest), agreeing)


KINDS: dict[str, Kind] = {
    "given_name": _kind(
        2,
        (EXACT, 0.72, 0.006, 0),
        ("close", 0.08, 0.0025, 0.92),
        ("variant", 0.05, 0.003, 0),
        ("initial", 0.03, 0.006, 0),
        ("near", 0.04, 0.02, 0.82),
        (SWAPPED, 0.01, 0.00002, 0),
    ),
    "family_name": _kind(
        2,
        (EXACT, 0.80, 0.002, 0),
        ("close", 0.08, 0.0015, 0.92),
        ("variant", 0.02, 0.0004, 0),
        ("near", 0.03, 0.012, 0.82),
    ),
    "date": _kind(
        3,
        (EXACT, 0.84, 0.00005, 0),
        ("transposed", 0.01, 0.00004, 0),
        ("typo", 0.05, 0.0015, 0),
        ("parts", 0.03, 0.004, 0),
        ("months", 0.01, 0.006, 92),
        ("year", 0.01, 0.012, 0),
    ),
    "email": _kind(
        2,
        (EXACT, 0.62, 0.00001, 0),
        ("close", 0.06, 0.00002, 0.92),
        ("local", 0.05, 0.0002, 0),
        ("near", 0.05, 0.001, 0.65),
    ),
    "phone": _kind(2, (EXACT, 0.60, 0.00001, 0), ("close", 0.04, 0.00002, 1), ("near", 0.02, 0.0002, 2)),
    "code": _kind(2, (EXACT, 0.90, 0.000002, 0), ("close", 0.06, 0.00002, 1), ("near", 0.01, 0.0002, 2)),
    "street": _kind(
        2,
        (EXACT, 0.60, 0.0001, 0),
        ("close", 0.14, 0.00015, 0.85),
        ("number", 0.05, 0.008, 0),
        ("street", 0.05, 0.001, 0.85),
    ),
    "postal_code": _kind(1, (EXACT, 0.80, 0.002, 0), ("close", 0.06, 0.004, 1), ("area", 0.05, 0.03, 0)),
    "place": _kind(2, (EXACT, 0.80, 0.05, 0), ("close", 0.06, 0.005, 0.88)),
    "company": _kind(
        2,
        (EXACT, 0.60, 0.0003, 0),
        ("close", 0.18, 0.0005, 0.85),
        ("near", 0.10, 0.004, 0.6),
    ),
    "handle": _kind(
        2,
        (EXACT, 0.60, 0.00002, 0),
        ("skeleton", 0.10, 0.0001, 0),
        ("close", 0.06, 0.0005, 0.92),
        ("part", 0.04, 0.001, 0),
    ),
    "text": _kind(2, (EXACT, 0.75, 0.01, 0), ("close", 0.08, 0.003, 0.92), ("near", 0.04, 0.015, 0.8)),
    "exact": _kind(1, (EXACT, 0.9, 0.05, 0)),
}
"""By the name under which rules call them."""
