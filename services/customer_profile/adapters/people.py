"""Who somebody is, for what is done about a person as a whole: all accounts and all ids."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, TypeVar

import grpc
from google.protobuf.message import Message

from chassis.rpc.errors import CallFailed, DependencyUnavailable, RpcError
from rapport.identity.v1 import service_pb2 as pb
from rapport.identity.v1.events_pb2 import Customer
from wire.answering import not_found
from wire.holdings import Whose

M = TypeVar("M", bound=Message)

MOST_HOPS = 16
"""Of `merged_into`; each is a call."""


class Caller(Protocol):
    """What is needed of `chassis.rpc.client.Caller`."""

    def call(self, method: str, request: Message, response_type: type[M]) -> M:
        """Return the answer within the caller's deadline. Raises `CallFailed`."""


@dataclass(frozen=True, slots=True)
class Person:
    """A customer, those merged into it, and all accounts: what identity resolution holds to be one person."""

    customer: str
    absorbed: tuple[str, ...]
    accounts: tuple[str, ...]

    def whose(self) -> Whose:
        """What documents of the person are found by."""
        return Whose((self.customer, *self.absorbed), self.accounts)


class People:
    """Asks identity resolution, which alone knows every account of a customer."""

    def __init__(self, identity: Caller) -> None:
        self._identity = identity

    def person(self, customer: str) -> Person:
        """Return the person that a customer id leads to, also one that was merged away.

        Raises `RpcError` NOT_FOUND, and `DependencyUnavailable` where no answer came in time.
        """
        found = self._customer(customer)
        for _ in range(MOST_HOPS):
            if not found.merged_into:
                accounts = tuple(each.account_key for each in found.accounts)
                return Person(found.customer_id, tuple(found.absorbed), accounts)
            found = self._customer(found.merged_into)
        raise RuntimeError(f"merged_into does not end within {MOST_HOPS} hops")

    def _customer(self, customer: str) -> Customer:
        request = pb.GetCustomerRequest(name=f"customers/{customer}")
        try:
            return self._identity.call("GetCustomer", request, Customer)
        except DependencyUnavailable:
            raise
        except CallFailed as failed:
            if failed.code is grpc.StatusCode.NOT_FOUND:
                raise not_found() from failed
            if not failed.reason:
                raise
            raise RpcError(failed.code, failed.reason, failed.message, failed.metadata) from failed
