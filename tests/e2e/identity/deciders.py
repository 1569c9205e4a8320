"""Two identity workers on a real Kafka and a real store: one decides, the other stands by. What tests do to them."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any, TypeVar

from pymongo import MongoClient

from chassis.clock import SystemClock
from chassis.dead_letters import DeadLetters
from chassis.memory.broker import MemoryBroker
from chassis.ports import Document
from chassis.records import Message, Record, TopicPartition
from chassis.service import WorkerContext
from chassis.settings import Settings
from chassis.store.connection import connect
from chassis.store.mongo import MongoCounter, MongoDocuments
from chassis.stream.producer import KafkaPublisher
from chassis.stream.settings import ProducerSettings, StreamSettings
from identity_resolution import bootstrap
from identity_resolution.adapters.collections import DECIDED
from localstack import Settings as StackSettings
from localstack import Stack, apply_topics
from localstack.catalog import WORKER, read_services
from localstack.places import Places
from localstack.process import Process
from rapport.identity.v1 import events_pb2 as pb
from rapportctl.deployment import Deployment
from rapportctl.kafka.lags import Lag, read_lags
from rapportctl.quiet import wait_until_quiet
from tests.e2e.identity.audit import Stored
from tests.e2e.identity.commander import Commander

SERVICE = "identity-resolution"
EVIDENCE = "identity-evidence"
FLUSH_SECONDS = "0.1"
DECIDES = "decide: 1 partitions assigned"
"""What a worker logs when the log of evidence becomes its own."""
QUIET_SECONDS = 90.0
SESSION_SECONDS = StreamSettings(bootstrap=(), group="").session_seconds
LONGEST_TAKEOVER_SECONDS = SESSION_SECONDS + 4.0
"""For the new one to be told and to begin, on a loaded machine; docs/benchmarks.md has what it takes in quiet."""
TAKEOVER_SECONDS = 25.0
REPLAYED_AT_ONCE = 3_000
COMMANDS_A_SECOND = 12

T = TypeVar("T")


class Deciders:
    """The workers, their log of evidence, and what they store."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.deployment = Deployment(stack.environment())
        self.settings = Settings.from_environment(SERVICE, stack.environment())
        self._client: MongoClient[Document] = MongoClient(self.settings.store_url)

    def close(self) -> None:
        """Close connections."""
        self.deployment.admin.close()
        self._client.close()

    # -- sending

    def publisher(self) -> KafkaPublisher:
        """A producer of its own."""
        return KafkaPublisher(ProducerSettings(bootstrap=self.settings.kafka))

    def message(self, entry: pb.EvidenceEntry) -> Message:
        """An entry as a record of the log."""
        key = entry.evidence.account_key or entry.command.request_id
        return Message(self.settings.topic(EVIDENCE), key.encode(), entry.SerializeToString(), (), 0)

    # -- looking

    def look(self, collection: str, ids: Collection[str]) -> dict[str, Document]:
        """The documents that there are among the ids."""
        found = self._client[self.settings.database][collection].find({"_id": {"$in": list(ids)}})
        return {document["_id"]: document for document in found}

    def stored(self, database: str = "") -> Stored:
        """All that was decided."""
        source = self._client[database or self.settings.database]
        return {name: {document["_id"]: document for document in source[name].find()} for name in DECIDED}

    def position(self) -> int:
        """How far in the log decisions reach."""
        journal = self.look("journal", ["journal"]).get("journal")
        return -1 if journal is None else int(journal["position"])

    def records(self, topic: str) -> Sequence[Record]:
        """All records of a topic."""
        with self.deployment.reader(self.deployment.topic(topic)) as reader:
            return list(reader.all())

    def lags(self) -> Sequence[Lag]:
        """How far the decider is behind in the log of evidence."""
        topic = self.settings.topic
        return read_lags(self.deployment.admin, {topic(SERVICE): [topic(EVIDENCE)]})

    def wait_until_decided(self) -> None:
        """Return when all of the log is decided."""
        wait_until_quiet(self, QUIET_SECONDS)

    # -- disturbing

    def decider(self) -> Process:
        """The process that has the log of evidence; waits until one has."""
        deadline = time.monotonic() + TAKEOVER_SECONDS
        while time.monotonic() < deadline:
            times = {name: _last_assigned(log) for name, log in self._logs().items()}
            process = self.stack.supervisor.process(max(times, key=lambda name: times[name]))
            if any(times.values()) and process.running:
                return process
            time.sleep(0.05)
        raise AssertionError(f"nobody decides within {TAKEOVER_SECONDS} s")

    def wait_for_decisions_beyond(self, position: int) -> None:
        """Return when something beyond the position is decided."""
        deadline = time.monotonic() + TAKEOVER_SECONDS
        while self.position() <= position:
            assert time.monotonic() < deadline, f"nothing beyond {position} decided within {TAKEOVER_SECONDS} s"
            time.sleep(0.02)

    def kill(self) -> float:
        """Kill the one that decides, by SIGKILL; return after how many seconds the next decision was made.

        Something must come into the log meanwhile.
        """
        process = self.decider()
        process.kill()
        began = time.monotonic()
        time.sleep(0.2)  # what the dead one had sent to the store arrives
        self.wait_for_decisions_beyond(self.position())
        return time.monotonic() - began

    def end(self) -> float:
        """As `kill`, by SIGTERM."""
        process = self.decider()
        pid = process.pid
        process.terminate()
        began = time.monotonic()
        while process.running and process.pid == pid:
            time.sleep(0.01)
        self.wait_for_decisions_beyond(self.position())
        return time.monotonic() - began

    def _logs(self) -> dict[str, Path]:
        return {status.name: status.log for status in self.stack.supervisor.statuses()}

    # -- deciding again

    def replayed(self, records: Iterable[Record]) -> Stored:
        """What the log decides from its beginning, under a database prefix of its own, in one process."""
        environment = {**self.stack.environment(), "RAPPORT_DATABASE_PREFIX": "replayed_"}
        settings = Settings.from_environment(SERVICE, environment)
        store = connect(settings.store_url, settings.database, "replayed")
        broker, clock = MemoryBroker(), SystemClock(settings.clock_offset)
        context = WorkerContext(
            settings=settings,
            documents=lambda name: MongoDocuments(store.collection(name), settings.store_read_chunk),
            counter=MongoCounter(store.collection("counters"), "generations"),
            publisher=broker,
            dead_letters=DeadLetters(broker, settings.topic(f"dead-letters.{SERVICE}"), SERVICE, clock),
            clock=clock,
        )
        topic = settings.topic(EVIDENCE)
        (handler,) = [each for each in bootstrap.worker(context) if topic in each.topics]
        handler.assigned([TopicPartition(topic, 0)])
        log = list(records)
        for start in range(0, len(log), REPLAYED_AT_ONCE):
            handler.handle(log[start : start + REPLAYED_AT_ONCE])
        store.close()
        return self.stored(settings.database)


