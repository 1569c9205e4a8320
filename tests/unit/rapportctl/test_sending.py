"""Sending in batches: nothing lost, in order, and failures told."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable

import pytest

from chassis.errors import Unavailable
from chassis.memory.broker import MemoryBroker
from chassis.records import Message
from rapportctl.errors import RapportctlError
from rapportctl.kafka.sending import BATCH_BYTES, BATCH_RECORDS, Sender


class Batches:
    """A publisher that remembers the sizes of its batches."""

    def __init__(self) -> None:
        self.sizes: list[int] = []

    def publish(self, messages: Iterable[Message]) -> None:
        self.sizes.append(len(list(messages)))


class Stuck:
    """A publisher whose broker never answers."""

    def __init__(self) -> None:
        self.called = threading.Event()

    def publish(self, messages: Iterable[Message]) -> None:
        self.called.set()
        threading.Event().wait(30)


def test_all_is_acknowledged_when_the_sender_is_left_and_in_order() -> None:
    broker = MemoryBroker(partitions=1)
    with Sender(broker, "rapport.") as sender:
        for number in range(3 * BATCH_RECORDS + 7):
            sender.send("interactions", b"a", str(number).encode())
    values = [int(record.value or b"") for record in broker.records("rapport.interactions")]
    assert values == list(range(3 * BATCH_RECORDS + 7))
    assert sender.acknowledged == len(values)


def test_many_small_records_make_few_batches() -> None:
    publisher = Batches()
    with Sender(publisher, "") as sender:
        for _ in range(BATCH_RECORDS + 1):
            sender.send("t", b"k", b"v")
    assert publisher.sizes == [BATCH_RECORDS, 1]


def test_large_records_do_not_pile_up_in_memory() -> None:
    publisher = Batches()
    with Sender(publisher, "") as sender:
        for _ in range(10):
            sender.send("t", b"k", bytes(BATCH_BYTES // 4))
    assert max(publisher.sizes) <= 4


def test_what_was_collected_can_be_sent_before_a_pause() -> None:
    publisher = Batches()
    with Sender(publisher, "") as sender:
        sender.send("t", b"k", b"v")
        sender.hand_over()
        deadline = time.monotonic() + 5
        while not publisher.sizes and time.monotonic() < deadline:
            time.sleep(0.001)
        assert publisher.sizes == [1]


def test_a_broker_that_takes_nothing_is_told_in_a_sentence() -> None:
    class Away:
        def publish(self, messages: Iterable[Message]) -> None:
            raise Unavailable("the broker does not answer")

    with pytest.raises(RapportctlError, match="Kafka does not take records"), Sender(Away(), "") as sender:
        sender.send("t", b"k", b"v")


def test_whoever_gives_up_does_not_wait_for_the_broker() -> None:
    """Ctrl-C in an outage ends the command."""
    publisher, closed = Stuck(), threading.Event()
    started = time.monotonic()
    with pytest.raises(KeyboardInterrupt), Sender(publisher, "", closed.set) as sender:
        sender.send("t", b"k", b"v")
        sender.hand_over()
        assert publisher.called.wait(5)
        raise KeyboardInterrupt
    assert time.monotonic() - started < 5
    assert closed.is_set()
