"""One entry of the evidence log after the other, on documents in memory: what is decided."""

from __future__ import annotations

import pytest

from identity_resolution.domain.customer_ids import birth_id, is_customer_id
from identity_resolution.domain.customers import REFUSALS_KEPT, Cause, Customer, Refusal
from identity_resolution.domain.decide import Entered, Evidence, Staging, decide
from identity_resolution.domain.rules import Caps

MAIL, PHONE, CARD = "email:h_1", "phone:h_2", "loyalty_number:h_3"
MILLISECONDS = 1_700_000_000_000


class Log:
    """A staging that knows everything, as after entries of which none was forgotten."""

    def __init__(self, caps: Caps | None = None) -> None:
        self.staging = Staging()
        self.caps = caps or Caps()
        self.offset = -1

    def show(self, account: str, *identifiers: str) -> Customer:
        """Decide an entry; give the customer that the account belongs to then."""
        self.offset += 1
        entered = Entered(self.offset, MILLISECONDS + self.offset)
        decide(self.staging, Evidence(account, identifiers), entered, self.caps)
        return self.staging.customers[self.staging.memberships[account]]

    def changes(self) -> int:
        """How many documents have changed, which is forgotten then."""
        staging = self.staging
        changed = len(staging.changed_customers) + len(staging.changed_memberships) + len(staging.changed_identifiers)
        staging.forget_changes()
        return changed


def test_id1_a_new_account_makes_a_customer_that_bears_its_birth_id() -> None:
    log = Log()
    customer = log.show("a")
    assert customer.accounts == {"a": customer.id}
    assert customer.id == birth_id(MILLISECONDS, 0)
    (membership,) = log.staging.changed_memberships.values()
    assert (membership.previous, membership.cause, membership.version) == ("", Cause.NEW_ACCOUNT, 1)


def test_id1_an_account_that_shows_a_known_identifier_joins_and_the_customer_keeps_its_id() -> None:
    log = Log()
    first = log.show("a", MAIL).id
    joined = log.show("b", MAIL)
    assert joined.id == first
    assert joined.accounts == {"a": birth_id(MILLISECONDS, 0), "b": birth_id(MILLISECONDS + 1, 1)}
    assert joined.links == {MAIL: ["a", "b"]}
    assert joined.absorbed == []
    assert len(log.staging.customers) == 1
    assert log.staging.changed_memberships["b"].cause == Cause.NEW_ACCOUNT


def test_id1_a_shared_identifier_merges_into_the_least_id() -> None:
    log = Log()
    first, second = log.show("a", MAIL).id, log.show("b", PHONE).id
    survivor = log.show("b", MAIL)
    assert survivor.id == first == min(first, second)
    assert survivor.links == {MAIL: ["a", "b"], PHONE: ["b"]}
    assert survivor.absorbed == [second]
    merged = log.staging.customers[second]
    assert (merged.merged_into, merged.accounts, merged.links) == (first, {}, {})
    moved = log.staging.changed_memberships["b"]
    assert (moved.customer, moved.previous, moved.cause, moved.version) == (first, second, Cause.MERGE, 3)
    assert log.staging.identifiers == {MAIL: first, PHONE: first}


def test_id1_an_entry_may_tie_several_customers_at_once() -> None:
    log = Log()
    ids = [log.show("a", MAIL).id, log.show("b", PHONE).id, log.show("c", CARD).id]
    survivor = log.show("d", MAIL, PHONE, CARD)
    assert survivor.id == ids[0]
    assert sorted(survivor.accounts) == ["a", "b", "c", "d"]
    assert survivor.absorbed == ids[1:]
    assert log.staging.changed_memberships["b"].previous == ids[1]
    assert log.staging.changed_memberships["d"].previous == ""


def test_id1_absorbed_names_those_absorbed_by_the_absorbed_as_well() -> None:
    log = Log()
    first, second, third = log.show("a", MAIL).id, log.show("b", PHONE).id, log.show("c", CARD).id
    log.show("c", PHONE)
    survivor = log.show("b", MAIL)
    assert survivor.id == first
    assert survivor.absorbed == [second, third]
    assert log.staging.customers[third].merged_into == second
    assert log.staging.customers[second].absorbed == [third]


