"""What people command about customers: it holds whatever rules and evidence say, and can be taken back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from identity_resolution.domain.customers import Cause, Rule
from identity_resolution.domain.decisions import DecisionKind, SuggestionState, suggestion_id
from identity_resolution.domain.evidence import (
    AddConstraint,
    BlockIdentifier,
    Command,
    ConstraintKind,
    DecideSuggestion,
    Evidence,
    Merge,
    Pair,
    Reevaluate,
    RemoveConstraint,
    Split,
    Undo,
)
from tests.unit.identity_resolution.checker import check, check_people
from tests.unit.identity_resolution.deciding import Store, stored
from tests.unit.identity_resolution.logs import POLICY, Commanding, commands, evidence

MUST, CANNOT = ConstraintKind.MUST_LINK, ConstraintKind.CANNOT_LINK


def people(*groups: str) -> set[frozenset[str]]:
    """Accounts of one letter, by customer."""
    return set(map(frozenset, groups))


def merged(store: Store, *accounts: str) -> str:
    """Merge the customers of accounts; return the decision."""
    outcome = store.command(Merge(tuple(store.home(account).id for account in accounts)))
    assert not outcome.error
    return outcome.decision


def at_odds(how: str) -> Store:
    """Two customers, ab and cd, that no rule would let be one."""
    store = Store(POLICY)
    kind = {"card": "loyalty_number", "user": "user_id"}.get(how, "email")
    for account in "ab":
        store.show(account, f"{kind}:1", exclusives=[("date_of_birth", "1.2.3")] if how == "date" else [])
    for account in "cd":
        store.show(account, f"{kind}:2", exclusives=[("date_of_birth", "5.6.7")] if how == "date" else [])
    if how == "pair":
        store.show("b", pairs=[Pair("d", -20.0, -25.0)])
    if how == "weak":
        # What ties d to its customer is weaker than what keeps its customer apart from the other one.
        store.show("d", "cookie:1")
        store.show("e", "cookie:1", "loyalty_number:2")
        store.show("a", "loyalty_number:1")
    return store


@pytest.mark.parametrize("how", ["card", "user", "date", "pair", "weak"])
def test_id6_a_merge_leaves_nobody_behind_whatever_the_rules_have_against_it(how: str) -> None:
    store = at_odds(how)
    before, ids = store.people(), set(store.live())
    decision = merged(store, "a", "c")
    everybody = frozenset().union(*before)
    assert store.people() == {everybody}
    check_people(store)
    store.show("f", "cookie:9")
    store.show(
        "f", "email:1" if how in ("date", "pair", "weak") else f"{'loyalty_number' if how == 'card' else 'user_id'}:1"
    )
    assert store.people() == {everybody | {"f"}}
    store.command(Undo(decision))
    assert {each - {"f"} for each in store.people()} - {frozenset()} == before
    assert ids <= set(store.live())
    check(store)
    check_people(store)


@pytest.mark.parametrize("how", ["card", "user", "date", "pair", "weak"])
def test_id6_a_must_link_of_two_accounts_makes_their_customers_one_whole(how: str) -> None:
    store = at_odds(how)
    before = store.people()
    made = store.command(AddConstraint(MUST, ("a", "d")))
    assert len(store.people()) == 1
    store.command(RemoveConstraint(made.made))
    assert store.people() == before
    check_people(store)


def test_id6_a_person_who_has_two_values_of_one_is_found_by_either() -> None:
    store = at_odds("user")
    merged(store, "a", "c")
    store.show("e", "user_id:2")
    store.show("f", "user_id:1")
    assert store.people() == people("abcdef")
    store.show("a", "user_id:3")
    assert store.home("a").refused[("a", "user_id:3")].rule is Rule.CUSTOMER_LIMIT


def test_id6_evidence_among_those_whom_people_linked_may_send_away_who_came_along() -> None:
    store = Store(POLICY)
    store.show("a", "loyalty_number:1")
    store.show("b", "user_id:1")
    merged(store, "a", "b")
    store.show("c", "user_id:2")
    store.show("c", "loyalty_number:1")
    # By evidence, a and c are one person, and people say that so is b.
    assert store.people() == people("abc")
    store.show("a", "user_id:1")
    assert store.people() == people("ab", "c")
    check_people(store)


def test_id6_what_people_parted_stays_parted_when_the_same_evidence_comes_again() -> None:
    store = Store(POLICY)
    store.show("a", "email:1")
    store.show("b", "email:1", pairs=[Pair("a", 25.0, 3.0)])
    outcome = store.command(Split(store.home("a").id, ("b",)))
    assert (outcome.error, store.people()) == ("", people("a", "b"))
    for _ in range(2):
        store.show("b", "email:1", "phone:1", pairs=[Pair("a", 24.0, 3.0)])
        store.show("a", "email:1", "phone:1")
    assert store.people() == people("a", "b")
    assert {each.rule for each in store.home("b").refused.values()} == {Rule.CANNOT_LINK}


def test_id6_a_newcomer_that_shows_what_parted_customers_hold_joins_neither() -> None:
    store = Store(POLICY)
    store.show("a", "email:1")
    store.show("b", "email:1")
    store.command(Split(store.home("a").id, ("b",)))
    store.show("c", "email:1")
    assert store.people() == people("a", "b", "c")
    assert store.home("c").refused[("c", "email:1")].rule is Rule.AMBIGUOUS
    store.show("c", "phone:1")
    store.show("b", "phone:1")
    assert store.people() == people("a", "bc")


def test_id6_a_cannot_link_outranks_a_must_link_that_comes_later_or_came_before() -> None:
    store = Store(POLICY)
    for account in "abc":
        store.show(account)
    store.command(AddConstraint(CANNOT, ("a", "b")))
    assert store.command(AddConstraint(MUST, ("a", "b"))).error == "CONSTRAINT_FORBIDS"
    store.command(AddConstraint(MUST, ("b", "c")))
    assert store.command(Merge((store.home("a").id, store.home("c").id))).error == "CONSTRAINT_FORBIDS"
    assert store.command(AddConstraint(CANNOT, ("b", "c"))).error == "CONSTRAINT_FORBIDS"
    assert store.people() == people("a", "bc")


def test_id6_of_a_must_link_that_cannot_be_had_whole_the_others_are_linked() -> None:
    store = Store(POLICY)
    for account in "abcd":
        store.show(account)
    store.command(AddConstraint(MUST, ("a", "b", "c", "d")))
    ((constraint, _, _),) = store.constraints.values()
    store.command(Split(store.home("a").id, ("a",)))
    assert store.people() == people("a", "bcd")
    assert constraint.id not in {each.id for each in store.standing()}


def test_id6_an_expired_constraint_ends_like_one_that_a_person_removes() -> None:
    store = Store(POLICY)
    store.show("a", "email:1")
    store.show("b", "email:1")
    made = store.command(AddConstraint(CANNOT, ("a", "b"), expires_at=store.at + 5)).made
    assert store.people() == people("a", "b")
    store.command(RemoveConstraint(made, expired=True))
    assert store.people() == people("ab")
    assert store.command(RemoveConstraint(made)).error == "RESOURCE_NOT_FOUND"


def test_id10_undo_of_an_undo_brings_back_what_was_said() -> None:
    store = at_odds("card")
    before = store.people()
    decision = merged(store, "a", "c")
    for _ in range(3):
        decision = store.command(Undo(decision)).decision
        assert store.people() == before
        decision = store.command(Undo(decision)).decision
        assert store.people() == people("abcd")


def test_id10_undo_of_a_split_of_what_people_merged_brings_the_merge_back() -> None:
    store = at_odds("card")
    merged(store, "a", "c")
    outcome = store.command(Split(store.home("a").id, ("b", "c")))
    assert store.people() == people("ad", "bc")
    store.command(Undo(outcome.decision))
    assert store.people() == people("abcd")
    check_people(store)


def test_id10_undo_of_a_removed_constraint_says_it_again_unless_its_time_has_passed() -> None:
    store = Store(POLICY)
    store.show("a")
    store.show("b")
    for lasts, error in ((0, ""), (3, "NOTHING_TO_UNDO")):
        made = store.command(AddConstraint(MUST, ("a", "b"), store.at + lasts if lasts else 0)).made
        removed = store.command(RemoveConstraint(made))
        store.at += lasts
        outcome = store.command(Undo(removed.decision))
        assert outcome.error == error
        assert store.people() == (people("a", "b") if error else people("ab"))
        if not error:
            store.command(RemoveConstraint(made))


def test_id10_undo_after_later_merges_parts_the_sides_and_leaves_the_later_ones() -> None:
    store = at_odds("card")
    first = merged(store, "a", "c")
    store.show("e")
    merged(store, "a", "e")
    store.show("f", "user_id:2", "loyalty_number:2")
    store.command(Undo(first))
    assert store.people() == people("abe", "cdf")
    check_people(store)


def test_id10_undo_in_part_sends_only_those_back_and_the_rest_can_go_back_later() -> None:
    store = at_odds("card")
    decision = merged(store, "a", "c")
    assert store.command(Undo(decision, ("c",))).error == ""
    assert store.people() == people("abd", "c")
    assert store.decisions[decision].undone_by == ""
    last = store.command(Undo(decision, ("d",)))
    assert (last.error, store.decisions[decision].undone_by) == ("", last.decision)
    assert store.command(Undo(decision)).error == "ALREADY_UNDONE"
    check_people(store)


def test_id10_accounts_move_back_because_of_the_undo_and_say_so() -> None:
    store = at_odds("card")
    decision = merged(store, "a", "c")
    outcome = store.command(Undo(decision))
    assert {key: each.cause for key, each in store.changes.memberships.items()} == dict.fromkeys("cd", Cause.UNDO)
    taken_back = store.decisions[outcome.decision]
    assert taken_back.kind is DecisionKind.UNDO
    assert [sorted(accounts) for _, accounts in taken_back.after] == [["a", "b"], ["c", "d"]]
    assert [each.kind for each in taken_back.released] == [MUST]


def test_id7_a_held_back_suggestion_that_a_person_accepts_makes_both_customers_one_whole() -> None:
    store = at_odds("card")
    store.show("a", "email:1")
    store.show("c", "email:1")
    asked = suggestion_id("a", "c")
    assert store.suggestions[asked].state is SuggestionState.PENDING
    store.command(DecideSuggestion(asked, accepted=True))
    assert store.people() == people("abcd")
    assert store.suggestions[asked].state is SuggestionState.ACCEPTED
    assert store.command(DecideSuggestion(asked, accepted=False)).error == "SUGGESTION_DECIDED"


def test_id7_a_rejected_suggestion_is_not_made_again_by_other_accounts_of_the_same_customers() -> None:
    store = Store(POLICY)
    store.show("a", "user_id:1")
    store.show("b", "user_id:1")
    store.show("c", pairs=[Pair("a", 3.0)])
    store.command(DecideSuggestion(suggestion_id("a", "c"), accepted=False))
    store.show("c", pairs=[Pair("b", 4.0)])
    assert suggestion_id("b", "c") not in store.suggestions


def test_id11_a_blocked_value_ties_nobody_until_it_is_unblocked_and_then_all_who_showed_it() -> None:
    store = Store(POLICY)
    store.show("a", "email:1")
    store.show("b", "email:1")
    outcome = store.command(BlockIdentifier("email:1"))
    assert store.people() == people("a", "b")
    assert store.decisions[outcome.decision].kind is DecisionKind.REEVALUATION
    store.show("c", "email:1")
    assert store.people() == people("a", "b", "c")
    store.command(BlockIdentifier("email:1", unblock=True))
    assert store.people() == people("abc")


def test_a_command_about_several_of_whom_one_is_nobody_changes_none() -> None:
    store = at_odds("card")
    store.policy = replace(POLICY, limits={}, conflicts=frozenset())
    before = stored(store)
    outcome = store.command(Reevaluate((store.home("a").id, "nobody")))
    assert (outcome.error, dict(outcome.details)) == ("CUSTOMER_NOT_FOUND", {"customer": "nobody"})
    assert {**stored(store), "outcomes": {}} == {**before, "outcomes": {}}


@settings(max_examples=200, deadline=None)
@given(st.lists(st.one_of(evidence, commands()), min_size=4, max_size=20))
def test_a_command_that_is_refused_changes_nothing_and_one_given_again_neither(
    log: Sequence[Evidence | Commanding],
) -> None:
    store = Store(POLICY)
    for entry in log:
        if isinstance(entry, Evidence):
            store.take(entry)
            continue
        before, act = stored(store), entry(store)
        outcome = store.command(act)
        if outcome.error:
            assert {**stored(store), "outcomes": {}} == {**before, "outcomes": {}}
            assert not outcome.decision
        done = stored(store)
        store.take(Command(outcome.request_id, "somebody else", "again", act))
        assert stored(store) == done