class Senders:
    """Threads that send the evidence in parts, each with a producer of its own, and one more that sends commands.

    It takes so many seconds; leaving the block waits until all is sent.
    """

    def __init__(
        self, deciders: Deciders, parts: Sequence[Sequence[pb.Evidence]], commander: Commander, seconds: float
    ) -> None:
        self._deciders = deciders
        self._seconds = seconds
        self._failures: list[BaseException] = []
        evidence = [threading.Thread(target=self._run, args=(self._send_evidence, part)) for part in parts]
        self._threads = [*evidence, threading.Thread(target=self._run, args=(self._send_commands, commander))]

    def __enter__(self) -> None:
        self._began = time.monotonic()
        for thread in self._threads:
            thread.start()

    def __exit__(self, *_: object) -> None:
        for thread in self._threads:
            thread.join()
        if self._failures:
            raise self._failures[0]

    def _run(self, send: Callable[[KafkaPublisher, T], None], what: T) -> None:
        try:
            with self._deciders.publisher() as publisher:
                send(publisher, what)
        except BaseException as failure:  # noqa: BLE001 - raised where the threads are waited for
            self._failures.append(failure)

    def _send_evidence(self, publisher: KafkaPublisher, part: Sequence[pb.Evidence]) -> None:
        sent = 0
        random = Random(part[0].account_key)
        while sent < len(part):
            few = part[sent : sent + random.choice([1, 2, 5, 20])]
            publisher.publish([self._deciders.message(pb.EvidenceEntry(evidence=each)) for each in few])
            sent += len(few)
            self._rest_until(sent / len(part))

    def _send_commands(self, publisher: KafkaPublisher, commander: Commander) -> None:
        commands = int(self._seconds * COMMANDS_A_SECOND)
        for number in range(commands):
            self._rest_until(number / commands)
            publisher.publish([self._deciders.message(pb.EvidenceEntry(command=commander.command()))])

    def _rest_until(self, share: float) -> None:
        """Wait until this share of the time is over."""
        time.sleep(max(0.0, self._began + self._seconds * share - time.monotonic()))


@contextmanager
def running(folder: Path) -> Iterator[Deciders]:
    """Run them."""
    (identity,) = [each for each in read_services(Places().services) if each.name == SERVICE]
    settings = StackSettings.from_environment()
    settings = replace(settings, inherited={**settings.inherited, "RAPPORT_FLUSH_SECONDS": FLUSH_SECONDS})
    stack = Stack(
        folder,
        settings=settings,
        services=[replace(identity, roles=(WORKER,))],
        workers=2,
        before_services=apply_topics,
    )
    with stack:
        deciders = Deciders(stack)
        try:
            yield deciders
        finally:
            deciders.close()


def _last_assigned(log: Path) -> str:
    """When the worker last got the log of evidence; empty if it never did."""
    lines = [line for line in log.read_text(errors="replace").splitlines() if DECIDES in line]
    said: dict[str, Any] = json.loads(lines[-1]) if lines else {}
    return str(said.get("time", ""))
