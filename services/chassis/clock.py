"""The time as services see it, and as documents keep it: milliseconds since 1970, UTC."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


class SystemClock:
    """The machine's time, moved by `offset` for drills."""

    def __init__(self, offset: timedelta = timedelta()) -> None:
        self._offset = offset

    def now(self) -> datetime:
        """Return the present, aware, in UTC."""
        return datetime.now(UTC) + self._offset


class ManualClock:
    """A clock that stands still until it is moved; safe for threads."""

    def __init__(self, start: datetime = _EPOCH) -> None:
        self._lock = threading.Lock()
        self._now = _aware(start)

    def now(self) -> datetime:
        """Return the time that it was last set to, in UTC."""
        with self._lock:
            return self._now

    def set(self, now: datetime) -> None:
        """Move to a time, which may lie in the past."""
        with self._lock:
            self._now = _aware(now)

    def advance(self, by: timedelta) -> None:
        """Move by a span."""
        with self._lock:
            self._now += by


def milliseconds(time: datetime) -> int:
    """Return the aware time as whole milliseconds since 1970, rounded down. Raises ValueError without a time zone."""
    return (_aware(time) - _EPOCH) // _MILLISECOND


def moment(value: int) -> datetime:
    """Return the time that lies `value` milliseconds after 1970, in UTC; exact, unlike a division to a float."""
    return _EPOCH + timedelta(milliseconds=value)


def _aware(time: datetime) -> datetime:
    if time.tzinfo is None:
        raise ValueError("a time without a time zone cannot be placed")
    return time.astimezone(UTC)
