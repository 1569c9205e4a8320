"""The profile under other rules than those that ship."""

from __future__ import annotations

import dataclasses
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from chassis.rules import Rules
from customer_profile.config import DEFAULT_RULES, rules_of
from customer_profile.domain.rules import ProfileRules
from rapport.profile.v1.changes_pb2 import SegmentChange, SegmentChangeCause, SegmentChangeKind
from tests.unit.customer_profile.world import SETTINGS, World


def text_with(**sections: Any) -> str:
    """The text of the rules that ship, with these sections instead of their own."""
    return yaml.safe_dump({**_shipped(), **sections}, sort_keys=False)


@cache
def _shipped() -> Any:
    """Read once: that takes longer than all that a small world does, and tests of faults make hundreds of worlds."""
    return yaml.safe_load(DEFAULT_RULES.read_text())


def rules_with(**sections: Any) -> Rules[ProfileRules]:
    """The rules that ship, with these sections instead of their own."""
    return rules_of(text_with(**sections))


def world_with(folder: Path, **sections: Any) -> World:
    """A world whose service works by the rules that ship, with these sections instead of their own."""
    world = World()
    rule(world, folder, **sections)
    return world


def rule(world: World, folder: Path, **sections: Any) -> None:
    """Put other rules into the file of a world's service."""
    path = folder / "rules.yaml"
    path.write_text(text_with(**sections))
    world.settings = dataclasses.replace(SETTINGS, rules=path)  # type: ignore[misc]


def changes(world: World, customer: str) -> list[SegmentChange]:
    """Every change of the customer's segments that was told, oldest first, each sequence once."""
    found: dict[int, SegmentChange] = {}
    for value in world.values("segment-changes", customer):
        change = SegmentChange.FromString(value)
        assert found.setdefault(change.sequence, change) == change, "a change that was sent is never rewritten"
    assert [*found] == [*range(1, len(found) + 1)], "sequences have no gaps, and come in order"
    return list(found.values())


def told(world: World, customer: str) -> list[tuple[str, str, str]]:
    """The changes of a customer as (segment, "entered" or "left", cause)."""
    return [
        (change.segment, _word(SegmentChangeKind.Name(change.kind)), _word(SegmentChangeCause.Name(change.cause)))
        for change in changes(world, customer)
    ]


def _word(name: str) -> str:
    return name.rpartition("_")[2].lower()
