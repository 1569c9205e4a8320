"""Decisions that are taken back: what is kept apart by it, and what is not."""

from __future__ import annotations

from identity_resolution.domain.decisions import Decision
from identity_resolution.domain.evidence import ConstraintKind, Pair, Reevaluate, Undo
from identity_resolution.domain.policy import Policy
from tests.unit.identity_resolution.deciding import Store

CAREFUL, BOLD = Policy(link=8.0), Policy(link=5.0)
A, B, C, D = "web:a", "web:b", "web:c", "web:d"


def people(*groups: set[str]) -> set[frozenset[str]]:
    return {frozenset(group) for group in groups}


def two_couples() -> tuple[Store, Decision]:
    """Under other rules a and b are one person, and c and d another: one decision says so of both."""
    store = Store(CAREFUL)
    for one, other in ((A, B), (C, D)):
        store.show(one)
        store.show(other, pairs=[Pair(one, 6.0, 1.0)])
    store.policy = BOLD
    outcome = store.command(Reevaluate((store.home(A).id, store.home(C).id)))
    assert store.people() == people({A, B}, {C, D})
    return store, store.decisions[outcome.decision]


def test_id10_an_undo_parts_those_who_came_together_and_keeps_nobody_else_apart() -> None:
    store, decision = two_couples()
    store.command(Undo(decision.id))
    assert store.people() == people({A}, {B}, {C}, {D})
    store.show(A, "email:1")
    store.show(C, "email:1")
    assert store.people() == people({A, C}, {B}, {D})


def test_id10_an_undo_in_part_leaves_the_other_customers_of_the_decision_as_they_are() -> None:
    store, decision = two_couples()
    assert store.command(Undo(decision.id, (B,))).error == ""
    assert store.people() == people({A}, {B}, {C, D})
    assert [each.sides for each in store.standing()] == [((B,), (A,))]
    assert store.command(Undo(decision.id, (B,))).error == "NOTHING_TO_UNDO"
    assert store.command(Undo(decision.id)).error == ""
    assert store.people() == people({A}, {B}, {C}, {D})
    assert {each.kind for each in store.standing()} == {ConstraintKind.CANNOT_LINK}


def test_id10_not_all_accounts_of_a_decision_can_go_back_in_part() -> None:
    store, decision = two_couples()
    assert store.command(Undo(decision.id, (A, B, C, D))).error == "INVALID_FIELD"
    assert store.command(Undo(decision.id, ("web:nobody",))).error == "INVALID_FIELD"
