"""Publishing, simulating and tailing on a real broker."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from kafka import KafkaProducer, TopicPartition

from localstack.broker import Kafka
from rapportctl.deployment import Deployment
from rapportctl.errors import RapportctlError
from rapportctl.simulation import run as simulate
from rapportctl.town import Town, TownSettings
from tests.integration.rapportctl.conftest import Run

pytestmark = pytest.mark.integration

TOWN = TownSettings(people=200, seed=11, invalid_share=0.02)


def like(event_id: str, account: str = "s1") -> str:
    return json.dumps(
        {
            "eventId": event_id,
            "occurredAt": "2026-03-14T09:26:53Z",
            "account": {"channel": "store", "id": account},
            "like": {"postId": "p"},
        }
    )


def test_what_is_published_can_be_tailed(deployment: Deployment, run: Run) -> None:
    lines = "\n".join([like("e1"), "nonsense", like("e2", "s2"), like("e3", "s3")])
    assert run("publish", "-", stdin=lines).exit_code == 1
    shown = [json.loads(line) for line in run("tail", "interactions", "--format", "json").stdout.splitlines()]
    assert sorted(each["value"]["event_id"] for each in shown) == ["e1", "e2", "e3"]
    (one,) = run("tail", "interactions", "--key", "store:s2", "--format", "json").stdout.splitlines()
    assert json.loads(one)["value"]["event_id"] == "e2"
    newest = run("tail", "interactions", "--max", "1", "--format", "json").stdout.splitlines()
    assert len(newest) == 1


def test_every_event_of_a_town_arrives_once_and_in_order(deployment: Deployment) -> None:
    outcome = simulate(TOWN, deployment.interaction_sender())
    with deployment.reader(deployment.topic("interactions")) as reader:
        records = list(reader.all())
    assert len(records) == outcome.truth.totals.events
    assert sorted(record.value or b"" for record in records) == sorted(each.payload() for each in Town(TOWN).events())
    places = [(record.partition, record.offset) for record in records]
    assert len(set(places)) == len(places)


def test_a_key_lies_where_other_clients_would_put_it(deployment: Deployment, run: Run, topic_prefix: str) -> None:
    """Two producers that chose partitions differently would tear an account apart."""
    accounts = [f"s{number}" for number in range(50)]
    run("publish", "-", stdin="\n".join(like(f"mine-{each}", each) for each in accounts))
    producer = KafkaProducer(bootstrap_servers=list(deployment.settings.kafka))
    for each in accounts:
        producer.send(topic_prefix + "interactions", key=f"store:{each}".encode(), value=b"")
    producer.close()
    partitions: dict[bytes, set[int]] = {}
    with deployment.reader(deployment.topic("interactions")) as reader:
        for record in reader.all():
            partitions.setdefault(record.key or b"", set()).add(record.partition)
    assert len(partitions) == len(accounts)
    assert all(len(found) == 1 for found in partitions.values())


def test_a_rate_is_kept(deployment: Deployment) -> None:
    town = TownSettings(people=10, seed=1)
    events = Town(town).truth().totals.events
    started = time.monotonic()
    simulate(town, deployment.interaction_sender(), rate=events / 2)
    assert 1.8 < time.monotonic() - started < 6


def test_records_that_have_expired_are_passed_over(deployment: Deployment, run: Run, topic_prefix: str) -> None:
    run("publish", "-", stdin="\n".join(like(f"e{number}") for number in range(20)))
    with deployment.reader(deployment.topic("interactions")) as reader:
        partition = next(reader.all()).partition
        deployment.admin.delete_records({TopicPartition(topic_prefix + "interactions", partition): 15})
        assert len(list(reader.all())) == 5
        assert [record.offset for record in reader.newest(3)] == [17, 18, 19]
        assert reader.at(partition, 14) is None
        found = reader.at(partition, 15)
        assert found is not None
        assert found.offset == 15


def test_following_shows_what_comes_and_ends_with_ctrl_c(
    deployment: Deployment, environment: dict[str, str], run: Run, tmp_path: Path
) -> None:
    output = tmp_path / "output"
    with output.open("w") as file:
        follower = subprocess.Popen(
            [sys.executable, "-m", "rapportctl", "tail", "interactions", "--follow", "--format", "json"],
            env={**os.environ, **environment},
            stdout=file,
        )
    try:
        deadline = time.monotonic() + 30
        number = 0
        while not output.read_text() and time.monotonic() < deadline:
            number += 1
            run("publish", "-", stdin=like(f"e{number}"))
            time.sleep(0.2)
        assert json.loads(output.read_text().splitlines()[0])["value"]["event_id"].startswith("e")
        follower.send_signal(signal.SIGINT)
        assert follower.wait(10) == 0
    finally:
        follower.kill()
        follower.wait()


def test_without_a_broker_every_command_says_so_in_a_sentence(environment: dict[str, str]) -> None:
    away = Deployment({**environment, "RAPPORT_KAFKA": "127.0.0.1:1"})
    with pytest.raises(RapportctlError, match=r"no Kafka answers at 127\.0\.0\.1:1"):
        away.reader(away.topic("tiers"))
    with pytest.raises(RapportctlError, match="no Kafka answers"):
        away.lags()
    with pytest.raises(RapportctlError, match="Kafka does not take records"):
        simulate(TownSettings(people=1), away.interaction_sender())


def test_a_broker_that_comes_back_is_found_again(own_kafka: Kafka, environment: dict[str, str], run: Run) -> None:
    deployment = Deployment({**environment, "RAPPORT_KAFKA": own_kafka.bootstrap})
    assert deployment.lags() is not None
    own_kafka.stop()
    with pytest.raises(RapportctlError):
        deployment.lags()
    own_kafka.start()
    deadline = time.monotonic() + 30
    while True:
        try:
            deployment.lags()
            return
        except RapportctlError:
            assert time.monotonic() < deadline
            time.sleep(0.2)
