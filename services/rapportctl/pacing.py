"""Keeping to a rate."""

from __future__ import annotations

import time
from collections.abc import Callable

_STEPS_PER_SECOND = 50
"""How often the clock is asked at most: often enough that a rate looks even."""


class Pacer:
    """Holds back whoever calls `step` before each of many things, so that they happen at an even rate.

    Without a rate nobody is held back. `before_waiting` is called before each pause: to send what was collected.
    What falls behind is caught up.
    """

    def __init__(
        self,
        per_second: float | None,
        before_waiting: Callable[[], None] = lambda: None,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._rate = per_second
        self._before_waiting = before_waiting
        self._now = now
        self._sleep = sleep
        self._every = max(1, int((per_second or 0) / _STEPS_PER_SECOND))
        self._steps = 0
        self._start = now()

    def step(self) -> None:
        """Return when the next thing is due."""
        if self._rate is not None and self._steps % self._every == 0:
            wait = self._start + self._steps / self._rate - self._now()
            if wait > 0:
                self._before_waiting()
                self._sleep(wait)
        self._steps += 1
