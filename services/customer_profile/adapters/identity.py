"""Asks identity resolution whose an account or an identifier is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol, TypeVar

from google.protobuf.message import Message

from chassis.rpc.errors import CallFailed, DependencyUnavailable, RpcError
from rapport.identity.v1.service_pb2 import (
    BatchResolveRequest,
    BatchResolveResponse,
    Key,
    ResolveRequest,
    ResolveResponse,
)

M = TypeVar("M", bound=Message)


class Caller(Protocol):
    """What is needed of `chassis.rpc.client.Caller`."""

    def call(self, method: str, request: Message, response_type: type[M]) -> M:
        """Return the answer within the caller's deadline. Raises `CallFailed`."""


class Identity:
    """Identity resolution as the profile sees it."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    def resolve(self, key: Key) -> ResolveResponse:
        """Return the live customer that the key leads to.

        Raises `DependencyUnavailable` where no answer came in time, and `RpcError` with identity resolution's own code
        and reason for a key that it refuses or does not know.
        """
        with _in_its_words():
            return self._caller.call("Resolve", ResolveRequest(key=key), ResolveResponse)

    def batch_resolve(self, keys: Sequence[Key]) -> Sequence[ResolveResponse]:
        """As `resolve`, one answer for each key, with an empty customer id where nobody is known."""
        if not keys:
            return ()
        with _in_its_words():
            return self._caller.call("BatchResolve", BatchResolveRequest(keys=keys), BatchResolveResponse).results


@contextmanager
def _in_its_words() -> Iterator[None]:
    """Within the block, an error about the request is passed on with its code and reason."""
    try:
        yield
    except DependencyUnavailable:
        raise
    except CallFailed as failed:
        if not failed.reason:
            raise
        raise RpcError(failed.code, failed.reason, failed.message, failed.metadata) from failed
