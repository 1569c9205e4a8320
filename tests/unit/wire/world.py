"""A service with results over adapters in memory, and what identity resolution sends to every such service.

Each of them adds its own part: the interactions that it folds, and what it publishes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, ClassVar, TypeVar

from google.protobuf.timestamp_pb2 import Timestamp

from chassis.clock import ManualClock
from chassis.dead_letters import DeadLetters
from chassis.memory.broker import MemoryBroker
from chassis.memory.documents import MemoryCounter, MemoryDocuments
from chassis.memory.runner import Crash, MemoryRunner
from chassis.partitions import partition_of
from chassis.ports import Handler
from chassis.records import Message
from chassis.service import ServerContext, Service, WorkerContext
from chassis.settings import Settings
from rapport.common.v1.common_pb2 import Origin
from rapport.identity.v1.events_pb2 import (
    CUSTOMER_STATE_LIVE,
    CUSTOMER_STATE_MERGED,
    AccountMembership,
    Assignment,
    Customer,
)
from rapport.interactions.v1.identified_interaction_pb2 import IdentifiedInteraction
from rapport.interactions.v1.interaction_pb2 import Account, Interaction

START = datetime(2026, 1, 1, tzinfo=UTC)
JOE, JOE_SHOP, ANN = "instagram:joe", "web_shop:77", "tiktok:ann"
Wrap = Callable[[str, Any], Any]
M = TypeVar("M", bound=Any)


def settings_of(service: Service) -> Settings:
    """The service's settings where nothing is set."""
    return Settings.from_environment(service.name, {"RAPPORT_PSEUDONYM_KEY": "a key for tests only"})


def after(elapsed: timedelta) -> Timestamp:
    """A time of the tests."""
    stamp = Timestamp()
    stamp.FromDatetime(START + elapsed)
    return stamp


def days_after(days: float) -> Timestamp:
    """A time of the tests: days after the start, exact to the second."""
    return after(timedelta(seconds=round(days * 86400)))


def by_account(event_id: str, account: str, occurred_at: Timestamp, **fields: Any) -> Interaction:
    """An interaction of the account."""
    channel, _, id_ = account.partition(":")
    return Interaction(event_id=event_id, account=Account(channel=channel, id=id_), occurred_at=occurred_at, **fields)


