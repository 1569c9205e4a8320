"""Lag of real consumer groups, and dead letters on a real broker."""

from __future__ import annotations

import json

import pytest
from kafka import KafkaConsumer, TopicPartition
from kafka.structs import OffsetAndMetadata

from chassis.clock import SystemClock
from chassis.dead_letters import DeadLetters
from chassis.records import DeadLetter, ReadRecord
from chassis.stream.producer import KafkaPublisher
from chassis.stream.settings import ProducerSettings
from rapportctl.deployment import Deployment
from rapportctl.kafka.lags import Lag, is_quiet
from rapportctl.quiet import NotQuietError, wait_until_quiet
from tests.integration.rapportctl.conftest import Run

pytestmark = pytest.mark.integration


def lag_of(deployment: Deployment, service: str, topic: str) -> Lag:
    prefix = deployment.settings.topic_prefix
    (found,) = [lag for lag in deployment.lags() if (lag.group, lag.topic) == (prefix + service, prefix + topic)]
    return found


def commit(deployment: Deployment, service: str, topic: str, finished: int | None) -> None:
    """Commit that the group has finished so many records of each partition, or all."""
    prefix = deployment.settings.topic_prefix
    consumer = KafkaConsumer(
        bootstrap_servers=list(deployment.settings.kafka), group_id=prefix + service, enable_auto_commit=False
    )
    partitions = [TopicPartition(prefix + topic, number) for number in range(4)]
    consumer.assign(partitions)
    ends = consumer.end_offsets(partitions)
    offsets = {place: end if finished is None else min(finished, end) for place, end in ends.items()}
    consumer.commit({place: OffsetAndMetadata(offset, "", -1) for place, offset in offsets.items()})
    consumer.close()


def write(deployment: Deployment, topic: str, count: int) -> None:
    with deployment.sender() as sender:
        for number in range(count):
            sender.send(topic, f"store:{number}".encode(), b"")


def test_a_group_that_never_committed_is_at_the_beginning(deployment: Deployment) -> None:
    write(deployment, "interactions", 40)
    found = lag_of(deployment, "identity-resolution", "interactions")
    assert (found.committed, found.end, found.behind) == (0, 40, 40)


def test_lag_is_what_is_written_and_not_committed_over_all_partitions(deployment: Deployment) -> None:
    write(deployment, "interactions", 40)
    commit(deployment, "identity-resolution", "interactions", 1)
    assert lag_of(deployment, "identity-resolution", "interactions").behind == 36
    commit(deployment, "identity-resolution", "interactions", None)
    assert lag_of(deployment, "identity-resolution", "interactions").behind == 0


def test_nothing_is_quiet_until_every_group_has_finished(deployment: Deployment) -> None:
    assert wait_until_quiet(deployment, 10) < 10
    write(deployment, "customers", 8)
    with pytest.raises(NotQuietError) as caught:
        wait_until_quiet(deployment, 0.5)
    readers = {lag.group.removeprefix(deployment.settings.topic_prefix) for lag in caught.value.behind}
    assert readers == {"customer-profile", "advocacy-scoring", "vip-tier"}
    for service in readers:
        commit(deployment, service, "customers", None)
    assert wait_until_quiet(deployment, 10) < 10
    before = deployment.lags()
    write(deployment, "customers", 1)
    assert not is_quiet(before, deployment.lags())


def test_status_tells_rates_totals_and_that_nobody_serves(deployment: Deployment, run: Run) -> None:
    write(deployment, "interactions", 40)
    result = run("status", "--interval", "1s", "--format", "json")
    found = json.loads(result.stdout)
    assert (result.exit_code, found["serving"]) == (1, False)
    assert found["totals"]["interactions"] == 40
    assert {each["health"] for each in found["processes"]} <= {"no answer", "serving", "not serving"}
    (group,) = [each for each in found["groups"] if each["topic"].endswith(".interactions")]
    assert (group["behind"], group["written_per_second"]) == (40, 0)


def test_a_letter_goes_through_a_real_broker_and_back(deployment: Deployment, run: Run, topic_prefix: str) -> None:
    headers = (("ce_id", b"e-1"),)
    record = ReadRecord(topic_prefix + "interactions", 0, 5, 0, b"store:1", b"\x0a\x03e-1", headers)
    topic = f"{topic_prefix}dead-letters.identity-resolution"
    with KafkaPublisher(ProducerSettings(bootstrap=deployment.settings.kafka)) as publisher:
        letters = DeadLetters(publisher, topic, "identity-resolution", SystemClock())
        letters.send([DeadLetter(record, "NO_TIME", "occurred_at is missing")])
    (row,) = json.loads(run("dlq", "list", "--format", "json").stdout)
    assert (row["service"], row["reason"], row["count"]) == ("identity-resolution", "NO_TIME", 1)
    place = [str(row["partition"]), str(row["offset"])]
    shown = json.loads(run("dlq", "show", "identity-resolution", *place, "--reveal", "--format", "json").stdout)
    assert shown["value"] == {"event_id": "e-1"}
    assert json.loads(run("dlq", "replay", "identity-resolution", "--format", "json").stdout)["sent"] == 1
    with deployment.reader(deployment.topic("interactions")) as reader:
        (back,) = reader.all()
    assert (back.key, back.value, tuple(back.headers)) == (record.key, record.value, headers)
