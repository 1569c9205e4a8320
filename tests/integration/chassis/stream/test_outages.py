"""Broker outages and lost answers: each record is written once, in order, and workers go on by themselves."""

from __future__ import annotations

import asyncio
import struct
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import aiokafka
import pytest

from chassis.errors import Unavailable
from chassis.partitions import partition_of
from chassis.records import Message
from chassis.stream.producer import KafkaPublisher
from chassis.stream.settings import ProducerSettings
from localstack.broker import Kafka
from localstack.ports import free_port
from tests.integration.chassis.stream.proxy import LosingProxy
from tests.integration.chassis.stream.town import KEYS, Load, Town

pytestmark = pytest.mark.integration

PRODUCER_ID = struct.Struct(">8x4x4xbxxxx2x4x8x8xq")
"""A record batch's head as it lies in the log: the format version (2) and the producer's id."""


@pytest.fixture
def proxied(tmp_path: Path) -> Iterator[tuple[LosingProxy, Town]]:
    """Start a broker that is only known by the address of the proxy before it."""
    port = free_port()
    with LosingProxy(port) as proxy:
        address = f"127.0.0.1:{proxy.port}"
        with Kafka(tmp_path / "kafka", port=port, properties={"advertised.listeners": f"PLAINTEXT://{address}"}):
            town = Town(address, "t.")
            town.create("in")
            yield proxy, town


def test_an_answer_that_is_lost_makes_no_record_come_twice(proxied: tuple[LosingProxy, Town]) -> None:
    proxy, town = proxied
    with KafkaPublisher(ProducerSettings(bootstrap=(town.bootstrap,))) as publisher:
        for start in range(0, 5000, 1000):
            proxy.lose(2)
            publisher.publish(town.messages(start, 1000))
    assert proxy.lost == 10
    assert town.values("in") == _as_sent(5000)


def test_the_test_above_can_fail_a_producer_that_is_not_idempotent_repeats(proxied: tuple[LosingProxy, Town]) -> None:
    proxy, town = proxied

    async def send() -> None:
        async with aiokafka.AIOKafkaProducer(bootstrap_servers=town.bootstrap, acks="all") as producer:
            await producer.send_and_wait("t.in", b"-1", partition=0)
            proxy.lose(1)
            batch = producer.create_batch()
            for number in range(10):
                batch.append(key=b"k", value=b"%d" % number, timestamp=None)
            await (await producer.send_batch(batch, "t.in", partition=0))

    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, send()).result()
    assert town.values("in")[0] == [-1, *range(10), *range(10)]


def test_killing_the_broker_under_load_loses_and_repeats_nothing_that_is_published(own_kafka: Kafka) -> None:
    town = Town(own_kafka.bootstrap, "t.")
    town.create("in")
    with KafkaPublisher(ProducerSettings(bootstrap=(town.bootstrap,))) as publisher:
        load = Load(town, publisher, rate=20_000)
        for _ in range(2):
            time.sleep(0.7)
            own_kafka.kill()
            own_kafka.start()
        sent_at_restart = load.sent
        while load.sent < sent_at_restart + 2000:
            time.sleep(0.05)
        sent = load.end()
    assert town.values("in") == _as_sent(sent)


def test_every_batch_in_the_log_bears_the_id_of_an_idempotent_producer(own_kafka: Kafka) -> None:
    town = Town(own_kafka.bootstrap, "t.")
    town.create("in")
    with KafkaPublisher(ProducerSettings(bootstrap=(town.bootstrap,))) as publisher:
        publisher.publish(town.messages(0, 1000))
    own_kafka.stop()
    logs = sorted((own_kafka.home / "data").glob("t.in-*/*.log"))
    heads = [PRODUCER_ID.unpack_from(log.read_bytes()) for log in logs if log.stat().st_size]
    assert len(heads) == 4
    assert all(version == 2 and producer_id >= 0 for version, producer_id in heads)


def test_a_worker_outlives_its_broker(own_kafka: Kafka) -> None:
    town = Town(own_kafka.bootstrap, "t.")
    town.create("in", "out")
    with KafkaPublisher(ProducerSettings(bootstrap=(town.bootstrap,))) as publisher:
        load = Load(town, publisher, rate=5_000)
        worker = town.start("worker", settings={"watchdog_seconds": 4.0})
        worker.wait_handled(2000)
        own_kafka.kill()
        worker.wait_for("waiting: broker: the broker does not answer")
        own_kafka.start()
        before = worker.handled
        worker.wait_handled(before + 5000, seconds=30)
        sent = load.end()
    copied = town.copied(sent)
    assert copied.missing(sent) == 0
    assert copied.in_order
    assert worker.end()[0] == 0, worker.log
    town.close()


def test_a_worker_that_starts_before_its_broker_waits_for_it_and_may_be_ended_without_it(own_kafka: Kafka) -> None:
    town = Town(own_kafka.bootstrap, "t.")
    town.create("in", "out")
    own_kafka.stop()
    worker = town.start("worker")
    worker.wait_for("waiting: broker: the broker at 127.0.0.1")
    own_kafka.start()
    worker.wait_for("assigned 4")
    own_kafka.kill()
    status, seconds = worker.end()
    assert status == 0, worker.log
    assert seconds < 10


def test_a_publisher_without_a_broker_says_that_nothing_was_sent() -> None:
    with KafkaPublisher(ProducerSettings(bootstrap=(f"127.0.0.1:{free_port()}",))) as publisher:
        for _ in range(2):
            with pytest.raises(Unavailable, match="does not answer"):
                publisher.publish([Message("t.in", b"k", b"v")])


def _as_sent(count: int) -> list[list[int]]:
    """What the partitions of `in` hold if the records 0..count-1 came once each, in order."""
    partitions: list[list[int]] = [[], [], [], []]
    places = [partition_of(b"key-%d" % key, 4) for key in range(KEYS)]
    for number in range(count):
        partitions[places[number % KEYS]].append(number)
    return partitions
