"""I7 of segment changes: sequences from 1 on, one content each, and together they lead to where customers are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from chassis.stages.results import result
from customer_profile.adapters import codec
from rapport.profile.v1.changes_pb2 import SEGMENT_CHANGE_KIND_ENTERED, SegmentChange
from tests.simulation.system import PROFILE, System


def segments(system: System) -> Iterator[str]:
    """Say where the changes that were told are not those of the stored records."""
    sent: dict[str, dict[int, SegmentChange]] = defaultdict(dict)
    for record in system.broker.records(system.topic("segment-changes")):
        change = SegmentChange.FromString(record.value or b"")
        if sent[change.customer_id].setdefault(change.sequence, change) != change:
            yield f"I7: {change.customer_id} has two changes of segments {change.sequence}"
    states = codec.records()
    for id_, document in system.stores[PROFILE]["records"].everything().items():
        body = result(document).body
        if sorted(sent[id_]) != list(range(1, body.sequence + 1)):
            yield f"I7: {id_} has changes of segments {sorted(sent[id_])}, and its sequence is {body.sequence}"
        told: set[str] = set()
        for sequence in sorted(sent[id_]):
            change = sent[id_][sequence]
            has_entered = change.kind == SEGMENT_CHANGE_KIND_ENTERED
            if has_entered == (change.segment in told):
                yield f"I7: change {sequence} of {id_} enters or leaves {change.segment} twice"
            told ^= {change.segment}
        held = {each.segment for each in states.decode(body.state).segments} if body.state else set()
        if told != held:
            yield f"I7: {id_} is told to be in {told}, and is in {held}"
