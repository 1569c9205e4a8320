"""The broker, through what tests of faults do to it."""

from collections.abc import Callable
from pathlib import Path

import pytest
from kafka import KafkaConsumer, KafkaProducer
from kafka.admin import KafkaAdminClient, NewTopic

from localstack import Kafka, Places
from localstack.errors import NotInstalledError, PortTakenError, StartError

pytestmark = pytest.mark.integration


def make_topic(kafka: Kafka, name: str) -> None:
    admin = KafkaAdminClient(bootstrap_servers=kafka.bootstrap)
    admin.create_topics([NewTopic(name, num_partitions=1, replication_factor=1)])
    admin.close()


def send(kafka: Kafka, topic: str, values: list[bytes]) -> None:
    producer = KafkaProducer(bootstrap_servers=kafka.bootstrap, acks="all")
    for sent in [producer.send(topic, value) for value in values]:
        sent.get(timeout=20)
    producer.close()


def read(kafka: Kafka, topic: str, count: int) -> list[bytes]:
    consumer = KafkaConsumer(
        topic, bootstrap_servers=kafka.bootstrap, auto_offset_reset="earliest", consumer_timeout_ms=20_000
    )
    values = [message.value for _, message in zip(range(count), consumer, strict=False)]
    consumer.close()
    return values


def test_kill_9_loses_no_acknowledged_message(own_kafka: Kafka) -> None:
    """After SIGKILL and a restart at the same address, every acknowledged message is there."""
    values = [str(n).encode() for n in range(500)]
    make_topic(own_kafka, "kept")
    send(own_kafka, "kept", values)
    address, pid = own_kafka.bootstrap, own_kafka.pid

    own_kafka.kill()
    assert not own_kafka.healthy()
    own_kafka.restart()

    assert (own_kafka.bootstrap, own_kafka.pid == pid) == (address, False)
    assert read(own_kafka, "kept", 500) == values


def test_a_paused_broker_is_unhealthy_until_it_resumes(own_kafka: Kafka, wait_for: Callable[..., None]) -> None:
    """SIGSTOP leaves the port open but no answer, and health says so; SIGCONT brings the answer back."""
    own_kafka.pause()
    assert not own_kafka.healthy()
    assert own_kafka.running
    own_kafka.resume()
    wait_for(own_kafka.healthy)


def test_a_paused_broker_can_be_stopped(own_kafka: Kafka) -> None:
    """Stopping works on a frozen broker too."""
    own_kafka.pause()
    own_kafka.stop()
    assert not own_kafka.running


def test_another_object_on_the_same_data_has_the_same_address(tmp_path: Path) -> None:
    """The ports are remembered with the data."""
    with Kafka(tmp_path) as first:
        address = first.bootstrap
    with Kafka(tmp_path) as second:
        assert second.bootstrap == address


def test_a_start_that_fails_names_the_log_and_shows_its_end(tmp_path: Path) -> None:
    """A broker that ends while starting is reported with its log and what stands there."""
    kafka = Kafka(tmp_path, properties={"log.retention.hours": "many"})
    with pytest.raises(StartError, match=r"log\.retention\.hours") as raised:
        kafka.start()
    assert raised.value.log == kafka.log
    assert str(kafka.log) in str(raised.value)
    assert not kafka.running


def test_a_port_that_is_taken_is_refused(own_kafka: Kafka, tmp_path: Path) -> None:
    """A port that was asked for and is in use is an error, not another port."""
    with pytest.raises(PortTakenError, match=str(own_kafka.port)):
        Kafka(tmp_path / "second", port=own_kafka.port).start()


def test_without_setup_the_error_says_what_to_run(tmp_path: Path) -> None:
    """Where the jars are missing, the error names `make setup`."""
    with pytest.raises(NotInstalledError, match="make setup"):
        Kafka(tmp_path / "kafka", places=Places(local=tmp_path / "nothing-installed")).start()
