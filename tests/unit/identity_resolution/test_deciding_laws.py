"""What holds after every entry of any log, whatever it says."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from identity_resolution.domain import region
from identity_resolution.domain.evidence import Evidence, Pair
from identity_resolution.domain.policy import Policy
from tests.unit.identity_resolution.checker import check, check_evidence, check_people, check_questions, check_step
from tests.unit.identity_resolution.deciding import Store, replayed, stored
from tests.unit.identity_resolution.logs import (
    ACCOUNTS,
    CAPPED,
    POLICY,
    Commanding,
    commands,
    drawn,
    evidence,
    plain_evidence,
)

MANY = settings(max_examples=150, deadline=None)
Log = Sequence[Evidence | Commanding]
logs = st.lists(st.one_of(evidence, evidence, commands()), min_size=6, max_size=24)


def decided(store: Store, entry: Evidence | Commanding) -> None:
    """Take an entry in, and check what it changed and what stands then."""
    before = {key: each.customer for key, each in store.memberships.items()}
    store.take(entry) if isinstance(entry, Evidence) else store.command(entry(store))
    check(store)
    check_step(store, before)


@MANY
@given(st.lists(plain_evidence, min_size=4, max_size=16))
def test_id1_customers_are_what_all_identifiers_make_them_after_every_entry(log: Log) -> None:
    store = Store(POLICY)
    for entry in log:
        decided(store, entry)
        check_people(store)
        check_questions(store)


@MANY
@given(st.lists(evidence, min_size=4, max_size=16))
def test_id7_customers_are_what_all_evidence_makes_them_after_every_entry(log: Log) -> None:
    store = Store(POLICY)
    for entry in log:
        decided(store, entry)
        check_people(store)
        check_questions(store)


@MANY
@given(logs)
def test_id6_customers_are_what_evidence_and_people_make_them_after_every_entry(log: Log) -> None:
    store = Store(POLICY)
    for entry in log:
        decided(store, entry)
        check_people(store)
        check_questions(store)


@MANY
@given(st.lists(evidence, min_size=4, max_size=16))
def test_caps_hold_and_who_is_kept_apart_by_them_knows_it(log: Log) -> None:
    store = Store(CAPPED)
    for entry in log:
        decided(store, entry)
        for customer in store.live().values():
            assert len(customer.accounts) <= CAPPED.caps.accounts_per_customer
            assert sum(map(len, customer.links.values())) <= CAPPED.caps.links_per_customer


@MANY
@given(logs)
def test_a_log_leads_to_the_same_however_much_of_it_is_decided_at_once(log: Log) -> None:
    store = Store(POLICY)
    for entry in log:
        decided(store, entry)
    assert stored(replayed(store)) == stored(store)


@settings(max_examples=100, deadline=None)
@given(st.sampled_from([0, 6, 15]), logs)
def test_customers_hold_together_and_replay_also_where_few_may_be_decided_anew(most: int, log: Log) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(region, "MOST_DECIDED_ANEW", most)
        store = Store(POLICY)
        for entry in log:
            decided(store, entry)
        assert stored(replayed(store)) == stored(store)


@MANY
@given(logs)
def test_the_same_evidence_again_changes_nothing(log: Log) -> None:
    store = Store(POLICY)
    for entry in log:
        decided(store, entry)
    before = stored(store)
    # Of two accounts the latest word counts: an older one would be news.
    for entry in [each for each in store.log if isinstance(each, Evidence)]:
        store.show(entry.account, *entry.identifiers, exclusives=entry.exclusives)
    assert stored(store) == before


@pytest.mark.parametrize("seed", range(16))
def test_all_of_this_holds_of_long_logs_by_chance(seed: int) -> None:
    random = Random(seed)
    store = Store(POLICY)
    for _ in range(60):
        decided(store, drawn(random, commanded=seed % 4 * 0.1))
        check_people(store)
        check_evidence(store)
        check_questions(store)
    assert stored(replayed(store)) == stored(store)


@st.composite
def logs_without_rivals(draw: st.DrawFn) -> list[Evidence]:
    """Ties of which no two are equally strong: each identifier has a trust of its own, and is shown by two accounts."""
    couples = list(combinations(ACCOUNTS[:6], 2))
    shown = draw(st.lists(st.sampled_from(couples), max_size=8))
    alike = draw(
        st.lists(
            st.tuples(st.sampled_from(couples), st.sampled_from([0.0, -3.0, -9.0, -16.0])),
            max_size=8,
            unique_by=lambda pair: pair[0],
        )
    )
    log = [Evidence(account, (f"type{number}:value",)) for number, couple in enumerate(shown) for account in couple]
    return log + [
        Evidence(one, pairs=(Pair(other, weight, personal),))
        for ((one, other), personal), weight in zip(
            alike, draw(st.permutations([-5.5, 2.5, 7.3, 9.1, 11.7, 14.2, 19.9, 25.3])), strict=False
        )
    ]


@MANY
@given(logs_without_rivals(), st.randoms(use_true_random=False))
def test_people_do_not_depend_on_what_came_first_where_no_two_ties_are_equally_strong(
    log: list[Evidence], random: Random
) -> None:
    policy = Policy(trust={f"type{number}": 8.0 + 1.6 * number for number in range(8)})
    orders = [log, random.sample(log, len(log)), random.sample(log, len(log))]
    found = []
    for order in orders:
        store = Store(policy)
        for entry in order:
            decided(store, entry)
        found.append(store.people())
    assert found[1:] == found[:1] * 2
