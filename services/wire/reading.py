"""Decoding records of Rapport's topics; what cannot be used is an `InvalidRecord`, and so becomes a dead letter."""

from __future__ import annotations

from typing import TypeVar

from google.protobuf.message import DecodeError, Message

from chassis.errors import InvalidRecord
from chassis.positions import position
from chassis.records import Record
from chassis.stages.fold import Assignment
from chassis.stages.results import Snapshot
from chassis.tombstones import Tombstone, read_tombstone
from rapport.identity.v1.events_pb2 import Assignment as AssignmentMessage
from rapport.identity.v1.events_pb2 import Customer
from rapport.interactions.v1.identified_interaction_pb2 import IdentifiedInteraction

M = TypeVar("M", bound=Message)


def parsed(kind: type[M], record: Record) -> M:
    """The record's value as the message. Raises `InvalidRecord` (UNPARSEABLE)."""
    try:
        return kind.FromString(record.value or b"")
    except DecodeError:
        raise InvalidRecord("UNPARSEABLE", f"the value would be a {kind.DESCRIPTOR.full_name}") from None


def require_key(record: Record, key: str) -> None:
    """Raise `InvalidRecord` (KEY_MISMATCH) for a record under another key than its own.

    It could have reached a worker that does not own what it speaks of.
    """
    if not key or record.key != key.encode():
        raise InvalidRecord("KEY_MISMATCH", "the record's key would be the one in its value")


def read_assignment(record: Record) -> Assignment | Tombstone:
    """Decode a record of identity-assignments; without a value, it erases the account. Raises `InvalidRecord`."""
    if record.value is None:
        return read_tombstone(record)
    message = parsed(AssignmentMessage, record)
    require_key(record, message.account_key)
    if not message.customer_id:
        raise InvalidRecord("INVALID_FIELD", "customer_id is missing")
    return Assignment(message.account_key, message.customer_id, message.version)


def read_customer(record: Record) -> Snapshot | Tombstone:
    """Decode a record of customers; without a value, it erases the customer. Raises `InvalidRecord`."""
    if record.value is None:
        return read_tombstone(record)
    message = parsed(Customer, record)
    require_key(record, message.customer_id)
    return Snapshot(
        group=message.customer_id,
        version=message.version,
        members=tuple(account.account_key for account in message.accounts),
        absorbed=tuple(message.absorbed),
        merged_into=message.merged_into,
        anchor=_anchor(message),
    )


def _anchor(customer: Customer) -> str:
    """The account whose birth id the customer bears."""
    bearers = (each.account_key for each in customer.accounts if each.birth_id == customer.customer_id)
    return next(bearers, "")


def source_and_position(record: Record, identified: IdentifiedInteraction) -> tuple[str, int]:
    """Where an identified interaction entered Rapport, as the fence of its account compares it: ("interactions-3", n).

    Raises `InvalidRecord` for a record under another key than the account's, or with an origin that is none.
    """
    require_key(record, identified.account_key)
    origin = identified.origin
    if not origin.topic:
        raise InvalidRecord("BAD_ORIGIN", "the origin is missing")
    try:
        return f"{origin.topic}-{origin.partition}", position(origin.epoch, origin.offset)
    except ValueError as error:
        raise InvalidRecord("BAD_ORIGIN", str(error)) from None
