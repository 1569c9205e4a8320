"""Reasons, asked over the API: what ties, what was refused, what alike details weigh, and the steps."""

from __future__ import annotations

from typing import Any

import grpc
import pytest

from rapport.identity.v1 import decisions_pb2 as decisions
from rapport.identity.v1 import events_pb2 as events
from rapport.identity.v1 import service_pb2 as pb
from rapport.interactions.v1.interaction_pb2 import Address
from tests.unit.identity_resolution.stewards import NOBODY, A, B, C, D, Steward, observed, refusal, town
from tests.unit.identity_resolution.world import RULES, interaction

MUST, CANNOT = events.CONSTRAINT_KIND_MUST_LINK, events.CONSTRAINT_KIND_CANNOT_LINK
MAIL = ("email", "maria@example.com")
MARIA: dict[str, Any] = {
    "given_name": "Maria",
    "family_name": "Kowalczyk",
    "date_of_birth": "1984-02-29",
    "address": Address(lines=["12 Harbour Street"], postal_code="SW1A 1AA", city="London"),
}
VALUES = ("maria", "kowalczyk", "1984", "harbour", "sw1a", "london")


def why(steward: Steward, one: str, other: str) -> pb.ExplainWhyResponse:
    answer: pb.ExplainWhyResponse = steward.identity.explain_why(
        pb.ExplainWhyRequest(account=one, other_account=other), None
    )
    return answer


def why_not(steward: Steward, one: str, other: str) -> pb.ExplainWhyNotResponse:
    request = pb.ExplainWhyNotRequest(name=steward.name(one), other_name=steward.name(other))
    answer: pb.ExplainWhyNotResponse = steward.identity.explain_why_not(request, None)
    return answer


def how(steward: Steward, account: str, page_size: int = 0) -> list[pb.Step]:
    request = pb.ExplainHowRequest(name=steward.name(account), page_size=page_size)
    told: list[pb.Step] = []
    while True:
        page = steward.identity.explain_how(request, None)
        assert not page_size or len(page.steps) <= page_size
        told += page.steps
        if not page.next_page_token:
            return told
        request.page_token = page.next_page_token


def sharing_an_address() -> Steward:
    """Two people by their birth dates who show one e-mail address."""
    steward = town()
    steward.world.send(observed("21", "x:1", MAIL, **MARIA))
    steward.world.settle()
    steward.world.send(observed("22", "x:2", MAIL, **{**MARIA, "given_name": "Jan", "date_of_birth": "1991-07-15"}))
    steward.world.settle()
    return steward


def test_id8_why_names_the_ties_that_lead_from_one_account_to_the_other() -> None:
    steward = town()
    answer = why(steward, A, B)
    assert answer.customer_id == steward.customer(A)
    first, second = answer.ties
    assert [(tie.account_key, tie.event_id) for tie in answer.ties] == [(A, "1"), (B, "2")]
    assert first.identifier_key == second.identifier_key
    assert first.identifier_key.startswith("cookie:h_")
    assert first.weight > 0
    assert first.HasField("enter_time")
    assert not answer.HasField("comparison")


def test_id8_why_names_the_constraint_where_a_person_said_so() -> None:
    steward = town()
    constraint = steward.constrain(MUST, C, D).constraint.name
    (tie,) = why(steward, C, D).ties
    assert (tie.account_key, tie.other_account_key, tie.constraint, tie.weight) == (C, D, constraint, 0)


def test_id8_why_tells_what_each_field_weighs_now_and_no_value() -> None:
    steward = town()
    steward.world.send(observed("21", "x:1", **MARIA), observed("22", "x:2", **MARIA))
    steward.world.settle()
    answer = why(steward, "x:1", "x:2")
    comparison = answer.comparison
    assert {each.field: each.level for each in comparison.fields}["date_of_birth"] == "exact"
    assert comparison.weight > 7
    assert comparison.weight == pytest.approx(comparison.prior_weight + sum(each.weight for each in comparison.fields))
    assert comparison.probability > 0.99
    assert comparison.personal_weight > 0 > comparison.prior_weight
    assert comparison.model_version
    assert answer.customer_id
    assert not [value for value in VALUES if value in str(answer).lower()]


def test_id8_why_of_accounts_of_two_customers_has_no_customer_and_no_ties() -> None:
    answer = why(town(), A, C)
    assert (answer.customer_id, len(answer.ties)) == ("", 0)


@pytest.mark.parametrize(
    ("one", "other", "code", "field"),
    [
        (A, A, "INVALID_ARGUMENT", "other_account"),
        (A, "nobody", "INVALID_ARGUMENT", "other_account"),
        ("", B, "INVALID_ARGUMENT", "account"),
        (A, "x:nobody", "NOT_FOUND", "other_account"),
        ("x:nobody", A, "NOT_FOUND", "account"),
    ],
)
def test_why_of_nobody_is_refused_by_field(one: str, other: str, code: str, field: str) -> None:
    error = refusal(town().identity.explain_why, pb.ExplainWhyRequest(account=one, other_account=other))
    assert (error.code.name, error.metadata["field"]) == (code, field)


