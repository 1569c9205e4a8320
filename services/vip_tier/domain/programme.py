"""The programme that a file declares: tiers, what it takes to hold one, and what it brings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from vip_tier.domain.figures import Figures

LOWEST = 0

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Condition:
    """Figures that must be reached: all that are named, every one of `all_of`, and one of `any_of` if there are any."""

    points: int | None = None
    spend_minor_units: int | None = None
    purchases: int | None = None
    advocacy_score: int | None = None
    all_of: tuple[Condition, ...] = ()
    any_of: tuple[Condition, ...] = ()

    def holds(self, figures: Figures) -> bool:
        """Whether the figures reach it."""
        return (
            all(getattr(figures, name) >= least for name, least in self.thresholds())
            and all(condition.holds(figures) for condition in self.all_of)
            and (not self.any_of or any(condition.holds(figures) for condition in self.any_of))
        )

    def thresholds(self) -> Iterator[tuple[str, int]]:
        """The figures that it names itself, each with the least that will do."""
        for name in ("points", "spend_minor_units", "purchases", "advocacy_score"):
            least: int | None = getattr(self, name)
            if least is not None:
                yield name, least

    def everywhere(self, path: Path = ()) -> Iterator[tuple[Path, str, int]]:
        """The figures named in it and within it: where, which, and the least that will do."""
        for name, least in self.thresholds():
            yield (*path, name), name, least
        for group in ("all_of", "any_of"):
            for index, condition in enumerate(getattr(self, group)):
                yield from condition.everywhere((*path, group, index))


@dataclass(frozen=True)
class TierRule:
    """A tier: its name, what it brings, and what it takes. Its rank is its place in the programme, from 0."""

    name: str
    benefits: tuple[str, ...]
    all_of: tuple[Condition, ...] = ()
    any_of: tuple[Condition, ...] = ()

    @cached_property
    def condition(self) -> Condition:
        """What it takes, as one condition."""
        return Condition(all_of=self.all_of, any_of=self.any_of)


@dataclass(frozen=True)
class Programme:
    """A whole programme file; tiers from the lowest to the highest."""

    version: int
    programme: str
    currency: str
    minor_digits: int
    points_per_major_unit: int
    tiers: tuple[TierRule, ...]

    @cached_property
    def ranks(self) -> dict[str, int]:
        """The rank of each tier by its name."""
        return {tier.name: rank for rank, tier in enumerate(self.tiers)}

    @cached_property
    def uses_score(self) -> bool:
        """Whether any tier asks for an advocacy score."""
        return any(name == "advocacy_score" for tier in self.tiers for _, name, _ in tier.condition.everywhere())

    def points_of(self, spend_minor_units: int) -> int:
        """Points for a net spend in minor units, rounded down; none for a negative one."""
        return max(0, spend_minor_units) * self.points_per_major_unit // int(10**self.minor_digits)

    def rank_of(self, tier: str) -> int:
        """The rank of a tier by its name; -1 for one that the programme does not have any more."""
        return self.ranks.get(tier, -1)

    def qualify(self, figures: Figures) -> int:
        """The rank that the figures give: the highest tier whose condition holds."""
        held = (rank for rank in range(len(self.tiers) - 1, LOWEST, -1) if self.tiers[rank].condition.holds(figures))
        return next(held, LOWEST)


@dataclass(frozen=True, slots=True)
class Mistake:
    """What is wrong with a programme; `path` leads to the place, as in ("tiers", 1, "any_of", 0, "points")."""

    path: Path
    message: str


def mistakes(programme: Programme) -> Iterator[Mistake]:
    """Find what contradicts itself in a programme whose single values are in order."""
    seen: set[str] = set()
    so_far: dict[str, int] = {}
    for rank, tier in enumerate(programme.tiers):
        place: Path = ("tiers", rank)
        if tier.name in seen:
            yield Mistake((*place, "name"), f"{tier.name!r} occurs twice; every tier has a name of its own")
        seen.add(tier.name)
        thresholds = list(tier.condition.everywhere(place))
        if rank == LOWEST and thresholds:
            yield Mistake(place, f"{tier.name} is the lowest tier, which everybody holds: it takes no condition")
        if rank > LOWEST and not thresholds:
            yield Mistake(place, f"{tier.name} takes nothing, so nobody would hold a lower tier; give all_of or any_of")
        yield from _decreasing(thresholds, so_far)
        for name, least in _lowest(thresholds).items():
            so_far[name] = max(least, so_far.get(name, 0))


def _decreasing(thresholds: list[tuple[Path, str, int]], so_far: dict[str, int]) -> Iterator[Mistake]:
    for path, name, least in thresholds:
        if least < so_far.get(name, 0):
            yield Mistake(path, f"{least} is less than a lower tier takes; right would be {so_far[name]} or more")


def _lowest(thresholds: list[tuple[Path, str, int]]) -> dict[str, int]:
    lowest: dict[str, int] = {}
    for _, name, least in thresholds:
        lowest[name] = min(least, lowest.get(name, least))
    return lowest
