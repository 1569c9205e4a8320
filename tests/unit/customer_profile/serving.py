"""The profile's server over adapters in memory, with an identity resolution that answers what a test tells it."""

from __future__ import annotations

from typing import Any

import grpc
import pytest
from google.protobuf.message import Message

from chassis.rpc.errors import RpcError
from customer_profile.adapters.rpc import CustomerProfile
from rapport.identity.v1.service_pb2 import (
    BatchResolveRequest,
    BatchResolveResponse,
    Key,
    ResolveRequest,
    ResolveResponse,
)
from tests.unit.customer_profile.world import World


class FakeIdentity:
    """Answers by account or identifier value; raises what it is told to raise. Notes what it was asked."""

    def __init__(self, known: dict[str, ResolveResponse] | None = None, error: Exception | None = None) -> None:
        self.known = known or {}
        self.error = error
        self.asked: list[str] = []

    def call(self, method: str, request: Message, response_type: type[Any]) -> Any:
        if self.error:
            raise self.error
        if method == "BatchResolve":
            assert isinstance(request, BatchResolveRequest)
            return BatchResolveResponse(results=[self._resolved(key) or ResolveResponse() for key in request.keys])
        assert method == "Resolve"
        assert isinstance(request, ResolveRequest)
        resolved = self._resolved(request.key)
        assert resolved is not None
        return resolved

    def _resolved(self, key: Key) -> ResolveResponse | None:
        asked = key.account or key.identifier.value
        self.asked.append(asked)
        return self.known.get(asked)


def serve(world: World, identity: FakeIdentity | None = None) -> CustomerProfile:
    """The service's implementation over what the world's worker has stored."""
    implementation = world.server({"identity-resolution": identity or FakeIdentity()})
    assert isinstance(implementation, CustomerProfile)
    return implementation


def refused(call: Any, request: Message) -> RpcError:
    """The error that a call is answered with."""
    with pytest.raises(RpcError) as caught:
        call(request, None)
    return caught.value


def not_found(error: RpcError, reason: str) -> bool:
    """Whether it is NOT_FOUND for that reason."""
    return error.code == grpc.StatusCode.NOT_FOUND and error.reason == reason
