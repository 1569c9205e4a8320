"""What goes into a handler and what comes out of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

Headers = Sequence[tuple[str, bytes]]


class TopicPartition(NamedTuple):
    """A partition of a topic, by the topic's full name."""

    topic: str
    partition: int


class Record(Protocol):
    """A record as it was read from a topic; aiokafka's ConsumerRecord is one, and so is `ReadRecord`."""

    @property
    def topic(self) -> str:
        """Full name, prefix included."""

    @property
    def partition(self) -> int:
        """Number of the partition."""

    @property
    def offset(self) -> int:
        """Place in the partition."""

    @property
    def timestamp(self) -> int:
        """Milliseconds since 1970, UTC; set when the record was written to the log."""

    @property
    def key(self) -> bytes | None:
        """What decides the partition."""

    @property
    def value(self) -> bytes | None:
        """None is a tombstone."""

    @property
    def headers(self) -> Headers:
        """Names and values, in order; a name may come twice."""


@dataclass(frozen=True, slots=True)
class ReadRecord:
    """A `Record` of plain values: for the in-memory broker, for tests and for tools."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Headers = ()


class Message(NamedTuple):
    """A record to be written. The partition follows from the key by murmur2 unless given; without a key it is 0."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: Headers = ()
    partition: int | None = None


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A record that a handler cannot use, with the reason for people who look into it.

    `reason` is a code in capitals; `detail` says what would be right, and carries no personal data. `subject` is the
    key of whom the record tells, where that is not the record's own key.
    """

    record: Record
    reason: str
    detail: str = ""
    extra: Mapping[str, str] = field(default_factory=dict)
    subject: str = ""
