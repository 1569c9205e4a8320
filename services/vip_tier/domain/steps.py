"""What happens to a tier, each with its date and its reason."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from vip_tier.domain.figures import Figures


class Reason(IntEnum):
    """Why a change was told; the numbers are those of the published enum."""

    ENROLLED = 1
    UPGRADED = 2
    DOWNGRADED = 3
    MERGED = 4
    SPLIT = 5
    RULES_CHANGED = 6
    RENEWED = 7
    TIER_EXPIRING = 8
    GRACE_STARTED = 9
    POINTS_EXPIRING = 10
    POINTS_EXPIRED = 11
    OVERRIDDEN = 12
    OVERRIDE_ENDED = 13


Missing = tuple[tuple[str, int], ...]
"""Figures by name, each with how much of it is missing."""


@dataclass(frozen=True, slots=True)
class Step:
    """Something that happened to the tier at `at_ms`, and the tier held from then on.

    `is_clocked` says that the time alone caused it. `deadline_ms` is until when something can be done about it, or the
    tier lasts; `points` are those that expire, and `missing` what the tier still takes.
    """

    at_ms: int
    reason: Reason
    tier: str
    figures: Figures
    event_ids: tuple[str, ...] = ()
    is_clocked: bool = False
    deadline_ms: int = 0
    points: int = 0
    missing: Missing = ()
