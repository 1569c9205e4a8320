"""Merges and their undoing, for any history: no tier is lowered, and what is undone leaves no trace."""

from __future__ import annotations

from copy import deepcopy
from itertools import pairwise
from typing import NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.vip_tier.customers import Town
from vip_tier.domain.persona import Trade
from vip_tier.domain.steps import Reason

HOMES = {"C1": ("a",), "C2": ("b",), "C3": ("c",)}


class Happening(NamedTuple):
    """An account trades, a customer is scored anew, or all are decided upon once more."""

    kind: str
    account: str
    amount: int


HAPPENINGS = st.lists(
    st.builds(
        Happening,
        st.sampled_from(["buy", "buy", "give_back", "score", "decide"]),
        st.sampled_from("abc"),
        st.sampled_from([1, 5_000, 24_999, 50_000, 100_000, 300_000]),
    ),
    max_size=12,
)


def apply(town: Town, happenings: list[Happening], name: str) -> None:
    """Let it all happen; event ids begin with `name`. Scores go to whoever has the account."""
    for number, (kind, account, amount) in enumerate(happenings):
        if kind == "score":
            town.score(holder(town, account), amount % 1001)
        elif kind == "decide":
            town.decide()
        else:
            event_id = f"{name}{number}"
            town.trade(account, Trade(event_id, number, event_id, "EUR", amount, kind == "give_back"))
    town.decide()


def holder(town: Town, account: str) -> str:
    return next(customer for customer, accounts in town.members.items() if account in accounts)


def settle(town: Town, scores: dict[str, int]) -> None:
    """Score every customer for the accounts it has now, and decide."""
    for customer in town.members:
        town.score(customer, scores[customer])
    town.decide()


def begin(happenings: list[Happening], scores: list[int]) -> Town:
    """Three customers with an account each, and what happened to them."""
    town = Town()
    for customer, accounts in HOMES.items():
        town.has(customer, *accounts)
    settle(town, dict(zip(HOMES, scores, strict=True)))
    apply(town, happenings, "e")
    return town


def outcome(town: Town, customer: str) -> tuple[str, str, str]:
    holding = town.holdings[customer].main
    return holding.tier, holding.qualified, holding.held_from


def undo(town: Town, customer: str, back_to: Town) -> None:
    """The merged-away customer has its accounts again, and the survivor those it had in the other town."""
    town.has(customer, *back_to.members[customer], absorbed=back_to.absorbed[customer])
    town.has("C1", *back_to.members["C1"], absorbed=back_to.absorbed["C1"])


SCORES = st.lists(st.integers(0, 1000), min_size=3, max_size=3)


@given(HAPPENINGS, SCORES, SCORES, st.booleans())
@settings(deadline=None)
def test_i11_a_merge_lowers_no_tier(
    happened: list[Happening], scores: list[int], together: list[int], overlap: bool
) -> None:
    """Whatever both had and whatever they score together, before that score arrives and then.

    That holds also for two merges of which the second comes before the score of the first.
    """
    town = begin(happened, scores)
    highest = 0
    for away, score in zip(("C2", "C3"), together, strict=False):
        highest = max(highest, town.rank("C1"), town.rank(away))
        town.merge(away, "C1")
        town.decide("C1")
        assert town.rank("C1") >= highest
        if not overlap or away == "C3":
            town.score("C1", score)
            town.decide("C1")
            assert town.rank("C1") >= highest


@given(HAPPENINGS, HAPPENINGS, SCORES, st.integers(0, 1000))
@settings(deadline=None)
def test_ti7_merged_and_undone_is_never_merged(
    earlier: list[Happening], meanwhile: list[Happening], scores: list[int], together: int
) -> None:
    """Both customers hold, and qualify for, what they would had they stayed apart, with all that happened meanwhile."""
    apart = begin(earlier, scores)
    town = deepcopy(apart)
    town.merge("C2", "C1")
    settle(town, {"C1": together, "C3": scores[2]})
    apply(town, meanwhile, "m")
    undo(town, "C2", apart)
    apply(apart, [each for each in meanwhile if each.kind != "score"], "m")
    finally_ = dict(zip(HOMES, scores, strict=True))
    settle(town, finally_)
    settle(apart, finally_)
    for customer in HOMES:
        assert outcome(town, customer) == outcome(apart, customer)