@dataclass
class ResultsWorld:
    """What outlives a crash of the worker. `wrap` may put something between a handler and its ports.

    A service's own world says which service it is, and in which collections its personas and results are.
    """

    service: ClassVar[Service]
    settings: ClassVar[Settings]
    collections: ClassVar[tuple[str, str]]

    broker: MemoryBroker = field(default_factory=MemoryBroker)
    stores: dict[str, MemoryDocuments] = field(default_factory=lambda: defaultdict(MemoryDocuments))
    counter: MemoryCounter = field(default_factory=MemoryCounter)
    clock: ManualClock = field(default_factory=lambda: ManualClock(START))
    wrap: Wrap = lambda _, port: port
    versions: int = 0
    _offsets: dict[int, int] = field(default_factory=lambda: defaultdict(int))

    def handlers(self) -> Sequence[Handler]:
        """Handlers with empty memories, as a process that has just started has them."""
        publisher = self.wrap("publisher", self.broker)
        return self.service.worker(
            WorkerContext(
                settings=self.settings,
                documents=lambda name: self.wrap(name, self.stores[name]),
                counter=self.counter,
                publisher=publisher,
                dead_letters=DeadLetters(publisher, self._dead_letters, self.service.name, self.clock),
                clock=self.clock,
            )
        )

    def runner(self, **options: Any) -> MemoryRunner:
        """A worker of the service."""
        return MemoryRunner(self.broker, self.service.name, self.handlers(), **options)

    def settle(self, **options: Any) -> None:
        """Let a worker work until it is quiet."""
        self.runner(**options).run_until_quiet()

    def settle_through_crashes(self, runner: MemoryRunner) -> None:
        """Let the worker work until it is quiet, and start it anew each time that it dies."""
        while True:
            try:
                return runner.run_until_quiet()
            except Crash:
                runner.restart(self.handlers())

    def server_context(self, callers: Mapping[str, Any] | None = None) -> ServerContext:
        """What the server is made from."""
        return ServerContext(self.settings, lambda name: self.stores[name], self.clock, callers or {}, self.broker)

    def server(self, callers: Mapping[str, Any] | None = None) -> Any:
        """What answers the calls of the service's own API."""
        (_, implementation), *_ = self.service.server(self.server_context(callers))
        return implementation

    def interacted(self, *interactions: Interaction, topic: str = "identified-interactions") -> list[Message]:
        """Publish the interactions as identity resolution forwards them, in the order given; return the records."""
        messages = [self._identified(each, topic) for each in interactions]
        self.broker.publish(messages)
        return messages

    def belongs(self, customer: str, *accounts: str, absorbed: Sequence[str] = ()) -> None:
        """Publish that the customer holds these accounts and no others, as identity resolution would."""
        self.versions += 1
        version = self.versions
        for account in accounts:
            assignment = Assignment(account_key=account, customer_id=customer, version=version)
            self.publish("identity-assignments", account, assignment.SerializeToString())
        # The first account is the customer's anchor: the one whose birth id it bears.
        members = [
            AccountMembership(account_key=account, birth_id=customer if account == accounts[0] else f"{customer}+")
            for account in accounts
        ]
        self.publish(
            "customers",
            customer,
            Customer(
                customer_id=customer, state=CUSTOMER_STATE_LIVE, accounts=members, absorbed=absorbed, version=version
            ).SerializeToString(),
        )

    def merged(self, customer: str, into: str) -> None:
        """Publish that the customer's accounts belong to another customer now."""
        self.versions += 1
        closed = Customer(
            customer_id=customer, state=CUSTOMER_STATE_MERGED, merged_into=into, version=self.versions
        ).SerializeToString()
        self.publish("customers", customer, closed)

    def publish(self, topic: str, key: str, value: bytes) -> None:
        """Publish any record."""
        self.broker.publish([Message(self.settings.topic(topic), key.encode(), value)])

    def personas(self) -> dict[str, Any]:
        """The documents of personas, by account."""
        return self.stores[self.collections[0]].everything()

    def document(self, customer: str) -> dict[str, Any]:
        """The customer's result as the store has it."""
        return self.stores[self.collections[1]].load([customer])[customer]

    def everything(self) -> dict[str, dict[str, Any]]:
        """All documents, by collection."""
        return {name: store.everything() for name, store in self.stores.items()}

    def values(self, topic: str, customer: str) -> list[bytes]:
        """All that was published under the customer's key, oldest first."""
        records = self.broker.records(self.settings.topic(topic))
        return [record.value or b"" for record in records if record.key == customer.encode()]

    def dead_letters(self) -> list[tuple[str, bytes | None]]:
        """Reason and value of each dead letter."""
        records = self.broker.records(self._dead_letters)
        return [(dict(record.headers)["rapport-reason"].decode(), record.value) for record in records]

    @property
    def _dead_letters(self) -> str:
        return self.settings.topic(f"dead-letters.{self.service.name}")

    def _identified(self, each: Interaction, topic: str) -> Message:
        account = f"{each.account.channel}:{each.account.id}"
        partition = partition_of(account.encode(), self.settings.partitions)
        offset = self._offsets[partition]
        self._offsets[partition] += 1
        origin = Origin(epoch=1, topic="interactions", partition=partition, offset=offset)
        identified = IdentifiedInteraction(interaction=each, account_key=account, origin=origin)
        identified.admitted_at.FromDatetime(self.clock.now())
        return Message(self.settings.topic(topic), account.encode(), identified.SerializeToString())


def crashing(random: Random, share: float, most: int) -> Callable[[object], None]:
    """What raises `Crash` in so many of the calls, and no more often than `most`."""
    left = most

    def strike(_: object) -> None:
        nonlocal left
        if random.random() < share and left:
            left -= 1
            raise Crash

    return strike


def without_history(state: M, *more: str) -> M:
    """The state without versions and times of computation, and `more`: only what must not depend on history."""
    bare: M = type(state)()
    bare.CopyFrom(state)
    for name in ("version", "update_time", "membership_version", *more):
        bare.ClearField(name)
    return bare
