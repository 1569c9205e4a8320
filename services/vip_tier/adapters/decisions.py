"""People's decisions about tiers and points, as they stand on the topic of decisions."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from chassis import cloudevents
from chassis.positions import position
from chassis.records import Message, Record
from chassis.stages.fold import Entry
from rapport.interactions.v1.decision_pb2 import Decision
from vip_tier.adapters.interactions import milliseconds_of
from vip_tier.application.folding import Happening
from vip_tier.domain.persona import Decided
from wire.reading import parsed, require_key

SOURCE = "/rapport/vip-tier"


def decision_reader(epoch: int) -> Callable[[Record], Entry[Happening] | None]:
    """Return what decodes records of the topic; the epoch is the deployment's."""

    def read(record: Record) -> Entry[Happening] | None:
        message = parsed(Decision, record)
        decided = decided_of(message)
        if decided is None:
            return None
        require_key(record, message.account_key)
        place = position(epoch, record.offset)
        return Entry(message.account_key, f"decisions-{record.partition}", place, decided)

    return read


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


def decision_message(topic: str, decision: Decision, now: datetime) -> Message:
    """The record of a decision: a CloudEvent under the account's key, its id the request's."""
    headers = cloudevents.headers(Decision.DESCRIPTOR.full_name, SOURCE, decision.event_id, now)
    return Message(topic, decision.account_key.encode(), decision.SerializeToString(deterministic=True), headers)
