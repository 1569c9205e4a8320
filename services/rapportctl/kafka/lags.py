"""How far consumer groups are behind, and whether all is quiet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kafka import OffsetSpec, TopicPartition
from kafka.admin import KafkaAdminClient
from kafka.errors import CoordinatorLoadInProgressError, CoordinatorNotAvailableError


@dataclass(frozen=True, slots=True)
class Lag:
    """A group's place in a topic, over its partitions: records committed and records written."""

    group: str
    topic: str
    committed: int
    end: int

    @property
    def behind(self) -> int:
        """Records that the group has not finished."""
        return self.end - self.committed


def read_lags(admin: KafkaAdminClient, reads: Mapping[str, Sequence[str]]) -> list[Lag]:
    """The lag of each group on each topic that it reads (full names), with the committed offsets read before the ends.

    A group that has committed nothing of a partition counts as at its beginning.
    """
    partitions = partitions_of(admin, {topic for topics in reads.values() for topic in topics})
    committed = {group: _committed(admin, group) for group in reads}
    first = offsets(admin, partitions, OffsetSpec.EARLIEST)
    ends = offsets(admin, partitions, OffsetSpec.LATEST)
    found = []
    for group, topics in reads.items():
        for topic in topics:
            mine = [partition for partition in partitions if partition.topic == topic]
            done = sum(max(0, committed[group].get(place, first[place]) - first[place]) for place in mine)
            found.append(Lag(group, topic, done, sum(ends[place] - first[place] for place in mine)))
    return found


def read_ends(admin: KafkaAdminClient, topics: set[str]) -> dict[str, int]:
    """How many records were ever written to each of the topics (full names) that exist."""
    counts: dict[str, int] = {}
    for partition, end in offsets(admin, partitions_of(admin, topics), OffsetSpec.LATEST).items():
        counts[partition.topic] = counts.get(partition.topic, 0) + end
    return counts


def is_quiet(before: Sequence[Lag], after: Sequence[Lag]) -> bool:
    """Whether nothing was under way between two readings.

    Workers write before they commit: if every group had finished what was written at the first reading, and nothing
    more had been written by the second, then nobody had anything left that could lead to a write.
    """
    return all(lag.behind == 0 for lag in before) and [lag.end for lag in before] == [lag.end for lag in after]


def partitions_of(admin: KafkaAdminClient, topics: set[str]) -> list[TopicPartition]:
    """All partitions of the topics that exist, sorted."""
    existing = sorted(topics & set(admin.list_topics()))
    if not existing:
        return []
    return sorted(
        TopicPartition(described["name"], partition["partition_index"])
        for described in admin.describe_topics(existing)
        for partition in described["partitions"]
    )


def offsets(
    admin: KafkaAdminClient, partitions: Sequence[TopicPartition], spec: OffsetSpec
) -> dict[TopicPartition, int]:
    """The first or the next offset of each partition."""
    if not partitions:
        return {}
    found = admin.list_partition_offsets(dict.fromkeys(partitions, spec))
    return {partition: answer.offset for partition, answer in found.items()}


def _committed(admin: KafkaAdminClient, group: str) -> dict[TopicPartition, int]:
    try:
        answer = admin.list_group_offsets({group: None}).get(group, {})
    except (CoordinatorNotAvailableError, CoordinatorLoadInProgressError):
        return {}  # a broker on which no group has committed yet has no coordinator
    return {place: value.offset for place, value in answer.items() if value.offset >= 0}
