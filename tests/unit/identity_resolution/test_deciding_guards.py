"""Limits, trust and conflicts: what joins accounts, what is refused, and what is recorded of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from identity_resolution.domain.customers import Cause, IdentifierState, Rule
from identity_resolution.domain.decisions import DecisionKind, SuggestionState
from identity_resolution.domain.evidence import BlockIdentifier, Pair, Reevaluate
from identity_resolution.domain.policy import Policy
from identity_resolution.domain.rules import Limits, Windows
from tests.unit.identity_resolution.deciding import Store

DAY = 86_400_000
ANY = Windows()
POLICY = Policy(
    trust={"user_id": 16.0, "loyalty_number": 11.0, "email": 7.0, "phone": 6.0, "cookie": 5.0},
    limits={
        "user_id": Limits(Windows(ever=1), ANY),
        "cookie": Limits(Windows(week=2), Windows(week=2)),
        "email": Limits(ANY, Windows(ever=3)),
    },
    conflicts=frozenset({"loyalty_number", "date_of_birth"}),
    link=5.0,
    suggest=0.0,
    hold=4.0,
)
BORN_1980, BORN_1951 = ("date_of_birth", "y80.m02.d03"), ("date_of_birth", "y51.m07.d19")


def people(*groups: str) -> set[frozenset[str]]:
    """Accounts by person; of accounts that are called by one letter."""
    return {frozenset(group) for group in groups}


def rules(store: Store, account: str) -> dict[tuple[str, str], Rule]:
    """What was refused of the account's customer, and why."""
    return {key: each.rule for key, each in store.home(account).refused.items()}


def test_id1_a_shared_identifier_merges_into_the_least_id_and_the_other_one_leads_there() -> None:
    store = Store(POLICY)
    first, second = store.show("a", "email:1").id, store.show("b", "phone:2").id
    survivor = store.show("b", "email:1")
    assert survivor.id == first == min(first, second)
    assert survivor.absorbed == [second]
    assert store.customers[second].merged_into == first
    moved = store.memberships["b"]
    assert (moved.customer, moved.previous, moved.cause, moved.birth_id) == (first, second, Cause.MERGE, second)


def test_id1_an_account_that_shows_a_known_identifier_joins_and_the_customer_keeps_its_id() -> None:
    store = Store(POLICY)
    first = store.show("a", "email:1").id
    assert store.show("b", "email:1").id == first
    assert store.memberships["b"].cause is Cause.NEW_ACCOUNT
    assert not store.decisions, "nobody who was known has come together with another"


def test_id3_a_value_that_too_many_show_ties_nobody_and_parts_whom_it_held_together() -> None:
    store = Store(POLICY)
    for account in "abc":
        store.show(account, "email:1")
    assert store.people() == people("abc")
    for account in "defgh":
        store.show(account, "email:1")
    assert store.people() == people(*"abcdefgh")
    assert store.identifiers["email:1"].state is IdentifierState.SHARED
    assert {rule for account in "abcdefgh" for rule in rules(store, account).values()} == {Rule.VALUE_LIMIT}
    (decision,) = store.decisions.values()
    assert decision.kind is DecisionKind.REEVALUATION


def test_id3_looking_again_under_the_same_rules_changes_nothing_and_under_others_ties_all_who_showed_it() -> None:
    store = Store(POLICY)
    for account in "abcde":
        store.show(account, "email:1")
    store.command(Reevaluate((store.home("a").id,)))
    assert store.people() == people(*"abcde")
    store.policy = replace(POLICY, limits={"email": Limits(ANY, Windows(ever=10))})
    store.command(Reevaluate((store.home("a").id,)))
    assert store.people() == people("abcde")


def test_id3_a_limit_of_a_week_counts_any_seven_days() -> None:
    store = Store(POLICY)
    store.show("a", "cookie:1")
    store.show("a", "cookie:2")
    store.show("a", "cookie:3")
    assert rules(store, "a") == {("a", "cookie:3"): Rule.CUSTOMER_LIMIT}
    store.at += 8 * DAY
    store.show("a", "cookie:4")
    assert sorted(store.home("a").links) == ["cookie:1", "cookie:2", "cookie:4"]


def test_id3_a_value_may_be_shown_by_more_if_not_by_many_within_a_week() -> None:
    store = Store(POLICY)
    for account in "abc":
        store.show(account, "cookie:1")
        store.at += 4 * DAY
    assert store.people() == people("abc")
    store.show("d", "cookie:1")
    assert store.people() == people("abcd")
    store.show("e", "cookie:1")
    assert store.people() == people(*"abcde")


