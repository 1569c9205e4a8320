"""Groups of customers that are alike, by the conditions of the rules; who enters and leaves them, and why."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from customer_profile.domain.conditions import Condition
from customer_profile.domain.facts import Facts


@dataclass(frozen=True, slots=True)
class Segment:
    """A segment, and what it takes."""

    segment: str
    when: Condition
    description: str = ""


class Membership(NamedTuple):
    """A segment that the customer is in, and since when: milliseconds since 1970, UTC."""

    segment: str
    entered_at: int


class Cause(Enum):
    """Why a customer entered or left."""

    EVENT = "event"
    CLOCK = "clock"
    MEMBERSHIP = "membership"
    RULES = "rules"


@dataclass(frozen=True, slots=True)
class Change:
    """A customer entered a segment or left it: when (milliseconds since 1970, UTC), why, and by which rules."""

    segment: str
    has_entered: bool
    at: int
    cause: Cause
    rules_version: str


def memberships(
    segments: tuple[Segment, ...], facts: Facts, previous: tuple[Membership, ...], *, is_open: bool = False
) -> tuple[Membership, ...]:
    """Return the segments that the customer is in, by name; one who stays has been in it since they entered.

    Where it `is_open` what traits come to, memberships that depend on traits stay as they were.
    """
    since = dict(previous)
    found = [
        Membership(each.segment, since.get(each.segment, facts.now))
        for each in segments
        if (each.segment in since if is_open and each.when.asks_for_traits() else each.when.holds(facts))
    ]
    return tuple(sorted(found))


def changes(
    before: tuple[Membership, ...], after: tuple[Membership, ...], at: int, cause: Cause, version: str
) -> tuple[Change, ...]:
    """Return who entered and left, by name of the segment; leaving comes first. `version` is the rules'."""
    if before == after:
        return ()
    was, is_ = {each.segment for each in before}, {each.segment for each in after}
    return (
        *(Change(name, has_entered=False, at=at, cause=cause, rules_version=version) for name in sorted(was - is_)),
        *(Change(name, has_entered=True, at=at, cause=cause, rules_version=version) for name in sorted(is_ - was)),
    )
