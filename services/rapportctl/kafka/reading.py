"""Reading topics for people: decoded, from anywhere, without a consumer group."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from google.protobuf import json_format
from google.protobuf.message import DecodeError
from kafka import KafkaConsumer, TopicPartition

from chassis.partitions import partition_of
from chassis.records import Record
from rapportctl.errors import NotFoundError, RapportctlError
from rapportctl.registry import Topic, message_class

POLL_MS = 200
STALLED_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class ReadMessage:
    """A record as a person wants to see it. `value` is decoded; None for a tombstone or an empty value."""

    topic: str
    partition: int
    offset: int
    timestamp_ms: int
    key: str
    headers: dict[str, str]
    value: dict[str, Any] | None

    def as_json(self) -> dict[str, Any]:
        """All of it as JSON knows values."""
        return {
            "topic": self.topic,
            "partition": self.partition,
            "offset": self.offset,
            "timestamp_ms": self.timestamp_ms,
            "key": self.key,
            "headers": self.headers,
            "value": self.value,
        }


def open_consumer(bootstrap: tuple[str, ...]) -> Any:  # noqa: ANN401 - kafka-python is untyped
    """A consumer for a reader. Raises kafka-python's errors where no broker answers."""
    return KafkaConsumer(
        bootstrap_servers=list(bootstrap),
        client_id="rapportctl",
        enable_auto_commit=False,
        fetch_max_wait_ms=100,
        bootstrap_timeout_ms=5_000,
        request_timeout_ms=10_000,
    )


class TopicReader:
    """Reads the records of one topic (`name` is its full name), as a context manager. Every method starts anew.

    `consumer` is a KafkaConsumer, which the reader closes. Raises `NotFoundError` where the broker has no such topic.
    """

    def __init__(self, consumer: Any, name: str, topic: Topic) -> None:  # noqa: ANN401 - kafka-python is untyped
        self.topic = topic
        self.name = name
        self._consumer = consumer
        try:
            numbers = consumer.partitions_for_topic(name)
            if not numbers:
                raise NotFoundError(f"the broker has no topic {name}: `rapportctl topics apply` makes it")
        except BaseException:
            consumer.close()
            raise
        self._partitions = [TopicPartition(name, number) for number in sorted(numbers)]

    def __enter__(self) -> Self:
        """Be ready to read."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connection."""
        self._consumer.close()

    def all(self, key: bytes | None = None) -> Iterator[Record]:
        """The records that there are now, oldest first in each partition; with a key, its alone."""
        partitions = self._of(key)
        self._assign(partitions, self._consumer.beginning_offsets(partitions))
        return _with(key, self._until(self._consumer.end_offsets(partitions)))

    def newest(self, count: int, key: bytes | None = None) -> list[Record]:
        """The newest `count` records, oldest first; with a key, its alone."""
        if key is not None:
            return list(deque(self.all(key), maxlen=count))
        firsts = self._consumer.beginning_offsets(self._partitions)
        ends = self._consumer.end_offsets(self._partitions)
        self._assign(self._partitions, {place: max(firsts[place], ends[place] - count) for place in self._partitions})
        found = sorted(self._until(ends), key=lambda record: record.timestamp)
        return found[-count:]

    def follow(self, *, from_beginning: bool = False, key: bytes | None = None) -> Iterator[Record]:
        """The records as they come, without end: those written from now on, or all."""
        partitions = self._of(key)
        consumer = self._consumer
        start = consumer.beginning_offsets(partitions) if from_beginning else consumer.end_offsets(partitions)
        self._assign(partitions, start)
        return _with(key, self._endless())

    def at(self, partition: int, offset: int) -> Record | None:
        """The record at a place, or None where there is none (any more)."""
        place = TopicPartition(self.name, partition)
        if place not in self._partitions:
            return None
        firsts, ends = self._consumer.beginning_offsets([place]), self._consumer.end_offsets([place])
        if not firsts[place] <= offset < ends[place]:
            return None
        self._assign([place], {place: offset})
        first = next(self._until(ends), None)
        return first if first is not None and first.offset == offset else None

    def _of(self, key: bytes | None) -> list[Any]:
        if key is None:
            return self._partitions
        return [self._partitions[partition_of(key, len(self._partitions))]]

    def _assign(self, partitions: Collection[Any], start: dict[Any, int]) -> None:
        self._consumer.assign(list(partitions))
        for place in partitions:
            self._consumer.seek(place, start[place])

    def _until(self, ends: dict[Any, int]) -> Iterator[Record]:
        """Read until these ends, which compaction may have moved away from the last record."""
        left = {place for place, end in ends.items() if self._consumer.position(place) < end}
        progressed = time.monotonic()
        while left:
            polled = self._consumer.poll(timeout_ms=POLL_MS)
            for place, records in polled.items():
                yield from (record for record in records if record.offset < ends[place])
            left = {place for place in left if self._consumer.position(place) < ends[place]}
            if polled:
                progressed = time.monotonic()
            elif time.monotonic() - progressed > STALLED_SECONDS:
                raise RapportctlError(f"Kafka gave no more of {self.name} for {STALLED_SECONDS:g} s; is it running?")

    def _endless(self) -> Iterator[Record]:
        while True:
            for records in self._consumer.poll(timeout_ms=POLL_MS).values():
                yield from records


def decode(topic: Topic, record: Record) -> ReadMessage:
    """A record of the topic, decoded by the registry; bytes that do not parse are shown as such."""
    return ReadMessage(
        record.topic,
        record.partition,
        record.offset,
        record.timestamp,
        (record.key or b"").decode(errors="replace"),
        header_texts(record),
        decode_value(topic, record.value),
    )


def header_texts(record: Record) -> dict[str, str]:
    """The headers as text; of two with one name the last holds."""
    return {name: (value or b"").decode(errors="replace") for name, value in record.headers}


def decode_value(topic: Topic, value: bytes | None) -> dict[str, Any] | None:
    """The value as JSON knows values, with the field names of the proto; None for a tombstone or an empty value."""
    if not value:
        return None
    if not topic.value:
        return {"bytes": len(value)}
    try:
        message = message_class(topic.value).FromString(value)
        return json_format.MessageToDict(message, preserving_proto_field_name=True)
    except (DecodeError, ValueError, OverflowError):
        # Timestamps beyond year 9999 parse, and have no JSON.
        return {"unparseable_bytes": len(value)}


def _with(key: bytes | None, records: Iterator[Record]) -> Iterator[Record]:
    return records if key is None else (record for record in records if record.key == key)
