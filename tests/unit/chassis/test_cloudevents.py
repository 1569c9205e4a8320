"""CloudEvents in headers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from chassis.cloudevents import Attributes, headers, parse
from chassis.errors import InvalidRecord

TIME = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
GOOD = headers("a.b.v1.Thing", "/rapport/x", "id-1", TIME)


def test_the_headers_are_those_of_the_standard() -> None:
    assert dict(GOOD) == {
        "ce_specversion": b"1.0",
        "ce_type": b"a.b.v1.Thing",
        "ce_source": b"/rapport/x",
        "ce_id": b"id-1",
        "ce_time": b"2026-01-02T03:04:05.678901+00:00",
        "content-type": b"application/protobuf",
    }


def test_what_is_written_is_what_is_read() -> None:
    assert parse(GOOD) == Attributes("a.b.v1.Thing", "/rapport/x", "id-1", TIME, "application/protobuf")


def test_other_headers_do_not_matter_and_the_time_may_be_absent_or_end_in_z() -> None:
    others = [header for header in GOOD if header[0] != "ce_time"] + [("traceparent", b"\xff")]
    assert parse(others).time is None
    assert parse([*others, ("ce_time", b"2026-01-02T03:04:05.678901Z")]).time == TIME
    elsewhere = TIME.astimezone(timezone(timedelta(hours=5)))
    assert parse([*others, ("ce_time", elsewhere.isoformat().encode())]).time == TIME


@pytest.mark.parametrize("missing", ["ce_specversion", "ce_type", "ce_source", "ce_id"])
def test_a_missing_attribute_is_named(missing: str) -> None:
    with pytest.raises(InvalidRecord, match=missing):
        parse([header for header in GOOD if header[0] != missing])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ce_id", b"\xff"),
        ("ce_time", b"yesterday"),
        ("ce_time", b"2026-01-02T03:04:05"),
        ("ce_specversion", b"0.3"),
        ("ce_time", b"\xff"),
    ],
)
def test_a_malformed_attribute_makes_the_record_invalid(name: str, value: bytes) -> None:
    with pytest.raises(InvalidRecord) as invalid:
        parse([*GOOD, (name, value)])
    assert invalid.value.reason == "BAD_CLOUD_EVENT"
