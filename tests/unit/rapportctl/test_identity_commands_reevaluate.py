"""`rapportctl identity reevaluate` as a person runs it: seeing first, then doing, and going on after a stop."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import grpc
import pytest

from rapport.identity.v1.decisions_pb2 import CustomerAccounts, Decision
from rapport.identity.v1.events_pb2 import Customer, CustomerState
from rapport.stewardship.v1 import stewardship_pb2 as pb
from rapportctl.stewardship import Decisions
from tests.unit.rapportctl.identity_world import BY, ONE, World, identity_world, pending, refused

IDS = [f"01kknq5e8d0000g0000000{number:04}" for number in range(150)]
FAST = ("--rate", "1000000/s")


@pytest.fixture
def world() -> Iterator[World]:
    """150 live customers, of which every call parts the first."""
    with identity_world() as world:
        for id_ in IDS:
            customer = Customer(customer_id=id_, version=1, state=CustomerState.CUSTOMER_STATE_LIVE)
            world.deployment.put("customers", id_.encode(), customer.SerializeToString())
        world.identity.answers["reevaluate"] = parted
        yield world


def parted(request: pb.ReevaluateRequest) -> pb.ReevaluateResponse:
    id_ = request.names[0].removeprefix("customers/")
    decision = Decision(name="" if request.dry_run else "decisions/d1")
    decision.before.append(CustomerAccounts(customer_id=id_, account_keys=["a:1", "a:2"]))
    decision.after.append(CustomerAccounts(customer_id=id_, account_keys=["a:1"]))
    decision.after.append(CustomerAccounts(customer_id="new", account_keys=["a:2"]))
    return pb.ReevaluateResponse(decision=decision)


def asked(world: World) -> list[str]:
    return [name.removeprefix("customers/") for each in world.identity.commanded["reevaluate"] for name in each.names]


def test_id11_a_dry_run_shows_what_would_change_and_commands_nothing(world: World) -> None:
    result = world.run("reevaluate", "store:s1", "--dry-run")
    assert f"{ONE} (2 accounts) -> {ONE} (1 account), new (1 account)" in result.stdout
    assert "would change" in result.stdout
    request = world.commanded("reevaluate")
    assert (request.dry_run, list(request.names)) == (True, [f"customers/{ONE}"])


def test_id11_all_customers_are_decided_about_in_the_order_of_their_ids(world: World) -> None:
    found = world.json("reevaluate", "--all", *FAST, *BY)
    assert asked(world) == IDS
    assert [len(request.names) for request in world.identity.commanded["reevaluate"]] == [100, 50]
    assert (found["customers"], found["changed"], found["last"]) == (150, 2, IDS[-1])
    assert list(found["changes"][0]["after"]) == [IDS[0], "new"]
    requests = world.identity.commanded["reevaluate"]
    assert {(each.owner, each.reason, each.dry_run) for each in requests} == {("S-17", "she told us", False)}
    assert len({each.request_id for each in requests}) == 2


def test_id11_what_was_stopped_says_how_to_go_on_and_goes_on(world: World) -> None:
    first, rest = pb.ReevaluateResponse(), refused("STORE_UNAVAILABLE", grpc.StatusCode.UNAVAILABLE)

    def fails_later(request: pb.ReevaluateRequest) -> pb.ReevaluateResponse:
        world.identity.errors = [rest] * 10
        return first

    world.identity.answers["reevaluate"] = fails_later
    stopped = world.run("reevaluate", "--all", *FAST, *BY)
    assert stopped.exit_code == 1
    assert f"stopped after 100 of 150 customers: --after {IDS[99]} goes on" in stopped.stderr
    world.identity.errors = []
    world.identity.answers["reevaluate"] = parted
    world.identity.commanded.clear()
    assert world.json("reevaluate", "--all", "--after", IDS[99], *FAST, *BY)["customers"] == 50
    assert asked(world) == IDS[100:]


def test_ctrl_c_tells_how_far_it_came(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(self: Decisions, customers: Sequence[str]) -> Decision:
        if IDS[0] in customers:
            return Decision()
        raise KeyboardInterrupt

    monkeypatch.setattr(Decisions, "preview_reevaluation", interrupted)
    result = world.run("reevaluate", "--all", "--dry-run", *FAST)
    assert (result.exit_code, f"--after {IDS[99]} goes on" in result.stderr) == (1, True)


def test_an_outcome_that_does_not_come_stops_it_without_naming_an_option_that_there_is_not(world: World) -> None:
    world.identity.errors = [pending() for _ in range(100)]
    result = world.run("reevaluate", "store:s1", "--timeout", "1s", *BY)
    assert result.exit_code == 1
    assert "no outcome after 1 s; stopped before any of 1 customers was done" in result.stderr
    assert "--request-id" not in result.stderr


def test_an_outcome_that_is_late_is_waited_for(world: World) -> None:
    world.identity.errors = [pending()]
    assert world.run("reevaluate", "store:s1", *BY).exit_code == 0
    assert len({request.request_id for request in world.identity.commanded["reevaluate"]}) == 1


@pytest.mark.parametrize(
    "arguments", [(), ("--all", "store:s1", *BY), ("--all",), ("--all", "--owner", "S-17"), ("--all", "--rate", "0/s")]
)
def test_whom_and_by_whom_must_be_said(world: World, arguments: tuple[str, ...]) -> None:
    assert world.run("reevaluate", *arguments).exit_code == 2
    assert asked(world) == []
