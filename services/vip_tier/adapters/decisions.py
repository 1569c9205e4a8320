"""People's decisions about tiers and points, as they stand on the topic of decisions."""

from __future__ import annotations

from rapport.interactions.v1.decision_pb2 import Decision
from vip_tier.adapters.interactions import milliseconds_of
from vip_tier.domain.persona import Decided


def decided_of(message: Decision) -> Decided | None:
    """What was decided about tier or points; None for other decisions."""
    what = message.WhichOneof("decision")
    at, expires = milliseconds_of(message.decided_at), milliseconds_of(message.expires_at)
    if what == "tier_override":
        override = message.tier_override
        return Decided(
            at,
            message.event_id,
            "override",
            tier=override.tier,
            expires_ms=expires,
            programme=override.programme,
            owner=message.owner,
            reason=message.reason,
        )
    if what == "points_adjustment":
        given = message.points_adjustment
        return Decided(
            at,
            message.event_id,
            "adjust",
            given.points,
            qualifies=given.qualifies,
            programme=given.programme,
            owner=message.owner,
            reason=message.reason,
        )
    if what == "points_spending":
        spent = message.points_spending
        return Decided(
            at,
            message.event_id,
            "spend",
            spent.points,
            programme=spent.programme,
            owner=message.owner,
            reason=message.reason,
        )
    return None
