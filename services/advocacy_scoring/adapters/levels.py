"""Reads what identity resolution decided."""

from __future__ import annotations

from typing import TypeVar

from google.protobuf.message import DecodeError, Message

from chassis.errors import InvalidRecord
from chassis.records import Record
from chassis.stages.fold import Assignment
from chassis.stages.results import Snapshot
from rapport.identity.v1.events_pb2 import Assignment as AssignmentMessage
from rapport.identity.v1.events_pb2 import Customer

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


def _parsed(kind: type[M], record: Record) -> M:
    try:
        return kind.FromString(record.value or b"")
    except DecodeError:
        raise InvalidRecord("UNPARSABLE", f"the value would be a {kind.DESCRIPTOR.full_name}") from None


def _require_key(record: Record, key: str) -> None:
    """A record under another key than its own could reach a worker that does not own what it speaks of."""
    if not key or record.key != key.encode():
        raise InvalidRecord("KEY_MISMATCH", "the record's key would be the one in its value")
