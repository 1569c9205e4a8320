"""Which partition a key belongs to: murmur2, as Kafka's own clients choose by default.

Source: org.apache.kafka.common.utils.Utils.murmur2 and BuiltInPartitioner.
"""

from __future__ import annotations

from functools import lru_cache

from aiokafka.partitioner import murmur2

SLOTS = 256


@lru_cache(maxsize=262_144)
def slot(key: bytes) -> int:
    """A number from 0 to 255 for the key. Of n partitions, n a power of two up to 256, `slot % n` is the key's."""
    return int(murmur2(key) & 0x7FFFFFFF) % SLOTS


def partition_of(key: bytes, partitions: int) -> int:
    """The partition of the key among `partitions`, a power of two from 1 to 256."""
    if partitions & (partitions - 1) or not 1 <= partitions <= SLOTS:
        raise ValueError(f"partition count must be a power of two from 1 to {SLOTS}, not {partitions}")
    return slot(key) % partitions


def slots_of(partition: int, partitions: int) -> list[int]:
    """The slots whose keys belong to the partition."""
    return list(range(partition, SLOTS, partitions))
