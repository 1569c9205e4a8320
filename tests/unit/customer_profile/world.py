"""The profile over adapters in memory, and the messages that reach it: what others would send it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from google.protobuf.timestamp_pb2 import Timestamp

from chassis.clock import ManualClock
from chassis.dead_letters import DeadLetters
from chassis.memory.broker import MemoryBroker
from chassis.memory.documents import MemoryCounter, MemoryDocuments
from chassis.memory.runner import MemoryRunner
from chassis.partitions import partition_of
from chassis.ports import Handler
from chassis.records import Message
from chassis.service import ServerContext, WorkerContext
from chassis.settings import Settings
from customer_profile import bootstrap
from customer_profile.adapters.documents import PERSONAS, RECORDS, TIMELINE
from rapport.common.v1.common_pb2 import Money, Origin
from rapport.identity.v1.events_pb2 import (
    CUSTOMER_STATE_LIVE,
    CUSTOMER_STATE_MERGED,
    AccountMembership,
    Assignment,
    Customer,
)
from rapport.interactions.v1.identified_interaction_pb2 import IdentifiedInteraction
from rapport.interactions.v1.interaction_pb2 import (
    Account,
    AccountFigures,
    Comment,
    Identifier,
    Interaction,
    Observation,
    Purchase,
    PurchaseReturn,
)
from rapport.profile.v1.profile_pb2 import CustomerRecord

START = datetime(2026, 1, 1, tzinfo=UTC)
SETTINGS = Settings.from_environment("customer-profile", {"RAPPORT_PSEUDONYM_KEY": "a key for tests only"})
Wrap = Callable[[str, Any], Any]


def at(minutes: float) -> Timestamp:
    """A time of the tests: minutes after the start."""
    stamp = Timestamp()
    stamp.FromDatetime(START + timedelta(minutes=minutes))
    return stamp


def interaction(event_id: str, account: str = "instagram:joe", minutes: float = 0, **fields: Any) -> Interaction:
    """An interaction of the account; a comment, unless the fields name another kind."""
    channel, _, id_ = account.partition(":")
    kinds = {each.name for each in Interaction.DESCRIPTOR.oneofs_by_name["kind"].fields}
    if not kinds & fields.keys():
        fields["comment"] = Comment(post_id="p1")
    fields.setdefault("source", "test")
    return Interaction(event_id=event_id, account=Account(channel=channel, id=id_), occurred_at=at(minutes), **fields)


def purchase(
    event_id: str, account: str, minutes: float, order_id: str, cents: int, *, currency: str = "EUR", **fields: Any
) -> Interaction:
    """A purchase in the web shop."""
    fields.setdefault("source", 1)
    total = Money(currency_code=currency, minor_units=cents)
    return interaction(event_id, account, minutes, purchase=Purchase(order_id=order_id, total=total, **fields))


def returned(event_id: str, account: str, minutes: float, return_id: str, cents: int) -> Interaction:
    """Goods given back."""
    total = Money(currency_code="EUR", minor_units=cents)
    return interaction(event_id, account, minutes, purchase_return=PurchaseReturn(return_id=return_id, total=total))


def observation(event_id: str, account: str, minutes: float, source: str = "form", **details: Any) -> Interaction:
    """A person's details as a source tells them."""
    return interaction(event_id, account, minutes, observation=Observation(**details), source=source)


def identifier(type_: str, value: str) -> Identifier:
    """A claim of a source."""
    return Identifier(type=type_, value=value)


def followers(count: int) -> AccountFigures:
    """The account's public figures."""
    return AccountFigures(followers=count)


