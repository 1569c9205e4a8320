"""A broker in memory: topics with partitions, committed offsets, owners of partitions. For tests and simulations."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping

from chassis.errors import Unavailable
from chassis.partitions import partition_for
from chassis.ports import Clock
from chassis.records import Message, ReadRecord, TopicPartition

FIRST_TIMESTAMP = 1_700_000_000_000


class MemoryBroker:
    """Implements `Publisher`, and keeps what a Kafka broker keeps. Not thread-safe: whoever tests with it is alone.

    A topic comes into being with its first use, with `partitions` partitions unless `create` says otherwise.
    `written` counts all records. Without a clock, timestamps count one millisecond per record from a fixed instant.
    """

    def __init__(self, clock: Clock | None = None, *, partitions: int = 4) -> None:
        self._clock = clock
        self._default_partitions = partitions
        self._logs: dict[str, list[list[ReadRecord]]] = {}
        self._committed: dict[str, dict[TopicPartition, int]] = defaultdict(dict)
        self._owners: dict[str, dict[TopicPartition, object]] = defaultdict(dict)
        self.written = 0
        self._failures = 0
        self._delivered_before_failure = 0

    def create(self, topic: str, partitions: int) -> None:
        """Create the topic. Raises ValueError if it exists with another partition count."""
        logs = self._logs.setdefault(topic, [[] for _ in range(partitions)])
        if len(logs) != partitions:
            raise ValueError(f"{topic} has {len(logs)} partitions, not {partitions}")

    def partitions(self, topic: str) -> list[TopicPartition]:
        """The partitions of the topic."""
        if topic not in self._logs:
            self.create(topic, self._default_partitions)
        return [TopicPartition(topic, number) for number in range(len(self._logs[topic]))]

    def publish(self, messages: Iterable[Message]) -> None:
        """Append the messages to their partitions, in order."""
        for message in messages:
            if self._failures:
                if not self._delivered_before_failure:
                    self._failures -= 1
                    raise Unavailable("the broker is away (planted)")
                self._delivered_before_failure -= 1
            self._append(message)

    def fail(self, times: int = 1, *, after: int = 0) -> None:
        """Plant an outage: deliver `after` more messages, then fail that many calls of `publish`."""
        self._failures = times
        self._delivered_before_failure = after

    def _append(self, message: Message) -> None:
        number = partition_for(message, len(self.partitions(message.topic)))
        log = self._logs[message.topic][number]
        now = FIRST_TIMESTAMP + self.written if self._clock is None else int(self._clock.now().timestamp() * 1000)
        log.append(ReadRecord(message.topic, number, len(log), now, message.key, message.value, tuple(message.headers)))
        self.written += 1

    def records(self, topic: str) -> list[ReadRecord]:
        """Every record of the topic: partition by partition, in order within each."""
        return [record for partition in self.partitions(topic) for record in self.read(partition, 0)]

    def read(self, partition: TopicPartition, offset: int, limit: int | None = None) -> list[ReadRecord]:
        """Up to `limit` records of the partition, from the offset on."""
        self.partitions(partition.topic)
        log = self._logs[partition.topic][partition.partition]
        return log[offset:] if limit is None else log[offset : offset + limit]

    def end(self, partition: TopicPartition) -> int:
        """The offset that the partition's next record will have."""
        self.partitions(partition.topic)
        return len(self._logs[partition.topic][partition.partition])

    def committed(self, group: str, partition: TopicPartition) -> int:
        """Where the group goes on reading the partition; 0 if it has committed nothing."""
        return self._committed[group].get(partition, 0)

    def lag(self, group: str, topic: str) -> int:
        """How many records of the topic the group has not committed yet."""
        return sum(self.end(partition) - self.committed(group, partition) for partition in self.partitions(topic))

    def claim(self, group: str, owner: object, partitions: Collection[TopicPartition]) -> None:
        """From now on the partitions are the owner's in this group: commits by others fail."""
        self._owners[group].update(dict.fromkeys(partitions, owner))

    def owns(self, group: str, owner: object, partition: TopicPartition) -> bool:
        """Whether the partition is the owner's."""
        return self._owners[group].get(partition) is owner

    def commit(self, group: str, owner: object, offsets: Mapping[TopicPartition, int]) -> bool:
        """Commit the offsets, or none of them and return False if one of the partitions is not the owner's."""
        if not all(self.owns(group, owner, partition) for partition in offsets):
            return False
        self._committed[group].update(offsets)
        return True

    def rewind(self, group: str, partition: TopicPartition, offset: int) -> None:
        """Set the committed offset back, as an operator may: what comes after it is read again."""
        self._committed[group][partition] = offset
