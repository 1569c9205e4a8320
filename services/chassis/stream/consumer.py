"""Faust's consumer, made to deliver whole batches and to commit only what a handler has finished.

One Faust event is one batch: the records of one partition that were fetched together. What differs from stock Faust:

- Offsets are committed up to the first batch that is not released, and stay due until the broker confirms. Faust's own
  acknowledgements count for nothing: it also acknowledges what an agent skipped, or failed on.
- Before partitions are given back, delivery stops, queued batches are dropped, the batch in work may finish, and what
  is finished is committed.
- What was fetched before a change of the assignment is thrown away, and reading goes on from the commit.
- A handler that has enough waiting is not fetched for, and does not hold up the others.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Collection
from typing import Protocol

from faust.transport.drivers.aiokafka import Consumer
from faust.types import TP
from faust.types.tuples import ConsumerMessage

from chassis.records import TopicPartition
from chassis.stream.fetching import PASSING, FetchThread
from chassis.stream.ledger import Batch, Ledger
from chassis.stream.settings import StreamSettings
from chassis.stream.untyped import Untyped

PAUSE_SECONDS = 0.02
FETCH_SECONDS = 0.5
SHORT_FETCH_SECONDS = 0.05


class Intake(Protocol):
    """Whoever the batches go to."""

    def wants(self, topic: str) -> bool:
        """Whether records of the topic should be fetched now."""

    def assign(self, partitions: Collection[TopicPartition]) -> None:
        """These partitions are read from now on."""

    def drop(self) -> None:
        """Everything not in work will be read again."""

    def revoke(self) -> None:
        """No partition is read from now on, and everything not in work will be read again."""

    async def settle(self, seconds: float) -> None:
        """Return when nothing is in work, or after so many seconds."""


class BatchConsumer(Consumer):  # type: ignore[misc]
    """See the module. `intake` and `stream_settings` are set on the class that the transport uses."""

    logger = logging.getLogger("faust.worker")
    intake: Intake
    stream_settings: StreamSettings
    _thread: FetchThread

    def __init__(self, *args: Untyped, **kwargs: Untyped) -> None:
        self.ledger = Ledger()
        self._committing = asyncio.Lock()
        self._epoch = 0
        self._is_rewound = False
        self._is_settled = False
        self.is_assigned = False
        super().__init__(*args, **kwargs)

    def _new_consumer_thread(self) -> FetchThread:
        thread = FetchThread(self, loop=self.loop, beacon=self.beacon)
        thread.stream_settings = self.stream_settings
        return thread

    # -- delivery

    async def _drain_messages(self, fetcher: Untyped) -> None:
        """Fetch and deliver until the fetcher is stopped; the only place that does either."""
        while not (self.should_stop or fetcher.should_stop):
            try:
                await self._deliver_some()
            except self.consumer_stopped_errors:
                if self.app.should_stop:
                    return
                raise

    async def _deliver_some(self) -> None:
        if not self.flow_active:
            await self.wait(self.can_resume_flow)
            return
        if not self._is_rewound and not await self._rewind():
            await asyncio.sleep(PAUSE_SECONDS)
            return
        wanted = {tp for tp in self._active_partitions if self.intake.wants(tp.topic)}
        if not wanted:
            await asyncio.sleep(PAUSE_SECONDS)
            return
        epoch = self._epoch
        everyone = len(wanted) == len(self._active_partitions)
        fetched = await self._getmany(wanted, FETCH_SECONDS if everyone else SHORT_FETCH_SECONDS)
        async for message in self._messages(fetched, epoch):
            await self.wait_first(self.callback(message), self.suspend_flow.wait())
            if not self.flow_active:
                self._is_rewound = False  # the message may not have got through

    async def _messages(self, fetched: Untyped, epoch: int) -> AsyncIterator[ConsumerMessage]:
        """Make a Faust message of each partition's records, as long as the assignment is the one they came from."""
        for kafka_partition, records in fetched.items():
            if epoch != self._epoch or not self.flow_active:
                self._is_rewound = False
                return
            if records:
                tp = TP(kafka_partition.topic, kafka_partition.partition)
                batch = Batch(TopicPartition(*tp), records, self.loop.time())
                self.ledger.deliver(batch)
                last = records[-1]
                yield ConsumerMessage(
                    *(tp.topic, tp.partition, last.offset, last.timestamp / 1000.0, last.timestamp_type),
                    *((), None, batch, None, 0, 0, tp),
                    generation_id=self.app.consumer_generation_id,
                )

    async def _rewind(self) -> bool:
        """Go back to the commit, and forget what was delivered; False if it has to be tried again."""
        epoch = self._epoch
        try:
            positions = await self._thread.rewind()
        except (*PASSING, AssertionError) as error:
            self.log.warning("cannot go back to the committed offsets, will be tried again: %r", error)
            return False
        if epoch != self._epoch or not self.flow_active:
            return False
        self.app.flow_control.clear()
        self.intake.drop()
        self.ledger.start(positions)
        self._is_rewound = True
        return True

    def on_buffer_full(self, tp: TP) -> None:
        """Do nothing: `intake.wants` says whom to fetch for."""

    async def perform_seek(self) -> None:
        """Do nothing: after each change of the assignment, delivery goes back to the commit before it fetches."""

    # -- commits

    def ack(self, message: object) -> bool:
        """Ignore Faust's acknowledgements; batches are released through the ledger."""
        return False

    async def commit(self, topics: object = None, start_new_transaction: bool = True) -> bool:
        """Commit what is due; False if nothing was, or if it has to be tried again."""
        async with self._committing:
            due = self.ledger.due()
            if not due:
                return False
            confirmed = await self._thread.commit_offsets(due)
            self.ledger.confirm(confirmed)
            return len(confirmed) == len(due)

    async def force_commit(self, topics: object = None, start_new_transaction: bool = True) -> bool:
        """Do as `commit` does."""
        return await self.commit()

    # -- changes of the assignment

    async def settle(self) -> None:
        """Stop delivery, drop what is queued, let the batch in work finish, and commit."""
        if self._is_settled:
            return
        self._change()
        self.stop_flow()
        self.app.flow_control.suspend()
        self.app.flow_control.clear()
        self.intake.revoke()
        await self.intake.settle(self.stream_settings.settle_seconds)
        await self.commit()
        self._is_settled = True

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        """Settle before the partitions are anybody else's."""
        self.is_assigned = False
        if revoked and not self.app.should_stop:
            try:
                await self.settle()
            except PASSING as error:
                self.log.warning("not settled before partitions were revoked: %r", error)
        self._change()
        self.ledger.forget()
        await super().on_partitions_revoked(revoked)

    async def on_partitions_assigned(self, assigned: set[TP], generation_id: int = 0) -> None:
        """Tell the intake before anything is delivered."""
        self._change()
        self.ledger.forget()
        self.intake.assign({TopicPartition(*tp) for tp in assigned})
        await super().on_partitions_assigned(assigned, generation_id)
        self.is_assigned = True
        self._is_settled = False

    def _change(self) -> None:
        self._epoch += 1
        self._is_rewound = False

    async def wait_empty(self) -> None:
        """Settle; Faust calls it when it stops."""
        await self.settle()

    # -- for the watchdog

    async def ends(self) -> dict[TopicPartition, tuple[int, int]]:
        """Ask the broker where fetching stands and where each log ends."""
        return await self._thread.ends()

    async def verify_all_partitions_active(self) -> None:
        """Do nothing: the watchdog knows better what progress is."""
