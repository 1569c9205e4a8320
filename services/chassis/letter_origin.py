"""Where a dead letter was read first: it goes with the letter when that is replayed, and as often as it is."""

from __future__ import annotations

from chassis.dead_letters import SOURCE_OFFSET, SOURCE_PARTITION, SOURCE_TOPIC
from chassis.errors import InvalidRecord
from chassis.records import Headers, ReadRecord, Record

ORIGIN = (SOURCE_TOPIC, SOURCE_PARTITION, SOURCE_OFFSET)


def origin_headers(headers: Headers) -> Headers:
    """Those of a letter that say where it was read first: the foremost, however often it has become a letter since."""
    first = {name: value for name, value in reversed(headers) if name in ORIGIN}
    return [(name, first[name]) for name in ORIGIN if name in first]


def first_topic(headers: Headers) -> str:
    """Full name of the topic that a letter was read from first; empty where it does not say."""
    return dict(origin_headers(headers)).get(SOURCE_TOPIC, b"").decode(errors="replace")


def as_read_first(record: Record) -> Record:
    """The record in the place where it was read first. Raises `InvalidRecord` (BAD_ORIGIN) where headers do not say."""
    origin = dict(origin_headers(record.headers))
    try:
        partition, offset = int(origin[SOURCE_PARTITION]), int(origin[SOURCE_OFFSET])
    except (KeyError, ValueError):
        raise InvalidRecord("BAD_ORIGIN", "the headers would say where the record was read first") from None
    topic = first_topic(record.headers)
    return ReadRecord(topic, partition, offset, record.timestamp, record.key, record.value, record.headers)
