"""Reads how advocacy scoring scores a customer, and which segments its record says that it is in."""

from __future__ import annotations

from chassis.records import Record
from chassis.stages.parts import Codec
from chassis.stages.results import Input
from rapport.advocacy.v1.advocacy_pb2 import Score
from rapport.profile.v1.profile_pb2 import CustomerRecord
from vip_tier.application.deciding import SCORE, SEGMENTS
from vip_tier.domain.segments import CustomerSegments
from vip_tier.domain.situation import AdvocacyScore
from wire.reading import parsed, require_key


class ScoreReader:
    """Decodes a record of advocacy-scores into what a tier is decided from.

    The last score of a merged-away customer becomes an empty input: if the customer is split off again, it waits for
    its next score, which has a higher version.
    """

    def __init__(self, codec: Codec[AdvocacyScore]) -> None:
        self._codec = codec

    def __call__(self, record: Record) -> Input | None:
        """Return the score as an input; None for a tombstone: the customer's own is heeded. Raises `InvalidRecord`."""
        if record.value is None:
            return None
        message = parsed(Score, record)
        require_key(record, message.customer_id)
        if message.merged_into:
            return Input(message.customer_id, SCORE, message.version, b"")
        value = self._codec.encode(AdvocacyScore(message.score, message.membership_version))
        return Input(message.customer_id, SCORE, message.version, value)


class SegmentReader:
    """Decodes a record of customer-records into the segments of the customer; of a merged-away one as `ScoreReader`.

    All segments are kept, also those that no programme asks for: another edition may. A record that says the same of
    them as the one before gives the same value, whatever else has changed.
    """

    def __init__(self, codec: Codec[CustomerSegments]) -> None:
        self._codec = codec

    def __call__(self, record: Record) -> Input | None:
        """Return the segments as an input; None for a tombstone, as `ScoreReader`. Raises `InvalidRecord`."""
        if record.value is None:
            return None
        message = parsed(CustomerRecord, record)
        require_key(record, message.customer_id)
        if message.merged_into:
            return Input(message.customer_id, SEGMENTS, message.version, b"")
        entered = tuple(sorted((each.segment, each.enter_time.ToMilliseconds()) for each in message.segments))
        value = self._codec.encode(CustomerSegments(entered, message.membership_version))
        return Input(message.customer_id, SEGMENTS, message.version, value)
