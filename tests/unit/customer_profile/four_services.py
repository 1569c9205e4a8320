"""All four services over adapters in memory, one log between them, and what their servers ask each other by."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import grpc
from google.protobuf.message import Message

import advocacy_scoring.bootstrap
import customer_profile.bootstrap
import identity_resolution.bootstrap
import vip_tier.bootstrap
from chassis.clock import ManualClock
from chassis.dead_letters import DeadLetters
from chassis.memory.broker import MemoryBroker
from chassis.memory.documents import MemoryCounter, MemoryDocuments
from chassis.memory.runner import MemoryRunner, run_until_quiet
from chassis.records import Message as Record
from chassis.rpc.descriptors import Method, methods_of
from chassis.rpc.errors import CallFailed, DependencyUnavailable, RpcError, answer_to
from chassis.service import ServerContext, WorkerContext
from chassis.settings import Settings
from rapport.identity.v1.events_pb2 import CUSTOMER_STATE_LIVE, Customer
from rapport.interactions.v1.interaction_pb2 import Account, Identifier, Interaction

START = datetime(2026, 1, 10, 12, tzinfo=UTC)
KEY = "a key for tests only"
IDENTITY, PROFILE, ADVOCACY, TIER = "identity-resolution", "customer-profile", "advocacy-scoring", "vip-tier"
SERVICES = {
    IDENTITY: identity_resolution.bootstrap.SERVICE,
    PROFILE: customer_profile.bootstrap.SERVICE,
    ADVOCACY: advocacy_scoring.bootstrap.SERVICE,
    TIER: vip_tier.bootstrap.SERVICE,
}


class Direct:
    """Calls what a service serves, with what gRPC makes of requests, answers and errors. One that is `away` is silent.

    Notes the methods called.
    """

    def __init__(self, service: str) -> None:
        self.service = service
        self.away: set[str] = set()
        self.called: list[str] = []
        self._methods: dict[str, tuple[Method, Any]] = {}

    def serve(self, served: Iterable[tuple[Any, object]]) -> None:
        """Answer with these from now on."""
        for descriptor, implementation in served:
            self._methods.update({name: (each, implementation) for name, each in methods_of(descriptor).items()})

    def call(
        self, method: str, request: Message, response_type: type[Any], deadline_seconds: float | None = None
    ) -> Any:
        """The answer."""
        known, implementation = self._reached(method, request, response_type)
        try:
            answer = getattr(implementation, known.attribute)(
                known.request.FromString(request.SerializeToString()), None
            )
        except Exception as error:  # noqa: BLE001 - as the server answers it
            raise _told(known.service, answer_to(error, known.path)) from None
        return response_type.FromString(answer if isinstance(answer, bytes) else answer.SerializeToString())

    def stream(
        self, method: str, request: Message, response_type: type[Any], deadline_seconds: float | None = None
    ) -> Iterator[Any]:
        """The answers."""
        known, implementation = self._reached(method, request, response_type)
        try:
            for each in getattr(implementation, known.attribute)(request, None):
                self._require(method, known)
                yield response_type.FromString(each.SerializeToString())
        except RpcError as error:
            raise _told(known.service, error) from None

    def _reached(self, method: str, request: Message, response_type: type[Any]) -> tuple[Method, Any]:
        known, implementation = self._methods[method]
        assert isinstance(request, known.request)
        assert response_type is known.response
        self.called.append(method)
        self._require(method, known)
        return known, implementation

    def _require(self, method: str, known: Method) -> None:
        if method in self.away:
            raise DependencyUnavailable(known.service, grpc.StatusCode.UNAVAILABLE, "", "not there", {})


def _told(service: str, error: RpcError) -> CallFailed:
    unavailable = error.code in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED)
    kind = DependencyUnavailable if unavailable else CallFailed
    return kind(service, error.code, error.reason, error.message, error.metadata)


class FourServices:
    """What is stored and sent, and the processes. `at_once`, workers have done all there is when a message is sent.

    The environment says what is set beside the key.
    """

    def __init__(self, environment: Mapping[str, str] | None = None) -> None:
        self.clock = ManualClock(START)
        self.broker = MemoryBroker()
        self.at_once = True
        self.stores: dict[str, dict[str, MemoryDocuments]] = {name: defaultdict(MemoryDocuments) for name in SERVICES}
        environment = {"RAPPORT_PSEUDONYM_KEY": KEY, **(environment or {})}
        self.settings = {name: Settings.from_environment(name, environment) for name in SERVICES}
        self.broker.create(self.settings[IDENTITY].topic("identity-evidence"), 1)
        self.callers = {name: Direct(name) for name in SERVICES}
        self._workers = [self._worker(name) for name in SERVICES]
        self.served = {name: service.server(self._context(name)) for name, service in SERVICES.items()}
        for name, served in self.served.items():
            self.callers[name].serve(served)

    def publish(self, messages: Iterable[Record]) -> None:
        """Implements the `Publisher` of the servers."""
        self.broker.publish(messages)
        if self.at_once:
            self.settle()

    def settle(self) -> None:
        """Let all workers work until they are quiet."""
        run_until_quiet(self._workers)

    def idle(self) -> None:
        """Let a second pass for all workers."""
        for worker in self._workers:
            worker.idle()

    def happened(self, *interactions: Interaction) -> None:
        """Send what producers send, and let it be taken in."""
        topic = self.settings[IDENTITY].topic("interactions")
        for each in interactions:
            key = f"{each.account.channel}:{each.account.id}".encode()
            self.broker.publish([Record(topic, key, each.SerializeToString())])
        self.settle()

    def customer_of(self, account: str) -> Customer:
        """The live customer that has the account."""
        for document in self.stores[IDENTITY]["customers"].everything().values():
            told = Customer.FromString(document["message"])
            if told.state == CUSTOMER_STATE_LIVE and account in {each.account_key for each in told.accounts}:
                return told
        raise KeyError(account)

    def profile(self, method: str, request: Message, response_type: type[Any]) -> Any:
        """What the profile's server answers."""
        return self.callers[PROFILE].call(method, request, response_type)

    def documents(self) -> Iterator[tuple[str, str, str, Mapping[str, Any]]]:
        """Everything that is stored: service, collection, id, document."""
        for service, stores in self.stores.items():
            for name, store in stores.items():
                for id_, document in store.everything().items():
                    yield service, name, id_, document

    def _worker(self, service: str) -> MemoryRunner:
        settings, stores = self.settings[service], self.stores[service]
        context = WorkerContext(
            settings=settings,
            documents=lambda name: stores[name],
            counter=MemoryCounter(),
            publisher=self.broker,
            dead_letters=DeadLetters(self.broker, settings.topic(f"dead-letters.{service}"), service, self.clock),
            clock=self.clock,
            callers=self.callers,
        )
        return MemoryRunner(self.broker, service, SERVICES[service].worker(context))

    def _context(self, service: str) -> ServerContext:
        stores = self.stores[service]
        others = {name: self.callers[name] for name in SERVICES[service].calls}
        return ServerContext(self.settings[service], lambda name: stores[name], self.clock, others, self)


def interaction(event_id: str, account: str, *claims: tuple[str, str], **kind: Any) -> Interaction:
    """What an account did an hour ago, showing these identifiers."""
    channel, _, id_ = account.partition(":")
    made = Interaction(
        event_id=event_id,
        account=Account(channel=channel, id=id_),
        identifiers=[Identifier(type=type_, value=value) for type_, value in claims],
        source="shop",
        **kind,
    )
    made.occurred_at.FromSeconds(int(START.timestamp()) - 3600)
    return made
