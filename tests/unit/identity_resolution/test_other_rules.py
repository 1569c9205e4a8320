"""Customers that are looked at again under other rules are what these rules would have made of them."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest

from identity_resolution.domain.evidence import Evidence, Reevaluate
from identity_resolution.domain.policy import Policy, type_of
from identity_resolution.domain.rules import Limits, Windows
from tests.unit.identity_resolution.checker import Reference, check, check_evidence
from tests.unit.identity_resolution.deciding import Store
from tests.unit.identity_resolution.logs import POLICY, drawn


def limits(values: int, accounts: int) -> dict[str, Limits]:
    return dict.fromkeys(POLICY.limits, Limits(Windows(ever=values), Windows(ever=accounts)))


OTHERS = {
    "higher limits": replace(POLICY, limits=limits(6, 9)),
    "lower limits": replace(POLICY, limits=limits(1, 2)),
    "no conflicts": replace(POLICY, conflicts=frozenset()),
    "more matches": replace(POLICY, link=2.0),
    "fewer matches": replace(POLICY, link=20.0),
    "other trust": replace(POLICY, trust={"user_id": 5.0, "email": 22.0, "phone": 3.0, "cookie": 17.0}),
    "blocked values": replace(POLICY, blocked=frozenset({"email:1", "user_id:1", "cookie:2"})),
}


def looked_at_again(seed: int, first: Policy, then: Policy) -> Store:
    random, store = Random(seed), Store(first)
    for _ in range(30):
        entry = drawn(random, commanded=0.0)
        assert isinstance(entry, Evidence)
        store.take(entry)
    store.policy = then
    for id_ in sorted(store.live()):
        assert store.command(Reevaluate((id_,))).error == ""
    return store


@pytest.mark.parametrize("name", OTHERS)
@pytest.mark.parametrize("seed", range(4))
def test_id11_looking_again_makes_what_the_rules_as_they_are_make_of_the_log(name: str, seed: int) -> None:
    for first, then in ((POLICY, OTHERS[name]), (OTHERS[name], POLICY)):
        store = looked_at_again(seed, first, then)
        check(store)
        check_evidence(store)
        for identifier, showing in store.identifiers.items():
            most = then.limits_of(type_of(identifier)).per_value.ever
            assert bool(showing.state) == (most is not None and len(showing.accounts) > most)
        tying_nobody = [*then.blocked, *(identifier for identifier, state in store.shown().items() if state)]
        assert store.people() == Reference(store.log, (), then).people(tying_nobody)


def test_id11_looking_again_under_the_same_rules_changes_nobody() -> None:
    for seed in range(8):
        store = looked_at_again(seed, POLICY, POLICY)
        assert not any(each.owner for each in store.decisions.values())
