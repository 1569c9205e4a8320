"""Asking the services over gRPC, with errors that say in a sentence what was wrong."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

import grpc
from google.protobuf.descriptor import ServiceDescriptor
from google.protobuf.message import Message

from chassis.rpc.client import Caller
from chassis.rpc.descriptors import methods_of
from chassis.rpc.errors import CallFailed, DependencyUnavailable
from chassis.rpc.reasons import DEPENDENCY_UNAVAILABLE
from rapport.advocacy.v1 import advocacy_pb2
from rapport.identity.v1 import service_pb2 as identity_pb2
from rapport.identity.v1.events_pb2 import Customer
from rapport.profile.v1 import administration_pb2, profile_pb2
from rapport.stewardship.v1 import stewardship_pb2
from rapport.tier.v1 import tier_pb2
from rapportctl.advice import advice
from rapportctl.deployment import Deployment
from rapportctl.errors import NotFoundError, RapportctlError

M = TypeVar("M", bound=Message)
T = TypeVar("T")

DEADLINE_SECONDS = 10.0
BATCH = 1_000
"""Keys in one call, the most that the services take."""

IDENTITY, PROFILE, ADVOCACY, TIER = "identity-resolution", "customer-profile", "advocacy-scoring", "vip-tier"
STEWARDSHIP = "stewardship"
"""People's decisions about who is who: an interface of its own, which identity resolution serves."""

ADMINISTRATION = "profile-administration"
"""The profile's rules, models and their progress: an interface of its own, which the profile serves."""

_DESCRIPTORS = {
    IDENTITY: identity_pb2.DESCRIPTOR.services_by_name["IdentityResolutionService"],
    PROFILE: profile_pb2.DESCRIPTOR.services_by_name["CustomerProfileService"],
    ADVOCACY: advocacy_pb2.DESCRIPTOR.services_by_name["AdvocacyScoringService"],
    TIER: tier_pb2.DESCRIPTOR.services_by_name["VipTierService"],
    ADMINISTRATION: administration_pb2.DESCRIPTOR.services_by_name["ProfileAdministrationService"],
    STEWARDSHIP: stewardship_pb2.DESCRIPTOR.services_by_name["StewardshipService"],
}
_SERVED_BY = {STEWARDSHIP: IDENTITY, ADMINISTRATION: PROFILE}


class RefusedError(RapportctlError):
    """A service refused a call; `reason` is its code for programs, empty where it gave none."""

    def __init__(self, message: str, reason: str) -> None:
        super().__init__(message)
        self.reason = reason


class UnknownError(NotFoundError):
    """A service knows nothing under what was asked for; `reason` as in `RefusedError`."""

    def __init__(self, message: str, reason: str) -> None:
        super().__init__(message)
        self.reason = reason


class NoAnswerError(RapportctlError):
    """A service did not answer in time. `reason` as in `RefusedError`; `code` tells a deadline from a broken line."""

    def __init__(self, message: str, reason: str, code: grpc.StatusCode) -> None:
        super().__init__(message)
        self.reason = reason
        self.code = code


@dataclass(frozen=True, slots=True)
class Found(Generic[M]):
    """What a batch found, and the resource names under which there is nothing."""

    found: list[M]
    not_found: list[str]


