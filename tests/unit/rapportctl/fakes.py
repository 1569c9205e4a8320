"""A deployment in memory: Kafka's clients over the broker of the chassis, services that answer from dictionaries."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

import grpc
from google.protobuf.message import Message

from chassis.health import Health
from chassis.memory.broker import MemoryBroker
from chassis.records import Message as Sent
from chassis.records import ReadRecord
from chassis.records import TopicPartition as Partition
from chassis.rpc.errors import RpcError
from chassis.rpc.server import Limits, Server
from rapport.advocacy.v1 import advocacy_pb2
from rapport.identity.v1 import service_pb2 as identity_pb2
from rapport.identity.v1.events_pb2 import Customer
from rapport.profile.v1 import profile_pb2
from rapport.tier.v1 import tier_pb2
from rapportctl.deployment import Deployment
from rapportctl.kafka.lags import Lag
from rapportctl.kafka.reading import TopicReader
from rapportctl.kafka.sending import Sender
from rapportctl.registry import Topic, registry
from tests.unit.rapportctl.stewards import STEWARDSHIP, Steward

PREFIX = "rapport."
KEY = "a secret of at least sixteen bytes"
POLLED_AT_ONCE = 3
BLOCKED = "email=info@example.com"

M = TypeVar("M", bound=Message)


class MemoryConsumer:
    """What kafka-python's consumer does, as far as it is used. A poll gives a few records of one partition.

    Following would never end: a poll at the end of everything raises KeyboardInterrupt, as a person does.
    """

    def __init__(self, broker: MemoryBroker, missing: Sequence[str] = (), *, endless: bool = False) -> None:
        self._broker = broker
        self._missing = missing
        self._endless = endless
        self._positions: dict[Partition, int] = {}
        self.closed = False

    def partitions_for_topic(self, name: str) -> set[int] | None:
        return None if name in self._missing else {each.partition for each in self._broker.partitions(name)}

    def beginning_offsets(self, partitions: Sequence[Partition]) -> dict[Partition, int]:
        return dict.fromkeys(partitions, 0)

    def end_offsets(self, partitions: Sequence[Partition]) -> dict[Partition, int]:
        return {each: self._broker.end(each) for each in partitions}

    def assign(self, partitions: Sequence[Partition]) -> None:
        self._positions = dict.fromkeys(partitions, 0)

    def seek(self, partition: Partition, offset: int) -> None:
        self._positions[partition] = offset

    def position(self, partition: Partition) -> int:
        return self._positions[partition]

    def poll(self, timeout_ms: int) -> dict[Partition, list[ReadRecord]]:
        for partition, position in self._positions.items():
            records = self._broker.read(partition, position, POLLED_AT_ONCE)
            if records:
                self._positions[partition] = records[-1].offset + 1
                return {partition: records}
        if self._endless:
            raise KeyboardInterrupt
        return {}

    def close(self) -> None:
        self.closed = True


class MemoryDeployment(Deployment):
    """A deployment whose Kafka is in memory. `readings` are what `lags` returns, the last one for ever."""

    def __init__(self, environment: Mapping[str, str] | None = None) -> None:
        super().__init__({"RAPPORT_PSEUDONYM_KEY": KEY, **(environment or {})})
        self.broker = MemoryBroker()
        self.missing: list[str] = []
        self.readings: list[list[Lag]] = [[]]

    def sender(self) -> Sender:
        return Sender(self.broker, PREFIX)

    def reader(self, topic: Topic) -> TopicReader:
        return TopicReader(MemoryConsumer(self.broker, self.missing, endless=True), PREFIX + topic.name, topic)

    def lags(self) -> list[Lag]:
        return self.readings.pop(0) if len(self.readings) > 1 else self.readings[0]

    def records(self, topic: str) -> list[ReadRecord]:
        """All records of a topic, named without prefix."""
        return self.broker.records(PREFIX + topic)

    def put(self, topic: str, key: bytes, value: bytes | None, headers: Any = ()) -> None:
        """Write a record to a topic, named without prefix."""
        self.broker.publish([Sent(PREFIX + topic, key, value, headers)])


def reader_of(broker: MemoryBroker, name: str = "interactions") -> TopicReader:
    """A reader that ends where the topic ends."""
    return TopicReader(MemoryConsumer(broker), PREFIX + name, registry()[name])


class Services:
    """All four services' reads over dictionaries, with merged ids that answer as the services' own do."""

    def __init__(self) -> None:
        self.resolved: dict[str, identity_pb2.ResolveResponse] = {}
        self.memberships: dict[str, Customer] = {}
        self.records: dict[str, profile_pb2.CustomerRecord] = {}
        self.scores: dict[str, advocacy_pb2.Score] = {}
        self.tiers: dict[str, tier_pb2.Tier] = {}
        self.entries: list[profile_pb2.TimelineEntry] = []
        self.asked: list[Any] = []

    def __getattr__(self, method: str) -> Any:
        """The services' other methods, which nobody asks here: previews, explanations."""
        if method.startswith("_"):
            raise AttributeError(method)
        return _not_asked

    # identity resolution

    def resolve(self, request: identity_pb2.ResolveRequest, context: object) -> identity_pb2.ResolveResponse:
        self.asked.append(request)
        if _key(request.key) == BLOCKED:
            message = "key.identifier.value: the rules block it"
            raise RpcError(grpc.StatusCode.INVALID_ARGUMENT, "INVALID_FIELD", message)
        return _of(self.resolved, _key(request.key))

    def batch_resolve(
        self, request: identity_pb2.BatchResolveRequest, context: object
    ) -> identity_pb2.BatchResolveResponse:
        self.asked.append(request)
        nobody = identity_pb2.ResolveResponse()
        return identity_pb2.BatchResolveResponse(results=[self.resolved.get(_key(key), nobody) for key in request.keys])


