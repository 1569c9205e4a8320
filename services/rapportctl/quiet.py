"""Waiting until a deployment has worked off everything."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Protocol

from rapportctl.errors import RapportctlError
from rapportctl.kafka.lags import Lag, is_quiet

BETWEEN_READINGS_SECONDS = 0.25


class Lags(Protocol):
    """What can tell how far everybody is behind: `Deployment`."""

    def lags(self) -> Sequence[Lag]:
        """The lag of every group on every topic that it reads."""


class NotQuietError(RapportctlError):
    """Something was still under way when the time was over; `behind` says who had how much left."""

    def __init__(self, timeout: float, behind: Sequence[Lag]) -> None:
        left = ", ".join(f"{lag.group} {lag.behind:,} of {lag.topic}" for lag in behind)
        super().__init__(f"not quiet after {timeout:g} s: {left or 'records were still being written'}")
        self.behind = tuple(behind)


def wait_until_quiet(
    deployment: Lags,
    timeout: float,
    on_reading: Callable[[Sequence[Lag]], None] | None = None,
    now: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> float:
    """Return how many seconds it took until every group had finished all that was written, in two readings in a row.

    A broker that is away may come back meanwhile. After `timeout` seconds raises `NotQuietError`, or the
    `RapportctlError` of a broker that is still away.
    """
    started = now()
    before: Sequence[Lag] | None = None
    while True:
        try:
            after = deployment.lags()
        except RapportctlError:
            if now() - started > timeout:
                raise
            before = None
        else:
            if on_reading is not None:
                on_reading(after)
            if before is not None and is_quiet(before, after) and is_quiet(after, after):
                return now() - started
            if now() - started > timeout:
                raise NotQuietError(timeout, [lag for lag in after if lag.behind])
            before = after
        sleep(BETWEEN_READINGS_SECONDS)
