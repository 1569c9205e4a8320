"""`rapportctl identity` as a person decides by hand with it, over real gRPC."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from typing import Any

import grpc
import pytest

from rapport.advocacy.v1.advocacy_pb2 import Score, Standing
from rapport.identity.v1.decisions_pb2 import (
    CustomerAccounts,
    Decision,
    DecisionKind,
    Refusal,
    RefusalRule,
    Tie,
)
from rapport.identity.v1.service_pb2 import ResolveResponse
from rapport.profile.v1.profile_pb2 import CustomerRecord
from rapport.stewardship.v1 import stewardship_pb2 as pb
from rapport.tier.v1.tier_pb2 import Tier
from tests.unit.rapportctl.identity_world import BY, ONE, OTHER, World, identity_world, pending, refused

MERGED = Decision(
    name="decisions/d1",
    kind=DecisionKind.DECISION_KIND_MERGE_BY_PERSON,
    owner="S-17",
    reason="she told us",
    request_id="r-1",
    before=[
        CustomerAccounts(customer_id=ONE, account_keys=["store:s1"]),
        CustomerAccounts(customer_id=OTHER, account_keys=["store:s2"]),
    ],
    after=[CustomerAccounts(customer_id=ONE, account_keys=["store:s1", "store:s2"])],
)


@pytest.fixture
def world() -> Iterator[World]:
    with identity_world() as world:
        world.identity.answers |= {
            "preview_merge": preview(),
            "merge": pb.MergeResponse(decision=MERGED),
            "split": pb.SplitResponse(decision=MERGED),
            "undo": pb.UndoResponse(decision=MERGED),
            "decide_suggestion": pb.DecideSuggestionResponse(decision=MERGED),
        }
        yield world


def standing(customer: str, net: int, score: int, tier: str) -> pb.CustomerStanding:
    record = CustomerRecord(customer_id=customer, accounts=["store:s1"])
    record.contact.given_name.value = "Maria"
    record.purchases.add(currency_code="EUR", orders=2, net_minor_units=net)
    return pb.CustomerStanding(
        customer_id=customer,
        record=record,
        score=Score(score=score, standing=Standing.STANDING_SUPPORTER),
        tier=Tier(tier=tier),
    )


def preview() -> pb.PreviewMergeResponse:
    return pb.PreviewMergeResponse(
        customer_id=ONE,
        account_keys=["store:s1", "store:s2"],
        before=[standing(ONE, 4_998, 214, "silver"), standing(OTHER, 10_000, 300, "member")],
        after=standing(ONE, 14_998, 431, "gold"),
    )


# -- preview-merge


def test_id9_a_preview_shows_each_customer_and_the_one_that_they_would_be(world: World) -> None:
    shown = world.run("preview-merge", "store:s1", OTHER).stdout
    rows = [[cell.strip() for cell in line.strip("│┃").split("│")] for line in shown.splitlines()]
    assert ["tier", "silver", "member", "gold"] in rows
    assert ["score", "214 of 1000", "300 of 1000", "431 of 1000"] in rows
    assert ["purchases", "2 orders, net 49.98 EUR", "2 orders, net 100.00 EUR", "2 orders, net 149.98 EUR"] in rows
    assert ["given name", "Maria", "Maria", "Maria"] in rows
    assert f"as one customer, {ONE}, with 2 accounts" in shown
    assert list(world.commanded("preview_merge").names) == [f"customers/{ONE}", f"customers/{OTHER}"]
    assert world.identity.commanded["merge"] == []


def test_id9_a_preview_tells_which_rules_hold_back_and_who_did_not_answer(world: World) -> None:
    answer = preview()
    answer.ClearField("after")
    answer.held_back.append(
        Refusal(
            tie=Tie(account_key="store:s1", other_account_key="store:s2", weight=3.0),
            rule=RefusalRule.REFUSAL_RULE_HARD_CONFLICT,
            detail="date_of_birth",
        )
    )
    answer.missing_services.append("vip-tier")
    world.identity.answers["preview_merge"] = answer
    result = world.run("preview-merge", "store:s1", OTHER)
    assert "hard conflict" in result.stdout
    assert "date_of_birth" in result.stdout
    assert "vip-tier did not answer in time" in result.stderr
    assert world.json("preview-merge", "store:s1", OTHER)["missing_services"] == ["vip-tier"]


def test_a_merge_needs_two_customers(world: World) -> None:
    assert world.run("preview-merge", ONE).exit_code == 2
    world.identity.resolved["email=maria@example.com"] = ResolveResponse(customer_id=ONE)
    result = world.run("merge", "store:s1", "email=maria@example.com", *BY, "--yes")
    assert (result.exit_code, f"all keys lead to one customer, {ONE}" in result.stderr) == (1, True)
    assert world.identity.commanded["merge"] == []


# -- merge, split, undo


def test_id9_merge_shows_what_it_would_change_and_asks_first(world: World) -> None:
    declined = world.run("merge", "store:s1", OTHER, *BY, stdin="n\n")
    assert declined.exit_code == 1
    assert "gold" in declined.stdout
    assert world.identity.commanded["merge"] == []
    done = world.run("merge", "store:s1", OTHER, *BY, stdin="y\n")
    assert done.exit_code == 0
    assert "decisions/d1" in done.stdout
    assert "`rapportctl identity undo decisions/d1` takes it back" in done.stderr


def test_merge_with_yes_asks_nothing_and_says_who_why_and_under_which_id(world: World) -> None:
    result = world.run("merge", "store:s1", OTHER, *BY, "--yes", "--request-id", "r-1")
    assert f"request id r-1: merge {ONE} {OTHER}" in result.stderr
    assert world.identity.commanded["preview_merge"] == []
    request = world.commanded("merge")
    assert (request.owner, request.reason, request.request_id) == ("S-17", "she told us", "r-1")
    assert list(request.names) == [f"customers/{ONE}", f"customers/{OTHER}"]


def test_a_request_id_is_made_and_printed_where_none_is_given(world: World) -> None:
    ids = []
    for _ in range(2):
        result = world.run("merge", ONE, OTHER, *BY, "--yes", "--format", "json")
        printed = re.search(r"request id (\S+):", result.stderr)
        assert printed is not None
        assert world.commanded("merge").request_id == printed[1] == str(uuid.UUID(printed[1]))
        ids.append(printed[1])
    assert ids[0] != ids[1]


def test_a_script_is_never_asked(world: World) -> None:
    assert world.run("merge", ONE, OTHER, *BY, "--format", "json").exit_code == 2
    assert world.json("merge", ONE, OTHER, *BY, "--yes")["name"] == "decisions/d1"


@pytest.mark.parametrize("missing", ["--owner", "--reason"])
def test_id6_nobody_decides_without_saying_who_and_why(world: World, missing: str) -> None:
    place = BY.index(missing)
    given = (*BY[:place], *BY[place + 2 :])
    for command in (("merge", ONE, OTHER, "--yes"), ("undo", "d1"), ("reject", "s1"), ("block", "email=x@example.com")):
        result = world.run(*command, *given)
        assert (result.exit_code, missing in result.stderr) == (2, True)


def test_id10_split_names_the_customer_and_the_accounts_that_leave(world: World) -> None:
    assert world.run("split", "store:s1", "store:s2", "instagram:maria.k", *BY).exit_code == 0
    request = world.commanded("split")
    assert (request.name, list(request.account_keys)) == (f"customers/{ONE}", ["store:s2", "instagram:maria.k"])


@pytest.mark.parametrize("name", ["decisions/d1", "d1"])
def test_id10_undo_takes_back_a_decision_whole_or_in_part(world: World, name: str) -> None:
    world.run("undo", name, *BY)
    assert (world.commanded("undo").name, list(world.commanded("undo").account_keys)) == ("decisions/d1", [])
    world.run("undo", name, "store:s2", *BY)
    assert list(world.commanded("undo").account_keys) == ["store:s2"]


def test_a_command_that_changes_nothing_says_so(world: World) -> None:
    world.identity.answers["undo"] = pb.UndoResponse()
    assert world.run("undo", "d1", *BY).stdout == "nothing had to change\n"


# -- outcomes that take long, and refusals


def test_a_command_waits_until_its_outcome_is_known_under_one_request_id(world: World) -> None:
    world.identity.errors = [pending(), pending()]
    result = world.run("merge", ONE, OTHER, *BY, "--yes")
    assert (result.exit_code, "decisions/d1" in result.stdout) == (0, True)
    assert len({request.request_id for request in world.identity.commanded["merge"]}) == 1
    assert len(world.identity.commanded["merge"]) == 3
    assert result.stderr.count("asking again") == 1


def test_an_outcome_that_does_not_come_ends_with_how_to_ask_for_it_later(world: World) -> None:
    world.identity.errors = [pending() for _ in range(100)]
    result = world.run("merge", ONE, OTHER, *BY, "--yes", "--timeout", "1s", "--request-id", "r-1")
    assert result.exit_code == 1
    assert "no outcome after 1 s" in result.stderr
    assert "give it again with --request-id r-1" in result.stderr


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (refused("CONSTRAINT_FORBIDS", constraint="c1"), "`rapportctl identity unconstrain constraints/c1`"),
        (refused("CONSTRAINT_FORBIDS"), "`rapportctl identity constraints`"),
        (refused("ALREADY_UNDONE", decision="decisions/d2"), "decisions/d2 did it"),
        (refused("NOTHING_TO_UNDO"), "parted already"),
        (refused("CUSTOMER_TOO_LARGE", limit="500"), "raise the caps"),
        (refused("SUGGESTION_DECIDED", state="accepted"), "undo the decision"),
        (refused("REQUEST_ID_REUSED", grpc.StatusCode.ALREADY_EXISTS), "leave out --request-id"),
    ],
    ids=lambda value: getattr(value, "reason", None),
)
def test_a_refusal_says_what_can_be_done(world: World, error: Any, said: str) -> None:
    world.identity.errors = [error]
    result = world.run("undo", "d1", *BY)
    assert result.exit_code == 1
    assert f"identity-resolution refused: not so ({error.reason})" in result.stderr
    assert said in result.stderr


def test_what_does_not_exist_is_status_three(world: World) -> None:
    world.identity.errors = [refused("RESOURCE_NOT_FOUND", grpc.StatusCode.NOT_FOUND, field="name")]
    result = world.run("undo", "d9", *BY)
    assert (result.exit_code, "RESOURCE_NOT_FOUND" in result.stderr) == (3, True)
    world.identity.resolved.clear()
    assert world.run("split", "store:s1", "store:s2", *BY).exit_code == 3
