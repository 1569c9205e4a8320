"""Advocacy scoring over adapters in memory, and the messages that reach it: what others would send it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from google.protobuf.timestamp_pb2 import Timestamp

from advocacy_scoring import bootstrap
from advocacy_scoring.adapters.documents import PERSONAS, SCORES
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
from rapport.advocacy.v1.advocacy_pb2 import Score
from rapport.common.v1.common_pb2 import Origin
from rapport.identity.v1.events_pb2 import (
    CUSTOMER_STATE_LIVE,
    CUSTOMER_STATE_MERGED,
    AccountMembership,
    Assignment,
    Customer,
)
from rapport.interactions.v1.identified_interaction_pb2 import IdentifiedInteraction
from rapport.interactions.v1.interaction_pb2 import Account, AccountFigures, Content, Interaction

START = datetime(2026, 1, 1, tzinfo=UTC)
SERVICE = "advocacy-scoring"
SETTINGS = Settings.from_environment(SERVICE, {"RAPPORT_PSEUDONYM_KEY": "a key for tests only"})
Wrap = Callable[[str, Any], Any]
JOE, JOE_SHOP, ANN = "instagram:joe", "web_shop:77", "tiktok:ann"


def at(days: float) -> Timestamp:
    """A time of the tests: days after the start, exact to the second."""
    stamp = Timestamp()
    stamp.FromDatetime(START + timedelta(seconds=round(days * 86400)))
    return stamp


def deed(event_id: str, account: str, days: float, kind: str, **fields: Any) -> Interaction:
    """An interaction of a kind. `followers` goes to the figures; what belongs to the content goes there."""
    channel, _, id_ = account.partition(":")
    followers = fields.pop("followers", None)
    content = {name: fields.pop(name) for name in ("intent", "sentiment", "visibility") if name in fields}
    interaction = Interaction(event_id=event_id, account=Account(channel=channel, id=id_), occurred_at=at(days))
    part = getattr(interaction, kind)
    part.SetInParent()
    for name, value in fields.items():
        setattr(part, name, value)
    if content:
        part.content.CopyFrom(Content(**content))
    if followers is not None:
        interaction.figures.CopyFrom(AccountFigures(followers=followers))
    return interaction


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
                dead_letters=DeadLetters(publisher, SETTINGS.topic(f"dead-letters.{SERVICE}"), SERVICE, self.clock),
                clock=self.clock,
            )
        )

    def runner(self, **options: Any) -> MemoryRunner:
        """A worker of the service."""
        return MemoryRunner(self.broker, SERVICE, self.handlers(), **options)

    def settle(self, **options: Any) -> None:
        """Let a worker work until it is quiet."""
        self.runner(**options).run_until_quiet()

    def server_context(self) -> ServerContext:
        """What the server is made from."""
        return ServerContext(SETTINGS, lambda name: self.stores[name], self.clock, {})

    def server(self) -> Any:
        """What answers calls."""
        ((_, implementation),) = bootstrap.server(self.server_context())
        return implementation

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

    def document(self, customer: str) -> dict[str, Any]:
        """The customer's result as the store has it."""
        return self.stores[SCORES].load([customer])[customer]

    def score(self, customer: str) -> Score:
        """The customer's score as the store has it."""
        return Score.FromString(self.document(customer)["message"])

    def published(self, customer: str) -> list[Score]:
        """Every state of the customer on the level topic, oldest first."""
        return [
            Score.FromString(record.value or b"")
            for record in self.broker.records(SETTINGS.topic("advocacy-scores"))
            if record.key == customer.encode()
        ]

    def dead_letters(self) -> list[tuple[str, bytes | None]]:
        """Reason and value of each dead letter."""
        records = self.broker.records(SETTINGS.topic(f"dead-letters.{SERVICE}"))
        return [(dict(record.headers)["rapport-reason"].decode(), record.value) for record in records]

    def _identified(self, each: Interaction, topic: str) -> Message:
        account = f"{each.account.channel}:{each.account.id}"
        partition = partition_of(account.encode(), SETTINGS.partitions)
        offset = self._offsets[partition]
        self._offsets[partition] += 1
        origin = Origin(epoch=1, topic="interactions", partition=partition, offset=offset)
        value = IdentifiedInteraction(interaction=each, account_key=account, origin=origin).SerializeToString()
        return Message(SETTINGS.topic(topic), account.encode(), value)


def facts(score: Score) -> Score:
    """The score without what tells versions and times of computation: what must not depend on history."""
    bare = Score()
    bare.CopyFrom(score)
    for name in ("version", "update_time", "membership_version"):
        bare.ClearField(name)
    return bare
