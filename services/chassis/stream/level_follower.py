"""Following a level topic from its end, without a group: every process of a server hears of every state."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Collection
from types import TracebackType
from typing import Protocol, Self

from aiokafka import AIOKafkaConsumer
from aiokafka import TopicPartition as KafkaPartition
from aiokafka.errors import KafkaError

from chassis.stream.untyped import Untyped

_log = logging.getLogger(__name__)

LOOK_SECONDS = 0.25
"""The broker answers at least so often, also where there is nothing new: that is how it is known to be there."""
REST_SECONDS = 0.02
"""Between two reads of a busy topic: one by one, records cost a process that answers calls several times as much."""
AGAIN_SECONDS = 1.0
METADATA_MS = 10_000
END_SECONDS = 3.0


class Hears(Protocol):
    """Who is told what the topic says; see `chassis.stages.state_cache`."""

    def announced(self, id_: str, message: bytes | None) -> None:
        """A record: its key, and its value."""

    def confirm(self, at: float) -> None:
        """At that time, by `time.monotonic`, or later, the topic had been read to its end."""

    def lose(self) -> None:
        """The topic is not followed, or something of it may be missing."""


class LevelFollower:
    """Reads the topic in a thread of its own while in its `with` block; begins anew after whatever goes wrong.

    A broker that is away is no failure: it is not confirmed then that the topic was read to its end.
    """

    def __init__(self, bootstrap: Collection[str], client: str, topic: str, hears: Hears) -> None:
        self._bootstrap = list(bootstrap)
        self._client = client
        self._topic = topic
        self._hears = hears
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="level-follower", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopping.set()
        self._thread.join(END_SECONDS)

    def _run(self) -> None:
        asyncio.run(self._follow_on())

    async def _follow_on(self) -> None:
        while not self._stopping.is_set():
            try:
                await self._follow()
            except Exception as error:  # noqa: BLE001 - calls go to the store meanwhile
                _log.warning("look-ups go to the store: the level topic is not followed", extra={"error": repr(error)})
                self._hears.lose()
                await asyncio.sleep(AGAIN_SECONDS)

    async def _follow(self) -> None:
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self._bootstrap,
            client_id=f"{self._client}-lookups",
            enable_auto_commit=False,
            # Where the broker does not have the place that is read from, something may be missing: begin anew.
            auto_offset_reset="none",
            fetch_max_wait_ms=int(1000 * LOOK_SECONDS),
            metadata_max_age_ms=METADATA_MS,
        )
        try:
            await consumer.start()
            reading = await self._at_the_end(consumer)
            _log.info("following the level topic", extra={"topic": self._topic, "partitions": reading.partitions})
            while not self._stopping.is_set():
                if await self._read(consumer, reading):
                    await asyncio.sleep(REST_SECONDS)
        finally:
            await consumer.stop()

    async def _at_the_end(self, consumer: Untyped) -> _Reading:
        # Only so the consumer learns of partitions without a group and without resetting places by itself.
        await consumer._client.set_topics([self._topic])
        numbers: Collection[int] | None = consumer.partitions_for_topic(self._topic)
        if not numbers:
            raise KafkaError(f"the broker has no topic {self._topic}")
        places = [KafkaPartition(self._topic, number) for number in numbers]
        consumer.assign(places)
        for place, end in (await consumer.end_offsets(places)).items():
            consumer.seek(place, end)
        return _Reading(consumer, places)

    async def _read(self, consumer: Untyped, reading: _Reading) -> bool:
        """Pass on what there is; return whether there was anything."""
        found = await consumer.getmany(timeout_ms=int(1000 * LOOK_SECONDS))
        for records in found.values():
            for record in records:
                self._hears.announced((record.key or b"").decode(), record.value)
        numbers = consumer.partitions_for_topic(self._topic)
        if numbers is not None and len(numbers) != reading.partitions:
            raise KafkaError(f"{self._topic} has other partitions than before")
        self._hears.confirm(await reading.to_the_end_at())
        return bool(found)


class _Reading:
    """How far each partition is read, and since when it is known that this was its end."""

    def __init__(self, consumer: Untyped, places: Collection[KafkaPartition]) -> None:
        self._consumer = consumer
        self._answers: dict[KafkaPartition, tuple[int, float]] = {}
        self._ends = dict.fromkeys(places, float("-inf"))
        self._looked = time.monotonic()

    @property
    def partitions(self) -> int:
        """How many are read."""
        return len(self._ends)

    async def to_the_end_at(self) -> float:
        """When all partitions had been read to their ends, or a little earlier; to be called after each read.

        An answer of the broker is taken to have come when this was last called: aiokafka tells its time by a clock
        that may be set, so it serves only to tell answers apart.
        """
        looked = time.monotonic()
        for place in self._ends:
            answered, end = self._consumer.last_poll_timestamp(place), self._consumer.highwater(place)
            if answered is None:
                continue
            known = self._answers.get(place)
            if known is None or known[0] != answered:
                known = self._answers[place] = (answered, self._looked)
            if await self._consumer.position(place) >= end:
                self._ends[place] = known[1]
        self._looked = looked
        return min(self._ends.values())
