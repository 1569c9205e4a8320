"""Which partition a key belongs to: murmur2, as Kafka's own clients choose by default.

Source: org.apache.kafka.common.utils.Utils.murmur2 and BuiltInPartitioner.
"""

from __future__ import annotations

from functools import lru_cache
from struct import unpack_from

from chassis.records import Message

SLOTS = 256

_SEED = 0x9747B28C
_FACTOR = 0x5BD1E995
_WORD = 0xFFFFFFFF


@lru_cache(maxsize=262_144)
def slot(key: bytes) -> int:
    """A number from 0 to 255 for the key. Of n partitions, n a power of two up to 256, `slot % n` is the key's."""
    return (murmur2(key) & 0x7FFFFFFF) % SLOTS


def murmur2(key: bytes) -> int:
    """The key's hash, 32 bits without a sign. Word by word: the clients' own, byte by byte, take twice as long."""
    size = len(key)
    result = _SEED ^ size
    for word in unpack_from(f"<{size >> 2}I", key):
        mixed = word * _FACTOR & _WORD
        result = (result * _FACTOR ^ (mixed ^ mixed >> 24) * _FACTOR) & _WORD
    if size & 3:
        result = (result ^ int.from_bytes(key[size & ~3 :], "little")) * _FACTOR & _WORD
    result = (result ^ result >> 13) * _FACTOR & _WORD
    return result ^ result >> 15


def partition_of(key: bytes, partitions: int) -> int:
    """The partition of the key among `partitions`, a power of two from 1 to 256."""
    if partitions & (partitions - 1) or not 1 <= partitions <= SLOTS:
        raise ValueError(f"partition count must be a power of two from 1 to {SLOTS}, not {partitions}")
    return slot(key) % partitions


def slots_of(partition: int, partitions: int) -> list[int]:
    """The slots whose keys belong to the partition."""
    return list(range(partition, SLOTS, partitions))


def partition_for(message: Message, partitions: int) -> int:
    """The partition a message belongs to: the one it names, else its key's; one without a key belongs to partition 0.

    Raises ValueError for a partition that the topic does not have.
    """
    if message.partition is not None:
        if not 0 <= message.partition < partitions:
            raise ValueError(f"{message.topic} has {partitions} partitions, and no partition {message.partition}")
        return message.partition
    return 0 if message.key is None else partition_of(message.key, partitions)
