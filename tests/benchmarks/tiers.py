"""What tiers cost: an event, a customer that is decided upon, and the clock when it changes very many at once."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from chassis.clock import ManualClock
from chassis.dead_letters import DeadLetters
from chassis.memory.broker import MemoryBroker
from chassis.memory.documents import MemoryCounter
from chassis.partitions import partition_of
from chassis.ports import Handler
from chassis.records import Message, ReadRecord, TopicPartition
from chassis.service import WorkerContext
from chassis.settings import Settings
from chassis.store.connection import connect
from chassis.store.mongo import MongoDocuments
from localstack.stack import Stack
from rapport.common.v1.common_pb2 import Money, Origin
from rapport.identity.v1.events_pb2 import AccountMembership, Customer
from rapport.interactions.v1.identified_interaction_pb2 import IdentifiedInteraction
from rapport.interactions.v1.interaction_pb2 import Account, Interaction, Purchase
from vip_tier.adapters.interactions import InteractionReader
from vip_tier.application.folding import TierFolding
from vip_tier.bootstrap import SERVICE
from vip_tier.config import DEFAULT_PROGRAMME, read_programmes
from vip_tier.domain.decide import decide
from vip_tier.domain.persona import Persona, Trade, take_in
from vip_tier.domain.situation import Situation

START = datetime(2026, 1, 1, tzinfo=UTC)
DAY_MS = 86_400_000
AT_ONCE = 10_000


@dataclass(frozen=True, slots=True)
class TierCost:
    """What was done so many times, and how long each took, in microseconds of this process and in all."""

    what: str
    number: int
    cpu: float
    elapsed: float


def measure_in_memory() -> list[TierCost]:
    """Folding, and deciding about customers with few orders and with many; no broker and no store."""
    programmes = read_programmes(DEFAULT_PROGRAMME)
    read, logic = InteractionReader(programmes.value), TierFolding()
    records = _purchases(range(20_000))

    def fold() -> None:
        for record in records:
            entry = read(record)
            assert entry is not None
            logic.fold(Persona(), entry)

    costs = [_cost("an event read and folded", len(records), fold)]
    for orders in (1, 10, 100, 1000):
        persona = Persona()
        for number in range(orders):
            at = int(START.timestamp() * 1000) + number * 3 * DAY_MS
            take_in(persona, Trade(f"e{number}", at, f"o{number}", "EUR", 4_000))
        now = int(START.timestamp() * 1000) + orders * 3 * DAY_MS
        situation = Situation("C", ("a",), {"a": persona}, {}, (), 1, None, 0, now)
        previous = decide(programmes.value, programmes.version, situation, None).holding
        times = max(5, 2_000 // orders)

        def again(here: Situation = situation, times: int = times, previous: object = previous) -> None:
            for _ in range(times):
                decide(programmes.value, programmes.version, here, previous)  # type: ignore[arg-type]

        costs.append(_cost(f"a customer with {orders} orders decided upon again", times, again))
    return costs


def measure_clock(stack: Stack, customers: int) -> list[TierCost]:
    """So many customers whose tiers end at the same moment, over a real store: sweeps, and what they tell."""
    clock, broker = ManualClock(START + timedelta(days=1)), MemoryBroker()
    settings = Settings.from_environment(SERVICE.name, {"RAPPORT_PSEUDONYM_KEY": "a key for benchmarks only"})
    store = connect(stack.store.url, settings.database, SERVICE.name)
    store.ensure_indexes(SERVICE.collections)
    context = WorkerContext(
        settings=settings,
        documents=lambda name: MongoDocuments(store.collection(name), stack.store.read_chunk or 1000),
        counter=MemoryCounter(),
        publisher=broker,
        dead_letters=DeadLetters(broker, "dead", SERVICE.name, clock),
        clock=clock,
    )
    fold, reconcile = SERVICE.worker(context)
    partitions = [TopicPartition(settings.topic("touched.vip-tier"), number) for number in range(settings.partitions)]
    for handler in (fold, reconcile):
        handler.assigned(partitions)
    numbers = [range(start, min(start + AT_ONCE, customers)) for start in range(0, customers, AT_ONCE)]
    costs = [
        _cost("an event folded, store included", customers, lambda: _all(fold, [_purchases(each) for each in numbers])),
        _cost("a customer enrolled, store included", customers,
              lambda: _all(reconcile, [_memberships(each, settings) for each in numbers])),
    ]  # fmt: skip
    for what, days in (("a tier warned of", 337), ("a grace started", 366), ("a tier lost", 396)):
        clock.set(START + timedelta(days=days))
        costs.append(
            _cost(f"{what} by the clock, store included", customers, lambda: _sweep(reconcile, broker, settings))
        )
    told = len(broker.records(settings.topic("tier-changes")))
    assert told == customers * 4, f"{told:,} changes of {customers:,} customers instead of four each"
    return costs


def costs_table(costs: Sequence[TierCost]) -> str:
    """The costs as Markdown."""
    rows = ["| tiers | measured | CPU µs each | µs each in all |", "|---|---|---|---|"]
    rows += [f"| {each.what} | {each.number:,} | {each.cpu:,.1f} | {each.elapsed:,.1f} |" for each in costs]
    return "\n".join(rows) + "\n"


def _sweep(reconcile: Handler, broker: MemoryBroker, settings: Settings) -> None:
    """Idle until nothing is due any more."""
    topic, before = settings.topic("tier-changes"), -1
    while (told := len(broker.records(topic))) != before:
        before = told
        reconcile.idle()


def _all(handler: Handler, batches: Sequence[Sequence[ReadRecord]]) -> None:
    for batch in batches:
        handler.handle(batch)


def _cost(what: str, number: int, do: object) -> TierCost:
    cpu, elapsed = time.process_time(), time.perf_counter()
    do()  # type: ignore[operator]
    return TierCost(what, number, *(1e6 * (now - then) / number for now, then in (
        (time.process_time(), cpu), (time.perf_counter(), elapsed))))  # fmt: skip


def _purchases(numbers: range) -> list[ReadRecord]:
    found = []
    for number in numbers:
        account = f"web_shop:{number}"
        interaction = Interaction(event_id=f"e{number}", account=Account(channel="web_shop", id=str(number)))
        interaction.occurred_at.FromDatetime(START)
        interaction.purchase.CopyFrom(
            Purchase(order_id=f"o{number}", total=Money(currency_code="EUR", minor_units=30_000))
        )
        place = partition_of(account.encode(), 4)
        value = IdentifiedInteraction(
            interaction=interaction,
            account_key=account,
            origin=Origin(epoch=1, topic="interactions", partition=place, offset=number),
        ).SerializeToString()
        found.append(ReadRecord("rapport.identified-interactions", place, number, 0, account.encode(), value))
    return found


def _memberships(numbers: range, settings: Settings) -> list[ReadRecord]:
    found = []
    for number in numbers:
        customer, account = f"C{number:07}", f"web_shop:{number}"
        member = AccountMembership(account_key=account, birth_id=customer)
        value = Customer(customer_id=customer, accounts=[member], version=1).SerializeToString()
        message = Message(settings.topic("customers"), customer.encode(), value)
        place = partition_of(customer.encode(), settings.partitions)
        found.append(ReadRecord(message.topic, place, number, 0, message.key, message.value))
    return found


def measure_tiers(folder: Path, customers: int) -> list[TierCost]:
    """All of it, with a store of its own in the folder."""
    with Stack(folder, services=()) as stack:
        return [*measure_in_memory(), *measure_clock(stack, customers)]
