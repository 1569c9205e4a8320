"""A worker process: its handlers with their collectors, the Faust app that feeds them, and the watchdog over both."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import traceback
from collections import Counter
from collections.abc import Collection, Coroutine, Mapping, Sequence

from chassis.errors import ChassisError
from chassis.health import Health
from chassis.ports import Handler
from chassis.records import TopicPartition
from chassis.stream.app import make_app
from chassis.stream.collector import Collector, describe
from chassis.stream.fetching import COMMIT_SECONDS
from chassis.stream.ledger import Batch
from chassis.stream.settings import StreamSettings
from chassis.stream.topics import wait_for_topics
from chassis.stream.untyped import Untyped
from chassis.stream.watchdog import Watchdog

log = logging.getLogger(__name__)

LOOK_SECONDS = 0.01
HURRY_SECONDS = 1.0
STOP_SECONDS = 5.0


class AppStopped(ChassisError):
    """Faust's app has crashed, or stopped without having been asked to."""


class Worker:
    """Runs handlers until it is asked to stop, or until one of them fails for good."""

    def __init__(self, name: str, handlers: Sequence[Handler], settings: StreamSettings, health: Health) -> None:
        self.name = name
        self._settings = settings
        self._broker_health = health.part("broker")
        self._collectors = [
            Collector(handler_name, handler, settings, health=health.part(handler_name), release=self._release)
            for handler_name, handler in _named(handlers)
        ]
        self._by_topic = {topic: collector for collector in self._collectors for topic in collector.topics}
        if len(self._by_topic) < sum(len(collector.topics) for collector in self._collectors):
            raise ValueError("two handlers read the same topic; give them to different processes")
        self._app: Untyped = make_app(settings, self, self._collectors)
        self._tasks: list[asyncio.Task[None]] = []
        self._hurry = False
        self.is_clean = False

    async def run(self, stop: asyncio.Event) -> int:
        """Run until `stop` is set; returns the exit status of the process: 0 then, 1 if something failed for good."""
        stopping = asyncio.create_task(stop.wait())
        try:
            failure = await self._run(stopping)
        except Exception as error:  # noqa: BLE001 - reported below, and the process ends
            failure = error
        if failure is not None:
            _report(self.name, failure)
            self._hurry = True
        log.info("%s: stopping", self.name)
        self.is_clean = await self._stop()
        stopping.cancel()
        return 0 if failure is None else 1

    async def _run(self, stopping: asyncio.Task[bool]) -> BaseException | None:
        """Start, and return when asked to stop, or with the error of whatever has failed."""
        starting = asyncio.create_task(self._start())
        await asyncio.wait([starting, stopping], return_when=asyncio.FIRST_COMPLETED)
        if not starting.done():
            starting.cancel()
            await asyncio.wait([starting])
            return None
        await starting
        await asyncio.wait([stopping, *self._tasks], return_when=asyncio.FIRST_COMPLETED)
        return next((task.exception() for task in self._tasks if task.done()), None)

    async def _start(self) -> None:
        await wait_for_topics(self._settings.bootstrap, self._by_topic, self._broker_health)
        self._app.finalize()
        self._app.loop = asyncio.get_running_loop()
        await self._app.start()
        self._broker_health.serving()
        watchdog = Watchdog(self, self._settings, self._broker_health)
        self._spawn(self._app_stopped())
        self._spawn(watchdog.run())
        for collector in self._collectors:
            self._spawn(collector.run())
        log.info("%s: started, group %s", self.name, self._settings.group)

    def _spawn(self, coroutine: Coroutine[object, object, None]) -> None:
        self._tasks.append(asyncio.create_task(coroutine))

    async def _app_stopped(self) -> None:
        await self._app.wait_until_stopped()
        reason = self._app.crash_reason
        raise AppStopped(type(reason).__name__ if reason else "stopped") from reason

    async def _stop(self) -> bool:
        """Settle, commit and leave the group, within bounds; False if something was left behind."""
        stopped = True
        if self._app.started:
            settling = self._settings.settle_seconds + COMMIT_SECONDS
            stopped = await _within(settling, self._app.consumer.settle(), f"{self.name}: not settled")
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._app.started:
            stopped &= await _within(STOP_SECONDS, self._app.stop(), f"{self.name}: not stopped in order")
        return stopped and not self.busy

    @property
    def busy(self) -> bool:
        """Whether a handler's call has not come back."""
        return any(collector.busy for collector in self._collectors)

    def _release(self, batches: Sequence[Batch]) -> None:
        stale = self._app.consumer.ledger.release(batches)
        if stale:
            log.info("%s: %d batches of an earlier assignment were finished late", self.name, stale)

    # -- intake of the consumer

    def wants(self, topic: str) -> bool:
        """Whether the topic's handler can take more."""
        return self._by_topic[topic].wants_more

    def assign(self, partitions: Collection[TopicPartition]) -> None:
        """Tell each collector its partitions."""
        for collector in self._collectors:
            collector.assign([partition for partition in partitions if partition.topic in collector.topics])

    def drop(self) -> None:
        """Drop what waits, everywhere."""
        for collector in self._collectors:
            collector.drop()

    def revoke(self) -> None:
        """Take all partitions away, everywhere."""
        for collector in self._collectors:
            collector.revoke()

    async def settle(self, seconds: float) -> None:
        """Let the calls in work come back."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(min(seconds, HURRY_SECONDS) if self._hurry else seconds):
                while self.busy:
                    await asyncio.sleep(LOOK_SECONDS)

    # -- what the watchdog looks at

    async def ends(self) -> Mapping[TopicPartition, tuple[int, int]]:
        """Ask the broker."""
        result: Mapping[TopicPartition, tuple[int, int]] = await self._app.consumer.ends()
        return result

    def committed(self) -> Mapping[TopicPartition, int]:
        """What is committed."""
        result: Mapping[TopicPartition, int] = self._app.consumer.ledger.confirmed
        return result

    def unfinished(self) -> bool:
        """Whether something is not committed."""
        return bool(self._app.consumer.ledger.unfinished)

    def excused(self) -> bool:
        """Whether a handler waits for something outside."""
        return any(collector.backing_off for collector in self._collectors)

    def rebalancing(self) -> bool:
        """Whether partitions are being distributed."""
        return not self._app.consumer.is_assigned


def _named(handlers: Sequence[Handler]) -> list[tuple[str, Handler]]:
    """Name handlers for logs and health: by their classes, numbered where two are of one class."""
    seen: Counter[str] = Counter()
    named = []
    for handler in handlers:
        name = type(handler).__name__.lower()
        seen[name] += 1
        named.append((name if seen[name] == 1 else f"{name}-{seen[name]}", handler))
    return named


async def _within(seconds: float, coroutine: Coroutine[object, object, None], otherwise: str) -> bool:
    """Await the coroutine, but not for longer, even if it swallows its cancellation; False if it did not come back."""
    task = asyncio.ensure_future(coroutine)
    await asyncio.wait([task], timeout=seconds)
    if not task.done():
        task.cancel()
        log.error("%s within %.0f s; what is not committed will be done again", otherwise, seconds)
        return False
    if (error := task.exception()) is not None:
        log.error("%s: %s", otherwise, describe(error))
        return False
    return True


def _report(name: str, failure: BaseException) -> None:
    """Log why the process ends: where it happened, but not what a message may quote."""
    frames = traceback.extract_tb(failure.__traceback__)[-8:]
    where = " < ".join(f"{frame.filename.rsplit('/', 2)[-1]}:{frame.lineno} {frame.name}" for frame in reversed(frames))
    log.critical("%s: ends because of %s", name, describe(failure), extra={"where": where})
