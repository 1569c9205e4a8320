"""What a tier takes: thresholds over figures, in all-of and any-of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from vip_tier.domain.figures import SEGMENT, Figures, segment_figure

FIGURES = ("points", "spend_minor_units", "purchases", "advocacy_score", "engagement", "referrals")

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Condition:
    """Figures that must be reached: all that are named, every one of `all_of`, and one of `any_of` if there are any.

    `segments` are names of segments that the customer must be in, all of them.
    """

    points: int | None = None
    spend_minor_units: int | None = None
    purchases: int | None = None
    advocacy_score: int | None = None
    engagement: int | None = None
    referrals: int | None = None
    segments: tuple[str, ...] = ()
    all_of: tuple[Condition, ...] = ()
    any_of: tuple[Condition, ...] = ()

    def holds(self, figures: Figures) -> bool:
        """Whether the figures reach it."""
        return (
            all(figures.of(name) >= least for name, least in self.thresholds())
            and all(condition.holds(figures) for condition in self.all_of)
            and (not self.any_of or any(condition.holds(figures) for condition in self.any_of))
        )

    def thresholds(self) -> Iterator[tuple[str, int]]:
        """The figures that it names itself, each with the least that will do."""
        for name in FIGURES:
            least: int | None = getattr(self, name)
            if least is not None:
                yield name, least
        for segment in self.segments:
            yield segment_figure(segment), 1

    def everywhere(self, path: Path = ()) -> Iterator[tuple[Path, str, int]]:
        """The figures named in it and within it: where, which, and the least that will do."""
        for name, least in self.thresholds():
            yield (*path, "segments" if name.startswith(SEGMENT) else name), name, least
        for group in ("all_of", "any_of"):
            for index, condition in enumerate(getattr(self, group)):
                yield from condition.everywhere((*path, group, index))

    def ways(self) -> list[dict[str, int]]:
        """Every way to reach it: the figures that must all be reached together, the least of each."""
        ways: list[dict[str, int]] = [dict(self.thresholds())]
        for condition in self.all_of:
            ways = [_together(one, other) for one in ways for other in condition.ways()]
        if self.any_of:
            options = [way for condition in self.any_of for way in condition.ways()]
            ways = [_together(one, other) for one in ways for other in options]
        return ways


def _together(one: dict[str, int], other: dict[str, int]) -> dict[str, int]:
    return {name: max(one.get(name, 0), other.get(name, 0)) for name in (*one, *other)}
