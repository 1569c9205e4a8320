"""Reads what other services say of a customer."""

from __future__ import annotations

from chassis.records import Record
from chassis.stages.parts import Codec
from chassis.stages.results import Input
from customer_profile.application.reconciling import SCORE, TIER
from customer_profile.domain.inputs import ScoreSummary, TierSummary
from rapport.advocacy.v1.advocacy_pb2 import Score, Standing
from rapport.tier.v1.tier_pb2 import Tier
from wire.reading import parsed, require_key


class ScoreReader:
    """Decodes a record of advocacy-scores into what a customer's record shows of it.

    The last score of a merged-away customer becomes an empty input: it speaks for nobody, and if the customer is split
    off again, its next score has a higher version.
    """

    def __init__(self, codec: Codec[ScoreSummary]) -> None:
        self._codec = codec

    def __call__(self, record: Record) -> Input | None:
        """Return the score as an input; None for a tombstone: the customer's own is heeded. Raises `InvalidRecord`."""
        if record.value is None:
            return None
        message = parsed(Score, record)
        require_key(record, message.customer_id)
        if message.merged_into:
            return Input(message.customer_id, SCORE, message.version, b"")
        standing = _standing(message.standing)
        summary = ScoreSummary(message.score, standing, message.version, message.update_time.ToMilliseconds())
        return Input(message.customer_id, SCORE, message.version, self._codec.encode(summary))


class TierReader:
    """Decodes a record of tiers into what a customer's record shows of it; for merged-away ones as `ScoreReader`."""

    def __init__(self, codec: Codec[TierSummary]) -> None:
        self._codec = codec

    def __call__(self, record: Record) -> Input | None:
        """Return the tier as an input; None for a tombstone: the customer's own is heeded. Raises `InvalidRecord`."""
        if record.value is None:
            return None
        message = parsed(Tier, record)
        require_key(record, message.customer_id)
        if message.merged_into:
            return Input(message.customer_id, TIER, message.version, b"")
        benefits = tuple(message.benefits)
        summary = TierSummary(message.tier, benefits, message.version, message.update_time.ToMilliseconds())
        return Input(message.customer_id, TIER, message.version, self._codec.encode(summary))


def _standing(value: Standing.ValueType) -> str:
    return Standing.Name(value) if value in Standing.values() else f"STANDING_{value}"