class IdentityService(Steward, Services):
    def __init__(self) -> None:
        Services.__init__(self)
        Steward.__init__(self)

    def get_customer(self, request: identity_pb2.GetCustomerRequest, context: object) -> Customer:
        return _of(self.memberships, request.name)

    def batch_get_customers(
        self, request: identity_pb2.BatchGetCustomersRequest, context: object
    ) -> identity_pb2.BatchGetCustomersResponse:
        found, missing = _batch(self.memberships, request.names)
        return identity_pb2.BatchGetCustomersResponse(customers=found, not_found=missing)


class ProfileService(Services):
    def get_customer(self, request: profile_pb2.GetCustomerRequest, context: object) -> profile_pb2.CustomerRecord:
        return _of(self.records, request.name)

    def batch_get_customers(
        self, request: profile_pb2.BatchGetCustomersRequest, context: object
    ) -> profile_pb2.BatchGetCustomersResponse:
        found, missing = _batch(self.records, request.names)
        return profile_pb2.BatchGetCustomersResponse(customers=found, not_found=missing)

    def list_timeline(
        self, request: profile_pb2.ListTimelineRequest, context: object
    ) -> profile_pb2.ListTimelineResponse:
        self.asked.append(request)
        start = int(request.page_token or 0)
        end = start + request.page_size
        more = str(end) if end < len(self.entries) else ""
        return profile_pb2.ListTimelineResponse(entries=self.entries[start:end], next_page_token=more)


class ResultServices(Services):
    def get_score(self, request: advocacy_pb2.GetScoreRequest, context: object) -> advocacy_pb2.Score:
        return _of(self.scores, request.name)

    def batch_get_scores(
        self, request: advocacy_pb2.BatchGetScoresRequest, context: object
    ) -> advocacy_pb2.BatchGetScoresResponse:
        found, missing = _batch(self.scores, request.names)
        return advocacy_pb2.BatchGetScoresResponse(scores=found, not_found=missing)

    def get_tier(self, request: tier_pb2.GetTierRequest, context: object) -> tier_pb2.Tier:
        return _of(self.tiers, request.name)

    def batch_get_tiers(
        self, request: tier_pb2.BatchGetTiersRequest, context: object
    ) -> tier_pb2.BatchGetTiersResponse:
        found, missing = _batch(self.tiers, request.names)
        return tier_pb2.BatchGetTiersResponse(tiers=found, not_found=missing)


@contextmanager
def serving() -> Iterator[tuple[IdentityService, ProfileService, ResultServices, dict[str, str]]]:
    """All four services on one real port, and the environment that leads to them."""
    identity, profile, results = IdentityService(), ProfileService(), ResultServices()
    health = Health()
    health.serving()
    served: list[tuple[Any, object]] = [
        (identity_pb2.DESCRIPTOR.services_by_name["IdentityResolutionService"], identity),
        (STEWARDSHIP, identity),
        (profile_pb2.DESCRIPTOR.services_by_name["CustomerProfileService"], profile),
        (advocacy_pb2.DESCRIPTOR.services_by_name["AdvocacyScoringService"], results),
        (tier_pb2.DESCRIPTOR.services_by_name["VipTierService"], results),
    ]
    server = Server("127.0.0.1:0", served, health, limits=Limits(threads=2))
    server.start()
    names = ("IDENTITY_RESOLUTION", "CUSTOMER_PROFILE", "ADVOCACY_SCORING", "VIP_TIER")
    try:
        yield identity, profile, results, {f"RAPPORT_{name}_ADDRESS": server.address for name in names}
    finally:
        server.stop(0.0)


def _not_asked(request: Message, context: object) -> None:
    raise NotImplementedError


def _key(key: identity_pb2.Key) -> str:
    return key.customer_id or key.account or f"{key.identifier.type}={key.identifier.value}"


def _of(found: Mapping[str, M], name: str) -> M:
    if name not in found:
        raise RpcError(grpc.StatusCode.NOT_FOUND, "CUSTOMER_NOT_FOUND", "nobody is known under it")
    return found[name]


def _batch(found: Mapping[str, Any], names: Sequence[str]) -> tuple[list[Any], list[str]]:
    return [found[name] for name in names if name in found], [name for name in names if name not in found]
