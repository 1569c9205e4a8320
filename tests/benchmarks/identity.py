"""The decider's rate: pieces of evidence per second in the domain, in the handler, and of a worker on a store."""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random

from chassis.clock import SystemClock
from chassis.dead_letters import DeadLetters
from chassis.main import GARBAGE_THRESHOLDS
from chassis.memory.broker import MemoryBroker
from chassis.memory.documents import MemoryCounter, MemoryDocuments
from chassis.records import Message, ReadRecord, TopicPartition
from chassis.service import WorkerContext
from chassis.settings import Settings
from identity_resolution import bootstrap
from identity_resolution.adapters.evidence import read_entry
from identity_resolution.application.decide import MOST_ENTRIES
from identity_resolution.config import identity_rules, make_keys, make_policy
from identity_resolution.domain.decide import decide
from identity_resolution.domain.evidence import Evidence
from identity_resolution.domain.staging import Entered, Staging
from localstack.catalog import WORKER, read_services
from localstack.places import Places
from localstack.stack import Stack
from localstack.topics import apply_topics
from rapport.identity.v1 import events_pb2 as pb
from rapportctl.deployment import Deployment
from rapportctl.kafka.lags import Lag, read_lags
from rapportctl.quiet import wait_until_quiet
from rapportctl.town import Town, TownSettings
from tests.benchmarks.load import send
from tests.benchmarks.usage import CpuMeter

EVIDENCE = "identity-evidence"
SERVICE = "identity-resolution"
PATIENCE_SECONDS = 600.0
ADMITTED_AT_ONCE = 10_000
SUGGESTED, MATCHED = 3.0, 14.0


@dataclass(frozen=True, slots=True)
class IdentityFigures:
    """How fast so many pieces of one kind were worked off, and where. `pieces` are those timed."""

    kind: str
    where: str
    pieces: int
    seconds: float
    cpu: dict[str, float] = field(default_factory=dict)
    """CPU microseconds per piece by process."""

    @property
    def rate(self) -> float:
        """Pieces per second."""
        return self.pieces / self.seconds


def newcomers(count: int, seed: int = 7) -> Iterator[pb.Evidence]:
    """New accounts, one after the other; each shows one identifier of its own, and every other one a second.

    Of these, two in three are shown by one account more: a third of all accounts joins an earlier one.
    """
    random = Random(seed)
    for number in range(count):
        keys = [f"cookie:h_{number:026d}"]
        if number % 2:
            keys.append(f"email:h_{random.randrange(count // 3):026d}")
        claims = [pb.IdentifierClaim(type=key.partition(":")[0], key=key) for key in keys]
        yield pb.Evidence(account_key=f"web_shop:{number:08d}", claims=claims, event_id=f"event-{number:08d}")


def likenesses(count: int, seed: int = 7) -> Iterator[pb.Evidence]:
    """New accounts, three to a person; two of them match their person's first one, and that one is perhaps another's.

    Six fields were compared.
    """
    random = Random(seed)
    for number in range(count):
        evidence = pb.Evidence(account_key=f"web_shop:{number:08d}", event_id=f"event-{number:08d}")
        place = number % 3
        other, weight = (number - place, MATCHED) if place else (random.randrange(number + 1), SUGGESTED)
        evidence.pairs.add(
            other_account_key=f"web_shop:{other:08d}",
            weight=weight,
            personal_weight=1.5,
            fields=[pb.FieldWeight(field=f"field_{n}", level="exact", weight=weight / 6) for n in range(6)],
            model_version="bench",
        )
        yield evidence


KINDS = {"new accounts with 1-2 identifiers": newcomers, "new accounts with a match or a suggestion": likenesses}


def measure_in_memory(count: int) -> list[IdentityFigures]:
    """The domain alone, and the handler with documents in memory, by kind of evidence; in CPU time."""
    settings = _settings()
    figures = []
    for kind, make in KINDS.items():
        records = _records(settings.topic(EVIDENCE), make(count))
        figures.append(IdentityFigures(kind, "domain", count, _domain(settings, records)))
        figures.append(
            IdentityFigures(kind, "handler, documents in memory", count, _handled(settings, records, MOST_ENTRIES))
        )
    return figures


def measure_admission(people: int) -> IdentityFigures:
    """The handler that admits interactions, with documents in memory: a default town's events; in CPU time."""
    settings = _settings()
    town = Town(TownSettings(people=people).ending_at(datetime.now(UTC)))
    topic = settings.topic("interactions")
    records = [
        ReadRecord(topic, 0, offset, 1_700_000_000_000 + offset, b"", event.payload())
        for offset, event in enumerate(town.events(tally=False))
    ]
    seconds = _handled(settings, records, ADMITTED_AT_ONCE)
    return IdentityFigures("events of a town", "admission, documents in memory", len(records), seconds)


