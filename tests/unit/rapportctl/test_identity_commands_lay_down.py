"""`rapportctl identity`: reviewing suggestions, and what people lay down about accounts, values and relationships."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from rapport.identity.v1.decisions_pb2 import (
    Constraint,
    ConstraintSide,
    RefusalRule,
    Relationship,
    Suggestion,
    SuggestionState,
)
from rapport.identity.v1.events_pb2 import ConstraintKind, RelationshipKind
from rapport.identity.v1.service_pb2 import IdentifierValue
from rapport.stewardship.v1 import stewardship_pb2 as pb
from tests.unit.rapportctl.identity_world import BY, ONE, OTHER, World, identity_world


@pytest.fixture
def world() -> Iterator[World]:
    with identity_world() as world:
        yield world


# -- suggestions


def suggestion(number: int) -> Suggestion:
    return Suggestion(
        name=f"suggestions/s{number}",
        account_key="store:s1",
        other_account_key="store:s2",
        customer_id=ONE,
        other_customer_id=OTHER,
        weight=7.5,
        expected_precision=0.9431,
    )


def test_id7_suggestions_are_shown_with_how_often_such_ones_are_right(world: World) -> None:
    held_back = suggestion(2)
    held_back.held_back.rule = RefusalRule.REFUSAL_RULE_CONTRADICTION
    world.identity.answers["list_suggestions"] = pb.ListSuggestionsResponse(suggestions=[suggestion(1), held_back])
    shown = world.run("suggestions", "--customer", "store:s1").stdout
    for said in ("suggestions/s1", "+7.5 bits", "94.31 %", "the weight alone", "contradiction", OTHER):
        assert said in shown
    request = world.commanded("list_suggestions")
    assert (request.state, request.customer) == (SuggestionState.SUGGESTION_STATE_PENDING, f"customers/{ONE}")


def test_suggestions_are_fetched_page_by_page_up_to_the_number_wanted(world: World) -> None:
    def page(request: pb.ListSuggestionsRequest) -> pb.ListSuggestionsResponse:
        start = int(request.page_token or 0)
        return pb.ListSuggestionsResponse(
            suggestions=[suggestion(start + n) for n in range(10)], next_page_token=str(start + 10)
        )

    world.identity.answers["list_suggestions"] = page
    found = world.json("suggestions", "--state", "rejected", "--max", "25")
    assert [each["name"] for each in found] == [f"suggestions/s{n}" for n in range(25)]
    assert len(world.identity.commanded["list_suggestions"]) == 3
    assert world.commanded("list_suggestions").state == SuggestionState.SUGGESTION_STATE_REJECTED


@pytest.mark.parametrize(("command", "accepted"), [("accept", True), ("reject", False)])
def test_id7_a_suggestion_is_decided_either_way(world: World, command: str, *, accepted: bool) -> None:
    assert world.run(command, "s1", *BY).exit_code == 0
    request = world.commanded("decide_suggestion")
    assert (request.name, request.accepted) == ("suggestions/s1", accepted)


# -- constraints, blocked values


@pytest.mark.parametrize(
    ("expires", "expected"),
    [
        ((), None),
        (("--expires", "2026-12-31"), datetime(2026, 12, 31, tzinfo=UTC)),
        (("--expires", "90d"), timedelta(days=90)),
    ],
)
def test_id6_a_constraint_has_kind_accounts_owner_reason_and_expiry(
    world: World, expires: tuple[str, ...], expected: datetime | timedelta | None
) -> None:
    made = Constraint(name="constraints/c1", kind=ConstraintKind.CONSTRAINT_KIND_CANNOT_LINK, owner="S-17")
    made.sides.append(ConstraintSide(account_keys=["store:s1"]))
    world.identity.answers["add_constraint"] = pb.AddConstraintResponse(constraint=made)
    result = world.run("constrain", "cannot-link", "store:s1", "store:s2", *expires, *BY)
    assert "cannot link" in result.stdout
    assert "`rapportctl identity unconstrain constraints/c1`" in result.stderr
    request = world.commanded("add_constraint")
    assert request.kind == ConstraintKind.CONSTRAINT_KIND_CANNOT_LINK
    assert (list(request.account_keys), request.owner) == (["store:s1", "store:s2"], "S-17")
    assert request.HasField("expire_time") == (expected is not None)
    if isinstance(expected, timedelta):
        expected = world.deployment.clock.now() + expected
    if expected is not None:
        assert abs(request.expire_time.ToDatetime(tzinfo=UTC) - expected) < timedelta(minutes=1)


def test_id6_constraints_are_listed_of_one_customer_or_of_all_and_taken_back(world: World) -> None:
    assert world.run("constraints").stdout == "no constraints\n"
    assert world.commanded("list_constraints").parent == ""
    world.run("constraints", "store:s1")
    assert world.commanded("list_constraints").parent == f"customers/{ONE}"
    world.run("unconstrain", "c1", *BY)
    assert world.commanded("remove_constraint").name == "constraints/c1"


@pytest.mark.parametrize(("command", "unblocked"), [("block", False), ("unblock", True)])
def test_id11_a_value_is_blocked_and_unblocked_without_being_printed(
    world: World, command: str, *, unblocked: bool
) -> None:
    result = world.run(command, "email=info@example.com", *BY)
    request = world.commanded("block_identifier")
    assert request.identifier == IdentifierValue(type="email", value="info@example.com")
    assert request.unblock == unblocked
    assert "info@" not in result.output


# -- relationships


@pytest.mark.parametrize(
    ("option", "kind", "other", "organisation"),
    [
        (("--household", OTHER), RelationshipKind.RELATIONSHIP_KIND_HOUSEHOLD, f"customers/{OTHER}", ""),
        (("--employer", "Acme"), RelationshipKind.RELATIONSHIP_KIND_EMPLOYER, "", "Acme"),
        (("--agency", "North Star"), RelationshipKind.RELATIONSHIP_KIND_AGENCY, "", "North Star"),
        (("--executive", "Acme"), RelationshipKind.RELATIONSHIP_KIND_EXECUTIVE, "", "Acme"),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else None,
)
def test_id12_a_customer_is_related_to_another_or_to_an_organisation(
    world: World, option: tuple[str, str], kind: int, other: str, organisation: str
) -> None:
    made = Relationship(name="relationships/x", kind=RelationshipKind.RELATIONSHIP_KIND_AGENCY, organisation="A [b]")
    world.identity.answers["add_relationship"] = pb.AddRelationshipResponse(relationship=made)
    assert "A [b]" in world.run("relate", "store:s1", *option, *BY).stdout
    request = world.commanded("add_relationship")
    assert (request.kind, request.name) == (kind, f"customers/{ONE}")
    assert (request.other_name, request.organisation) == (other, organisation)


def test_id12_a_relationship_has_one_other_side(world: World) -> None:
    assert world.run("relate", "store:s1", *BY).exit_code == 2
    assert world.run("relate", "store:s1", "--agency", "A", "--employer", "B", *BY).exit_code == 2


def test_id12_relationships_are_listed_and_taken_back(world: World) -> None:
    listed = Relationship(name="relationships/x", customer_id=ONE, other_customer_id=OTHER, owner="rules")
    world.identity.answers["list_relationships"] = pb.ListRelationshipsResponse(relationships=[listed])
    shown = world.run("relationships", "store:s1").stdout
    assert OTHER in shown
    assert "rules" in shown
    assert world.run("unrelate", "x", *BY).stdout == "relationships/x is taken back\n"
    assert world.commanded("remove_relationship").name == "relationships/x"
