"""Faust's Kafka thread, made to fetch quickly, to commit without crashing, and to rewind without losing records."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine, Mapping
from typing import Any, TypeVar

from aiokafka import TopicPartition as KafkaPartition
from aiokafka.errors import KafkaError
from aiokafka.structs import OffsetAndMetadata
from faust.transport.drivers.aiokafka import AIOKafkaConsumerThread
from mode.threads import WorkerThread

from chassis.records import TopicPartition
from chassis.stream.settings import StreamSettings
from chassis.stream.untyped import Untyped

T = TypeVar("T")

THREAD_SECONDS = 3.0
COMMIT_SECONDS = 3.0
"""How long a commit may take; one that takes longer is tried again with the next."""

PASSING = (KafkaError, TimeoutError, OSError)
"""What a broker that is away makes aiokafka raise."""


class _Thread(WorkerThread):  # type: ignore[misc]
    """Faust's own, when it hangs, keeps the process alive, and its `stop` holds up the event loop."""

    def __init__(self, service: Untyped, **options: Untyped) -> None:
        super().__init__(service, **options)
        self.daemon = True

    def stop(self) -> None:
        """Wait for the end of the thread, but not for ever."""
        self.is_stopped.wait(THREAD_SECONDS)


class FetchThread(AIOKafkaConsumerThread):  # type: ignore[misc]
    """Runs aiokafka's consumer in a thread and a loop of its own; heartbeats come from there."""

    logger = logging.getLogger("faust.worker")
    Worker = _Thread
    stream_settings: StreamSettings

    def _create_worker_consumer(self, transport: Untyped) -> Untyped:
        consumer = super()._create_worker_consumer(transport)
        # Faust fixes it at 1500 ms, which one idle topic makes every busy one wait for.
        consumer._fetch_max_wait_ms = self.stream_settings.fetch_milliseconds
        return consumer

    async def commit_offsets(self, offsets: Mapping[TopicPartition, int]) -> dict[TopicPartition, int]:
        """Commit what is still assigned; returns what the broker has confirmed, nothing if it could not."""
        return await self._call(self._commit_offsets(dict(offsets)))

    async def _commit_offsets(self, offsets: dict[TopicPartition, int]) -> dict[TopicPartition, int]:
        consumer = self._ensure_consumer()
        mine = consumer.assignment()
        todo = {partition: offset for partition, offset in offsets.items() if partition in mine}
        if not todo:
            return {}
        try:
            async with asyncio.timeout(COMMIT_SECONDS):
                await consumer.commit(
                    {KafkaPartition(*tp): OffsetAndMetadata(offset, "") for tp, offset in todo.items()}
                )
        except PASSING as error:
            self.log.warning("commit not done, will be tried again: %r", error)
            return {}
        return todo

    async def rewind(self) -> dict[TopicPartition, int]:
        """Set every assigned partition to its committed offset; returns where each will be read from.

        aiokafka's own `seek_to_committed` leaves a partition without a commit where it is: what was fetched from it and
        thrown away would be lost.
        """
        return await self._call(self._rewind())

    async def _rewind(self) -> dict[TopicPartition, int]:
        consumer = self._ensure_consumer()
        positions = {}
        for partition in consumer.assignment():
            offset = await consumer.committed(partition)
            if offset is None:
                await consumer.seek_to_beginning(partition)
            else:
                consumer.seek(partition, offset)
            positions[TopicPartition(*partition)] = await consumer.position(partition)
        return positions

    async def ends(self) -> dict[TopicPartition, tuple[int, int]]:
        """Ask the broker: for each assigned partition, where fetching stands and where the log ends."""
        return await self._call(self._ends())

    async def _call(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine in the thread; Faust's `call_thread` has two workers, which an outage can block."""
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(coroutine, self.thread_loop))

    async def _ends(self) -> dict[TopicPartition, tuple[int, int]]:
        consumer = self._ensure_consumer()
        ends = await consumer.end_offsets(consumer.assignment())
        return {TopicPartition(*tp): (await consumer.position(tp), end) for tp, end in ends.items()}
