"""A circuit breaker on the share of invalid records: a bad deploy must stop, not drain a topic into dead letters."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta

from chassis.errors import BreakerOpen
from chassis.ports import Clock


@dataclass(frozen=True, slots=True)
class BreakerLimits:
    """It opens when more than `share` of at least `least` records within `window` were invalid, for `pause`."""

    share: float = 0.5
    least: int = 1000
    window: timedelta = timedelta(seconds=60)
    pause: timedelta = timedelta(seconds=30)


class Breaker:
    """Closed, open, or half-open, by the clock given. Thread-safe.

    When the pause is over, one batch is let through whatever it holds. If its own share of invalid records is within
    the limit, the breaker closes; otherwise it is open for another pause. So truly bad records drain slowly, one batch
    per pause, and what a bad deploy sends to dead letters in the meantime stays little.
    """

    def __init__(self, clock: Clock, limits: BreakerLimits | None = None) -> None:
        self._clock = clock
        self._limits = limits or BreakerLimits()
        self._lock = threading.Lock()
        self._batches: deque[tuple[datetime, int, int]] = deque()
        self._opened: datetime | None = None

    def check(self, total: int, invalid: int) -> None:
        """Take note of a batch. Raises `BreakerOpen` when it must not be processed now."""
        with self._lock:
            now = self._clock.now()
            if self._opened is None:
                self._check_closed(now, total, invalid)
            else:
                self._check_open(now, total, invalid)

    def _check_closed(self, now: datetime, total: int, invalid: int) -> None:
        self._batches.append((now, total, invalid))
        while now - self._batches[0][0] > self._limits.window:
            self._batches.popleft()
        seen = sum(batch[1] for batch in self._batches)
        bad = sum(batch[2] for batch in self._batches)
        if seen >= self._limits.least and bad > self._limits.share * seen:
            self._opened = now
            self._batches.clear()
            raise BreakerOpen(
                f"{bad} of the last {seen} records are invalid; pausing {self._limits.pause.total_seconds():g} s"
            )

    def _check_open(self, now: datetime, total: int, invalid: int) -> None:
        assert self._opened is not None
        remaining = self._limits.pause - (now - self._opened)
        if remaining > timedelta(0):
            raise BreakerOpen(f"too many invalid records; next attempt in {remaining.total_seconds():.1f} s")
        self._opened = now if invalid > self._limits.share * total else None