def test_id8_why_not_names_the_rule_that_forbade_a_tie_and_what_each_field_weighs() -> None:
    steward = sharing_an_address()
    answer = why_not(steward, "x:1", "x:2")
    assert decisions.REFUSAL_RULE_HARD_CONFLICT in {each.rule for each in answer.refusals} or (
        decisions.REFUSAL_RULE_CONTRADICTION in {each.rule for each in answer.refusals}
    )
    (refused,) = [each for each in answer.refusals if each.tie.identifier_key]
    assert (refused.tie.account_key, refused.tie.event_id) == ("x:2", "22")
    assert refused.tie.weight > 0
    (comparison,) = answer.comparisons
    assert (comparison.account_key, comparison.other_account_key) == ("x:1", "x:2")
    weights = {each.field: each.weight for each in comparison.fields}
    assert weights["date_of_birth"] < 0 < weights["family_name"]
    assert answer.link_threshold == RULES.matching.thresholds.link
    assert not [value for value in VALUES if value in str(answer).lower()]


def test_id8_why_not_names_the_constraint_by_which_a_person_keeps_them_apart() -> None:
    steward = town()
    constraint = steward.constrain(CANNOT, A, C).constraint
    answer = why_not(steward, A, C)
    assert list(answer.constraints) == [constraint]
    assert list(why_not(steward, A, D).constraints) == []


def test_id8_why_not_of_one_customer_says_so_also_by_an_id_that_was_merged_away() -> None:
    steward = town()
    names = steward.name(A), steward.name(C)
    steward.merge(A, C)
    request = pb.ExplainWhyNotRequest(name=names[0], other_name=names[1])
    assert steward.identity.explain_why_not(request, None).customer_id == steward.customer(A)


def test_id8_why_not_compares_at_most_ten_pairs_the_most_alike_first() -> None:
    steward = town()
    for group, key in (("x", "c-x"), ("y", "c-y")):
        for number in range(5):
            details = {"family_name": "Kowalczyk", "given_name": "Maria" if number == 3 else "Jan"}
            steward.world.send(observed(f"{group}{number}", f"{group}:{number}", ("cookie", key), **details))
        steward.world.settle()
    steward.constrain(CANNOT, "x:0", "y:0")
    weights = [each.weight for each in why_not(steward, "x:1", "y:1").comparisons]
    assert len(weights) <= 10
    assert weights == sorted(weights, reverse=True)


@pytest.mark.parametrize("field", ["name", "other_name"])
def test_why_not_of_nobody_is_refused_by_field(field: str) -> None:
    steward = town()
    request = pb.ExplainWhyNotRequest(name=steward.name(A), other_name=steward.name(C))
    setattr(request, field, f"customers/{NOBODY}")
    error = refusal(steward.identity.explain_why_not, request)
    assert (error.code, error.metadata["field"]) == (grpc.StatusCode.NOT_FOUND, field)


@pytest.mark.parametrize("page_size", [0, 1, 2])
def test_id8_how_tells_the_steps_of_both_customers_that_became_one(page_size: int) -> None:
    steward = town()
    steward.world.send(interaction("5", D, ("loyalty_number", "L-3")))
    steward.world.settle()
    merge = steward.merge(A, C)
    told = how(steward, A, page_size)
    kinds = [step.WhichOneof("step") for step in told]
    assert kinds.count("joined") == 4
    assert told[0].joined.account_key == A
    assert told[0].joined.WhichOneof("to") is None
    joined = {(step.joined.account_key, step.joined.event_id) for step in told if step.HasField("joined")}
    assert {(B, "2"), (D, "5")} <= joined
    assert told[-1].decision.name == merge.name
    times = [step.step_time.ToMilliseconds() for step in told]
    assert times == sorted(times)


def test_id8_how_tells_what_was_refused_on_the_way() -> None:
    steward = sharing_an_address()
    refused = [step.refused for step in how(steward, "x:2") if step.HasField("refused")]
    assert "x:2" in {each.tie.account_key for each in refused}


def test_id8_identifiers_are_listed_by_key_with_the_accounts_that_showed_them() -> None:
    steward = town()
    steward.world.send(*(interaction(f"4{number}", A, ("device", f"d-{number}")) for number in range(4)))
    steward.world.settle()
    request = pb.ListIdentifiersRequest(parent=steward.name(A), page_size=2)
    keys: list[str] = []
    while True:
        page = steward.identity.list_identifiers(request, None)
        keys += [each.key for each in page.identifiers]
        if not page.next_page_token:
            break
        request.page_token = page.next_page_token
    assert (len(keys), keys) == (5, sorted(keys))
    whole = steward.identity.list_identifiers(pb.ListIdentifiersRequest(parent=steward.name(A)), None)
    (cookie,) = [each for each in whole.identifiers if each.type == "cookie"]
    assert [(each.account_key, each.event_id) for each in cookie.shown_by] == [(A, "1"), (B, "2")]


def test_id8_refusals_are_listed_on_the_first_page_alone() -> None:
    steward = sharing_an_address()
    steward.world.send(interaction("50", "x:2", ("device", "d-1"), ("device", "d-2")))
    steward.world.settle()
    request = pb.ListIdentifiersRequest(parent=steward.name("x:2"), page_size=1)
    first = steward.identity.list_identifiers(request, None)
    assert [each.tie.account_key for each in first.refusals if each.tie.identifier_key] == ["x:2"]
    request.page_token = first.next_page_token
    assert not steward.identity.list_identifiers(request, None).refusals


def test_a_page_token_of_another_request_is_refused() -> None:
    steward = town()
    request = pb.ExplainHowRequest(name=steward.name(A), page_size=1)
    token = steward.identity.explain_how(request, None).next_page_token
    assert token
    other = pb.ExplainHowRequest(name=steward.name(C), page_token=token)
    assert refusal(steward.identity.explain_how, other).reason == "INVALID_PAGE_TOKEN"
