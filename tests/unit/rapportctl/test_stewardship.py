"""Commands are given again under one request id until their outcome is known, and only where that is right."""

from __future__ import annotations

from collections.abc import Iterator

import grpc
import pytest

from rapport.identity.v1.decisions_pb2 import Decision
from rapport.stewardship.v1 import stewardship_pb2 as pb
from rapportctl.calls import Calls, RefusedError
from rapportctl.deployment import Deployment
from rapportctl.stewardship import Decisions, Mandate, PendingError, Stewardship
from tests.unit.rapportctl.fakes import IdentityService, serving
from tests.unit.rapportctl.identity_world import ONE, pending, refused

MANDATE = Mandate(owner="S-17", reason="she told us", request_id="r-1", timeout_seconds=30.0)


class Clock:
    """Passes as it is slept through."""

    def __init__(self) -> None:
        self.time = 0.0

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += seconds


class World:
    def __init__(self, identity: IdentityService, calls: Calls) -> None:
        self.identity = identity
        self.calls = calls
        self.clock = Clock()
        self.told = 0
        self.stewardship = Stewardship(calls, MANDATE, self.tell, self.clock.now, self.clock.sleep)

    def tell(self) -> None:
        self.told += 1


@pytest.fixture
def world() -> Iterator[World]:
    with serving() as (identity, _, _, environment), Calls(Deployment(environment)) as calls:
        identity.answers["undo"] = pb.UndoResponse(decision=Decision(name="decisions/d2"))
        yield World(identity, calls)


def test_the_outcome_is_asked_for_until_it_is_known(world: World) -> None:
    world.identity.errors = [pending() for _ in range(10)]
    assert world.stewardship.undo("decisions/d1").name == "decisions/d2"
    assert {request.request_id for request in world.identity.commanded["undo"]} == {"r-1"}
    assert world.told == 10


def test_an_outcome_is_waited_for_no_longer_than_said(world: World) -> None:
    world.identity.errors = [pending() for _ in range(1_000)]
    with pytest.raises(PendingError, match=r"no outcome after 30 s.*--request-id r-1"):
        world.stewardship.undo("decisions/d1")
    assert 30 <= world.clock.time < 31


def test_a_server_that_shuts_down_is_asked_again(world: World) -> None:
    shutting_down = refused("SHUTTING_DOWN", grpc.StatusCode.UNAVAILABLE)
    # Beyond the tries that the connection makes by itself.
    world.identity.errors = [shutting_down] * 5
    assert world.stewardship.undo("decisions/d1").name == "decisions/d2"


def test_a_server_that_waits_for_too_many_outcomes_is_asked_again(world: World) -> None:
    world.identity.errors = [refused("TOO_MANY_COMMANDS", grpc.StatusCode.RESOURCE_EXHAUSTED)] * 2
    assert world.stewardship.undo("decisions/d1").name == "decisions/d2"


def test_a_store_that_is_away_ends_the_command_with_its_request_id(world: World) -> None:
    """It may have reached the log all the same; asking on would only hide the outage."""
    world.identity.errors = [refused("STORE_UNAVAILABLE", grpc.StatusCode.UNAVAILABLE)] * 5
    with pytest.raises(PendingError, match=r"STORE_UNAVAILABLE.*--request-id r-1"):
        world.stewardship.undo("decisions/d1")


def test_nobody_at_the_address_is_told_with_the_request_id() -> None:
    deployment = Deployment({"RAPPORT_IDENTITY_RESOLUTION_ADDRESS": "127.0.0.1:1"})
    with Calls(deployment) as calls, pytest.raises(PendingError, match=r"did not answer at 127\.0\.0\.1:1.*r-1"):
        Stewardship(calls, MANDATE).undo("decisions/d1")


def test_a_refusal_is_final(world: World) -> None:
    world.identity.errors = [refused("ALREADY_UNDONE", decision="d3")]
    with pytest.raises(RefusedError) as caught:
        world.stewardship.undo("decisions/d1")
    assert caught.value.reason == "ALREADY_UNDONE"
    assert len(world.identity.commanded["undo"]) == 1


def test_lists_are_fetched_no_further_than_needed(world: World) -> None:
    def page(request: pb.ListDecisionsRequest) -> pb.ListDecisionsResponse:
        start = int(request.page_token or 0)
        found = [Decision(name=f"decisions/d{start + n}") for n in range(request.page_size)]
        return pb.ListDecisionsResponse(decisions=found, next_page_token=str(start + request.page_size))

    world.identity.answers["list_decisions"] = page
    decisions = Decisions(world.calls, page_size=3).decisions(ONE)
    assert [next(decisions).name for _ in range(4)] == [f"decisions/d{n}" for n in range(4)]
    assert len(world.identity.commanded["list_decisions"]) == 2
