"""Which partition a key belongs to."""

from __future__ import annotations

from aiokafka.partitioner import murmur2 as aiokafka_murmur2
from hypothesis import example, given
from hypothesis import strategies as st
from kafka.partitioner.default import murmur2 as kafka_python_murmur2

from chassis.partitions import murmur2


@given(st.binary(max_size=80))
@example(b"")
@example(b"\xff" * 7)
def test_keys_are_hashed_as_other_clients_hash_them(key: bytes) -> None:
    assert murmur2(key) == aiokafka_murmur2(key) == kafka_python_murmur2(key)
