"""Turns who entered and left segments into the messages of segment-changes."""

from __future__ import annotations

from chassis.stages.computing import Stamp
from customer_profile.domain.segments import Cause, Change
from rapport.profile.v1 import changes_pb2 as pb

_CAUSES = {
    Cause.EVENT: pb.SEGMENT_CHANGE_CAUSE_EVENT,
    Cause.CLOCK: pb.SEGMENT_CHANGE_CAUSE_CLOCK,
    Cause.MEMBERSHIP: pb.SEGMENT_CHANGE_CAUSE_MEMBERSHIP,
    Cause.RULES: pb.SEGMENT_CHANGE_CAUSE_RULES,
}


def change_message(change: Change, stamp: Stamp) -> pb.SegmentChange:
    """Return the change under its sequence."""
    message = pb.SegmentChange(
        name=f"customers/{stamp.group}/segmentChanges/{stamp.sequence}",
        customer_id=stamp.group,
        sequence=stamp.sequence,
        segment=change.segment,
        kind=pb.SEGMENT_CHANGE_KIND_ENTERED if change.has_entered else pb.SEGMENT_CHANGE_KIND_LEFT,
        cause=_CAUSES[change.cause],
        rules_version=change.rules_version,
        record_version=stamp.version,
    )
    message.effective_time.FromMilliseconds(change.at)
    return message