def test_the_same_evidence_again_changes_nothing() -> None:
    log = Log()
    log.show("a", MAIL, PHONE)
    log.show("b", MAIL)
    log.changes()
    log.show("a", PHONE, MAIL, PHONE)
    log.show("b", MAIL)
    log.show("b")
    assert log.changes() == 0


def test_an_identifier_named_twice_is_linked_once() -> None:
    customer = Log().show("a", MAIL, MAIL)
    assert (customer.links, customer.link_count) == ({MAIL: ["a"]}, 1)


def test_a_merge_beyond_the_cap_on_accounts_is_refused_and_recorded() -> None:
    log = Log(Caps(accounts_per_customer=2))
    log.show("a", MAIL)
    full = log.show("b", MAIL)
    other = log.show("c", MAIL, PHONE)
    assert sorted(full.accounts) == ["a", "b"]
    assert sorted(other.accounts) == ["c"]
    assert other.links == {PHONE: ["c"]}
    assert other.refused == [Refusal("c", MAIL, "accounts_per_customer")]
    log.changes()
    log.show("c", MAIL)
    assert log.changes() == 0


def test_a_link_beyond_the_cap_on_links_is_refused_and_recorded() -> None:
    log = Log(Caps(links_per_customer=2))
    customer = log.show("a", MAIL, PHONE, CARD)
    assert (sorted(customer.links), customer.link_count) == ([MAIL, PHONE], 2)
    assert customer.refused == [Refusal("a", CARD, "links_per_customer")]
    assert CARD not in log.staging.identifiers


def test_a_merge_that_would_exceed_the_cap_on_links_is_refused_and_a_smaller_one_goes_on() -> None:
    log = Log(Caps(links_per_customer=4))
    log.show("a", MAIL, "cookie:1", "cookie:2")
    log.show("b", PHONE)
    customer = log.show("c", CARD, MAIL, PHONE)
    assert sorted(customer.accounts) == ["b", "c"]
    assert customer.refused == [Refusal("c", MAIL, "links_per_customer")]


def test_a_link_that_is_made_after_all_is_refused_no_longer() -> None:
    log = Log(Caps(accounts_per_customer=1))
    log.show("a", MAIL)
    assert log.show("b", MAIL).refused
    log.caps = Caps()
    customer = log.show("b", MAIL)
    assert (sorted(customer.accounts), customer.refused) == (["a", "b"], [])


def test_a_merged_customers_refusals_go_with_its_accounts() -> None:
    log = Log(Caps(links_per_customer=2))
    log.show("a", MAIL)
    log.show("b", PHONE, "cookie:1", CARD)
    log.caps = Caps(links_per_customer=10)
    survivor = log.show("b", MAIL)
    assert survivor.refused == [Refusal("b", CARD, "links_per_customer")]


def test_refusals_are_bounded_and_those_forgotten_are_counted() -> None:
    log = Log(Caps(links_per_customer=1))
    customer = log.show("a", *(f"cookie:{number}" for number in range(REFUSALS_KEPT + 11)))
    assert len(customer.refused) == REFUSALS_KEPT
    assert customer.refused_forgotten == 10
    assert customer.refused[-1].identifier == f"cookie:{REFUSALS_KEPT + 10}"


def test_the_weight_of_a_staging_counts_each_customer_once_as_it_is_now() -> None:
    log = Log()
    for number in range(20):
        log.show("a", f"cookie:{number}")
    # One membership, 20 identifiers; the customer itself, its account, 20 identifiers in 20 links.
    assert log.staging.weight == 1 + 20 + (1 + 1 + 20 + 20)
    log.staging.forget_changes()
    assert log.staging.weight == 0


@pytest.mark.parametrize(("earlier", "later"), [((1, 5), (2, 0)), ((7, 1), (7, 2)), ((7, 1 << 40), (7, 1 << 41))])
def test_ids_sort_by_time_and_then_by_position(earlier: tuple[int, int], later: tuple[int, int]) -> None:
    assert birth_id(*earlier) < birth_id(*later)


def test_ids_have_one_form_up_to_the_last_position() -> None:
    for made in (birth_id(0, 0), birth_id(MILLISECONDS, 7), birth_id((1 << 48) - 1, (1 << 63) - 1)):
        assert is_customer_id(made)
    assert not is_customer_id("I" * 26)
    assert not is_customer_id("0" * 25)
