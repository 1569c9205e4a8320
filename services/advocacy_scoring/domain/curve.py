"""The curve from a raw value in milli-points to a score and a standing, and back.

score = 1000 x raw / (raw + half_score), rounded down, and 0 where raw is negative. It never falls where raw rises.
"""

from __future__ import annotations

from enum import IntEnum

from advocacy_scoring.domain.rules import Rules

FULL_SCORE = 1000
UNBOUNDED = 1 << 62
"""More than any raw value."""


class Standing(IntEnum):
    """What a customer is to the brand; the numbers are those of the published enum."""

    DETRACTOR = 1
    NEUTRAL = 2
    SUPPORTER = 3
    ADVOCATE = 4


def points_of(rules: Rules, raw_milli: int) -> int:
    """The score, 0 to 1,000, of a raw value."""
    if raw_milli <= 0:
        return 0
    return FULL_SCORE * raw_milli // (raw_milli + rules.half_score_milli)


def standing_of(rules: Rules, raw_milli: int, score: int) -> Standing:
    """What a customer with this raw value and score is to the brand."""
    if raw_milli < 0:
        return Standing.DETRACTOR
    if score < rules.bands.supporter:
        return Standing.NEUTRAL
    return Standing.SUPPORTER if score < rules.bands.advocate else Standing.ADVOCATE


def least_raw(rules: Rules, score: int) -> int:
    """The least raw value with at least this score, 0 or more; `UNBOUNDED` for scores that no raw value has."""
    if score >= FULL_SCORE:
        return UNBOUNDED
    return -(-score * rules.half_score_milli // (FULL_SCORE - score))


def raw_limits(rules: Rules, standing: Standing) -> tuple[int, int]:
    """The raw values with this standing: from the first up to but without the second."""
    supporter, advocate = least_raw(rules, rules.bands.supporter), least_raw(rules, rules.bands.advocate)
    return {
        Standing.DETRACTOR: (-UNBOUNDED, 0),
        Standing.NEUTRAL: (0, supporter),
        Standing.SUPPORTER: (supporter, advocate),
        Standing.ADVOCATE: (advocate, UNBOUNDED),
    }[standing]
