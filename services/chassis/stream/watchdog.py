"""Ends a worker that has records to read and makes no progress: Kafka consumers are known to get stuck."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Collection, Mapping
from typing import Protocol

from chassis.errors import ChassisError
from chassis.health import HealthPart
from chassis.records import TopicPartition
from chassis.stream.settings import StreamSettings

log = logging.getLogger(__name__)

LONGEST_TICK_SECONDS = 5.0
ANSWER_SECONDS = 5.0
CONNECT_SECONDS = 2.0


class Stuck(ChassisError):
    """There were records to read, and nothing was committed for too long."""


class Watched(Protocol):
    """What the watchdog looks at."""

    async def ends(self) -> Mapping[TopicPartition, tuple[int, int]]:
        """Ask the broker: where fetching stands and where the log ends, per assigned partition. Raises anything."""

    def committed(self) -> Mapping[TopicPartition, int]:
        """What the broker has confirmed of this worker's commits."""

    def unfinished(self) -> bool:
        """Whether something was delivered that is not committed."""

    def excused(self) -> bool:
        """Whether standing still is right: a handler waits for its store."""

    def rebalancing(self) -> bool:
        """Whether the worker has not been told its partitions yet."""


class Watchdog:
    """Looks at a worker every few seconds, and tells the health whether the broker answers."""

    def __init__(self, watched: Watched, settings: StreamSettings, health: HealthPart) -> None:
        self._watched = watched
        self._patience = settings.watchdog_seconds
        self._bootstrap = settings.bootstrap
        self._health = health
        self._seen: Mapping[TopicPartition, int] = {}
        self._since: float | None = None

    async def run(self) -> None:
        """Look until the worker is stuck, then raise `Stuck`."""
        tick = min(LONGEST_TICK_SECONDS, self._patience / 4)
        while True:
            await asyncio.sleep(tick)
            self._judge(await self._look(), asyncio.get_running_loop().time())

    async def _look(self) -> str:
        """Say why this worker ought to make progress; nothing if it need not, or has made some."""
        try:
            async with asyncio.timeout(min(ANSWER_SECONDS, self._patience / 4)):
                ends = await self._watched.ends()
        except Exception as error:  # noqa: BLE001 - whatever it is, the question is whether the broker is to blame
            if not await _reachable(self._bootstrap):
                self._health.waiting(f"the broker does not answer ({type(error).__name__})")
                return ""
            return f"the consumer does not answer ({type(error).__name__}) while the broker does"
        self._health.serving()
        committed = dict(self._watched.committed())
        moved, self._seen = committed != self._seen, committed
        if moved or self._watched.excused():
            return ""
        if self._watched.rebalancing():
            return "no partitions were assigned"
        behind = sum(end > position for position, end in ends.values())
        if behind:
            return f"{behind} partitions have records that are not read"
        return "records that were read are not committed" if self._watched.unfinished() else ""

    def _judge(self, why: str, now: float) -> None:
        if not why:
            self._since = None
        elif self._since is None:
            self._since = now
        elif now - self._since >= self._patience:
            raise Stuck(f"no progress for {now - self._since:.0f} s: {why}")


async def _reachable(bootstrap: Collection[str]) -> bool:
    """Whether any of the brokers accepts a connection."""
    for address in bootstrap:
        host, _, port = address.rpartition(":")
        with contextlib.suppress(OSError, TimeoutError):
            async with asyncio.timeout(CONNECT_SECONDS):
                _, writer = await asyncio.open_connection(host, int(port))
            writer.close()
            return True
    return False
