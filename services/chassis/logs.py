"""Logs on stderr: one JSON object a line for machines, or text for people; `extra` becomes fields.

Nothing personal belongs into a log. What slips in where it is easily told (an e-mail address, a telephone number, a
password in a URL) is taken out of the finished line.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import time
from datetime import UTC, datetime
from typing import Any, TextIO

_OWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
_EMAIL = re.compile(r"[^\s\"'<>,;:=/\\@]+@[^\s\"'<>,;:=/\\@]+\.[a-zA-Z]{2,}")
_TELEPHONE = re.compile(r"(?<![\w+])\+[1-9](?:[ ()/-]?\d){7,14}(?!\d)")
_CREDENTIALS = re.compile(r"(?<=://)[^\s/@]+@")


def configure(level: str, style: str, service: str, stream: TextIO | None = None) -> None:
    """Send the logs of the whole process to stderr. `style` is json or text."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonFormatter(service) if style == "json" else TextFormatter(service))
    handler.addFilter(Throttle())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    logging.captureWarnings(capture=True)


def scrubbed(line: str) -> str:
    """Return the line without what is easily told to be personal or secret."""
    line = _CREDENTIALS.sub("", line)
    return _TELEPHONE.sub("[removed]", _EMAIL.sub("[removed]", line))


class JsonFormatter(logging.Formatter):
    """One JSON object a line: time, level, logger, service, message, the extra fields, and the traceback if any."""

    def __init__(self, service: str) -> None:
        super().__init__()
        self._service = service

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as a line."""
        line: dict[str, Any] = {
            "time": _time(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "service": self._service,
            "message": record.getMessage(),
            **_extra(record),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return scrubbed(json.dumps(line, ensure_ascii=False, default=str))


class TextFormatter(logging.Formatter):
    """A line for people: time, level, service, message, extra fields as name=value."""

    def __init__(self, service: str) -> None:
        super().__init__()
        self._service = service

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as a line, followed by the traceback if any."""
        fields = "".join(f" {name}={value}" for name, value in _extra(record).items())
        line = f"{_time(record)} {record.levelname:<7} {self._service} {record.name}: {record.getMessage()}{fields}"
        if record.exc_info:
            line += "\n" + self.formatException(record.exc_info)
        return scrubbed(line)


class Throttle(logging.Filter):
    """Lets through `burst` records a `period` (in seconds) of each kind; says how many it held back.

    Records are of one kind when logger, level and message template agree. Clients that retry in an outage log by the
    hundred.
    """

    def __init__(self, burst: int = 5, period: float = 10.0) -> None:
        super().__init__()
        self._burst = burst
        self._period = period
        self._seen: dict[tuple[str, int, str], tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether the record may pass."""
        kind = (record.name, record.levelno, str(record.msg))
        now = time.monotonic()
        start, count = self._seen.get(kind, (now, 0))
        if now - start >= self._period:
            if count > self._burst:
                record.held_back = count - self._burst
            start, count = now, 0
        if len(self._seen) > 1000:
            self._seen.clear()
        self._seen[kind] = (start, count + 1)
        return count < self._burst


def _time(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")


def _extra(record: logging.LogRecord) -> dict[str, Any]:
    return {name: value for name, value in vars(record).items() if name not in _OWN}
