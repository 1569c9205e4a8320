"""What contradicts itself in a programme file whose single values are in order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from vip_tier.domain.conditions import Path
from vip_tier.domain.programme import LOWEST, Programme, Programmes


@dataclass(frozen=True, slots=True)
class Mistake:
    """What is wrong with a programme; `path` leads to the place, as in ("programmes", 0, "tiers", 1, "points")."""

    path: Path
    message: str


def mistakes(file: Programmes) -> Iterator[Mistake]:
    """Find what contradicts itself."""
    firsts: dict[str, Programme] = {}
    begun: set[tuple[str, str]] = set()
    for place, programme in enumerate(file.programmes):
        path: Path = ("programmes", place)
        found = list(_of_calendar(programme, path))
        yield from found
        yield from _of_tiers(programme, path)
        yield from _of_benefits(file, programme, path)
        if (programme.programme, programme.applies_from) in begun:
            yield Mistake(
                (*path, "programme"),
                f"{programme.programme!r} is there already; another edition of it takes another applies_from",
            )
        begun.add((programme.programme, programme.applies_from))
        first = firsts.setdefault(programme.programme, programme)
        yield from _of_edition(first, programme, path)


def _of_calendar(programme: Programme, path: Path) -> Iterator[Mistake]:
    try:
        ZoneInfo(programme.time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        yield Mistake((*path, "time_zone"), f"{programme.time_zone!r} is no time zone; right would be Europe/Berlin")
    days: list[tuple[Path, str]] = [(("qualification", "year_begins"), f"2000-{programme.qualification.year_begins}")]
    days.append((("points", "expiry", "date"), f"2000-{programme.points.expiry.date}"))
    if programme.applies_from:
        days.append((("applies_from",), programme.applies_from))
    for place, campaign in enumerate(programme.campaigns):
        days.append((("campaigns", place, "begins"), campaign.begins))
        days.append((("campaigns", place, "ends"), campaign.ends))
        if campaign.ends < campaign.begins:
            yield Mistake((*path, "campaigns", place, "ends"), f"{campaign.name} ends before it begins")
    for where, text in days:
        if not _is_day(text):
            yield Mistake((*path, *where), f"{text.removeprefix('2000-')!r} is no day of the calendar")
    if programme.qualification.window == "attribute" and not programme.qualification.attribute:
        yield Mistake((*path, "qualification"), "a window by attribute names the attribute")


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _of_tiers(programme: Programme, path: Path) -> Iterator[Mistake]:
    seen: set[str] = set()
    so_far: dict[str, int] = {}
    for rank, tier in enumerate(programme.tiers):
        place: Path = (*path, "tiers", rank)
        if tier.name in seen:
            yield Mistake((*place, "name"), f"{tier.name!r} occurs twice; every tier has a name of its own")
        seen.add(tier.name)
        thresholds = list(tier.condition.everywhere(place))
        if rank == LOWEST and thresholds:
            yield Mistake(place, f"{tier.name} is the lowest tier, which everybody holds: it takes no condition")
        if rank > LOWEST and not thresholds:
            yield Mistake(place, f"{tier.name} takes nothing, so nobody would hold a lower tier; give all_of or any_of")
        lowering = list(_decreasing(thresholds, so_far))
        yield from lowering
        for name, least in _lowest(thresholds).items():
            so_far[name] = max(least, so_far.get(name, 0))
        if LOWEST < rank < len(programme.tiers) - 1 and _is_covered(programme, rank):
            yield Mistake(place, f"nobody would ever hold {tier.name}: who reaches it reaches a tier above it too")
        for where, name, _ in thresholds:
            if name == "engagement" and not programme.engagement:
                yield Mistake(where, "the programme names no kinds of interaction as engagement, so nobody has any")


def _is_covered(programme: Programme, rank: int) -> bool:
    """Whether every way to a tier is also one to a tier above."""
    above = [way for tier in programme.tiers[rank + 1 :] for way in tier.ways]
    return all(
        any(all(way.get(name, 0) >= least for name, least in higher) for higher in above)
        for way in map(dict, programme.tiers[rank].ways)
    )


def _decreasing(thresholds: list[tuple[Path, str, int]], so_far: dict[str, int]) -> Iterator[Mistake]:
    for path, name, least in thresholds:
        if least < so_far.get(name, 0):
            yield Mistake(path, f"{least} is less than a lower tier takes; right would be {so_far[name]} or more")


def _lowest(thresholds: list[tuple[Path, str, int]]) -> dict[str, int]:
    lowest: dict[str, int] = {}
    for _, name, least in thresholds:
        lowest[name] = min(least, lowest.get(name, least))
    return lowest


def _of_benefits(file: Programmes, programme: Programme, path: Path) -> Iterator[Mistake]:
    if not file.benefits:
        return
    for rank, tier in enumerate(programme.tiers):
        for place, benefit in enumerate(tier.benefits):
            if benefit not in file.benefits:
                yield Mistake((*path, "tiers", rank, "benefits", place), f"{benefit!r} is none of the file's benefits")


def _of_edition(first: Programme, programme: Programme, path: Path) -> Iterator[Mistake]:
    """Editions share what the ledger is kept in."""
    for name in ("currency", "minor_digits", "time_zone"):
        if getattr(programme, name) != getattr(first, name):
            yield Mistake(
                (*path, name), f"editions of a programme have the same {name}; right would be {getattr(first, name)!r}"
            )
    if programme.qualification.attribute != first.qualification.attribute:
        yield Mistake((*path, "qualification", "attribute"), "editions of a programme go by the same attribute")
