"""Tombstones: records without a value, by which all that is known under a key is to be forgotten.

A compacted topic keeps the last record of a key, so that a tombstone takes the place of what it had. It says in headers
which erasure it is of, since it may come late: behind what is newer, it is nothing.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from chassis import cloudevents
from chassis.clock import milliseconds
from chassis.errors import InvalidRecord
from chassis.records import Message, Record

VERSION = "rapport-erased-version"
ERASED_AT = "rapport-erased-at"
TYPE = "rapport.Tombstone"


class Tombstone(NamedTuple):
    """What is under the key and has a lower version is to be forgotten, and all that happened up to `erased_at`.

    `erased_at` is in milliseconds since 1970.
    """

    key: str
    version: int
    erased_at: int


def tombstone(topic: str, key: str, version: int, erased_at: datetime, source: str) -> Message:
    """The record, for the topic with this full name."""
    headers = cloudevents.headers(TYPE, source, f"{key}/{version}", erased_at)
    told = ((VERSION, str(version)), (ERASED_AT, str(milliseconds(erased_at))))
    return Message(topic, key.encode(), None, (*headers, *((name, text.encode()) for name, text in told)))


def read_tombstone(record: Record) -> Tombstone:
    """What a record without a value says. Raises `InvalidRecord` where it does not say which erasure it is of."""
    if not record.key:
        raise InvalidRecord("NO_KEY", "a tombstone has a key")
    headers = dict(record.headers)
    try:
        return Tombstone(record.key.decode(), int(headers[VERSION]), int(headers[ERASED_AT]))
    except (KeyError, ValueError):
        raise InvalidRecord("BAD_TOMBSTONE", f"{VERSION} and {ERASED_AT} are missing or no numbers") from None
