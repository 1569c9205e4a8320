"""Reading topics for people: decoded, from anywhere, without a consumer group."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from google.protobuf import json_format
from google.protobuf.message import DecodeError
from kafka import KafkaConsumer, TopicPartition

from rapportctl.errors import NotFoundError
from rapportctl.registry import Topic, message_class


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
    raw: bytes | None

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


def read_topic(
    bootstrap: tuple[str, ...], prefix: str, topic: Topic, *, from_beginning: bool, follow: bool
) -> Iterator[ReadMessage]:
    """The records of a topic; with `follow` it goes on for ever, otherwise it ends where the topic ended.

    Raises `NotFoundError` if the broker has no such topic.
    """
    consumer = KafkaConsumer(bootstrap_servers=list(bootstrap), enable_auto_commit=False, fetch_max_wait_ms=100)
    try:
        numbers = consumer.partitions_for_topic(prefix + topic.name)
        if not numbers:
            raise NotFoundError(f"there is no topic {prefix + topic.name}: `rapportctl topics apply` makes it")
        partitions = [TopicPartition(prefix + topic.name, number) for number in sorted(numbers)]
        consumer.assign(partitions)
        ends = consumer.end_offsets(partitions)
        if from_beginning:
            consumer.seek_to_beginning(*partitions)
        else:
            consumer.seek_to_end(*partitions)
        yield from _records(consumer, topic, None if follow else ends)
    finally:
        consumer.close()


def _records(consumer: Any, topic: Topic, ends: dict[TopicPartition, int] | None) -> Iterator[ReadMessage]:  # noqa: ANN401 - kafka-python is untyped
    while ends is None or any(consumer.position(partition) < end for partition, end in ends.items()):
        for partition, records in consumer.poll(timeout_ms=200).items():
            for record in records:
                if ends is None or record.offset < ends[partition]:
                    yield decode(topic, record)


def decode(topic: Topic, record: Any) -> ReadMessage:  # noqa: ANN401 - kafka-python is untyped
    """A record of the topic, decoded by the registry; bytes that do not parse are shown as such."""
    return ReadMessage(
        record.topic,
        record.partition,
        record.offset,
        record.timestamp,
        (record.key or b"").decode(errors="replace"),
        {name: value.decode(errors="replace") for name, value in record.headers},
        _value(topic, record.value),
        record.value,
    )


def _value(topic: Topic, value: bytes | None) -> dict[str, Any] | None:
    if not value:
        return None
    if not topic.value:
        return {"bytes": len(value)}
    try:
        message = message_class(topic.value).FromString(value)
    except DecodeError:
        return {"unparseable_bytes": len(value)}
    return json_format.MessageToDict(message, preserving_proto_field_name=True)
