"""Logs: fields for machines, text for people, nothing personal, no floods."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest

from chassis.logs import Throttle, configure, scrubbed


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    logging.captureWarnings(capture=False)
    root.handlers[:] = handlers
    root.setLevel(level)


def test_a_json_line_has_the_extra_fields_and_the_traceback() -> None:
    stream = io.StringIO()
    configure("info", "json", "one-thing", stream)
    log = logging.getLogger("x.y")
    log.debug("not shown")
    log.info("flushed %s", 3, extra={"records": 7})
    try:
        raise ValueError("why")
    except ValueError:
        log.exception("failed")
    first, second = map(json.loads, stream.getvalue().splitlines())
    assert first["message"] == "flushed 3"
    assert first.items() >= {"level": "info", "logger": "x.y", "service": "one-thing", "records": 7}.items()
    assert first["time"].endswith("+00:00")
    assert "ValueError: why" in second["exception"]


def test_a_text_line_has_the_extra_fields() -> None:
    stream = io.StringIO()
    configure("warning", "text", "one-thing", stream)
    logging.getLogger("x").warning("waiting", extra={"seconds": 2})
    assert stream.getvalue().rstrip().endswith("WARNING one-thing x: waiting seconds=2")


@pytest.mark.parametrize(
    ("line", "right"),
    [
        ("from ada.lovelace+x@example.co.uk: hello", "from [removed]: hello"),
        ('{"to": "a@b.org"}', '{"to": "[removed]"}'),
        ("call +49 170 1234567 now", "call [removed] now"),
        ("call +491701234567", "call [removed]"),
        ("mongodb://user:pass@host:1/db", "mongodb://host:1/db"),
        ("offset 1234567890123 of a@b, 3+4", "offset 1234567890123 of a@b, 3+4"),
        ("at 2026-01-02T03:04:05.678+00:00 h_abc", "at 2026-01-02T03:04:05.678+00:00 h_abc"),
    ],
)
def test_what_is_easily_told_to_be_personal_is_removed(line: str, right: str) -> None:
    assert scrubbed(line) == right


def test_a_flood_is_held_back_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr("chassis.logs.time.monotonic", lambda: now)
    throttle = Throttle(burst=2, period=10)

    def passes(message: str) -> tuple[bool, int]:
        record = logging.makeLogRecord({"name": "client", "levelno": 30, "msg": message})
        return throttle.filter(record), record.__dict__.get("held_back", 0)

    assert [passes("lost %s")[0] for _ in range(5)] == [True, True, False, False, False]
    assert passes("another")[0]
    now = 111.0
    assert passes("lost %s") == (True, 3)
    assert passes("lost %s") == (True, 0)
