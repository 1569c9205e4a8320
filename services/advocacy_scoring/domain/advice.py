"""What would raise a score: one more deed of each action today, and the way to the next standing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from advocacy_scoring.domain.curve import Standing, least_raw, points_of, standing_of
from advocacy_scoring.domain.gathering import Deeds
from advocacy_scoring.domain.rules import Rules
from advocacy_scoring.domain.score import Score


class Advice(NamedTuple):
    """One more deed of an action: the points that it brings, and what today's cap still lets pass, in milli-points."""

    action: str
    points: int
    room_milli: int


def advice(rules: Rules, deeds: Sequence[Deeds], score: Score) -> list[Advice]:
    """For each action that speaks for the brand, the largest gain first."""
    today = {each.action.name: each.days.get(score.as_of_day) for each in deeds}
    found = []
    for action in rules.actions:
        if action.weight_milli < 0:
            continue
        done = today.get(action.name)
        room = action.daily_cap_milli - (done.allowed if done else 0)
        more = min(action.weight_milli, room)
        after = points_of(rules, score.amplifier.amplified(score.deeds_milli + more))
        found.append(Advice(action.name, after - score.points, room))
    return sorted(found, key=lambda each: (-each.points, each.action))


def missing(rules: Rules, score: Score) -> int:
    """The milli-points that are missing for the next standing; 0 where there is none above."""
    standing = standing_of(rules, score.raw_milli, score.points)
    if standing == Standing.ADVOCATE:
        return 0
    least = {
        Standing.DETRACTOR: 0,
        Standing.NEUTRAL: least_raw(rules, rules.bands.supporter),
        Standing.SUPPORTER: least_raw(rules, rules.bands.advocate),
    }[standing]
    return least - score.raw_milli
