"""Decisions that are taken back: what is kept apart by it, and what is not."""

from __future__ import annotations

from random import Random

import pytest

from identity_resolution.domain.decisions import Decision
from identity_resolution.domain.evidence import (
    Act,
    AddConstraint,
    BlockIdentifier,
    ConstraintKind,
    Evidence,
    Merge,
    Pair,
    Reevaluate,
    Split,
    Undo,
)
from identity_resolution.domain.policy import Policy
from tests.unit.identity_resolution.deciding import Store
from tests.unit.identity_resolution.logs import ACCOUNTS, DATES, IDENTIFIERS, POLICY

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


class Twins:
    """Two stores with the same evidence; what people say and take back is said to the first alone."""

    def __init__(self, seed: int, accounts: list[list[str]], identifiers: list[list[str]]) -> None:
        self.random = Random(seed)
        self.said, self.unsaid = Store(POLICY), Store(POLICY)
        self._accounts, self._identifiers = accounts, identifiers

    def show(self, times: int) -> None:
        """Evidence at random, each on one group of accounts, with identifiers that only that group shows."""
        choice = self.random.choice
        for _ in range(times):
            group = self.random.randrange(len(self._accounts))
            shown = tuple(choice(self._identifiers[group]) for _ in range(self.random.randint(0, 2)))
            dates = tuple(("date_of_birth", choice(DATES)) for _ in range(self.random.randint(0, 1)))
            weight, personal = choice([-9.0, 3.0, 8.0, 14.0, 25.0]), choice([0.0, -2.0, -8.0])
            pairs = tuple(
                Pair(choice(self._accounts[group]), weight, personal) for _ in range(self.random.randint(0, 1))
            )
            entry = Evidence(choice(self._accounts[group]), shown, dates, pairs)
            self.said.take(entry)
            self.unsaid.take(entry)

    def say(self, act: Act) -> str:
        """Carry a command out, and return the decision; nothing where it is refused."""
        outcome = self.said.command(act)
        self.unsaid.at += 1
        self.unsaid.log.append(Evidence("web:a"))
        return "" if outcome.error else outcome.decision

    def known(self, group: int) -> list[str]:
        return [account for account in self._accounts[group] if account in self.said.memberships]


@pytest.mark.parametrize("seed", range(72))
def test_i10_a_merge_by_a_person_that_is_undone_leaves_no_trace_in_who_is_one_person(seed: int) -> None:
    """Whatever came since, and whomever evidence brought along, as the customers merged have nothing in common."""
    twins = Twins(
        seed,
        [ACCOUNTS[:4], ACCOUNTS[4:]],
        [[f"{kind}:{group}{n}" for kind in ("user_id", "email", "cookie") for n in (1, 2)] for group in (1, 2)],
    )
    twins.show(12)
    one, other = twins.random.choice(twins.known(0)), twins.random.choice(twins.known(1))
    merge = twins.say(Merge((twins.said.home(one).id, twins.said.home(other).id)))
    twins.show(5)
    assert twins.say(Undo(merge))
    assert twins.said.people() == twins.unsaid.people()


@pytest.mark.parametrize("seed", range(80))
def test_i10_what_a_person_says_and_takes_back_leaves_no_trace_in_who_is_one_person(seed: int) -> None:
    twins = Twins(seed, [ACCOUNTS], [IDENTIFIERS])
    twins.show(12)
    one, other = (twins.random.choice(twins.known(0)) for _ in range(2))
    mine = sorted(twins.said.home(one).accounts)
    value = twins.random.choice(IDENTIFIERS)
    acts: list[Act] = [
        Split(twins.said.home(one).id, tuple(mine[: len(mine) // 2])),
        AddConstraint(ConstraintKind.MUST_LINK, (one, other)),
        AddConstraint(ConstraintKind.CANNOT_LINK, (one, other)),
        BlockIdentifier(value),
    ]
    act = acts[seed % 4]
    decision = twins.say(act)
    twins.show(5 * (seed // 4 % 2))
    if isinstance(act, BlockIdentifier):
        twins.say(BlockIdentifier(value, unblock=True))
    elif decision:
        assert twins.say(Undo(decision))
    assert twins.said.people() == twins.unsaid.people()
