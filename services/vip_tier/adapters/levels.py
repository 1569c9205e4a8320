"""Reads what identity resolution decided, and how advocacy scoring scores a customer."""

from __future__ import annotations

from typing import TypeVar

from google.protobuf.message import DecodeError, Message

from chassis.errors import InvalidRecord
from chassis.records import Record
from chassis.stages.fold import Assignment
from chassis.stages.parts import Codec
from chassis.stages.results import Input, Snapshot
from rapport.advocacy.v1.advocacy_pb2 import Score
from rapport.identity.v1.events_pb2 import Assignment as AssignmentMessage
from rapport.identity.v1.events_pb2 import Customer
from vip_tier.application.deciding import SCORE
from vip_tier.domain.situation import AdvocacyScore

M = TypeVar("M", bound=Message)


def read_assignment(record: Record) -> Assignment:
    """Decode a record of identity-assignments. Raises `InvalidRecord`."""
    message = _parsed(AssignmentMessage, record)
    _require_key(record, message.account_key)
    if not message.customer_id:
        raise InvalidRecord("INVALID_FIELD", "customer_id is missing")
    return Assignment(message.account_key, message.customer_id, message.version)


def read_customer(record: Record) -> Snapshot:
    """Decode a record of customers. Raises `InvalidRecord`."""
    message = _parsed(Customer, record)
    _require_key(record, message.customer_id)
    return Snapshot(
        group=message.customer_id,
        version=message.version,
        members=tuple(account.account_key for account in message.accounts),
        absorbed=tuple(message.absorbed),
        merged_into=message.merged_into,
    )


class ScoreReader:
    """Decodes a record of advocacy-scores into what a tier is decided from.

    The last score of a merged-away customer becomes an empty input: if the customer is split off again, it waits for
    its next score, which has a higher version.
    """

    def __init__(self, codec: Codec[AdvocacyScore]) -> None:
        self._codec = codec

    def __call__(self, record: Record) -> Input:
        """Return the score as an input. Raises `InvalidRecord`."""
        message = _parsed(Score, record)
        _require_key(record, message.customer_id)
        if message.merged_into:
            return Input(message.customer_id, SCORE, message.version, b"")
        value = self._codec.encode(AdvocacyScore(message.score, message.membership_version))
        return Input(message.customer_id, SCORE, message.version, value)


def _parsed(kind: type[M], record: Record) -> M:
    try:
        return kind.FromString(record.value or b"")
    except DecodeError:
        raise InvalidRecord("UNPARSABLE", f"the value would be a {kind.DESCRIPTOR.full_name}") from None


def _require_key(record: Record, key: str) -> None:
    """A record under another key than its own could reach a worker that does not own what it speaks of."""
    if not key or record.key != key.encode():
        raise InvalidRecord("KEY_MISMATCH", "the record's key would be the one in its value")
