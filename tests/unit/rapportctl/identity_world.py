"""`rapportctl identity` over real gRPC, with a customer that is known, and one that is known by its id alone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import grpc
from click.testing import CliRunner, Result

from chassis.rpc.errors import RpcError
from rapport.identity.v1.events_pb2 import Customer
from rapport.identity.v1.service_pb2 import ResolveResponse
from rapportctl.__main__ import main
from tests.unit.rapportctl.fakes import IdentityService, MemoryDeployment, serving

ONE, OTHER = "01kknq5e8d0000g00000000003", "01kknq5e9r0000g00000000007"
BY = ("--owner", "S-17", "--reason", "she told us")


class World:
    """What answers, and a person who runs commands."""

    def __init__(self, identity: IdentityService, deployment: MemoryDeployment) -> None:
        self.identity = identity
        self.deployment = deployment

    def run(self, *arguments: str, stdin: str | None = None) -> Result:
        result = CliRunner().invoke(main, ["identity", *arguments], obj=self.deployment, input=stdin)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result

    def json(self, *arguments: str) -> Any:
        return json.loads(self.run(*arguments, "--format", "json").stdout)

    def commanded(self, method: str) -> Any:
        """The newest request of a method."""
        return self.identity.commanded[method][-1]


@contextmanager
def identity_world() -> Iterator[World]:
    """store:s1 is the account of customer ONE."""
    with serving() as (identity, _, _, environment):
        identity.resolved["store:s1"] = ResolveResponse(customer_id=ONE)
        identity.resolved[ONE] = ResolveResponse(customer_id=ONE)
        identity.memberships[f"customers/{ONE}"] = Customer(customer_id=ONE, version=7)
        identity.memberships[f"customers/{ONE}"].accounts.add(account_key="store:s1")
        yield World(identity, MemoryDeployment(environment))


def refused(reason: str, code: grpc.StatusCode = grpc.StatusCode.FAILED_PRECONDITION, **metadata: str) -> RpcError:
    """What a server answers a command that it does not carry out."""
    return RpcError(code, reason, "not so", metadata)


def pending() -> RpcError:
    """What a server answers where the outcome is not known in time."""
    return refused("OUTCOME_PENDING", grpc.StatusCode.DEADLINE_EXCEEDED)
