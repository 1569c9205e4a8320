"""Which offsets may be committed: those up to the first batch that is not released yet."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence

from chassis.records import Record, TopicPartition


class Batch:
    """Records of one partition that were fetched together. `arrived` is when, on the loop's clock."""

    __slots__ = ("arrived", "next_offset", "partition", "records", "released")

    def __init__(self, partition: TopicPartition, records: Sequence[Record], arrived: float = 0.0) -> None:
        self.partition = partition
        self.records = records
        self.next_offset = records[-1].offset + 1
        self.arrived = arrived
        self.released = False

    def __len__(self) -> int:
        return len(self.records)


class Ledger:
    """Batches in the order in which they were delivered, per partition. Not thread-safe.

    An offset stays due until the broker has confirmed its commit. Releases of batches from before a `forget` are
    ignored: those records are read again.
    """

    def __init__(self) -> None:
        self._open: dict[TopicPartition, deque[Batch]] = {}
        self._due: dict[TopicPartition, int] = {}
        self._confirmed: dict[TopicPartition, int] = {}

    def start(self, positions: Mapping[TopicPartition, int]) -> None:
        """Forget everything; the partitions are read from these offsets on."""
        self._open = {partition: deque() for partition in positions}
        self._due = {}
        self._confirmed = dict(positions)

    def forget(self) -> None:
        """Forget everything; nothing is being read."""
        self.start({})

    def deliver(self, batch: Batch) -> None:
        """Note a batch before it is handed on. Raises RuntimeError if its partition is not being read."""
        if batch.partition not in self._open:
            raise RuntimeError(f"a batch of {batch.partition}, which is not assigned")
        self._open[batch.partition].append(batch)

    def holds(self, batch: Batch) -> bool:
        """Whether the batch was delivered since the last `start` and is not finished."""
        return any(batch is other for other in self._open.get(batch.partition, ()))

    def release(self, batches: Iterable[Batch]) -> int:
        """Note that all effects of the batches are durable; returns how many were stale and therefore ignored."""
        stale = 0
        for batch in batches:
            batch.released = True
            if not self.holds(batch):
                stale += 1
                continue
            waiting = self._open[batch.partition]
            while waiting and waiting[0].released:
                self._due[batch.partition] = waiting.popleft().next_offset
        return stale

    def due(self) -> dict[TopicPartition, int]:
        """Return the offsets that may be committed and are not confirmed."""
        return dict(self._due)

    def confirm(self, offsets: Mapping[TopicPartition, int]) -> None:
        """Note that the broker has these offsets."""
        for partition, offset in offsets.items():
            if partition in self._open:
                self._confirmed[partition] = offset
            if self._due.get(partition) == offset:
                del self._due[partition]

    @property
    def confirmed(self) -> dict[TopicPartition, int]:
        """Where each partition would be read from after a crash, as far as is known here."""
        return dict(self._confirmed)

    @property
    def unfinished(self) -> bool:
        """Whether a batch is not released, or an offset not confirmed."""
        return bool(self._due) or any(self._open.values())
