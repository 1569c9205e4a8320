"""What people are asked, and no longer: pairs that may be one person, and ties that a rule holds back."""

from __future__ import annotations

from identity_resolution.domain.customers import Rule
from identity_resolution.domain.decisions import Suggestion, SuggestionState, suggestion_id
from identity_resolution.domain.evidence import AddConstraint, ConstraintKind, Pair, RemoveConstraint
from identity_resolution.domain.review import FEW
from tests.unit.identity_resolution.deciding import Store
from tests.unit.identity_resolution.logs import POLICY

PENDING, WITHDRAWN = SuggestionState.PENDING, SuggestionState.WITHDRAWN


def asked(store: Store, one: str, other: str) -> Suggestion | None:
    return store.suggestions.get(suggestion_id(one, other))


def state(store: Store, one: str, other: str) -> SuggestionState | None:
    found = asked(store, one, other)
    return found.state if found else None


def test_id7_a_pair_between_the_thresholds_is_asked_about_and_taken_back_when_it_weighs_less() -> None:
    store = Store(POLICY)
    store.show("a", pairs=[Pair("b", 3.0, 1.0, (("city", "exact", 3.0),))])
    found = asked(store, "a", "b")
    assert found is not None
    assert (found.state, found.weight, found.fields, found.held_back) == (PENDING, 3.0, (("city", "exact", 3.0),), None)
    store.show("b", pairs=[Pair("a", -4.0)])
    assert state(store, "a", "b") is WITHDRAWN


def test_id7_it_is_not_asked_what_other_evidence_has_answered() -> None:
    store = Store(POLICY)
    store.show("a", "email:1", pairs=[Pair("b", 3.0)])
    store.show("b", "email:1")
    assert state(store, "a", "b") is WITHDRAWN
    store.show("a", pairs=[Pair("b", 4.0)])
    assert state(store, "a", "b") is WITHDRAWN


def test_id7_a_match_that_falls_below_the_threshold_parts_and_is_asked_about() -> None:
    store = Store(POLICY)
    store.show("a", pairs=[Pair("b", 9.0)])
    assert len(store.people()) == 1
    store.show("a", pairs=[Pair("b", 3.0)])
    assert (len(store.people()), state(store, "a", "b")) == (2, PENDING)


def test_id5_a_tie_that_a_hard_conflict_holds_back_is_asked_about_with_the_rule() -> None:
    store = Store(POLICY)
    store.show("a", "email:1", exclusives=[("date_of_birth", "1.2.3")])
    store.show("b", "email:1", exclusives=[("date_of_birth", "5.6.7")])
    found = asked(store, "a", "b")
    assert found is not None
    assert found.held_back is not None
    assert (found.held_back.account, found.held_back.other, found.held_back.rule) == (
        "b",
        "email:1",
        Rule.HARD_CONFLICT,
    )
    # A date that was mistyped is told again, and answers it.
    store.show("b", exclusives=[("date_of_birth", "1.2.4")])
    assert (len(store.people()), state(store, "a", "b")) == (1, WITHDRAWN)


def test_id12_two_who_share_an_identifier_and_a_family_name_and_are_different_are_a_household() -> None:
    store = Store(POLICY)
    store.show("a", "phone:1")
    fields = (("given_name", "other", -12.0), ("family_name", "exact", 6.0))
    store.show("b", "phone:1", pairs=[Pair("a", -6.0, -12.0, fields)])
    (household,) = store.relationships.values()
    assert (household.account, household.other, household.owner) == ("a", "b", "rules")


def test_id6_whom_people_keep_apart_is_not_asked_about_until_they_take_it_back() -> None:
    store = Store(POLICY)
    store.show("a", "email:1", pairs=[Pair("b", 3.0)])
    store.show("c", "email:1")
    made = store.command(AddConstraint(ConstraintKind.CANNOT_LINK, ("b", "c"))).made
    assert state(store, "a", "b") is WITHDRAWN
    store.command(RemoveConstraint(made))
    assert state(store, "a", "b") is PENDING


def test_nobody_is_asked_about_a_value_that_many_different_people_show() -> None:
    store = Store(POLICY)
    for number in range(FEW + 1):
        store.show(f"web:{number}", "loyalty_number:1", exclusives=[("date_of_birth", f"{number}.{number}a.{number}b")])
        pending = [each for each in store.suggestions.values() if each.state is PENDING]
        assert len(pending) == (number * (number + 1) // 2 if number < FEW else 0)
