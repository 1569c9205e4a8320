"""Reads how advocacy scoring scores a customer."""

from __future__ import annotations

from chassis.records import Record
from chassis.stages.parts import Codec
from chassis.stages.results import Input
from rapport.advocacy.v1.advocacy_pb2 import Score
from vip_tier.application.deciding import SCORE
from vip_tier.domain.situation import AdvocacyScore
from wire.reading import parsed, require_key


class ScoreReader:
    """Decodes a record of advocacy-scores into what a tier is decided from.

    The last score of a merged-away customer becomes an empty input: if the customer is split off again, it waits for
    its next score, which has a higher version.
    """

    def __init__(self, codec: Codec[AdvocacyScore]) -> None:
        self._codec = codec

    def __call__(self, record: Record) -> Input:
        """Return the score as an input. Raises `InvalidRecord`."""
        message = parsed(Score, record)
        require_key(record, message.customer_id)
        if message.merged_into:
            return Input(message.customer_id, SCORE, message.version, b"")
        value = self._codec.encode(AdvocacyScore(message.score, message.membership_version))
        return Input(message.customer_id, SCORE, message.version, value)
