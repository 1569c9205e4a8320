"""One entry of the evidence log after the other: who is one customer, under which id, and what is told of it."""

from __future__ import annotations

from identity_resolution.domain.customer_ids import birth_id
from identity_resolution.domain.customers import REFUSALS_KEPT, Cause, Refusal, Rule, Shown
from identity_resolution.domain.decisions import DecisionKind, Joint
from identity_resolution.domain.evidence import Pair
from identity_resolution.domain.policy import Policy
from identity_resolution.domain.rules import Caps
from tests.unit.identity_resolution.checker import check
from tests.unit.identity_resolution.deciding import MILLISECONDS, Store

MAIL, PHONE, CARD = "email:h_1", "phone:h_2", "loyalty_number:h_3"


def shown(position: int) -> Shown:
    return Shown(position, MILLISECONDS + position, f"e{position}")


def capped(accounts: int = 500, links: int = 2_000) -> Store:
    return Store(Policy(caps=Caps(accounts, links)))


def test_id1_a_new_account_makes_a_customer_that_bears_its_birth_id() -> None:
    store = Store()
    customer = store.show("a")
    assert customer.accounts == {"a": customer.id}
    assert customer.id == birth_id(MILLISECONDS, 0)
    (membership,) = store.changes.memberships.values()
    assert (membership.previous, membership.cause, membership.version) == ("", Cause.NEW_ACCOUNT, 1)


def test_id1_an_account_that_shows_a_known_identifier_joins_and_the_customer_keeps_its_id() -> None:
    store = Store()
    first = store.show("a", MAIL).id
    joined = store.show("b", MAIL)
    assert joined.id == first
    assert joined.accounts == {"a": birth_id(MILLISECONDS, 0), "b": birth_id(MILLISECONDS + 1, 1)}
    assert joined.links == {MAIL: {"a": shown(0), "b": shown(1)}}
    assert (joined.absorbed, joined.decisions) == ([], [])
    assert len(store.customers) == 1
    assert store.changes.memberships["b"].cause == Cause.NEW_ACCOUNT
    assert not store.decisions


def test_id1_a_shared_identifier_merges_into_the_least_id_and_a_decision_tells_by_what() -> None:
    store = Store()
    first, second = store.show("a", MAIL).id, store.show("b", PHONE).id
    survivor = store.show("b", MAIL)
    assert survivor.id == first == min(first, second)
    assert survivor.absorbed == [second]
    merged = store.customers[second]
    assert (merged.merged_into, merged.accounts, merged.links) == (first, {}, {})
    moved = store.changes.memberships["b"]
    assert (moved.customer, moved.previous, moved.cause, moved.version) == (first, second, Cause.MERGE, 3)
    (decision,) = store.decisions.values()
    assert moved.decision == decision.id
    assert survivor.decisions == [decision.id]
    assert (decision.kind, decision.owner) == (DecisionKind.MERGE, "")
    assert decision.before == ((first, ("a",)), (second, ("b",)))
    assert decision.after == ((first, ("a", "b")),)
    assert decision.joints == (Joint("b", MAIL, 12.0, shown(2)),)


def test_id1_an_entry_may_tie_several_customers_at_once() -> None:
    store = Store()
    ids = [store.show("a", MAIL).id, store.show("b", PHONE).id, store.show("c", CARD).id]
    survivor = store.show("d", MAIL, PHONE, CARD)
    assert survivor.id == ids[0]
    assert sorted(survivor.accounts) == ["a", "b", "c", "d"]
    assert survivor.absorbed == ids[1:]
    assert store.changes.memberships["b"].previous == ids[1]
    assert store.changes.memberships["d"].previous == ""


def test_id1_a_match_ties_two_accounts_and_one_that_is_named_before_it_speaks_is_made_once() -> None:
    store = Store()
    store.show("a", pairs=[Pair("b", 9.0, 4.0, (("given_name", "exact", 9.0),), "m1")])
    assert store.people() == {frozenset({"a", "b"})}
    born = dict(store.home("a").accounts)
    assert store.show("b", MAIL).accounts == born
    assert len(store.customers) == 1


def test_id1_ids_lead_on_after_several_merges() -> None:
    store = Store()
    first, second, third = store.show("a", MAIL).id, store.show("b", PHONE).id, store.show("c", CARD).id
    store.show("c", PHONE)
    survivor = store.show("b", MAIL)
    assert survivor.id == first
    assert survivor.absorbed == [second, third]
    assert store.customers[third].merged_into == second
    assert store.customers[second].merged_into == first


def test_an_identifier_named_twice_is_linked_once() -> None:
    assert Store().show("a", MAIL, MAIL).links == {MAIL: {"a": shown(0)}}


def test_a_merge_beyond_the_cap_on_accounts_is_refused_and_both_know_it() -> None:
    store = capped(accounts=2)
    store.show("a", MAIL)
    store.show("b", MAIL)
    other = store.show("c", MAIL, PHONE)
    full = store.home("a")
    assert store.people() == {frozenset({"a", "b"}), frozenset({"c"})}
    assert list(other.refused.values()) == [Refusal("c", MAIL, Rule.ACCOUNTS_CAP, "2", shown(2))]
    assert list(full.refused.values()) == [Refusal("a", MAIL, Rule.ACCOUNTS_CAP, "2", shown(0))]
    store.show("c", MAIL)
    assert not store.changes.customers


def test_a_link_beyond_the_cap_on_links_is_not_held_and_recorded() -> None:
    store = capped(links=2)
    store.policy = Policy({"phone": 5.0}, caps=store.policy.caps)
    customer = store.show("a", PHONE, MAIL, CARD)
    assert sorted(customer.links) == [MAIL, CARD]
    assert list(customer.refused.values()) == [Refusal("a", PHONE, Rule.LINKS_CAP, "2", shown(0))]


def test_what_is_refused_beyond_the_bound_is_forgotten_and_counted() -> None:
    customer = capped(links=1).show("a", *(f"cookie:{number}" for number in range(REFUSALS_KEPT + 11)))
    assert len(customer.refused) == REFUSALS_KEPT
    assert customer.forgotten == 10


def test_the_weight_of_a_staging_counts_each_customer_once_as_it_is_now() -> None:
    store = Store()
    store.show("a", *(f"cookie:{number}" for number in range(20)))
    # The membership, 20 identifiers; the customer itself, its account, 20 links.
    assert store.weight == 1 + 20 + (1 + 1 + 20)


def test_accounts_that_move_and_come_back_within_one_entry_have_not_moved() -> None:
    store = Store()
    store.show("a", MAIL, exclusives=[("date_of_birth", "1.2.3")])
    store.policy = Policy(conflicts=frozenset({"date_of_birth"}))
    store.show("b", PHONE)
    before = store.home("b").id
    store.show("b", MAIL, exclusives=[("date_of_birth", "7.8.9")])
    assert store.home("b").id == before
    assert not store.changes.memberships
    check(store)
