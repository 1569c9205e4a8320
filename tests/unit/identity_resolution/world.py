"""Identity resolution over adapters in memory, and what producers send it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from chassis.clock import ManualClock
from chassis.dead_letters import DETAIL, REASON, DeadLetters
from chassis.letters import LETTERS, LetterIndex
from chassis.memory.broker import MemoryBroker
from chassis.memory.documents import MemoryCounter, MemoryDocuments
from chassis.memory.runner import MemoryRunner
from chassis.ports import Handler, Publisher
from chassis.pseudonym import Pseudonymizer
from chassis.records import Message
from chassis.service import ServerContext, WorkerContext
from chassis.settings import Settings
from identity_resolution import bootstrap
from identity_resolution.adapters.accounts import account as stored_account
from identity_resolution.adapters.decided import decision as stored_decision
from identity_resolution.adapters.decided import outcome as stored_outcome
from identity_resolution.adapters.rpc import IdentityResolution
from identity_resolution.config import DEFAULT_RULES, make_keys, read_rules
from identity_resolution.domain.account import Account as RememberedAccount
from identity_resolution.domain.decisions import Decision, Outcome
from identity_resolution.domain.keys import Keys
from rapport.identity.v1.events_pb2 import (
    CUSTOMER_STATE_LIVE,
    Assignment,
    Command,
    Customer,
    Evidence,
    EvidenceEntry,
    IdentifierClaim,
)
from rapport.interactions.v1.identified_interaction_pb2 import IdentifiedInteraction
from rapport.interactions.v1.interaction_pb2 import Account, Identifier, Interaction, Like

SERVICE = "identity-resolution"
KEY = "a key for tests only"
START = datetime(2026, 3, 1, tzinfo=UTC)
SETTINGS = Settings.from_environment(SERVICE, {"RAPPORT_PSEUDONYM_KEY": KEY})
RULES = read_rules(DEFAULT_RULES).value

INTERACTIONS = SETTINGS.topic("interactions")
IDENTIFIED = SETTINGS.topic("identified-interactions")
EVIDENCE = SETTINGS.topic("identity-evidence")
CUSTOMERS = SETTINGS.topic("customers")
ASSIGNMENTS = SETTINGS.topic("identity-assignments")
DEAD_LETTERS = SETTINGS.topic(f"dead-letters.{SERVICE}")

Wrap = Callable[[str, Any], Any]


def keys() -> Keys:
    """What makes keys in these tests."""
    return make_keys(RULES, KEY.encode())


def interaction(event_id: str, account: str, *claims: tuple[str, str], **kind: Any) -> Interaction:
    """A valid interaction of an account ("channel:id"), a like unless told otherwise."""
    channel, _, id_ = account.partition(":")
    made = Interaction(
        event_id=event_id,
        account=Account(channel=channel, id=id_),
        identifiers=[Identifier(type=type_, value=value) for type_, value in claims],
        **(kind or {"like": Like(post_id="p-1")}),
    )
    made.occurred_at.FromDatetime(START)
    return made


@dataclass
class World:
    """What outlives a crash of the worker. `wrap` may put something between a handler and its ports."""

    broker: MemoryBroker = field(default_factory=MemoryBroker)
    stores: dict[str, MemoryDocuments] = field(default_factory=lambda: defaultdict(MemoryDocuments))
    counter: MemoryCounter = field(default_factory=MemoryCounter)
    clock: ManualClock = field(default_factory=lambda: ManualClock(START))
    settings: Settings = SETTINGS
    wrap: Wrap = lambda _, port: port

    def __post_init__(self) -> None:
        """Lay out the log of evidence as it is: in one partition."""
        self.broker.create(EVIDENCE, 1)

    def handlers(self) -> Sequence[Handler]:
        """Handlers with empty memories, as a process that has just started has them."""
        publisher = self.wrap("publisher", self.broker)
        return bootstrap.worker(
            WorkerContext(
                settings=self.settings,
                documents=lambda name: self.wrap(name, self.stores[name]),
                counter=self.counter,
                publisher=publisher,
                dead_letters=DeadLetters(
                    publisher,
                    DEAD_LETTERS,
                    SERVICE,
                    self.clock,
                    index=LetterIndex(self.stores[LETTERS], Pseudonymizer(KEY.encode()).hash),
                ),
                clock=self.clock,
            )
        )

    def runner(self, **options: Any) -> MemoryRunner:
        """A worker of the service."""
        return MemoryRunner(self.broker, SERVICE, self.handlers(), **options)

    def settle(self, **options: Any) -> None:
        """Let a worker work until it is quiet."""
        self.runner(**options).run_until_quiet()

    def servers(self, callers: Mapping[str, Any] | None = None, publisher: Publisher | None = None) -> dict[str, Any]:
        """What answers calls, by the name of the API; entries of the log go through the publisher, if one is given."""
        context = ServerContext(
            self.settings, lambda name: self.stores[name], self.clock, callers or {}, publisher or self.broker
        )
        return {descriptor.name: implementation for descriptor, implementation in bootstrap.server(context)}

    def server(self) -> IdentityResolution:
        """What answers who is who."""
        implementation = self.servers()["IdentityResolutionService"]
        assert isinstance(implementation, IdentityResolution)
        return implementation

    def send(self, *interactions: Interaction) -> None:
        """Publish interactions as producers do: keyed by "channel:id"."""
        self.broker.publish(
            Message(INTERACTIONS, f"{each.account.channel}:{each.account.id}".encode(), each.SerializeToString())
            for each in interactions
        )

    def show(self, *shown: tuple[str, Iterable[str]]) -> None:
        """Put evidence into the log directly: account keys with identifier keys."""
        self.broker.publish(Message(EVIDENCE, key.encode(), entry(key, keys_), (), 0) for key, keys_ in shown)

    def command(self, request_id: str, **command: Any) -> None:
        """Put a person's command into the log."""
        told = Command(request_id=request_id, owner="care-17", reason="told so", **command)
        value = EvidenceEntry(command=told).SerializeToString()
        self.broker.publish([Message(EVIDENCE, request_id.encode(), value, (), 0)])

    def outcome(self, request_id: str) -> Outcome:
        """What came of a command."""
        return stored_outcome(self.stores["outcomes"].everything()[request_id])

    def decision(self, request_id: str) -> Decision:
        """The decision that a command led to."""
        return stored_decision(self.stores["decisions"].everything()[self.outcome(request_id).decision])

    def forwarded(self) -> list[IdentifiedInteraction]:
        """All that was forwarded, redeliveries included."""
        return [IdentifiedInteraction.FromString(record.value or b"") for record in self.broker.records(IDENTIFIED)]

    def evidence(self) -> list[Evidence]:
        """The log of evidence."""
        return [EvidenceEntry.FromString(record.value or b"").evidence for record in self.broker.records(EVIDENCE)]

    def customers(self) -> dict[str, Customer]:
        """What a reader of the level topic knows: of each customer the highest version."""
        newest: dict[str, Customer] = {}
        for record in self.broker.records(CUSTOMERS):
            if record.value is None:
                newest.pop((record.key or b"").decode(), None)
                continue
            told = Customer.FromString(record.value or b"")
            if told.customer_id not in newest or told.version > newest[told.customer_id].version:
                newest[told.customer_id] = told
        return newest

    def assignments(self) -> dict[str, Assignment]:
        """What a reader of the assignments knows: of each account the highest version."""
        newest: dict[str, Assignment] = {}
        for record in self.broker.records(ASSIGNMENTS):
            if record.value is None:
                newest.pop((record.key or b"").decode(), None)
                continue
            told = Assignment.FromString(record.value or b"")
            if told.account_key not in newest or told.version > newest[told.account_key].version:
                newest[told.account_key] = told
        return newest

    def people(self) -> set[frozenset[str]]:
        """The accounts of each live customer."""
        return {
            frozenset(membership.account_key for membership in customer.accounts)
            for customer in self.customers().values()
            if customer.state == CUSTOMER_STATE_LIVE
        }

    def account(self, key: str) -> RememberedAccount:
        """What admission remembers of the account."""
        return stored_account(self.stores["accounts"].everything()[key])

    def topics(self, *names: str) -> list[str]:
        """Full names of topics."""
        return [self.settings.topic(name) for name in names]

    def dead_letters(self) -> list[tuple[str, str]]:
        """Reason and detail of each dead letter."""
        headers = [dict(record.headers) for record in self.broker.records(DEAD_LETTERS)]
        return [(each[REASON].decode(), each[DETAIL].decode()) for each in headers]


def entry(account: str, identifiers: Iterable[str]) -> bytes:
    """An entry of the log of evidence."""
    claims = [IdentifierClaim(type=key.partition(":")[0], key=key) for key in identifiers]
    return EvidenceEntry(evidence=Evidence(account_key=account, claims=claims)).SerializeToString()
