"""Which tier a customer holds, and each change of it with its receipt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum

from vip_tier.domain.figures import Figures


class Reason(IntEnum):
    """Why a tier changed; the numbers are those of the published enum."""

    ENROLLED = 1
    UPGRADED = 2
    DOWNGRADED = 3
    MERGED = 4
    SPLIT = 5
    RULES_CHANGED = 6


@dataclass(frozen=True, slots=True)
class OwnHold:
    """A merge that would have lowered the survivor's tier: the accounts that were there `before`, and their score then.

    What those accounts qualify for by themselves on that score is held as long as they and others belong to the
    customer; an undo of the merge ends it.
    """

    before: tuple[str, ...]
    advocacy_score: int


@dataclass(frozen=True, slots=True)
class Holding:
    """The tier that a customer holds, and what the next decision needs to know of the past.

    `held_from` names the customer for whose sake the tier is held above `qualified`, which the figures alone give; it
    is empty where they are the same. `memberships` are the accounts decided upon: first those of the last decision on a
    score that was computed for them, then others that have come since.
    Of the last change, `at_change` has the figures, and `counted` how many events of each account had a part in it.
    Times in milliseconds since 1970.
    """

    tier: str
    qualified: str
    held_from: str
    since_ms: int
    figures: Figures
    at_change: Figures
    programme: str
    programme_version: str
    memberships: tuple[tuple[str, ...], ...]
    own_holds: tuple[OwnHold, ...] = ()
    counted: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a change follows from. `event_ids` are those that brought `before` to `after`, the oldest first.

    `score_version` is 0 where the score had no part in it.
    """

    programme: str
    programme_version: str
    before: Figures
    after: Figures
    event_ids: tuple[str, ...]
    events_left_out: int
    score_version: int
    accounts_gained: tuple[str, ...]
    accounts_lost: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """One change of a customer's tier; `previous_tier` is empty for the first."""

    previous_tier: str
    tier: str
    reason: Reason
    effective_ms: int
    receipt: Receipt