@dataclass
class World:
    """What outlives a crash of the worker. `wrap` may put something between a handler and its ports."""

    broker: MemoryBroker = field(default_factory=MemoryBroker)
    stores: dict[str, MemoryDocuments] = field(default_factory=lambda: defaultdict(MemoryDocuments))
    counter: MemoryCounter = field(default_factory=MemoryCounter)
    clock: ManualClock = field(default_factory=lambda: ManualClock(START))
    wrap: Wrap = lambda _, port: port
    _offsets: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    _versions: int = 0

    def handlers(self) -> Sequence[Handler]:
        """Handlers with empty memories, as a process that has just started has them."""
        publisher = self.wrap("publisher", self.broker)
        return bootstrap.worker(
            WorkerContext(
                settings=SETTINGS,
                documents=lambda name: self.wrap(name, self.stores[name]),
                counter=self.counter,
                publisher=publisher,
                dead_letters=DeadLetters(
                    publisher, SETTINGS.topic("dead-letters.customer-profile"), "customer-profile", self.clock
                ),
                clock=self.clock,
            )
        )

    def runner(self, **options: Any) -> MemoryRunner:
        """A worker of the service."""
        return MemoryRunner(self.broker, "customer-profile", self.handlers(), **options)

    def settle(self, **options: Any) -> None:
        """Let a worker work until it is quiet."""
        self.runner(**options).run_until_quiet()

    def server_context(self, callers: Mapping[str, Any] | None = None) -> ServerContext:
        """What the server is made from."""
        return ServerContext(SETTINGS, lambda name: self.stores[name], self.clock, callers or {})

    def interacted(self, *interactions: Interaction, topic: str = "identified-interactions") -> list[Message]:
        """Publish the interactions as identity resolution forwards them, in the order given; return the records."""
        messages = [self._identified(each, topic) for each in interactions]
        self.broker.publish(messages)
        return messages

    def belongs(self, customer: str, *accounts: str, absorbed: Sequence[str] = ()) -> None:
        """Publish that the customer holds these accounts and no others, as identity resolution would."""
        self._versions += 1
        version = self._versions
        for account in accounts:
            assignment = Assignment(account_key=account, customer_id=customer, version=version)
            self.publish("identity-assignments", account, assignment.SerializeToString())
        members = [AccountMembership(account_key=account) for account in accounts]
        self.publish(
            "customers",
            customer,
            Customer(
                customer_id=customer, state=CUSTOMER_STATE_LIVE, accounts=members, absorbed=absorbed, version=version
            ).SerializeToString(),
        )

    def merged(self, customer: str, into: str) -> None:
        """Publish that the customer's accounts belong to another customer now."""
        self._versions += 1
        closed = Customer(
            customer_id=customer, state=CUSTOMER_STATE_MERGED, merged_into=into, version=self._versions
        ).SerializeToString()
        self.publish("customers", customer, closed)

    def publish(self, topic: str, key: str, value: bytes) -> None:
        """Publish any record."""
        self.broker.publish([Message(SETTINGS.topic(topic), key.encode(), value)])

    def personas(self) -> dict[str, Any]:
        """The documents of personas, by account."""
        return self.stores[PERSONAS].everything()

    def rows(self) -> dict[str, Any]:
        """The documents of the timeline, by id."""
        return self.stores[TIMELINE].everything()

    def record(self, customer: str) -> CustomerRecord:
        """The customer's record as the store has it."""
        return CustomerRecord.FromString(self.stores[RECORDS].load([customer])[customer]["message"])

    def published(self, customer: str) -> list[CustomerRecord]:
        """Every state of the customer on the level topic, oldest first."""
        return [
            CustomerRecord.FromString(record.value or b"")
            for record in self.broker.records(SETTINGS.topic("customer-records"))
            if record.key == customer.encode()
        ]

    def dead_letters(self) -> list[tuple[str, bytes | None]]:
        """Reason and value of each dead letter."""
        records = self.broker.records(SETTINGS.topic("dead-letters.customer-profile"))
        return [(dict(record.headers)["rapport-reason"].decode(), record.value) for record in records]

    def _identified(self, each: Interaction, topic: str) -> Message:
        account = f"{each.account.channel}:{each.account.id}"
        partition = partition_of(account.encode(), SETTINGS.partitions)
        offset = self._offsets[partition]
        self._offsets[partition] += 1
        origin = Origin(epoch=1, topic="interactions", partition=partition, offset=offset)
        value = IdentifiedInteraction(interaction=each, account_key=account, origin=origin).SerializeToString()
        return Message(SETTINGS.topic(topic), account.encode(), value)


def facts(record: CustomerRecord) -> CustomerRecord:
    """The record without what tells versions and times of computation: what must not depend on history."""
    bare = CustomerRecord()
    bare.CopyFrom(record)
    for name in ("version", "update_time", "etag", "membership_version"):
        bare.ClearField(name)
    return bare
