"""Many accounts on one value, and customers as large as may be: what one entry costs, and what it changes."""

from __future__ import annotations

import pytest

from identity_resolution.domain import parting
from identity_resolution.domain.customers import IdentifierState, Rule
from identity_resolution.domain.decide import decide
from identity_resolution.domain.evidence import BlockIdentifier, Evidence, Pair, Split, Undo
from identity_resolution.domain.parting import Parting, Tie
from identity_resolution.domain.policy import Policy
from identity_resolution.domain.region import MOST_DECIDED_ANEW
from identity_resolution.domain.rules import Caps, Limits, Windows
from identity_resolution.domain.sharing import ACCOUNTS_NOTED, MOST_KEPT_APART
from identity_resolution.domain.staging import MOST_CHANGED, Entered, Staging
from tests.unit.identity_resolution.checker import check
from tests.unit.identity_resolution.deciding import Store

NO_LIMITS = Policy(conflicts=frozenset({"date_of_birth"}))
SHARED_BY_20 = Policy(limits={"email": Limits(Windows(ever=5), Windows(ever=20))})


class Counted:
    """Counts ties that are tried: what deciding anew costs."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.ties = 0
        take = Parting.take

        def counted(parting_: Parting, tie: Tie) -> None:
            self.ties += 1
            take(parting_, tie)

        patch.setattr(parting.Parting, "take", counted)


def shown_by(count: int, policy: Policy, identifier: str, **more: bool) -> tuple[Staging, int]:
    """What stands after so many accounts have shown one identifier, and the most that one entry changed."""
    staging, most = Staging(), 0
    for number in range(count):
        exclusives = (("date_of_birth", f"{number}.{number}a.{number}b"),) if more.get("are_different") else ()
        entry = Evidence(f"web:{number}", (identifier, f"cookie:{number}"), exclusives)
        decide(staging, entry, Entered(number, number), policy)
        most = max(most, staging.weight)
        staging.forget_changes()
    return staging, most


@pytest.mark.parametrize(
    ("policy", "are_different", "noted"),
    [(SHARED_BY_20, False, ACCOUNTS_NOTED), (NO_LIMITS, False, ACCOUNTS_NOTED), (NO_LIMITS, True, ACCOUNTS_NOTED)],
)
def test_ten_thousand_accounts_on_one_identifier_are_decided_with_bounded_work(
    policy: Policy, are_different: bool, noted: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted = Counted(monkeypatch)
    staging, most = shown_by(10_000, policy, "email:1", are_different=are_different)
    assert staging.states["email:1"] is IdentifierState.SHARED
    assert len(staging.identifiers["email:1"]) == noted
    assert len(set(staging.memberships.values())) == 10_000
    assert counted.ties < 10_000
    assert most < 8_000


def test_more_different_people_on_one_value_than_can_be_told_apart_share_it() -> None:
    staging, _ = shown_by(MOST_KEPT_APART + 1, NO_LIMITS, "email:1", are_different=True)
    assert not staging.states["email:1"]
    staging, _ = shown_by(MOST_KEPT_APART + 2, NO_LIMITS, "email:1", are_different=True)
    assert staging.states["email:1"] is IdentifierState.SHARED
    assert staging.home("web:3").refused[("web:3", "email:1")].rule is Rule.VALUE_LIMIT


def large(accounts: int = 480, links: int = 1_900) -> Store:
    """A customer that is nearly as large as may be, held together by one value."""
    store = Store(Policy(conflicts=frozenset({"date_of_birth"}), caps=Caps()))
    staging = Staging()
    for number in range(accounts):
        shown = [f"cookie:{number}-{each}" for each in range(links // accounts)]
        entry = Evidence(f"web:{number}", ("email:1", *shown[1:]))
        decide(staging, entry, Entered(number, store.at), store.policy)
        store.log.append(entry)
        store.at += 1
    store._keep(staging)
    assert len(store.people()) == 1
    return store


def test_an_entry_about_a_large_customer_does_not_decide_all_of_it_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    store, counted = large(), Counted(monkeypatch)
    store.show("web:1", "cookie:new")
    store.show("web:new", "cookie:2-1")
    store.show("web:1", pairs=[Pair("web:2", -9.0, -20.0)])
    store.show("web:1", exclusives=[("date_of_birth", "1.2.3")])
    store.show("web:2", exclusives=[("date_of_birth", "5.6.7")])
    store.show("web:other", "phone:1", exclusives=[("date_of_birth", "8.9.10")])
    store.show("web:other", "cookie:3-1", pairs=[Pair("web:3", 9.0), Pair("web:5", 3.0)])
    assert counted.ties < MOST_DECIDED_ANEW
    check(store)


def test_what_people_say_of_a_large_customer_is_decided_whole_and_fits_into_a_commit() -> None:
    store = large()
    home = store.home("web:0")
    split = store.command(Split(home.id, tuple(f"web:{number}" for number in range(200))))
    assert (split.error, sorted(map(len, store.people()))) == ("", [200, 280])
    assert store.weight < MOST_CHANGED
    assert store.command(Undo(split.decision)).error == ""
    assert len(store.people()) == 1
    assert store.weight < MOST_CHANGED
    store.command(BlockIdentifier("email:1"))
    assert len(store.people()) == 480
    assert store.weight < MOST_CHANGED
    check(store)


def test_what_one_entry_would_change_beyond_bounds_is_left_out_and_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store()
    for number in range(6):
        for each in range(20):
            store.show(f"web:{number}-{each}", f"email:{number}")
    monkeypatch.setattr("identity_resolution.domain.learning.MOST_CHANGED", 150)
    home = store.show("web:new", *(f"email:{number}" for number in range(6)))
    left_out = [each for each in home.refused.values() if each.rule is Rule.VALUE_LIMIT]
    assert [each.detail for each in left_out] == ["of one entry"] * len(left_out)
    assert 0 < len(left_out) < 6
    assert len(home.accounts) == 1 + 20 * (6 - len(left_out))
    check(store)
