"""Throughput of the whole pipeline beside that of a bare one, on the same broker and store, one after the other."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from kafka import KafkaConsumer, TopicPartition
from pymongo import MongoClient

from localstack.stack import Stack
from localstack.topics import apply_topics
from rapportctl.deployment import Deployment
from rapportctl.quiet import wait_until_quiet
from tests.benchmarks import bare_worker
from tests.benchmarks.load import send, town_messages
from tests.benchmarks.usage import CpuMeter, StoreUse

RESULTS = ("customer-records", "advocacy-scores", "tiers", "tier-changes")
PATIENCE_SECONDS = 1800.0


@dataclass(frozen=True, slots=True)
class Measured:
    """One pipeline's figures. `seconds` from the first event written to Kafka to the last result written to Kafka."""

    name: str
    events: int
    seconds: float
    cpu: dict[str, float]
    store: StoreUse

    @property
    def rate(self) -> float:
        """Events per second."""
        return self.events / self.seconds


def measure_whole(stack: Stack, people: int) -> Measured:
    """A town through all four services."""
    deployment = Deployment(stack.environment())
    topic = deployment.settings.topic
    messages = town_messages(deployment, topic("interactions"), people)
    processes = {status.name: stack.supervisor.process(status.name).pid for status in stack.supervisor.statuses()}
    with _metered(stack, {name: pid for name, pid in processes.items() if name.endswith("worker")}) as figures:
        send(deployment.settings.kafka, messages)
        wait_until_quiet(deployment, PATIENCE_SECONDS)
    seconds = _span(deployment, [topic("interactions")], [topic(name) for name in RESULTS])
    return Measured("whole pipeline", len(messages), seconds, *figures())


def measure_bare(stack: Stack, people: int) -> Measured:
    """The same events through the bare pipeline."""
    deployment = Deployment(stack.environment())
    topic = deployment.settings.topic
    source, target = topic(bare_worker.IN), topic(bare_worker.OUT)
    partitions = deployment.settings.partitions
    deployment.admin.create_topics(
        {name: {"num_partitions": partitions} for name in (source, target)}, wait_for_metadata=True
    )
    messages = town_messages(deployment, source, people)
    with (stack.data / "bare.log").open("w") as log:
        worker = subprocess.Popen(
            [sys.executable, "-m", "tests.benchmarks.bare_worker"], env=stack.environment(), stderr=log, cwd=_root()
        )
        try:
            time.sleep(4.0)
            with _metered(stack, {"bare-worker": worker.pid}) as figures:
                send(deployment.settings.kafka, messages)
                _wait_for(deployment, target, len(messages), worker)
            seconds = _span(deployment, [source], [target])
        finally:
            worker.terminate()
            worker.wait(30)
    return Measured("bare pipeline", len(messages), seconds, *figures())


@contextmanager
def running_stack(folder: Path, *, with_services: bool) -> Iterator[Stack]:
    """A fresh stack in the folder."""
    services = None if with_services else ()
    with Stack(folder, services=services, before_services=apply_topics if with_services else None) as stack:
        yield stack


class _Figures:
    def __init__(self, meter: CpuMeter, client: MongoClient[dict[str, object]]) -> None:
        self._meter, self._client = meter, client
        self._before = StoreUse.read(client)
        self._final: tuple[dict[str, float], StoreUse] | None = None

    def stop(self) -> None:
        self._final = self._meter.used(), StoreUse.read(self._client).since(self._before)

    def __call__(self) -> tuple[dict[str, float], StoreUse]:
        assert self._final is not None
        return self._final


@contextmanager
def _metered(stack: Stack, pids: dict[str, int]) -> Iterator[_Figures]:
    client: MongoClient[dict[str, object]] = MongoClient(stack.store.url)
    figures = _Figures(CpuMeter({**pids, "kafka": stack.kafka.pid, "store": stack.store.pid}), client)
    yield figures
    figures.stop()
    client.close()


def _wait_for(deployment: Deployment, topic: str, count: int, worker: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    consumer = KafkaConsumer(bootstrap_servers=list(deployment.settings.kafka))
    places = [TopicPartition(topic, number) for number in range(deployment.settings.partitions)]
    while sum(consumer.end_offsets(places).values()) < count:
        if worker.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError("the bare worker did not finish; see bare.log")
        time.sleep(0.2)
    consumer.close()


def _span(deployment: Deployment, sources: Iterable[str], targets: Iterable[str]) -> float:
    """Seconds from the first record of the sources to the last of the targets, by the times in their log."""
    first = min(record for topic in sources for record in _times(deployment, topic, newest=False))
    last = max(record for topic in targets for record in _times(deployment, topic, newest=True))
    return (last - first) / 1000


def _times(deployment: Deployment, topic: str, *, newest: bool) -> Iterator[int]:
    """The time of the first, or of the last, record in each partition, in milliseconds."""
    consumer = KafkaConsumer(bootstrap_servers=list(deployment.settings.kafka))
    places = [TopicPartition(topic, number) for number in sorted(consumer.partitions_for_topic(topic))]
    firsts, ends = consumer.beginning_offsets(places), consumer.end_offsets(places)
    for place in places:
        if ends[place] == firsts[place]:
            continue
        consumer.assign([place])
        consumer.seek(place, ends[place] - 1 if newest else firsts[place])
        records: list[int] = []
        while not records:
            records = [record.timestamp for batch in consumer.poll(timeout_ms=500).values() for record in batch]
        yield records[-1] if newest else records[0]
    consumer.close()


def _root() -> Path:
    return Path(__file__).parents[2]
