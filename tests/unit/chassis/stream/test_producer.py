"""What the publisher does when a send fails for good, with a producer that fails as planted."""

from __future__ import annotations

import asyncio
import threading
import time
from typing import Any

import pytest
from aiokafka.errors import KafkaConnectionError, MessageSizeTooLargeError

from chassis.errors import InvalidRecord, Unavailable
from chassis.records import Message
from chassis.stream.producer import KafkaPublisher, SendFailed
from chassis.stream.settings import ProducerSettings


class Batch:
    """Takes three records."""

    def __init__(self) -> None:
        self.values: list[bytes | None] = []

    def append(self, *, key: bytes, value: bytes | None, timestamp: None, headers: list[Any]) -> object | None:
        if len(self.values) == 3:
            return None
        self.values.append(value)
        return self

    def close(self) -> None:
        pass


class Producer:
    """Delivers after a moment, later if `slow`; refuses batches with `poison`, and never answers for `mute`."""

    def __init__(self) -> None:
        self.delivered: list[tuple[int, bytes | None]] = []
        self.in_flight: dict[int, int] = {}
        self.most_in_flight = 0
        self.submitted = 0

    def create_batch(self) -> Batch:
        return Batch()

    async def partitions_for(self, topic: str) -> set[int]:
        if topic == "absent":
            await asyncio.sleep(60)
        return {0, 1}

    async def send_batch(self, batch: Batch, topic: str, *, partition: int) -> asyncio.Future[None]:
        self.submitted += 1
        return asyncio.ensure_future(self._deliver(batch, partition))

    async def _deliver(self, batch: Batch, partition: int) -> None:
        self.in_flight[partition] = self.in_flight.get(partition, 0) + 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight[partition])
        await asyncio.sleep(0.01)
        self.in_flight[partition] -= 1
        if b"slow" in batch.values:
            await asyncio.sleep(0.3)
        if b"poison" in batch.values:
            raise MessageSizeTooLargeError
        if b"mute" in batch.values:
            await asyncio.sleep(60)
        self.delivered += [(partition, value) for value in batch.values]

    async def stop(self) -> None:
        pass


class Publisher(KafkaPublisher):
    """A publisher over the producer above."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(ProducerSettings(bootstrap=("127.0.0.1:1",), **settings))
        self.producer = Producer()

    async def _connect(self) -> Any:
        return self.producer


def messages(*values: bytes, partition: int = 0) -> list[Message]:
    return [Message("out", b"k", value, partition=partition) for value in values]


def test_one_batch_of_a_partition_is_in_flight_at_a_time_and_order_is_kept() -> None:
    with Publisher() as publisher:
        values = [b"%d" % number for number in range(20)]
        publisher.publish(messages(*values) + messages(*values, partition=1))
        for partition in (0, 1):
            assert [value for where, value in publisher.producer.delivered if where == partition] == values
        assert publisher.producer.most_in_flight == 1


def test_nothing_is_sent_after_a_send_that_failed_for_good() -> None:
    publisher = Publisher()
    with pytest.raises(SendFailed, match="MessageSizeTooLargeError"):
        publisher.publish(messages(b"1", b"2", b"3", b"poison", b"5", b"6", b"7", b"8"))
    assert [value for _, value in publisher.producer.delivered] == [b"1", b"2", b"3"]
    with pytest.raises(SendFailed):
        publisher.publish(messages(b"9"))
    assert len(publisher.producer.delivered) == 3
    publisher.close()


def test_a_caller_who_waits_behind_the_failing_send_sends_nothing_either() -> None:
    publisher, raised = Publisher(), []
    publisher.publish(messages(b"0"))

    def behind() -> None:
        time.sleep(0.1)
        try:
            publisher.publish(messages(b"1"))
        except SendFailed as error:
            raised.append(error)

    thread = threading.Thread(target=behind)
    thread.start()
    with pytest.raises(SendFailed):
        publisher.publish(messages(b"slow", b"poison"))
    thread.join(5)
    assert len(raised) == 1
    assert [value for _, value in publisher.producer.delivered] == [b"0"]
    assert publisher.producer.submitted == 2
    publisher.close()


def test_a_send_without_an_answer_fails_when_its_time_is_over() -> None:
    publisher = Publisher(delivery_seconds=0.1)
    with pytest.raises(SendFailed, match="TimeoutError"):
        publisher.publish(messages(b"mute"))
    assert publisher.failure
    publisher.close()


def test_a_message_that_is_too_large_is_refused_before_anything_is_sent() -> None:
    with Publisher(message_bytes=1000) as publisher:
        with pytest.raises(InvalidRecord, match="TOO_LARGE"):
            publisher.publish(messages(b"small", b"x" * 1001))
        assert publisher.producer.delivered == []
        publisher.publish(messages(b"small"))


def test_a_topic_that_is_absent_makes_nothing_be_sent() -> None:
    with Publisher(metadata_seconds=0.1) as publisher:
        with pytest.raises(Unavailable, match="absent"):
            publisher.publish([*messages(b"1"), Message("absent", b"k", b"v")])
        assert publisher.producer.delivered == []
        publisher.publish(messages(b"1"))


def test_a_broker_that_is_away_at_the_first_send_can_be_tried_again() -> None:
    class Late(Publisher):
        attempts = 0

        async def _connect(self) -> Any:
            self.attempts += 1
            if self.attempts < 3:
                raise Unavailable("away") from KafkaConnectionError()
            return self.producer

    with Late() as publisher:
        for _ in range(2):
            with pytest.raises(Unavailable):
                publisher.publish(messages(b"1"))
        publisher.publish(messages(b"1"))
        assert len(publisher.producer.delivered) == 1


def test_publishing_nothing_needs_no_broker() -> None:
    KafkaPublisher(ProducerSettings(bootstrap=("127.0.0.1:1",))).publish([])


def test_a_partition_that_does_not_exist_is_refused() -> None:
    with Publisher() as publisher, pytest.raises(ValueError, match="no partition 7"):
        publisher.publish(messages(b"1", partition=7))
