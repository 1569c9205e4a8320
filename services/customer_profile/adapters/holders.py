"""The services that hold something of people, asked one by one: this one, and the three others over gRPC."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol, TypeVar

import grpc
from google.protobuf.message import Message

from chassis.rpc.deadlines import remaining
from chassis.rpc.errors import CallFailed, RpcError
from chassis.rpc.reasons import DEPENDENCY_UNAVAILABLE
from rapport.holdings.v1 import holdings_pb2 as pb
from wire.holdings import Holdings, Whose

M = TypeVar("M", bound=Message)

COUNT_SECONDS = 20.0
"""Of one service; of 500 accounts with 100,000 interactions a count takes a few seconds."""


class Caller(Protocol):
    """What is needed of `chassis.rpc.client.Caller`."""

    def call(self, method: str, request: Message, response_type: type[M], deadline_seconds: float | None = None) -> M:
        """Return the answer within the deadline. Raises `CallFailed`."""

    def stream(
        self, method: str, request: Message, response_type: type[M], deadline_seconds: float | None = None
    ) -> Iterator[M]:
        """Yield the answers of a method that streams them. Raises `CallFailed`."""


class Holders:
    """The `services`, of which the one called `name` is this one. For any number of threads.

    Everything raises `RpcError` UNAVAILABLE (DEPENDENCY_UNAVAILABLE), naming the service, where one does not answer:
    what is known of three services out of four is not what is held of a person.
    """

    def __init__(self, name: str, own: Holdings, callers: Mapping[str, Caller], services: Sequence[str]) -> None:
        self._name = name
        self._own = own
        self._callers = callers
        self.services = services

    def counted(self, whose: Whose) -> dict[str, pb.CountHoldingsResponse]:
        """How much each service holds of the person."""
        request = pb.CountHoldingsRequest(customer_ids=whose.customers, account_keys=whose.accounts)
        return {service: self._count(service, request) for service in self.services}

    def totals(self, whose: Whose) -> dict[str, int]:
        """How many documents each service holds of the person."""
        return {service: sum(each.documents.values()) for service, each in self.counted(whose).items()}

    def held(self, service: str, whose: Whose) -> Iterator[pb.ListHoldingsResponse]:
        """All that a service holds of the person, as it comes."""
        request = pb.ListHoldingsRequest(customer_ids=whose.customers, account_keys=whose.accounts)
        if service == self._name:
            yield from self._own.list_holdings(request, None)
            return
        try:
            caller = self._callers[service]
            yield from caller.stream("ListHoldings", request, pb.ListHoldingsResponse, remaining())
        except CallFailed as failed:
            raise _away(service, failed) from failed

    def _count(self, service: str, request: pb.CountHoldingsRequest) -> pb.CountHoldingsResponse:
        if service == self._name:
            return self._own.count_holdings(request, None)
        try:
            return self._callers[service].call("CountHoldings", request, pb.CountHoldingsResponse, COUNT_SECONDS)
        except CallFailed as failed:
            raise _away(service, failed) from failed


def _away(service: str, failed: CallFailed) -> RpcError:
    why = failed.reason or failed.code.name
    return RpcError(
        grpc.StatusCode.UNAVAILABLE,
        DEPENDENCY_UNAVAILABLE,
        f"{service} did not tell what it holds ({why}): without it the answer would not be whole",
        {"service": service},
    )
