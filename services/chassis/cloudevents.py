"""CloudEvents in binary mode: the attributes of an event as headers of its Kafka record.

Source: CloudEvents 1.0, Kafka protocol binding, section 3.2.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from chassis.errors import InvalidRecord
from chassis.records import Headers

CONTENT_TYPE = "application/protobuf"
SPECIFICATION = "1.0"

_Header = tuple[str, bytes]


@dataclass(frozen=True, slots=True)
class Attributes:
    """The attributes of an event. `time` is aware, or None where the producer gave none."""

    type: str
    source: str
    id: str
    time: datetime | None
    content_type: str = ""


def headers(type: str, source: str, id: str, time: datetime) -> tuple[_Header, ...]:  # noqa: A002 - as the standard
    """Return the headers of an event whose value is a protobuf message. `time` must be aware."""
    return (
        *_constant(type, source),
        ("ce_id", id.encode()),
        ("ce_time", time.isoformat().encode()),
    )


def parse(received: Headers) -> Attributes:
    """Return the attributes that the headers carry.

    Raises `InvalidRecord` (reason BAD_CLOUD_EVENT) where a required one is missing or malformed.
    """
    values = dict(received)
    try:
        attributes = {name: values[f"ce_{name}"].decode() for name in ("specversion", "type", "source", "id")}
        time = values["ce_time"].decode() if "ce_time" in values else None
        content_type = values.get("content-type", b"").decode()
        moment = datetime.fromisoformat(time) if time else None
    except KeyError as error:
        raise InvalidRecord("BAD_CLOUD_EVENT", f"the header {error.args[0]} is missing") from None
    except ValueError:
        raise InvalidRecord("BAD_CLOUD_EVENT", "headers are UTF-8, and ce_time is an RFC 3339 time") from None
    if attributes["specversion"] != SPECIFICATION:
        raise InvalidRecord("BAD_CLOUD_EVENT", f"ce_specversion would be {SPECIFICATION}")
    if moment is not None and moment.tzinfo is None:
        raise InvalidRecord("BAD_CLOUD_EVENT", "ce_time has no offset from UTC")
    return Attributes(attributes["type"], attributes["source"], attributes["id"], moment, content_type)


@lru_cache(maxsize=256)
def _constant(type_: str, source: str) -> tuple[_Header, ...]:
    return (
        ("ce_specversion", SPECIFICATION.encode()),
        ("ce_type", type_.encode()),
        ("ce_source", source.encode()),
        ("content-type", CONTENT_TYPE.encode()),
    )
