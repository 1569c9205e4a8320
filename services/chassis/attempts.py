"""What a runner does about a handler's error: how long to wait before the next attempt, or to end the process."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import NamedTuple

from chassis.errors import BreakerOpen, Conflict, Unavailable


@dataclass(frozen=True, slots=True)
class Patience:
    """Bounds of the waits, in seconds: each starts at the first number, doubles, and stays at the second."""

    unavailable: tuple[float, float] = (0.1, 10.0)
    breaker: tuple[float, float] = (1.0, 30.0)
    conflict: tuple[float, float] = (0.01, 0.2)
    conflicts: int = 5


class Retry(NamedTuple):
    """Hand the same batch in again after so many seconds. `outage` says that something outside is to blame."""

    seconds: float
    outage: bool


class Attempts:
    """Counts the failures of one handler since its last success."""

    def __init__(self, random: Random, patience: Patience | None = None) -> None:
        self._random = random
        self._patience = patience or Patience()
        self._waits = 0
        self._conflicts = 0

    def succeeded(self) -> None:
        """The call came back: counting starts anew."""
        self._waits = self._conflicts = 0

    def after(self, error: BaseException) -> Retry | None:
        """What to do about the error; None means that the process must end without acknowledging anything."""
        if isinstance(error, Conflict):
            self._conflicts += 1
            if self._conflicts > self._patience.conflicts:
                return None
            return Retry(self._jittered(self._patience.conflict, self._conflicts - 1), outage=False)
        if isinstance(error, Unavailable | BreakerOpen):
            bounds = self._patience.breaker if isinstance(error, BreakerOpen) else self._patience.unavailable
            self._waits += 1
            return Retry(self._jittered(bounds, self._waits - 1), outage=True)
        return None

    def _jittered(self, bounds: tuple[float, float], failures: int) -> float:
        """Between a half and the whole of the doubled wait, never below the least wait."""
        least, most = bounds
        wait = min(most, least * 2.0 ** min(failures, 32))
        return max(least, wait * (0.5 + 0.5 * self._random.random()))
