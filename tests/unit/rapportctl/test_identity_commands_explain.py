"""`rapportctl identity` as a person asks it for reasons, over real gRPC."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from rapport.identity.v1 import service_pb2 as pb
from rapport.identity.v1.decisions_pb2 import (
    Constraint,
    ConstraintSide,
    CustomerAccounts,
    Decision,
    DecisionKind,
    Identifier,
    Refusal,
    RefusalRule,
    Tie,
)
from rapport.identity.v1.events_pb2 import ConstraintKind, FieldWeight
from rapport.stewardship.v1.stewardship_pb2 import ListDecisionsResponse
from tests.unit.rapportctl.identity_world import ONE, OTHER, World, identity_world

TIME = Timestamp(seconds=1_773_480_413)  # 2026-03-14 09:26:53Z
MAIL = "email:h_mfzwizltoq2dcmrtgq3tqojqge"


@pytest.fixture
def world() -> Iterator[World]:
    with identity_world() as world:
        yield world


def tie(account: str, identifier: str, weight: float = 10.0) -> Tie:
    return Tie(account_key=account, identifier_key=identifier, weight=weight, enter_time=TIME, event_id="e-1")


def comparison(weight: float = 6.0) -> pb.Comparison:
    return pb.Comparison(
        account_key="store:s1",
        other_account_key="store:s2",
        weight=weight,
        prior_weight=-10,
        personal_weight=3.5,
        probability=0.9846,
        fields=[
            FieldWeight(field="given_name", level="exact", weight=9.0),
            FieldWeight(field="postal_code", level="exact", weight=weight + 1),
        ],
        model_version="standard-1",
    )


def refusal(rule: RefusalRule.ValueType = RefusalRule.REFUSAL_RULE_HARD_CONFLICT) -> Refusal:
    return Refusal(tie=tie("store:s1", MAIL), rule=rule, detail="date_of_birth")


# -- resolve, identifiers


def test_resolve_tells_the_customer_and_its_accounts(world: World) -> None:
    found = world.json("resolve", "store:s1")
    assert (found["customer_id"], found["accounts"]) == (ONE, ["store:s1"])
    assert ONE in world.run("resolve", ONE).stdout


def test_resolve_tells_which_id_was_merged_away(world: World) -> None:
    world.identity.resolved[OTHER] = pb.ResolveResponse(customer_id=ONE, merged_from=OTHER)
    assert world.json("resolve", OTHER)["merged_from"] == OTHER


def test_resolve_of_nobody_is_status_three(world: World) -> None:
    result = world.run("resolve", "email=nobody@example.com")
    assert (result.exit_code, "CUSTOMER_NOT_FOUND" in result.stderr) == (3, True)


def test_identifiers_are_shown_with_who_showed_them_and_what_was_refused(world: World) -> None:
    identifier = Identifier(type="email", key=MAIL)
    identifier.shown_by.add(account_key="store:s1", first_time=TIME, event_id="e-1")

    def page(request: pb.ListIdentifiersRequest) -> pb.ListIdentifiersResponse:
        if request.page_token:
            return pb.ListIdentifiersResponse(identifiers=[Identifier(type="phone", key="phone:h_x")])
        return pb.ListIdentifiersResponse(identifiers=[identifier], refusals=[refusal()], next_page_token="2")

    world.identity.answers["list_identifiers"] = page
    shown = world.run("identifiers", "store:s1").stdout
    assert "store:s1  2026-03-14 09:26:53Z  e-1" in shown
    assert "phone:h_x" in shown
    assert "hard conflict" in shown
    found = world.json("identifiers", "store:s1")
    assert [each["type"] for each in found["identifiers"]] == ["email", "phone"]
    assert found["refusals"][0]["detail"] == "date_of_birth"


# -- why, why-not


def test_id8_why_shows_the_ties_and_each_fields_part_in_the_weight(world: World) -> None:
    world.identity.answers["explain_why"] = pb.ExplainWhyResponse(
        customer_id=ONE, ties=[tie("store:s1", MAIL), tie("store:s2", MAIL)], comparison=comparison()
    )
    shown = world.run("why", "store:s1", "store:s2").stdout
    assert f"one customer, {ONE}" in shown
    assert MAIL in shown
    assert "+10.0 bits (99.90 %)" in shown
    assert "store:s1 and store:s2 compared: +6.0 bits (98.46 %)" in shown
    assert "before any field" in shown
    assert "█" in shown
    request = world.identity.commanded["explain_why"][0]
    assert (request.account, request.other_account) == ("store:s1", "store:s2")


def test_id8_why_of_two_customers_says_where_to_ask(world: World) -> None:
    world.identity.answers["explain_why"] = pb.ExplainWhyResponse(comparison=comparison(-3.0))
    shown = world.run("why", "store:s1", "store:s2").stdout
    assert "of two customers: `rapportctl identity why-not`" in shown
    assert "-3.0 bits (11.11 %)" in shown


def test_id8_a_tie_by_a_person_is_told_as_such(world: World) -> None:
    by_person = Tie(account_key="store:s1", other_account_key="store:s2", constraint="constraints/x")
    world.identity.answers["explain_why"] = pb.ExplainWhyResponse(customer_id=ONE, ties=[by_person])
    shown = world.run("why", "store:s1", "store:s2").stdout
    assert "a person's word" in shown
    assert "constraints/x" in shown


def test_id8_why_not_shows_refusals_constraints_pairs_and_the_threshold(world: World) -> None:
    constraint = Constraint(
        name="constraints/x",
        kind=ConstraintKind.CONSTRAINT_KIND_CANNOT_LINK,
        sides=[ConstraintSide(account_keys=["store:s1"]), ConstraintSide(account_keys=["store:s2"])],
        owner="S-17",
        reason="two sisters",
    )
    world.identity.answers["explain_why_not"] = pb.ExplainWhyNotResponse(
        refusals=[refusal()],
        constraints=[constraint],
        comparisons=[comparison(6.0), comparison(2.0)],
        link_threshold=8.0,
    )
    shown = world.run("why-not", "store:s1", OTHER).stdout
    assert "linked without a person from +8.0 bits (99.61 %) on" in shown
    assert "hard conflict" in shown
    assert "cannot link" in shown
    assert "two sisters" in shown
    assert "for ever" in shown
    assert shown.count("all together") == 1
    assert world.run("why-not", "store:s1", OTHER, "--pairs", "2").stdout.count("all together") == 2
    request = world.identity.commanded["explain_why_not"][0]
    assert (request.name, request.other_name) == (f"customers/{ONE}", f"customers/{OTHER}")


def test_id8_why_not_of_one_customer_says_so(world: World) -> None:
    world.identity.answers["explain_why_not"] = pb.ExplainWhyNotResponse(customer_id=ONE)
    assert f"they are one customer, {ONE}" in world.run("why-not", ONE, OTHER).stdout


# -- how, decisions


def merged() -> Decision:
    return Decision(
        name="decisions/d1",
        kind=DecisionKind.DECISION_KIND_MERGE_BY_PERSON,
        decide_time=TIME,
        owner="S-17",
        reason="she told us",
        before=[
            CustomerAccounts(customer_id=ONE, account_keys=["store:s1"]),
            CustomerAccounts(customer_id=OTHER, account_keys=["store:s2", "store:s3"]),
        ],
        after=[CustomerAccounts(customer_id=ONE, account_keys=["store:s1", "store:s2", "store:s3"])],
    )


def test_id8_how_tells_each_kind_of_step_with_its_evidence(world: World) -> None:
    steps = [
        pb.Step(step_time=TIME, joined=Tie(account_key="store:s1", event_id="e-1")),
        pb.Step(step_time=TIME, joined=tie("store:s4", MAIL)),
        pb.Step(step_time=TIME, refused=refusal()),
        pb.Step(step_time=TIME, decision=merged()),
    ]
    world.identity.answers["explain_how"] = lambda request: pb.ExplainHowResponse(
        steps=steps[2:] if request.page_token else steps[:2], next_page_token="" if request.page_token else "2"
    )
    shown = world.run("how", "store:s1").stdout
    for said in (
        "store:s1, the first",
        f"store:s4 by {MAIL}",
        f"store:s1 not tied to {MAIL}",
        "hard conflict: date_of_birth",
        "merge by person",
        f"{OTHER} (2 accounts)",
        f"-> {ONE} (3 accounts)",
        "S-17: she told us",
    ):
        assert said in shown
    assert len(world.json("how", "store:s1", "--max", "3")) == 3


def test_id11_decisions_tell_who_was_together_before_and_after(world: World) -> None:
    undone = merged()
    undone.undone_by = "decisions/d2"
    world.identity.answers["list_decisions"] = ListDecisionsResponse(decisions=[undone])
    shown = world.run("decisions", "store:s1").stdout
    for said in ("decisions/d1", "2026-03-14 09:26:53Z", "S-17", "she told us", "decisions/d2", "-> " + ONE):
        assert said in shown
    assert world.json("decisions", ONE)[0]["before"][1]["account_keys"] == ["store:s2", "store:s3"]
    assert world.identity.commanded["list_decisions"][0].parent == f"customers/{ONE}"


def test_a_customer_without_decisions_is_no_failure(world: World) -> None:
    result = world.run("decisions", ONE)
    assert (result.exit_code, result.stdout) == (0, "no decision has changed this customer\n")


@pytest.mark.parametrize(
    "arguments",
    [("why", "store:s1", "email=x@example.com"), ("why", "store:s1"), ("why-not", ONE), ("how",), ("how", "nobody")],
)
def test_what_cannot_be_meant_is_wrong_usage(world: World, arguments: tuple[str, ...]) -> None:
    assert world.run(*arguments).exit_code == 2
