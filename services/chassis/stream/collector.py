"""Collects batches for one handler, and hands them over in large flushes from a thread of its own."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Callable, Collection, Sequence
from random import Random

from chassis.attempts import Attempts
from chassis.errors import ChassisError
from chassis.health import HealthPart
from chassis.ports import Handler
from chassis.records import Record, TopicPartition
from chassis.stream.handler_thread import HandlerThread
from chassis.stream.ledger import Batch
from chassis.stream.settings import StreamSettings

log = logging.getLogger(__name__)


class Collector:
    """The loop around one handler. All methods are called on the event loop; the handler runs in its own thread.

    `release` is called with the batches whose effects are durable. `run` raises the error that ends the process.
    """

    def __init__(
        self,
        name: str,
        handler: Handler,
        settings: StreamSettings,
        *,
        health: HealthPart,
        release: Callable[[Sequence[Batch]], None],
        random: Random | None = None,
    ) -> None:
        self.name = name
        self.topics = frozenset(handler.topics)
        self._handler = handler
        self._settings = settings
        self._health = health
        self._release = release
        self._attempts = Attempts(random or Random(), settings.patience)  # noqa: S311 - jitter
        self._thread = HandlerThread(f"handler-{name}")
        self._waiting: deque[Batch] = deque()
        self._flushing = False
        self._records = 0
        self._assigned: frozenset[TopicPartition] = frozenset()
        self._news = False
        self._epoch = 0
        self._wake = asyncio.Event()
        self._dropped = asyncio.Event()
        self._next_idle = 0.0
        self.backing_off = False

    @property
    def wants_more(self) -> bool:
        """Whether further records should be fetched for this handler."""
        return self._records < self._settings.waiting_records

    @property
    def busy(self) -> bool:
        """Whether the handler is at work, waits to try again, or has come back with its batches still to release."""
        return self._thread.busy or self._flushing or self.backing_off

    def take(self, batch: Batch) -> None:
        """Put a batch behind those that wait."""
        self._waiting.append(batch)
        self._records += len(batch)
        self._wake.set()

    def assign(self, partitions: Collection[TopicPartition]) -> None:
        """These partitions, and no others, are read from now on; the handler hears of it before its next batch."""
        self.drop()
        self._assigned = frozenset(partitions)
        self._news = True
        self._wake.set()

    def revoke(self) -> None:
        """No partition is read from now on."""
        self.drop()
        self._assigned = frozenset()
        self._news = False

    def drop(self) -> None:
        """Forget the batches that wait, and the one that waits to be tried again; one in work goes on."""
        self._waiting.clear()
        self._records = 0
        self._epoch += 1
        self._dropped.set()

    async def run(self) -> None:
        """Flush until cancelled. Raises what the handler raised, where no further attempt makes sense."""
        self._thread.start()
        try:
            while True:
                await self._until_due()
                await self._tell()
                await self._idle()
                await self._flush()
        finally:
            self._thread.stop()

    async def _until_due(self) -> None:
        """Return when there is something to do: news, a full flush, one that has waited long enough, or idling."""
        now = asyncio.get_running_loop().time
        while True:
            self._wake.clear()
            due = self._due_at()
            if due is not None and due <= now():
                return
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(None if due is None else due - now()):
                    await self._wake.wait()

    def _due_at(self) -> float | None:
        if self._news or self._records >= self._settings.flush_records:
            return 0.0
        times = [self._next_idle] if self._assigned else []
        if self._waiting:
            times.append(self._waiting[0].arrived + self._settings.flush_seconds)
        return min(times, default=None)

    async def _tell(self) -> None:
        """Tell the handler its partitions, once after each assignment."""
        if not self._news:
            return
        self._news = False
        mine = self._assigned
        log.info("%s: %d partitions assigned", self.name, len(mine))
        if await self._persevere(lambda: self._handler.assigned(mine)):
            self._health.serving()

    async def _idle(self) -> None:
        now = asyncio.get_running_loop().time()
        if not self._news and self._assigned and now >= self._next_idle:
            await self._persevere(self._handler.idle)
            self._next_idle = asyncio.get_running_loop().time() + self._settings.idle_seconds

    async def _flush(self) -> None:
        if self._news or not self._is_flush_due():
            return
        batches = self._cut()
        records: list[Record] = [record for batch in batches for record in batch.records]
        self._flushing = True
        try:
            if await self._persevere(lambda: self._handler.handle(records)):
                self._release(batches)
        finally:
            self._flushing = False

    def _is_flush_due(self) -> bool:
        if not self._waiting:
            return False
        oldest = self._waiting[0].arrived
        full = self._records >= self._settings.flush_records
        return full or asyncio.get_running_loop().time() >= oldest + self._settings.flush_seconds

    def _cut(self) -> list[Batch]:
        """Take whole batches off the queue, at least one, up to `flush_records` records."""
        batches: list[Batch] = []
        room = self._settings.flush_records
        while self._waiting and (not batches or len(self._waiting[0]) <= room):
            batch = self._waiting.popleft()
            batches.append(batch)
            room -= len(batch)
            self._records -= len(batch)
        return batches

    async def _persevere(self, call: Callable[[], None]) -> bool:
        """Call until it works, with waits in between; False if the batches were dropped meanwhile."""
        epoch = self._epoch
        while True:
            try:
                await self._thread.call(call)
            except Exception as error:  # noqa: BLE001 - attempts decide which errors end the process
                if not await self._recover(error, epoch):
                    return False
            else:
                self._attempts.succeeded()
                self.backing_off = False
                self._health.serving()
                return True

    async def _recover(self, error: Exception, epoch: int) -> bool:
        """Wait before the next attempt; False if the batches were dropped. Raises the error if it is final."""
        retry = self._attempts.after(error)
        if retry is None:
            raise error
        log.warning("%s: trying again in %.2f s: %s", self.name, retry.seconds, describe(error))
        if retry.outage:
            self._health.waiting(describe(error))
        await self._thread.call(self._handler.reset)
        self.backing_off = True
        await self._dropped_within(retry.seconds, epoch)
        self.backing_off = epoch == self._epoch
        return self.backing_off

    async def _dropped_within(self, seconds: float, epoch: int) -> None:
        self._dropped.clear()
        if epoch == self._epoch:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._dropped.wait()


def describe(error: BaseException) -> str:
    """Return what an error was without what it may quote: only messages of our own errors are safe to log."""
    return f"{type(error).__name__}: {error}" if isinstance(error, ChassisError) else type(error).__name__