class Calls:
    """Calls the services of a deployment; a context manager, which leaves no connection behind.

    Every call raises `UnknownError` for what does not exist, `RefusedError` for what the service refuses, and
    `NoAnswerError` where it does not answer.
    """

    def __init__(self, deployment: Deployment, deadline_seconds: float = DEADLINE_SECONDS) -> None:
        self._addresses = deployment.settings.addresses
        self._deadline = deadline_seconds
        self._callers: dict[str, Caller] = {}

    def __enter__(self) -> Self:
        """Be ready to call."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connections."""
        self.close()

    def close(self) -> None:
        """Close the connections; a later call opens new ones."""
        for caller in self._callers.values():
            caller.close()
        self._callers.clear()

    # -- who it is

    def resolve(self, key: identity_pb2.Key) -> identity_pb2.ResolveResponse:
        """The live customer that a key leads to."""
        return self.call(IDENTITY, "Resolve", identity_pb2.ResolveRequest(key=key), identity_pb2.ResolveResponse)

    def resolve_all(self, keys: Iterable[identity_pb2.Key]) -> list[identity_pb2.ResolveResponse]:
        """As `resolve`, of many: one for each key, in their order; an empty customer_id where nobody is known."""
        answers: list[identity_pb2.ResolveResponse] = []
        for batch in _batches(keys):
            request = identity_pb2.BatchResolveRequest(keys=batch)
            answers += self.call(IDENTITY, "BatchResolve", request, identity_pb2.BatchResolveResponse).results
        return answers

    def membership(self, customer: str) -> Customer:
        """Which accounts a customer has; a merged-away id answers with its own state."""
        request = identity_pb2.GetCustomerRequest(name=f"customers/{customer}")
        return self.call(IDENTITY, "GetCustomer", request, Customer)

    def memberships(self, customers: Iterable[str]) -> Found[Customer]:
        """As `membership`, of many."""
        return self._get_all(IDENTITY, "BatchGetCustomers", _names(customers))

    # -- what is known

    def customer(self, customer: str) -> profile_pb2.CustomerRecord:
        """A customer's record; of a merged-away id the survivor's, with `merged_from`."""
        request = profile_pb2.GetCustomerRequest(name=f"customers/{customer}")
        return self.call(PROFILE, "GetCustomer", request, profile_pb2.CustomerRecord)

    def customers(self, customers: Iterable[str]) -> Found[profile_pb2.CustomerRecord]:
        """As `customer`, of many."""
        return self._get_all(PROFILE, "BatchGetCustomers", _names(customers))

    def timeline(
        self, customer: str, filter_: profile_pb2.TimelineFilter | None = None, page_size: int = 100
    ) -> Iterator[profile_pb2.TimelineEntry]:
        """A customer's interactions, newest first; asks for the next page when it is needed."""
        request = profile_pb2.ListTimelineRequest(parent=f"customers/{customer}", page_size=page_size, filter=filter_)
        while True:
            page = self.call(PROFILE, "ListTimeline", request, profile_pb2.ListTimelineResponse)
            yield from page.entries
            if not page.next_page_token:
                return
            request.page_token = page.next_page_token

    def score(self, customer: str) -> advocacy_pb2.Score:
        """A customer's advocacy score; of a merged-away id the survivor's."""
        request = advocacy_pb2.GetScoreRequest(name=f"customers/{customer}/score")
        return self.call(ADVOCACY, "GetScore", request, advocacy_pb2.Score)

    def scores(self, customers: Iterable[str]) -> Found[advocacy_pb2.Score]:
        """As `score`, of many."""
        return self._get_all(ADVOCACY, "BatchGetScores", _names(customers, "/score"))

    def tier(self, customer: str) -> tier_pb2.Tier:
        """A customer's VIP tier; of a merged-away id the survivor's."""
        request = tier_pb2.GetTierRequest(name=f"customers/{customer}/tier")
        return self.call(TIER, "GetTier", request, tier_pb2.Tier)

    def tiers(self, customers: Iterable[str]) -> Found[tier_pb2.Tier]:
        """As `tier`, of many."""
        return self._get_all(TIER, "BatchGetTiers", _names(customers, "/tier"))

    def _get_all(self, service: str, method: str, names: Iterable[str]) -> Found[Any]:
        """Ask for as many names at once as a service takes; answers have two fields, states and names not found."""
        kind = methods_of(_DESCRIPTORS[service])[method]
        states, missing = (field.name for field in kind.response.DESCRIPTOR.fields)
        all_: Found[Any] = Found([], [])
        for batch in _batches(names):
            answer = self.call(service, method, kind.request(names=batch), kind.response)
            all_.found.extend(getattr(answer, states))
            all_.not_found.extend(getattr(answer, missing))
        return all_

    def call(
        self, interface: str, method: str, request: Message, response: type[M], deadline_seconds: float | None = None
    ) -> M:
        """What a method answers: `interface` is a service's name, or `STEWARDSHIP`."""
        with self._told(interface) as caller:
            return caller.call(method, request, response, deadline_seconds)

    def stream(self, interface: str, method: str, request: Message, response: type[M]) -> Iterator[M]:
        """What a method that streams answers, for as long as it does."""
        with self._told(interface) as caller:
            yield from caller.stream(method, request, response)

    @contextmanager
    def _told(self, interface: str) -> Iterator[Caller]:
        """What calls an interface; its errors are told in sentences."""
        service = _SERVED_BY.get(interface, interface)
        caller = self._callers.get(interface)
        if caller is None:
            caller = _caller(self._addresses[service], _DESCRIPTORS[interface], self._deadline)
            self._callers[interface] = caller
        try:
            yield caller
        except DependencyUnavailable as error:
            message = f"{service} {self._why(service, error)}: `rapportctl status` says more"
            raise NoAnswerError(message, error.reason, error.code) from None
        except CallFailed as error:
            raise _as_told(service, error) from None

    def _why(self, service: str, error: DependencyUnavailable) -> str:
        if error.reason == DEPENDENCY_UNAVAILABLE:
            return f"could not do it: {error.message} ({error.reason})"
        return f"did not answer at {self._addresses[service]} ({error.reason or error.code.name})"


def _caller(address: str, interface: ServiceDescriptor, deadline_seconds: float) -> Caller:
    # Every method reads, or is a command that its request id keeps from being carried out twice.
    safe = [method.name for method in interface.methods]
    return Caller(address, interface, deadline_seconds=deadline_seconds, safe=safe)


def _as_told(service: str, error: CallFailed) -> RapportctlError:
    code = error.reason or error.code.name
    said = f"{error.message or 'no explanation'} ({code}){_further(error.reason, error.metadata)}"
    if error.code is grpc.StatusCode.NOT_FOUND:
        return UnknownError(f"{service}: {said}", error.reason)
    return RefusedError(f"{service} refused: {said}", error.reason)


def _further(reason: str, metadata: Mapping[str, str]) -> str:
    told = advice(reason, metadata)
    return f"; {told}" if told else ""


def _names(customers: Iterable[str], resource: str = "") -> Iterator[str]:
    return (f"customers/{customer}{resource}" for customer in customers)


def _batches(items: Iterable[T]) -> Iterator[Sequence[T]]:
    """Cut into pieces of `BATCH`, as itertools.batched does in later Pythons."""
    rest = iter(items)
    while batch := list(islice(rest, BATCH)):
        yield batch
