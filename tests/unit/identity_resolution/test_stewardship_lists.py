"""What stewards see: decisions, suggestions, constraints and relationships, in pages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from rapport.identity.v1 import decisions_pb2 as decisions
from rapport.identity.v1 import events_pb2 as events
from rapport.stewardship.v1 import stewardship_pb2 as pb
from tests.unit.identity_resolution.stewards import NOBODY, A, B, C, D, Steward, observed, refusal, town

CANNOT, HOUSEHOLD = events.CONSTRAINT_KIND_CANNOT_LINK, events.RELATIONSHIP_KIND_HOUSEHOLD


def pages(call: Callable[[Any, None], Any], request: Any, field: str, page_size: int) -> list[list[Any]]:
    """All pages of a list."""
    request.page_size = page_size
    found: list[list[Any]] = []
    while True:
        page = call(request, None)
        found.append(list(getattr(page, field)))
        if not page.next_page_token:
            return found
        request.page_token = page.next_page_token


def everything(call: Callable[[Any, None], Any], request: Any, field: str, page_size: int = 2) -> list[Any]:
    """A list whole; no page is longer than was asked for, and nothing comes twice."""
    found = pages(call, request, field, page_size)
    assert all(len(page) <= page_size for page in found)
    listed = [each for page in found for each in page]
    assert len({each.name for each in listed}) == len(listed)
    return listed


def suspects(number: int) -> Steward:
    """The town, and so many pairs of accounts that share an e-mail address and have two birth dates."""
    steward = town()
    for pair in range(number):
        mail = ("email", f"maria{pair}@example.com")
        for account, born in ((f"x:{pair}", "1984-02-29"), (f"y:{pair}", "1991-07-15")):
            steward.world.send(observed("1", account, mail, given_name="Maria", date_of_birth=born))
            steward.world.settle()
    return steward


def suggestions(steward: Steward, page_size: int = 2, **asked: Any) -> list[decisions.Suggestion]:
    return everything(steward.api.list_suggestions, pb.ListSuggestionsRequest(**asked), "suggestions", page_size)


@pytest.mark.parametrize("page_size", [1, 2, 3, 1000])
def test_id7_suggestions_come_the_most_probable_first_with_the_customers_of_their_accounts(page_size: int) -> None:
    steward = suspects(5)
    listed = suggestions(steward, page_size)
    between = {frozenset((each.account_key, each.other_account_key)) for each in listed}
    assert {frozenset((f"x:{pair}", f"y:{pair}")) for pair in range(5)} <= between
    weights = [each.weight for each in listed]
    assert weights == sorted(weights, reverse=True)
    for each in listed:
        assert each.customer_id == steward.customer(each.account_key)
        assert each.other_customer_id == steward.customer(each.other_account_key)
        assert 0 < each.expected_precision < 1


@pytest.mark.parametrize("page_size", [1, 2, 10])
def test_id7_suggestions_of_one_customer_are_those_that_concern_its_accounts(page_size: int) -> None:
    steward = suspects(3)
    for account in ("x:1", "y:1"):
        listed = suggestions(steward, page_size, customer=steward.name(account))
        assert {"x:1", "y:1"} in [{each.account_key, each.other_account_key} for each in listed]
        assert all(account in (each.account_key, each.other_account_key) for each in listed)
    assert suggestions(steward, customer=steward.name(D)) == []


def test_id7_pending_suggestions_whose_accounts_have_become_one_customer_are_left_out() -> None:
    """Also where a whole look into the store finds nothing else: the next one goes on behind it."""
    steward = suspects(5)
    all_ = suggestions(steward)
    settled = [each for each in all_ if {each.account_key, each.other_account_key} != {"x:4", "y:4"}]
    for each in settled:
        if steward.customer(each.account_key) != steward.customer(each.other_account_key):
            steward.merge(each.account_key, each.other_account_key)
    left = suggestions(steward, 1)
    assert all(each.customer_id != each.other_customer_id for each in left)
    assert {"x:0", "y:0"} not in [{each.account_key, each.other_account_key} for each in left]


def test_id6_constraints_that_hold_are_listed_oldest_first_of_all_or_of_one_customer() -> None:
    steward = town()
    made = [steward.constrain(CANNOT, *pair).constraint for pair in ((A, C), (A, D), (C, D), (B, D), (B, C))]
    removed = pb.RemoveConstraintRequest(name=made[1].name, **steward.mandate())
    steward.api.remove_constraint(removed, None)
    for size in (1, 2, 3, 100):
        listed = everything(steward.api.list_constraints, pb.ListConstraintsRequest(), "constraints", size)
        assert listed == [made[0], *made[2:]]
    of_a = pb.ListConstraintsRequest(parent=steward.name(A))
    assert everything(steward.api.list_constraints, of_a, "constraints") == [made[0], *made[3:]]


@pytest.mark.parametrize("page_size", [1, 2, 100])
def test_id11_decisions_are_listed_newest_first_also_by_an_id_that_was_merged_away(page_size: int) -> None:
    steward = town()
    gone = steward.name(C)
    made = [steward.merge(A, C), steward.constrain(CANNOT, A, D).decision, steward.merge(A, *fresh(steward))]
    for parent in (steward.name(A), gone):
        listed = everything(steward.api.list_decisions, pb.ListDecisionsRequest(parent=parent), "decisions", page_size)
        assert [each.name for each in listed[:3]] == [each.name for each in reversed(made)]
        assert listed[-1].kind == decisions.DECISION_KIND_MERGE_BY_PERSON or listed[-1].ties


def fresh(steward: Steward) -> list[str]:
    """An account that nothing was said of."""
    steward.world.show(("x:fresh", []))
    steward.world.settle()
    return ["x:fresh"]


def test_id12_relationships_are_listed_from_both_sides_with_the_customers_as_they_are_now() -> None:
    steward = town()
    request = pb.AddRelationshipRequest(
        kind=HOUSEHOLD, name=steward.name(A), other_name=steward.name(C), **steward.mandate()
    )
    made = steward.api.add_relationship(request, None).relationship
    steward.merge(C, D)
    for account in (A, C):
        request_ = pb.ListRelationshipsRequest(parent=steward.name(account))
        (listed,) = everything(steward.api.list_relationships, request_, "relationships")
        assert (listed.name, listed.account_key, listed.other_account_key) == (made.name, made.account_key, C)
        assert (listed.customer_id, listed.other_customer_id) == (steward.customer(A), steward.customer(D))
    steward.merge(A, C)
    request_ = pb.ListRelationshipsRequest(parent=steward.name(A))
    assert len(everything(steward.api.list_relationships, request_, "relationships")) == 1


@pytest.mark.parametrize("page_size", [1, 2, 100])
def test_id12_relationships_come_in_pages(page_size: int) -> None:
    steward = town()
    for organisation in ("North Star", "South Star", "us"):
        request = pb.AddRelationshipRequest(
            kind=HOUSEHOLD, name=steward.name(A), organisation=organisation, **steward.mandate()
        )
        steward.api.add_relationship(request, None)
    request_ = pb.ListRelationshipsRequest(parent=steward.name(A))
    listed = everything(steward.api.list_relationships, request_, "relationships", page_size)
    assert [each.organisation for each in listed] == ["North Star", "South Star", "us"]


@pytest.mark.parametrize(
    ("method", "make"),
    [
        ("list_decisions", lambda parent: pb.ListDecisionsRequest(parent=parent)),
        ("list_constraints", lambda parent: pb.ListConstraintsRequest(parent=parent)),
        ("list_relationships", lambda parent: pb.ListRelationshipsRequest(parent=parent)),
        ("list_suggestions", lambda parent: pb.ListSuggestionsRequest(customer=parent)),
    ],
)
def test_a_list_of_nobody_or_with_a_forged_token_is_refused_by_field(method: str, make: Any) -> None:
    steward = town()
    call = getattr(steward.api, method)
    field = "customer" if method == "list_suggestions" else "parent"
    for parent, code in ((f"customers/{NOBODY}", "NOT_FOUND"), ("joe", "INVALID_ARGUMENT")):
        error = refusal(call, make(parent))
        assert (error.code.name, error.metadata["field"]) == (code, field)
    for name, value in (("page_token", "forged"), ("page_size", -1)):
        request = make(steward.name(A))
        setattr(request, name, value)
        assert refusal(call, request).metadata["field"] == name


def test_suggestions_in_a_state_that_there_is_not_are_refused() -> None:
    request: Any = pb.ListSuggestionsRequest()
    request.state = 99
    assert refusal(town().api.list_suggestions, request).metadata["field"] == "state"
