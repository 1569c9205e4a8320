"""What broker and runner promise to handlers and publishers: the same in memory and on a real Kafka."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

import aiokafka
import kafka
import pytest
from aiokafka.partitioner import DefaultPartitioner as AiokafkaPartitioner
from kafka.admin import KafkaAdminClient, NewTopic
from kafka.partitioner.default import murmur2 as kafka_python_murmur2

from chassis.attempts import Patience
from chassis.errors import BreakerOpen, Conflict, Deposed, Unavailable
from chassis.health import Health
from chassis.memory.broker import MemoryBroker
from chassis.memory.runner import MemoryRunner
from chassis.partitions import partition_of
from chassis.ports import Handler, Publisher
from chassis.records import Message, Record, TopicPartition
from chassis.stream.producer import KafkaPublisher
from chassis.stream.settings import ProducerSettings, StreamSettings
from chassis.stream.worker import Worker

QUICK = Patience(unavailable=(0.01, 0.05), breaker=(0.01, 0.05), conflict=(0.001, 0.01))
KEYS = [b"", b"k", b"email:h_abc", *(b"key-%d" % number for number in range(300)), "ключ-鍵".encode()]


class Rig(Protocol):
    """A broker with what tests want of it."""

    @property
    def publisher(self) -> Publisher: ...

    def topic(self, name: str, partitions: int = 4) -> str: ...

    def read(self, topic: str, count: int) -> list[Record]: ...

    def run(self, group: str, handlers: Sequence[Handler], until: Callable[[], object]) -> bool:
        """Run a worker until the condition holds, and stop it; False if it ended by itself."""

    def committed(self, group: str, topic: str) -> dict[int, int]: ...


class MemoryRig:
    def __init__(self) -> None:
        self.broker = MemoryBroker()
        self.publisher = self.broker

    def topic(self, name: str, partitions: int = 4) -> str:
        self.broker.create(name, partitions)
        return name

    def read(self, topic: str, count: int) -> list[Record]:
        records: list[Record] = [*self.broker.records(topic)]
        assert len(records) == count
        return records

    def run(self, group: str, handlers: Sequence[Handler], until: Callable[[], object]) -> bool:
        try:
            MemoryRunner(self.broker, group, handlers).run_until_quiet()
        except Exception:  # noqa: BLE001 - the process would have ended
            return False
        assert until()
        return True

    def committed(self, group: str, topic: str) -> dict[int, int]:
        found = {p.partition: self.broker.committed(group, p) for p in self.broker.partitions(topic)}
        return {partition: offset for partition, offset in found.items() if offset}


class KafkaRig:
    def __init__(self, bootstrap: str, prefix: str) -> None:
        self.bootstrap = bootstrap
        self.prefix = prefix
        self.admin = KafkaAdminClient(bootstrap_servers=bootstrap)
        self.publisher = KafkaPublisher(ProducerSettings(bootstrap=(bootstrap,)))

    def close(self) -> None:
        self.publisher.close()
        self.admin.close()

    def topic(self, name: str, partitions: int = 4) -> str:
        self.admin.create_topics([NewTopic(self.prefix + name, partitions, 1)])
        return self.prefix + name

    def read(self, topic: str, count: int) -> list[Record]:
        consumer = kafka.KafkaConsumer(
            topic, bootstrap_servers=self.bootstrap, auto_offset_reset="earliest", consumer_timeout_ms=10_000
        )
        records = [record for _, record in zip(range(count), consumer, strict=False)]
        assert not any(consumer.poll(200).values()), "more records than expected"
        consumer.close()
        assert len(records) == count
        return sorted(records, key=lambda record: (record.partition, record.offset))

    def run(self, group: str, handlers: Sequence[Handler], until: Callable[[], object]) -> bool:
        settings = StreamSettings(
            bootstrap=(self.bootstrap,),
            group=self.prefix + group,
            flush_seconds=0.1,
            idle_seconds=0.2,
            commit_seconds=0.2,
            patience=QUICK,
        )

        async def main() -> bool:
            stop = asyncio.Event()
            worker = Worker("contract", handlers, settings, Health())
            running = asyncio.ensure_future(worker.run(stop))
            end = time.monotonic() + 30
            while not until() and not running.done():
                assert time.monotonic() < end, "it never came"
                await asyncio.sleep(0.02)
            ended_by_itself = running.done()
            stop.set()
            status = await running
            assert worker.is_clean
            return status == 0 and not ended_by_itself

        with ThreadPoolExecutor(1) as pool:
            return pool.submit(asyncio.run, main()).result()

    def committed(self, group: str, topic: str) -> dict[int, int]:
        consumer = kafka.KafkaConsumer(bootstrap_servers=self.bootstrap, group_id=self.prefix + group)
        found = {number: consumer.committed(kafka.TopicPartition(topic, number)) for number in range(4)}
        consumer.close()
        return {partition: offset for partition, offset in found.items() if offset}


@pytest.fixture(params=["memory", pytest.param("kafka", marks=pytest.mark.integration)])
def rig(request: pytest.FixtureRequest) -> Iterator[Rig]:
    if request.param == "memory":
        yield MemoryRig()
        return
    real = KafkaRig(request.getfixturevalue("kafka").bootstrap, request.getfixturevalue("topic_prefix"))
    yield real
    real.close()


class Noting:
    """A handler that notes what it gets; raises the errors planted, one per call."""

    def __init__(self, *topics: str, errors: Sequence[Exception] = ()) -> None:
        self.topics = topics
        self.errors = list(errors)
        self.calls: list[str] = []
        self.records: list[Record] = []
        self.partitions: set[TopicPartition] = set()
        self.threads: set[int] = set()

    def assigned(self, partitions: Collection[TopicPartition]) -> None:
        self.calls.append("assigned")
        self.partitions = set(partitions)

    def handle(self, records: Sequence[Record]) -> None:
        self.calls.append("handle")
        self.threads.add(threading.get_ident())
        if self.errors:
            raise self.errors.pop(0)
        self.records += records

    def idle(self) -> None:
        self.calls.append("idle")

    def reset(self) -> None:
        self.calls.append("reset")


def numbered(topic: str, count: int, keys: int = 20) -> list[Message]:
    return [Message(topic, b"key-%d" % (number % keys), b"%d" % number) for number in range(count)]


def by_partition(records: Sequence[Record]) -> Mapping[int, list[Record]]:
    found: dict[int, list[Record]] = {}
    for record in records:
        found.setdefault(record.partition, []).append(record)
    return found


# -- publishing


def test_records_of_one_key_stay_in_order(rig: Rig) -> None:
    topic = rig.topic("in")
    for start in range(0, 3000, 1000):
        rig.publisher.publish(numbered(topic, 3000)[start : start + 1000])
    for records in by_partition(rig.read(topic, 3000)).values():
        values = [int(record.value or b"") for record in records]
        assert values == sorted(values)
        assert [record.offset for record in records] == list(range(len(records)))


def test_a_key_belongs_to_the_partition_that_murmur2_says(rig: Rig) -> None:
    topic = rig.topic("in", 8)
    rig.publisher.publish([Message(topic, key, b"v") for key in KEYS])
    for record in rig.read(topic, len(KEYS)):
        assert record.key is not None
        assert record.partition == partition_of(record.key, 8)


@pytest.mark.parametrize("partitions", [1, 2, 4, 8, 64, 256])
def test_the_partition_is_what_other_clients_choose_by_default(partitions: int) -> None:
    everything = list(range(partitions))
    for key in KEYS:
        ours = partition_of(key, partitions)
        assert ours == (kafka_python_murmur2(key) & 0x7FFFFFFF) % partitions
        assert ours == AiokafkaPartitioner()(key, everything, everything)


@pytest.mark.integration
def test_other_clients_write_a_key_to_the_same_partition(request: pytest.FixtureRequest) -> None:
    rig = KafkaRig(request.getfixturevalue("kafka").bootstrap, request.getfixturevalue("topic_prefix"))
    topic = rig.topic("in", 8)
    rig.publisher.publish([Message(topic, key, b"ours") for key in KEYS])
    theirs = kafka.KafkaProducer(bootstrap_servers=rig.bootstrap)
    for key in KEYS:
        theirs.send(topic, key=key, value=b"kafka-python's")
    theirs.close()

    async def send_with_aiokafka() -> None:
        async with aiokafka.AIOKafkaProducer(bootstrap_servers=rig.bootstrap) as producer:
            for key in KEYS:
                await producer.send(topic, key=key, value=b"aiokafka's")

    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, send_with_aiokafka()).result()
    places: dict[bytes | None, set[int]] = {}
    for record in rig.read(topic, 3 * len(KEYS)):
        places.setdefault(record.key, set()).add(record.partition)
    rig.close()
    assert set(places) == set(KEYS)
    assert all(len(partitions) == 1 for partitions in places.values())


def test_a_partition_that_is_given_is_taken(rig: Rig) -> None:
    topic = rig.topic("in")
    rig.publisher.publish([Message(topic, b"k", b"v", partition=number) for number in range(4)])
    assert {record.partition for record in rig.read(topic, 4)} == {0, 1, 2, 3}


def test_a_partition_that_does_not_exist_is_refused(rig: Rig) -> None:
    topic = rig.topic("in")
    with pytest.raises(ValueError, match="no partition 4"):
        rig.publisher.publish([Message(topic, b"k", b"v", partition=4)])
    rig.read(topic, 0)


def test_headers_come_back_in_order_with_their_repeats(rig: Rig) -> None:
    topic = rig.topic("in")
    headers = [("ce_id", b"1"), ("empty", b""), ("twice", b"a"), ("twice", "ä".encode()), ("bytes", b"\xff\x00")]
    rig.publisher.publish([Message(topic, b"k", b"v", headers), Message(topic, b"k", b"v")])
    first, second = rig.read(topic, 2)
    assert list(first.headers) == headers
    assert list(second.headers) == []


def test_a_tombstone_is_a_record_without_a_value_and_not_an_empty_one(rig: Rig) -> None:
    topic = rig.topic("in")
    rig.publisher.publish([Message(topic, b"k", None), Message(topic, b"k", b"")])
    assert [record.value for record in rig.read(topic, 2)] == [None, b""]


def test_messages_to_several_topics_go_in_one_call(rig: Rig) -> None:
    one, two = rig.topic("one"), rig.topic("two", 1)
    rig.publisher.publish([*numbered(one, 100), *numbered(two, 100)])
    rig.read(one, 100)
    assert [record.value for record in rig.read(two, 100)] == [b"%d" % number for number in range(100)]


def test_publishing_nothing_is_allowed(rig: Rig) -> None:
    rig.publisher.publish([])


# -- handling


def test_a_handler_gets_every_record_of_its_topics_once_and_in_order(rig: Rig) -> None:
    one, two = rig.topic("one"), rig.topic("two")
    rig.publisher.publish([*numbered(one, 2000), *numbered(two, 1000)])
    handler = Noting(one, two)
    assert rig.run("group", [handler], lambda: len(handler.records) >= 3000)
    for topic, count in ((one, 2000), (two, 1000)):
        mine = [record for record in handler.records if record.topic == topic]
        assert len(mine) == count
        for records in by_partition(mine).values():
            assert [record.offset for record in records] == list(range(len(records)))


def test_a_record_comes_with_all_that_it_was_written_with(rig: Rig) -> None:
    topic = rig.topic("in")
    rig.publisher.publish([Message(topic, b"k", b"v", [("h", b"1")]), Message(topic, b"k", None)])
    handler = Noting(topic)
    assert rig.run("group", [handler], lambda: len(handler.records) >= 2)
    first, second = handler.records
    assert (first.topic, first.partition, first.offset) == (topic, partition_of(b"k", 4), 0)
    assert (first.key, first.value, list(first.headers)) == (b"k", b"v", [("h", b"1")])
    assert first.timestamp > 1_600_000_000_000
    assert (second.key, second.value, list(second.headers)) == (b"k", None, [])


def test_a_handler_learns_its_partitions_before_its_first_batch(rig: Rig) -> None:
    one, two = rig.topic("one"), rig.topic("two", 2)
    rig.publisher.publish(numbered(one, 10))
    handler = Noting(one, two)
    assert rig.run("group", [handler], lambda: handler.records)
    assert handler.calls[0] == "assigned"
    assert handler.partitions == {
        *(TopicPartition(one, n) for n in range(4)),
        *(TopicPartition(two, n) for n in (0, 1)),
    }


def test_a_handler_idles_when_there_is_nothing_to_read(rig: Rig) -> None:
    handler = Noting(rig.topic("in"))
    assert rig.run("group", [handler], lambda: "idle" in handler.calls)
    assert handler.calls[:2] == ["assigned", "idle"]


def test_what_was_handled_is_committed_and_does_not_come_again(rig: Rig) -> None:
    topic = rig.topic("in")
    rig.publisher.publish(numbered(topic, 500))
    first, second = Noting(topic), Noting(topic)
    assert rig.run("group", [first], lambda: len(first.records) >= 500)
    assert sum(rig.committed("group", topic).values()) == 500
    rig.publisher.publish(numbered(topic, 10))
    assert rig.run("group", [second], lambda: len(second.records) >= 10)
    assert len(second.records) == 10


def test_nothing_is_committed_while_handle_has_not_returned(rig: Rig) -> None:
    topic = rig.topic("in")
    rig.publisher.publish(numbered(topic, 100))

    class Looking(Noting):
        committed: Mapping[int, int] | None = None

        def handle(self, records: Sequence[Record]) -> None:
            if self.committed is None:
                time.sleep(0.5)
                self.committed = rig.committed("group", topic)
            super().handle(records)

    handler = Looking(topic)
    assert rig.run("group", [handler], lambda: len(handler.records) >= 100)
    assert handler.committed == {}


@pytest.mark.parametrize("error", [Deposed("by another"), ValueError("a defect")])
def test_a_final_error_ends_the_worker_and_the_next_one_gets_the_same_records(rig: Rig, error: Exception) -> None:
    topic = rig.topic("in")
    rig.publisher.publish(numbered(topic, 100))
    failing, next_one = Noting(topic, errors=[error]), Noting(topic)
    assert not rig.run("group", [failing], lambda: False)
    assert rig.committed("group", topic) == {}
    assert rig.run("group", [next_one], lambda: len(next_one.records) >= 100)
    assert len(next_one.records) == 100


@pytest.mark.parametrize("error", [Unavailable("store"), BreakerOpen("flood"), Conflict("lost")])
def test_a_passing_error_resets_the_handler_and_the_same_records_come_again(rig: Rig, error: Exception) -> None:
    topic = rig.topic("in")
    rig.publisher.publish(numbered(topic, 100))
    handler = Noting(topic, errors=[error] * 3)
    assert rig.run("group", [handler], lambda: len(handler.records) >= 100)
    calls = [call for call in handler.calls if call in ("handle", "reset")]
    assert calls[:7] == ["handle", "reset"] * 3 + ["handle"]
    assert len(handler.records) == 100


def test_two_handlers_of_one_worker_each_get_their_own_topics(rig: Rig) -> None:
    one, two = rig.topic("one"), rig.topic("two")
    rig.publisher.publish([*numbered(one, 100), *numbered(two, 50)])
    first, second = Noting(one), Noting(two)
    assert rig.run("group", [first, second], lambda: len(first.records) >= 100 and len(second.records) >= 50)
    assert {record.topic for record in first.records} == {one}
    assert {record.topic for record in second.records} == {two}


def test_groups_read_independently(rig: Rig) -> None:
    topic = rig.topic("in")
    rig.publisher.publish(numbered(topic, 100))
    for group in ("one", "two"):
        handler = Noting(topic)
        assert rig.run(group, [handler], lambda handler=handler: len(handler.records) >= 100)  # type: ignore[misc]
