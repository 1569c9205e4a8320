"""Putting a stamp on states and changes, and sending them as CloudEvents."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeVar

from google.protobuf.timestamp_pb2 import Timestamp

from chassis import cloudevents
from chassis.records import Message
from chassis.stages.computing import Stamp

M = TypeVar("M", bound=Any)


def stamped(message: M, stamp: Stamp, name: str) -> M:
    """Set what every published state of a customer bears: name, customer, version, membership version and time."""
    message.name = name
    message.customer_id = stamp.group
    message.version = stamp.version
    message.membership_version = stamp.membership_version
    message.update_time.FromDatetime(stamp.at)
    return message


def set_time(time: Timestamp, value: int) -> None:
    """Set the time to milliseconds since 1970, UTC. A state has twenty, and `FromMilliseconds` costs thrice as much."""
    time.seconds = value // 1000
    time.nanos = value % 1000 * 1_000_000


@dataclass(frozen=True, slots=True)
class Channel:
    """A topic that a service announces on: its full name, the type of its values, and the service as a source."""

    topic: str
    type: str
    source: str

    def message(self, stamp: Stamp, value: bytes, number: int) -> Message:
        """The record for a customer's state or change; `number` is its version or its sequence."""
        event_id = f"{stamp.group}-{number}"
        headers = cloudevents.headers(self.type, self.source, event_id, stamp.at)
        return Message(self.topic, stamp.group.encode(), value, headers)
