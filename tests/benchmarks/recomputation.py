"""What it costs to compute everything anew when a trait is added: a worker of the profile over a real store."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice

from chassis.clock import ManualClock
from chassis.dead_letters import DeadLetters
from chassis.memory.broker import MemoryBroker
from chassis.memory.documents import MemoryCounter
from chassis.partitions import partition_of
from chassis.ports import Handler
from chassis.records import ReadRecord, TopicPartition
from chassis.service import ServerContext, WorkerContext
from chassis.settings import Settings
from chassis.store.connection import Store, connect
from chassis.store.mongo import MongoDocuments
from customer_profile.bootstrap import SERVICE
from localstack.stack import Stack
from rapport.common.v1.common_pb2 import Origin
from rapport.identity.v1.events_pb2 import AccountMembership, Assignment, Customer
from rapport.interactions.v1.identified_interaction_pb2 import IdentifiedInteraction
from rapport.profile.v1 import administration_pb2 as pb
from tests.benchmarks.people import customer_id, deeds

START = datetime(2026, 1, 10, 12, tzinfo=UTC)
AT_ONCE = 10_000
MOST_ROUNDS = 100_000
ANOTHER_TRAIT = "traits:\n  - trait: everything_30d\n    function: count\n    window_days: 30\n"


@dataclass(frozen=True, slots=True)
class RecomputationFigures:
    """So many interactions of so many customers, folded first, and then counted anew. Seconds for a million of them.

    `cpu` is of the worker's process; `fold` is what it takes to fold as many, which is what building anew would take.
    """

    customers: int
    interactions: int
    fold_seconds: float
    fold_cpu: float
    anew_seconds: float
    anew_cpu: float


def measure_recomputation(stack: Stack, customers: int) -> RecomputationFigures:
    """Fold what the customers did, promote rules with one trait more, and work until nothing is stale."""
    settings = Settings.from_environment(SERVICE.name, stack.environment())
    store = connect(stack.store.url, settings.database, SERVICE.name)
    store.ensure_indexes(SERVICE.collections)
    clock, broker = ManualClock(START + timedelta(days=1)), MemoryBroker(partitions=settings.partitions)
    handlers = SERVICE.worker(_context(settings, store, stack, clock, broker))
    for handler in handlers:
        handler.assigned([TopicPartition(topic, n) for topic in handler.topics for n in range(settings.partitions)])
    fold, reconcile = handlers
    interactions = _interactions(settings, customers)
    told = len(interactions)
    fold_seconds, fold_cpu = _timed(lambda: _all(fold, iter(interactions)))
    _all(fold, _assignments(settings, customers))
    _all(reconcile, _memberships(settings, customers))
    administration = _administration(settings, store, stack, clock, broker)
    _promote(administration)
    anew = _timed(lambda: _until_done(administration, handlers, broker, settings, clock))
    million = 1e6 / told
    return RecomputationFigures(
        customers, told, fold_seconds * million, fold_cpu * million, anew[0] * million, anew[1] * million
    )


def recomputation_table(figures: RecomputationFigures) -> str:
    """The figures as Markdown."""
    rows = [
        "| a million interactions | seconds | CPU seconds of the worker |",
        "|---|---|---|",
        f"| folded for the first time | {figures.fold_seconds:,.0f} | {figures.fold_cpu:,.0f} |",
        f"| counted anew, records included | {figures.anew_seconds:,.0f} | {figures.anew_cpu:,.0f} |",
        f"\n({figures.interactions:,} interactions of {figures.customers:,} customers were measured.)\n",
    ]
    return "\n".join(rows)


def _until_done(
    administration: object, handlers: Sequence[Handler], broker: MemoryBroker, settings: Settings, clock: ManualClock
) -> None:
    """Let seconds pass, and reconcile who is touched, until nothing is stale any more."""
    topic = settings.topic(f"touched.{SERVICE.name}")
    read: Counter[int] = Counter()
    for _ in range(MOST_ROUNDS):
        clock.advance(timedelta(seconds=1))
        for handler in handlers:
            handler.idle()
        touched = [each for each in broker.records(topic) if each.offset >= read[each.partition]]
        if touched:
            handlers[1].handle(touched)
            read.update(each.partition for each in touched)
        elif administration.get_recomputation(pb.GetRecomputationRequest(), None).done:  # type: ignore[attr-defined]
            return
    raise RuntimeError("computing anew does not end")


def _promote(administration: object) -> None:
    rules = administration.get_rules(pb.GetRulesRequest(), None)  # type: ignore[attr-defined]
    text = rules.text.replace("traits:\n", ANOTHER_TRAIT, 1)
    request = pb.PromoteRulesRequest(text=text, expected_version=rules.version, owner="bench", reason="one trait more")
    administration.promote_rules(request, None)  # type: ignore[attr-defined]


def _context(settings: Settings, store: Store, stack: Stack, clock: ManualClock, broker: MemoryBroker) -> WorkerContext:
    return WorkerContext(
        settings=settings,
        documents=lambda name: MongoDocuments(store.collection(name), stack.store.read_chunk or 1000),
        counter=MemoryCounter(),
        publisher=broker,
        dead_letters=DeadLetters(broker, "dead", SERVICE.name, clock),
        clock=clock,
    )


def _administration(settings: Settings, store: Store, stack: Stack, clock: ManualClock, broker: MemoryBroker) -> object:
    context = ServerContext(
        settings=settings,
        documents=lambda name: MongoDocuments(store.collection(name), stack.store.read_chunk or 1000),
        clock=clock,
        callers=dict.fromkeys(SERVICE.calls),
        publisher=broker,
    )
    served = {descriptor.name: implementation for descriptor, implementation in SERVICE.server(context)}
    return served["ProfileAdministrationService"]


def _all(handler: Handler, records: Iterator[ReadRecord]) -> None:
    while batch := list(islice(records, AT_ONCE)):
        handler.handle(batch)


def _timed(do: object) -> tuple[float, float]:
    """Seconds that it took, and CPU seconds of this process."""
    elapsed, cpu = time.perf_counter(), time.process_time()
    do()  # type: ignore[operator]
    return time.perf_counter() - elapsed, time.process_time() - cpu


def _record(topic: str, key: str, value: bytes, offset: int, settings: Settings) -> ReadRecord:
    return ReadRecord(topic, partition_of(key.encode(), settings.partitions), offset, 0, key.encode(), value)


def _interactions(settings: Settings, customers: int) -> list[ReadRecord]:
    topic = settings.topic("identified-interactions")
    found: list[ReadRecord] = []
    for number in range(customers):
        for each in deeds(number):
            account, offset = f"{each.account.channel}:{each.account.id}", len(found)
            place = partition_of(account.encode(), settings.partitions)
            origin = Origin(epoch=1, topic="interactions", partition=place, offset=offset)
            told = IdentifiedInteraction(interaction=each, account_key=account, origin=origin)
            found.append(_record(topic, account, told.SerializeToString(), offset, settings))
    return found


def _accounts(number: int) -> list[str]:
    return sorted({f"{each.account.channel}:{each.account.id}" for each in deeds(number)})


def _assignments(settings: Settings, customers: int) -> Iterator[ReadRecord]:
    topic = settings.topic("identity-assignments")
    for number in range(customers):
        for account in _accounts(number):
            told = Assignment(account_key=account, customer_id=customer_id(number), version=1)
            yield _record(topic, account, told.SerializeToString(), number, settings)


def _memberships(settings: Settings, customers: int) -> Iterator[ReadRecord]:
    topic = settings.topic("customers")
    for number in range(customers):
        id_ = customer_id(number)
        members = [AccountMembership(account_key=account, birth_id=id_) for account in _accounts(number)]
        told = Customer(customer_id=id_, accounts=members, version=1)
        yield _record(topic, id_, told.SerializeToString(), number, settings)
