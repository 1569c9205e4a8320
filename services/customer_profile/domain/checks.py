"""What contradicts itself in rules whose single values are in order."""

from __future__ import annotations

from collections.abc import Iterator

from customer_profile.domain.conditions import Condition, Path
from customer_profile.domain.rules import ProfileRules
from customer_profile.domain.traits.definitions import mistakes as mistakes_of_traits

Mistake = tuple[Path, str]
"""Where it is, as in ("segments", 0, "when", "trait"), and what would be right."""


def mistakes(rules: ProfileRules) -> Iterator[Mistake]:
    """Find what contradicts itself."""
    yield from ((("traits", *path), words) for path, words in mistakes_of_traits(rules.traits))
    yield from _of_stages(rules)
    yield from _of_segments(rules)


def _of_stages(rules: ProfileRules) -> Iterator[Mistake]:
    named: set[str] = set()
    for place, stage in enumerate(rules.lifecycle):
        path: Path = ("lifecycle", place)
        if stage.stage in named:
            yield (*path, "stage"), f"{stage.stage!r} is there already; any_of puts its conditions together"
        named.add(stage.stage)
        if stage.when is not None:
            yield from _within((*path, "when"), stage.when, rules, frozenset())
        elif place < len(rules.lifecycle) - 1:
            yield path, "everybody is in a stage without a condition: it comes last"


def _of_segments(rules: ProfileRules) -> Iterator[Mistake]:
    named: set[str] = set()
    stages = frozenset(stage.stage for stage in rules.lifecycle)
    for place, segment in enumerate(rules.segments):
        path: Path = ("segments", place)
        if segment.segment in named:
            yield (*path, "segment"), f"{segment.segment!r} is there already"
        named.add(segment.segment)
        yield from _within((*path, "when"), segment.when, rules, stages)


def _within(path: Path, condition: Condition, rules: ProfileRules, stages: frozenset[str]) -> Iterator[Mistake]:
    traits = frozenset(trait.trait for trait in rules.traits)
    for within, words in condition.mistakes(traits, stages):
        yield (*path, *within), words