def test_id4_of_ties_that_cannot_all_hold_the_least_trusted_is_left_out() -> None:
    """The user ids say that a and b are two people; c shows what both show."""
    store = Store(POLICY)
    store.show("a", "user_id:1", "loyalty_number:1")
    store.show("b", "user_id:2", "phone:2")
    store.show("c", "phone:2", "loyalty_number:1")
    assert store.people() == people("ac", "b")
    assert rules(store, "c") == {("c", "phone:2"): Rule.CUSTOMER_LIMIT}


def test_id4_it_is_left_out_as_well_where_it_came_first() -> None:
    store = Store(POLICY)
    store.show("a", "user_id:1", "loyalty_number:1")
    store.show("b", "user_id:2", "phone:2")
    store.show("c", "phone:2")
    assert store.people() == people("a", "bc")
    store.show("c", "loyalty_number:1")
    assert store.people() == people("ac", "b")


@pytest.mark.parametrize(("date", "who"), [("y80.m02.d03", "ab"), ("y80.d03.m02", "ab"), ("y80.m02.d04", "ab")])
def test_id5_birth_dates_that_may_be_one_do_not_hold_a_merge_back(date: str, who: str) -> None:
    store = Store(POLICY)
    store.show("a", "email:1", exclusives=[BORN_1980])
    store.show("b", "email:1", exclusives=[("date_of_birth", date)])
    assert store.people() == people(who)


@pytest.mark.parametrize("is_late", [False, True])
def test_id5_two_birth_dates_hold_a_merge_back_also_when_they_are_learnt_later(is_late: bool) -> None:
    store = Store(POLICY)
    store.show("a", "email:1", exclusives=[BORN_1980])
    store.show("b", "email:1", exclusives=[] if is_late else [BORN_1951])
    store.show("b", exclusives=[BORN_1951])
    assert store.people() == people("a", "b")
    assert set(rules(store, "b").values()) == {Rule.HARD_CONFLICT}
    (suggestion,) = store.suggestions.values()
    assert (suggestion.pair, suggestion.state) == (("a", "b"), SuggestionState.PENDING)


def test_id5_two_loyalty_numbers_hold_a_merge_back() -> None:
    store = Store(POLICY)
    store.show("a", "email:1", "loyalty_number:1")
    store.show("b", "email:1", "loyalty_number:2")
    assert store.people() == people("a", "b")
    assert set(rules(store, "b").values()) == {Rule.HARD_CONFLICT}


def test_id11_who_showed_a_value_while_it_was_blocked_is_tied_when_it_is_not() -> None:
    store = Store(POLICY)
    store.command(BlockIdentifier("phone:1"))
    store.show("a", "phone:1")
    store.show("b", "phone:1")
    assert store.people() == people("a", "b")
    store.command(BlockIdentifier("phone:1", unblock=True))
    assert store.people() == people("ab")
    store.show("c", "phone:1")
    assert store.people() == people("abc")


def test_id11_a_value_that_too_many_show_stays_so_when_it_was_blocked_for_a_while() -> None:
    store = Store(POLICY)
    for account in "abcd":
        store.show(account, "email:1")
    store.command(BlockIdentifier("email:1"))
    store.command(BlockIdentifier("email:1", unblock=True))
    assert store.people() == people(*"abcd")


@pytest.mark.parametrize("link", [8.0, 5.0])
def test_id11_a_match_that_ties_no_longer_is_asked_about(link: float) -> None:
    """Because the rules ask for more, or because less speaks for it."""
    store = Store(POLICY)
    store.show("a")
    store.show("b", pairs=[Pair("a", 6.0, 2.0)])
    assert store.people() == people("ab")
    if link > POLICY.link:
        store.policy = replace(POLICY, link=link)
        store.command(Reevaluate((store.home("a").id,)))
    else:
        store.show("b", pairs=[Pair("a", 4.0, 2.0)])
    assert store.people() == people("a", "b")
    assert [each.state for each in store.suggestions.values()] == [SuggestionState.PENDING]


def test_a_large_customer_takes_in_nobody_whom_the_same_entry_speaks_against() -> None:
    store = Store(replace(POLICY, limits={}))
    for number in range(450):
        store.show(f"x{number}", "external:1")
    store.show("x7", "phone:7")
    store.show("b", "phone:7", pairs=[Pair("x7", -5.0, -9.0)])
    assert store.people() == {frozenset(f"x{number}" for number in range(450)), frozenset({"b"})}
