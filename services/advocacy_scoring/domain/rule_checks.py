"""What contradicts itself in rules whose single values are in order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from advocacy_scoring.domain.rules import Rules, When


@dataclass(frozen=True, slots=True)
class Mistake:
    """What is wrong with the rules; `path` leads to the place, as in ("actions", 1, "name")."""

    path: tuple[str | int, ...]
    message: str


def mistakes(rules: Rules) -> Iterator[Mistake]:
    """Find what contradicts itself."""
    yield from _actions(rules)
    if rules.bands.supporter >= rules.bands.advocate:
        yield Mistake(("bands", "advocate"), f"must be above supporter, which starts at {rules.bands.supporter}")
    if rules.reach.from_followers >= rules.reach.full_followers:
        least = rules.reach.from_followers
        yield Mistake(("reach", "full_followers"), f"must be above from_followers, which is {least}")
    for first, second in pairwise(rules.resonance.means_ppm):
        if second > first:
            yield Mistake(("resonance", "means_ppm"), f"larger audiences react less: {second} follows {first}")
    names = [niche.name for niche in rules.relevance.niches]
    for place in _repeated(names):
        yield Mistake(("relevance", "niches", place, "name"), f"{names[place]!r} occurs twice; names are unique")


def _actions(rules: Rules) -> Iterator[Mistake]:
    names = [action.name for action in rules.actions]
    for place in _repeated(names):
        yield Mistake(("actions", place, "name"), f"{names[place]!r} occurs twice; names are unique")
    for place, action in enumerate(rules.actions):
        path: tuple[str | int, ...] = ("actions", place)
        if action.weight_milli == 0:
            yield Mistake((*path, "weight_milli"), "0 counts for nothing; leave the action out, or give it a weight")
        if action.daily_cap_milli < abs(action.weight_milli):
            yield Mistake(
                (*path, "daily_cap_milli"),
                f"{action.daily_cap_milli} cuts even one; right would be {abs(action.weight_milli)} or more",
            )
        if action.when == When():
            yield Mistake((*path, "when"), "without a condition every event counts as this one; name kinds or intents")
        rating = action.when.rating
        if rating is not None and rating.least > rating.most:
            yield Mistake((*path, "when", "rating"), f"no rating is from {rating.least} to {rating.most}")


def _repeated(names: Iterable[str]) -> Iterator[int]:
    seen: set[str] = set()
    for place, name in enumerate(names):
        if name in seen:
            yield place
        seen.add(name)