def measure_worker(folder: Path, count: int) -> list[IdentityFigures]:
    """A worker on a real Kafka and a real store, both fresh for each kind of evidence, which is sent all at once."""
    (identity,) = [each for each in read_services(Places().services) if each.name == SERVICE]
    alone = replace(identity, roles=(WORKER,))
    figures = []
    for number, (kind, make) in enumerate(KINDS.items()):
        with Stack(folder / str(number), services=[alone], before_services=apply_topics) as stack:
            figures.append(_worked_off(kind, stack, list(make(count))))
    return figures


class _LogLag:
    """How far the decider is behind in the log of evidence."""

    def __init__(self, deployment: Deployment) -> None:
        self._deployment = deployment

    def lags(self) -> Sequence[Lag]:
        topic = self._deployment.settings.topic
        return read_lags(self._deployment.admin, {topic(SERVICE): [topic(EVIDENCE)]})


def _worked_off(kind: str, stack: Stack, evidence: Sequence[pb.Evidence]) -> IdentityFigures:
    """Have a worker decide; the time runs from its first batch's assignments to the last one's."""
    deployment = Deployment(stack.environment())
    topic = deployment.settings.topic(EVIDENCE)
    worker = stack.supervisor.process(f"{SERVICE}-{WORKER}")
    meter = CpuMeter({"worker": worker.pid, "store": stack.store.pid, "kafka": stack.kafka.pid})
    send(
        deployment.settings.kafka,
        [Message(topic, each.account_key.encode(), _entry(each), (), 0) for each in evidence],
    )
    wait_until_quiet(_LogLag(deployment), PATIENCE_SECONDS)
    cpu = {name: 1e6 * seconds / len(evidence) for name, seconds in meter.used().items()}
    with deployment.reader(deployment.topic("identity-assignments")) as reader:
        times = sorted(record.timestamp for record in reader.all())[MOST_ENTRIES - 1 :]
    where = f"worker, Kafka and {stack.addresses.store_kind}"
    return IdentityFigures(kind, where, len(times) - 1, (times[-1] - times[0]) / 1000, cpu)


def _records(topic: str, evidence: Iterator[pb.Evidence]) -> list[ReadRecord]:
    return [
        ReadRecord(topic, 0, offset, 1_700_000_000_000 + offset, each.account_key.encode(), _entry(each))
        for offset, each in enumerate(evidence)
    ]


def _entry(evidence: pb.Evidence) -> bytes:
    return pb.EvidenceEntry(evidence=evidence).SerializeToString()


def _domain(settings: Settings, records: Sequence[ReadRecord]) -> float:
    rules = identity_rules(settings).value
    policy = make_policy(rules, make_keys(rules, settings.pseudonym_key))
    entries = [read_entry(record) for record in records]
    staging = Staging()
    _collect_as_workers_do()
    began = time.process_time()
    for position, (record, entry) in enumerate(zip(records, entries, strict=True)):
        assert isinstance(entry, Evidence)
        decide(staging, entry, Entered(position, record.timestamp), policy)
        if position % MOST_ENTRIES == 0:
            staging.forget_changes()
    return time.process_time() - began


def _handled(settings: Settings, records: Sequence[ReadRecord], at_once: int) -> float:
    """Hand the records to the handler of their topic, over empty documents in memory; return the seconds."""
    stores: dict[str, MemoryDocuments] = {}
    broker, clock = MemoryBroker(), SystemClock(settings.clock_offset)
    context = WorkerContext(
        settings=settings,
        documents=lambda name: stores.setdefault(name, MemoryDocuments()),
        counter=MemoryCounter(),
        publisher=broker,
        dead_letters=DeadLetters(broker, settings.topic(f"dead-letters.{SERVICE}"), SERVICE, clock),
        clock=clock,
    )
    topic = records[0].topic
    (handler,) = [each for each in bootstrap.worker(context) if topic in each.topics]
    handler.assigned([TopicPartition(topic, 0)])
    _collect_as_workers_do()
    began = time.process_time()
    for start in range(0, len(records), at_once):
        handler.handle(records[start : start + at_once])
    return time.process_time() - began


def _collect_as_workers_do() -> None:
    """Leave what there is alone, and collect what comes as seldom as a worker does."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GARBAGE_THRESHOLDS)


def _settings() -> Settings:
    return Settings.from_environment(SERVICE, {"RAPPORT_PSEUDONYM_KEY": "a key for benchmarks only"})
