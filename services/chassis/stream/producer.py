"""Writes records to Kafka in order, each once, in whole batches, for callers in any thread."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Coroutine, Iterable, Sequence
from concurrent.futures import Future, wait
from types import TracebackType
from typing import Self, TypeVar

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from aiokafka.record.default_records import DefaultRecordBatchBuilder

from chassis.errors import ChassisError, InvalidRecord, Unavailable
from chassis.partitions import partition_for
from chassis.records import Message, TopicPartition
from chassis.stream.settings import ProducerSettings
from chassis.stream.untyped import Untyped

T = TypeVar("T")

log = logging.getLogger(__name__)

LOOK_UP_SECONDS = 0.5
CLOSE_SECONDS = 5.0


class SendFailed(ChassisError):
    """A record could not be delivered, and whatever would come after it must not be either: the process ends."""


class KafkaPublisher:
    """Implements `Publisher` with one idempotent producer for the process, in a thread and an event loop of its own.

    Of one partition, a batch is sent when the one before it is acknowledged. A batch that fails for good closes the
    publisher: every later call raises `SendFailed`, so that no record overtakes one that is lost. A broker that is
    away is waited for, up to `delivery_seconds`; the broker drops what reaches it twice.
    """

    def __init__(self, settings: ProducerSettings) -> None:
        self._settings = settings
        self._start_lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._producer: Untyped = None
        self._lanes: dict[TopicPartition, asyncio.Lock] = {}
        self._failure: str | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def failure(self) -> str | None:
        """Why the publisher is closed for good, or None."""
        return self._failure

    def publish(self, messages: Iterable[Message]) -> None:
        """Return once every message is acknowledged by all replicas in sync, in order per partition.

        Raises `InvalidRecord` for a message that is too large, and `Unavailable` when broker or topic cannot be found;
        nothing has been sent then. Raises `SendFailed` when a send failed for good.
        """
        by_topic: dict[str, list[Message]] = {}
        for message in messages:
            self._check_size(message)
            by_topic.setdefault(message.topic, []).append(message)
        if not by_topic:
            return
        self._check_open()
        self._start()
        counts = self._run(self._partition_counts(list(by_topic)), self._settings.metadata_seconds * 2)
        batches: dict[TopicPartition, list[Untyped]] = {}
        for topic, group in by_topic.items():
            self._fill(topic, group, counts[topic], batches)
        self._run(self._send_all(batches), None)

    def close(self) -> None:
        """Close the connection. Whatever `publish` has returned for is delivered."""
        if self._loop is None or self._thread is None:
            return
        if self._producer is not None and self._failure is None:
            try:
                self._run(self._producer.stop(), CLOSE_SECONDS)
            except (KafkaError, ChassisError) as error:
                log.warning("producer not closed in order: %r", error)
        self._failure = self._failure or "closed"
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(CLOSE_SECONDS)

    # -- in the caller's thread

    def _check_open(self) -> None:
        if self._failure is not None:
            raise SendFailed(self._failure)

    def _check_size(self, message: Message) -> None:
        size = DefaultRecordBatchBuilder.estimate_size_in_bytes(message.key, message.value, list(message.headers))
        if size > self._settings.message_bytes:
            raise InvalidRecord("TOO_LARGE", f"{size} bytes; at most {self._settings.message_bytes}")

    def _fill(
        self, topic: str, messages: Sequence[Message], partitions: int, batches: dict[TopicPartition, list[Untyped]]
    ) -> None:
        """Append the messages to batches of their partitions."""
        create = self._producer.create_batch
        for message in messages:
            partition = partition_for(message, partitions)
            mine = batches.setdefault(TopicPartition(topic, partition), [])
            if not mine:
                mine.append(create())
            if not _append(mine[-1], message):
                mine.append(create())
                _append(mine[-1], message)

    def _start(self) -> None:
        """Connect, if that has not been done. Raises `Unavailable` when the broker does not answer."""
        with self._start_lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._thread = threading.Thread(target=self._loop.run_forever, name="producer", daemon=True)
                self._thread.start()
            if self._producer is None:
                self._producer = self._run(self._connect(), self._settings.request_seconds)

    def _run(self, coroutine: Coroutine[object, object, T], seconds: float | None) -> T:
        assert self._loop is not None
        future: Future[T] = asyncio.run_coroutine_threadsafe(coroutine, self._loop)
        started = time.monotonic()
        while not wait([future], LOOK_UP_SECONDS).done:
            self._check_open()  # after a failure elsewhere the loop stands still: this future would never come
            if seconds is not None and time.monotonic() > started + seconds:
                future.cancel()
                raise Unavailable("the broker did not answer in time")
        return future.result()

    # -- in the producer's thread

    async def _connect(self) -> Untyped:
        settings = self._settings
        producer = AIOKafkaProducer(
            bootstrap_servers=list(settings.bootstrap),
            client_id=settings.client_id,
            acks="all",
            enable_idempotence=True,
            linger_ms=settings.linger_milliseconds,
            max_batch_size=settings.batch_bytes,
            max_request_size=settings.message_bytes,
            request_timeout_ms=int(settings.request_seconds * 1000),
        )
        try:
            await producer.start()
        except (KafkaError, OSError) as error:
            await producer.stop()
            raise Unavailable(f"the broker does not answer: {type(error).__name__}") from error
        return producer

    async def _partition_counts(self, topics: Sequence[str]) -> dict[str, int]:
        counts = {}
        for topic in topics:
            try:
                async with asyncio.timeout(self._settings.metadata_seconds):
                    counts[topic] = len(await self._producer.partitions_for(topic))
            except (KafkaError, OSError, TimeoutError) as error:
                raise Unavailable(f"topic {topic} is not known to the broker") from error
        return counts

    async def _send_all(self, batches: dict[TopicPartition, list[Untyped]]) -> None:
        for failure in await asyncio.gather(*(self._send(partition, queue) for partition, queue in batches.items())):
            if failure is not None:
                raise failure

    async def _send(self, partition: TopicPartition, batches: list[Untyped]) -> SendFailed | None:
        """Send the batches of one partition one after the other, and nothing in between; returns what went wrong."""
        async with self._lanes.setdefault(partition, asyncio.Lock()):
            for batch in batches:
                if self._failure is not None:
                    return SendFailed(self._failure)
                # A closed batch does not linger: all that there is for the partition is in it, or right behind it.
                batch.close()
                try:
                    async with asyncio.timeout(self._settings.delivery_seconds):
                        await (await self._producer.send_batch(batch, partition.topic, partition=partition.partition))
                except BaseException as error:  # noqa: BLE001 - whatever it is, the record may be lost
                    return self._fail(partition, error)
        return None

    def _fail(self, partition: TopicPartition, error: BaseException) -> SendFailed:
        """Close for good: the loop stops, and with it everything that is still to be sent."""
        self._failure = f"a send to {partition.topic} {partition.partition} failed: {type(error).__name__}"
        log.critical("%s; nothing more will be sent", self._failure)
        asyncio.get_running_loop().call_soon(asyncio.get_running_loop().stop)
        return SendFailed(self._failure)


def _append(batch: Untyped, message: Message) -> bool:
    appended = batch.append(key=message.key, value=message.value, timestamp=None, headers=list(message.headers))
    return appended is not None
