"""What holds after every entry of any log, whatever it says."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from identity_resolution.domain.evidence import Evidence
from tests.unit.identity_resolution.checker import check, check_people, check_step
from tests.unit.identity_resolution.deciding import Store
from tests.unit.identity_resolution.logs import CAPPED, POLICY, Commanding, commands, evidence, plain_evidence

MANY = settings(max_examples=300, deadline=None)


def decided(store: Store, entry: Evidence | Commanding) -> None:
    """Take an entry in, and check what it changed and what stands then."""
    before = {key: each.customer for key, each in store.memberships.items()}
    if isinstance(entry, Evidence):
        store.take(entry)
    else:
        store.command(entry(store))
    check(store)
    check_step(store, before)


@MANY
@given(st.lists(plain_evidence, max_size=16))
def test_customers_are_what_all_identifiers_make_them(log: Sequence[Evidence]) -> None:
    store = Store(POLICY)
    for entry in log:
        decided(store, entry)
        check_people(store)


@MANY
@given(st.lists(evidence, max_size=16))
def test_customers_are_what_all_evidence_makes_them(log: Sequence[Evidence]) -> None:
    store = Store(POLICY)
    for entry in log:
        decided(store, entry)
        check_people(store)


@MANY
@given(st.lists(evidence, max_size=16))
def test_caps_hold(log: Sequence[Evidence]) -> None:
    store = Store(CAPPED)
    for entry in log:
        decided(store, entry)
        for customer in store.live().values():
            assert len(customer.accounts) <= 3
            assert sum(map(len, customer.links.values())) <= 5


@MANY
@given(st.lists(st.one_of(evidence, evidence, commands()), max_size=24))
def test_customers_are_what_evidence_and_people_make_them(log: Sequence[Evidence | Commanding]) -> None:
    store = Store(POLICY)
    for entry in log:
        decided(store, entry)
        check_people(store)