@given(HAPPENINGS, SCORES, st.integers(0, 1000), st.integers(0, 1000))
@settings(deadline=None)
def test_ti7_the_second_of_two_merges_can_be_undone_alone(
    happened: list[Happening], scores: list[int], with_two: int, with_three: int
) -> None:
    """What the first merge holds stays held; what only the second did is gone."""
    once = begin(happened, scores)
    once.merge("C2", "C1")
    settle(once, {"C1": with_two, "C3": scores[2]})
    twice = deepcopy(once)
    twice.merge("C3", "C1")
    settle(twice, {"C1": with_three})
    undo(twice, "C3", once)
    settle(twice, {"C1": with_two, "C3": scores[2]})
    for customer in ("C1", "C3"):
        assert outcome(twice, customer) == outcome(once, customer)


@given(HAPPENINGS, SCORES, st.permutations(["C2", "C3"]), st.booleans())
@settings(deadline=None)
def test_ti7_what_figures_give_does_not_depend_on_the_order_of_merges(
    happened: list[Happening], scores: list[int], order: list[str], wait: bool
) -> None:
    """One by one, in either order, or at once; a tier held in between may be held on, so it is the same or higher."""
    town, at_once = begin(happened, scores), begin(happened, scores)
    for away in order:
        town.merge(away, "C1")
        if not wait:
            town.score("C1", scores[0])
        town.decide("C1")
    town.score("C1", scores[0])
    town.decide("C1")
    at_once.merge("C2", "C1")
    at_once.merge("C3", "C1")
    at_once.score("C1", scores[0])
    at_once.decide("C1")
    assert town.holdings["C1"].main.qualified == at_once.holdings["C1"].main.qualified
    assert town.rank("C1") >= at_once.rank("C1")


@given(HAPPENINGS, HAPPENINGS, SCORES, st.integers(0, 1000))
@settings(deadline=None)
def test_ti6_changes_follow_each_other_without_a_gap(
    earlier: list[Happening], meanwhile: list[Happening], scores: list[int], together: int
) -> None:
    """Each change begins with the tier and the figures that the last one ended with, and moves, or says who came."""
    town = begin(earlier, scores)
    town.merge("C2", "C1")
    settle(town, {"C1": together, "C3": 0})
    apply(town, meanwhile, "m")
    for changes in town.changes.values():
        assert changes[0].previous_tier == ""
        assert [change.reason == Reason.ENROLLED for change in changes] == [True] + [False] * (len(changes) - 1)
        for last, change in pairwise(changes):
            assert change.previous_tier == last.tier
            assert change.tier != last.tier or change.reason in (Reason.MERGED, Reason.SPLIT)
            assert change.receipt.before == last.receipt.after


@given(HAPPENINGS, HAPPENINGS, SCORES)
@settings(deadline=None)
def test_ti6_every_event_stands_in_one_receipt_or_in_none_yet(
    earlier: list[Happening], meanwhile: list[Happening], scores: list[int]
) -> None:
    """Named or counted once, by the first change that came after it."""
    town = begin(earlier, scores)
    apply(town, meanwhile, "m")
    for customer, (account,) in HOMES.items():
        named = [event_id for change in town.changes[customer] for event_id in change.receipt.event_ids]
        left_out = sum(change.receipt.events_left_out for change in town.changes[customer])
        assert len(named) == len(set(named))
        assert len(named) + left_out == town.holdings[customer].counted[account] <= town.personas[account].applied
