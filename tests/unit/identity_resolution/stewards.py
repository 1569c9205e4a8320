"""A steward at work: commands that are decided as soon as the log has them, and a small town to decide about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pytest

from chassis.records import Message
from chassis.rpc.errors import RpcError
from rapport.identity.v1 import decisions_pb2 as decisions
from rapport.interactions.v1.interaction_pb2 import Observation
from rapport.stewardship.v1 import stewardship_pb2 as pb
from tests.unit.identity_resolution.world import World, interaction

A, B, C, D = "instagram:a", "web_shop:b", "store:c", "tiktok:d"
NOBODY = "0" * 26
MANDATE: dict[str, Any] = {"owner": "S-17", "reason": "she told us"}


class Deciding:
    """A publisher behind which the decider works at once."""

    def __init__(self, world: World) -> None:
        self._world = world

    def publish(self, messages: Iterable[Message]) -> None:
        """Append, and let the worker work until it is quiet."""
        self._world.broker.publish(messages)
        self._world.settle()


class Steward:
    """Gives commands, each under a request id of its own, and asks. Answers are messages, as a caller gets them."""

    def __init__(self, world: World, callers: Mapping[str, Any] | None = None) -> None:
        self.world = world
        servers = world.servers(callers, Deciding(world))
        self.identity = servers["IdentityResolutionService"]
        self.api = servers["StewardshipService"]
        self._given = 0

    def mandate(self, request_id: str = "") -> dict[str, Any]:
        """Who commands, why, and under which request id."""
        self._given += 1
        return {**MANDATE, "request_id": request_id or f"r-{self._given}"}

    def merge(self, *accounts: str, request_id: str = "") -> decisions.Decision:
        """Merge the customers of accounts."""
        request = pb.MergeRequest(names=[self.name(each) for each in accounts], **self.mandate(request_id))
        answer: pb.MergeResponse = self.api.merge(request, None)
        return answer.decision

    def split(self, account: str, *accounts: str) -> decisions.Decision:
        """Split accounts off the customer of one."""
        request = pb.SplitRequest(name=self.name(account), account_keys=accounts, **self.mandate())
        answer: pb.SplitResponse = self.api.split(request, None)
        return answer.decision

    def undo(self, decision: decisions.Decision, *accounts: str) -> decisions.Decision:
        """Take a decision back."""
        request = pb.UndoRequest(name=decision.name, account_keys=accounts, **self.mandate())
        answer: pb.UndoResponse = self.api.undo(request, None)
        return answer.decision

    def constrain(self, kind: Any, *accounts: str, **fields: Any) -> pb.AddConstraintResponse:
        """Lay a constraint down."""
        request = pb.AddConstraintRequest(kind=kind, account_keys=accounts, **fields, **self.mandate())
        answer: pb.AddConstraintResponse = self.api.add_constraint(request, None)
        return answer

    def erase(self, account: str) -> pb.EraseCustomerResponse:
        """Erase the customer of an account."""
        answer: pb.EraseCustomerResponse = self.api.erase_customer(
            pb.EraseCustomerRequest(name=self.name(account), **self.mandate()), None
        )
        return answer

    def customer(self, account: str) -> str:
        """The id of the customer that an account belongs to."""
        return self.world.assignments()[account].customer_id

    def name(self, account: str) -> str:
        """The name of the customer that an account belongs to."""
        return f"customers/{self.customer(account)}"


def town() -> Steward:
    """A and B, who share a cookie and are one customer; C and D, who are two others."""
    world = World()
    world.send(interaction("1", A, ("cookie", "c-1")), interaction("2", B, ("cookie", "c-1")))
    world.settle()
    world.send(interaction("3", C, ("loyalty_number", "L-3")), interaction("4", D))
    world.settle()
    return Steward(world)


def observed(event_id: str, account: str, *claims: tuple[str, str], **details: Any) -> Any:
    """An interaction that tells details of the person."""
    return interaction(event_id, account, *claims, observation=Observation(**details))


def refusal(call: Any, request: Any) -> RpcError:
    """The error that a call ends with."""
    with pytest.raises(RpcError) as error:
        call(request, None)
    return error.value
