"""The decision, case by case."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.unit.vip_tier.customers import PROGRAMME, VERSION, Town, bought, gave_back, persona, situation
from vip_tier.domain.decide import decide
from vip_tier.domain.holding import Change, Holding, Standing
from vip_tier.domain.programme import Programme, Programmes, TierRule
from vip_tier.domain.situation import AdvocacyScore, Situation
from vip_tier.domain.steps import Reason

GOLD, SILVER = 100_000, 25_000


@pytest.fixture
def town() -> Town:
    """C1 has account a and is silver; C2 has account b and is gold."""
    made = Town()
    made.trade("a", bought("a1", SILVER, at=1))
    made.trade("b", bought("b1", GOLD, at=2))
    made.has("C1", "a")
    made.has("C2", "b")
    made.score("C1", 0)
    made.score("C2", 0)
    made.decide()
    return made


def decided(
    here: Situation, previous: Holding | None = None, programme: Programme = PROGRAMME, version: str = VERSION
) -> tuple[Holding, Change | None]:
    """What is held, and the last change that is told of it."""
    decision = decide(Programmes(1, (programme,)), version, here, previous)
    return decision.holding, decision.changes[-1] if decision.changes else None


def main(town: Town, customer: str) -> Standing:
    return town.holdings[customer].main


def reasons(town: Town, customer: str) -> list[str]:
    return [f"{change.previous_tier}>{change.tier} {change.reason.name}" for change in town.changes[customer]]


def test_ti6_the_first_tier_is_a_change_with_everything_in_its_receipt(town: Town) -> None:
    """From nothing to what the figures give, caused by all events so far."""
    (change,) = town.changes["C1"]
    assert (change.previous_tier, change.tier, change.reason) == ("", "silver", Reason.ENROLLED)
    receipt = change.receipt
    assert (receipt.before.points, receipt.after.points, receipt.event_ids) == (0, 250, ("a1",))
    assert (receipt.programme, receipt.programme_version) == ("rapport-club", VERSION)
    assert (receipt.accounts_gained, receipt.accounts_lost) == ((), ())
    assert change.effective_ms == main(town, "C1").since_ms


def test_ti6_a_receipt_names_the_events_since_the_last_change(town: Town) -> None:
    """Also those that changed figures and no tier, the oldest first; then counting begins anew."""
    town.trade("a", bought("a3", 20_000, at=9))
    town.decide()
    assert len(town.changes["C1"]) == 1
    town.trade("a", bought("a2", 60_000, at=8))
    town.decide()
    upgrade = town.changes["C1"][-1]
    assert (upgrade.reason, upgrade.receipt.event_ids, upgrade.receipt.events_left_out) == (
        Reason.UPGRADED,
        ("a2", "a3"),
        0,
    )
    assert (upgrade.receipt.before.spend_minor_units, upgrade.receipt.after.spend_minor_units) == (25_000, 105_000)
    town.trade("a", gave_back("a4", 60_000, at=10))
    town.decide()
    downgrade = town.changes["C1"][-1]
    assert (downgrade.reason, downgrade.receipt.event_ids) == (Reason.DOWNGRADED, ("a4",))
    assert downgrade.receipt.before == upgrade.receipt.after


def test_ti6_of_many_events_the_last_fifty_are_named_and_the_rest_counted(town: Town) -> None:
    """A receipt is bounded and says what it leaves out, over all accounts."""
    town.has("C1", "a", "c")
    town.score("C1", 0)
    town.trade("a", *(bought(f"x{n:03}", 1, at=100 + 2 * n) for n in range(70)))
    town.trade("c", *(bought(f"y{n:03}", 1, at=101 + 2 * n) for n in range(70)))
    town.trade("a", bought("last", 80_000, at=900))
    town.decide()
    receipt = town.changes["C1"][-1].receipt
    assert len(receipt.event_ids) == 50
    assert receipt.event_ids[-3:] == ("x069", "y069", "last")
    assert receipt.events_left_out == 141 - 50


def test_ti6_a_score_that_had_a_part_is_named_by_its_version(town: Town) -> None:
    """And one that had none is not."""
    assert town.changes["C1"][0].receipt.score_version == 0
    town.trade("a", bought("a2", 30_000))
    town.score("C1", 500)
    town.decide()
    change = town.changes["C1"][-1]
    assert (change.tier, change.receipt.score_version, change.receipt.after.advocacy_score) == ("gold", 2, 500)


def test_ti6_deciding_again_changes_nothing(town: Town) -> None:
    """Level-triggered: neither the tier nor what is kept of it, and no further change."""
    before = dict(town.holdings)
    town.decide()
    town.decide()
    assert town.holdings == before
    assert [len(town.changes[each]) for each in ("C1", "C2")] == [1, 1]


def test_ti1_a_fall_of_the_score_lowers_the_tier_as_figures_do(town: Town) -> None:
    """There is no grace time yet: what the figures give is what is held."""
    town.score("C1", 0)
    town.trade("a", bought("a2", 30_000))
    town.score("C1", 500)
    town.decide()
    town.score("C1", 480)
    town.decide()
    assert reasons(town, "C1") == [">silver ENROLLED", "silver>gold UPGRADED", "gold>silver DOWNGRADED"]


def test_ti7_a_merge_adds_up_the_figures_and_says_so(town: Town) -> None:
    """The receipt names the accounts that came, and their events."""
    town.merge("C2", "C1")
    town.score("C1", 0)
    town.decide()
    assert reasons(town, "C1")[-1] == "silver>gold MERGED"
    receipt = town.changes["C1"][-1].receipt
    assert (receipt.accounts_gained, receipt.accounts_lost, receipt.event_ids) == (("b",), (), ("b1",))
    assert receipt.after.spend_minor_units == GOLD + SILVER
    assert main(town, "C1").held_from == ""


def test_ti7_the_tier_of_an_absorbed_customer_is_held_when_figures_do_not_give_it(town: Town) -> None:
    """C2 was gold by its score; C1, silver, goes on as gold for its sake, and returns do not lower it."""
    town.trade("b", gave_back("b2", 40_000, at=3))
    town.score("C2", 600)
    town.decide()
    assert town.tier("C2") == "gold"
    town.merge("C2", "C1")
    town.score("C1", 100)
    town.decide()
    holding = main(town, "C1")
    assert (holding.tier, holding.qualified, holding.held_from) == ("gold", "silver", "C2")
    assert reasons(town, "C1")[-1] == "silver>gold MERGED"
    town.trade("a", gave_back("a2", 20_000, at=4))
    town.decide()
    assert town.tier("C1") == "gold"


def test_ti7_a_hold_ends_when_figures_reach_it(town: Town) -> None:
    """Reaching what was held is no change; it is only not held any more."""
    town.trade("b", gave_back("b2", 40_000, at=3))
    town.score("C2", 600)
    town.decide()
    town.merge("C2", "C1")
    town.score("C1", 100)
    town.decide()
    town.trade("a", bought("a2", 50_000, at=5))
    town.decide()
    holding = main(town, "C1")
    assert (holding.tier, holding.qualified, holding.held_from) == ("gold", "gold", "")
    assert len(town.changes["C1"]) == 2


def test_ti7_a_survivors_own_tier_is_held_when_the_other_ones_deeds_would_lower_it(town: Town) -> None:
    """C1 is gold by its score; C2 is a detractor, so that together they have none."""
    town.trade("a", bought("a2", 30_000, at=3))
    town.trade("b", gave_back("b2", GOLD, at=4))
    town.score("C1", 500)
    town.decide()
    town.merge("C2", "C1")
    town.decide()
    assert town.tier("C1") == "gold", "the score is still that of C1 alone"
    town.score("C1", 0)
    town.decide()
    holding = main(town, "C1")
    assert (holding.tier, holding.qualified, holding.held_from) == ("gold", "silver", "C1")
    town.trade("a", gave_back("a5", 30_000, at=6))
    town.decide()
    assert town.tier("C1") == "silver", "what its own accounts give back, they would have lost without the merge too"


def test_ti7_a_return_at_the_time_of_a_merge_still_counts(town: Town) -> None:
    """A merge lowers no tier, but neither does it keep what falls for another reason."""
    town.trade("a", bought("a2", GOLD, at=3))
    town.decide()
    town.has("C3", "c")
    town.score("C3", 0)
    town.decide()
    town.trade("a", gave_back("a3", GOLD, at=4))
    town.merge("C3", "C1")
    town.score("C1", 0)
    town.decide()
    assert reasons(town, "C1")[-1] == "gold>silver DOWNGRADED"


def test_ti7_no_tier_is_lowered_on_a_score_of_another_membership(town: Town) -> None:
    """After a split, the tier waits for the score of those who are left; then it follows it."""
    town.merge("C2", "C1")
    town.score("C1", 0)
    town.decide()
    town.has("C1", "a")
    town.decide("C1")
    assert town.tier("C1") == "gold"
    assert reasons(town, "C1")[1:] == ["silver>gold MERGED", "gold>gold SPLIT"]
    town.score("C1", 0)
    town.decide("C1")
    assert reasons(town, "C1")[-1] == "gold>silver SPLIT"
    assert town.changes["C1"][-2].receipt.accounts_lost == ("b",)


def test_ti7_a_customer_back_from_a_merge_waits_for_its_next_score() -> None:
    """The last word of its old score was that it is no more; until the next, the one decided on last holds."""
    base = situation(score=300, personas={"a": persona(bought("e1", GOLD))})
    first, _ = decided(base, None)
    poor = replace(base, personas={"a": persona(bought("e1", GOLD), gave_back("e2", GOLD))}, membership_version=5)
    back, change = decided(replace(poor, score=None, score_version=2), first)
    assert (back.main.tier, back.main.figures.advocacy_score, change) == ("gold", 300, None)
    scored = replace(poor, score=AdvocacyScore(10, 5), score_version=3)
    assert decided(scored, back)[0].main.tier == "member"


def test_ti7_a_hold_outlives_the_undo_until_the_score_has_caught_up(town: Town) -> None:
    """Held for the sake of a customer that left again, a tier is not lowered before there is a score to lower it on."""
    town.trade("b", gave_back("b2", 40_000, at=3))
    town.score("C2", 600)
    town.decide()
    town.merge("C2", "C1")
    town.score("C1", 100)
    town.decide()
    town.has("C2", "b")
    town.has("C1", "a")
    town.decide("C1")
    assert (town.tier("C1"), main(town, "C1").held_from) == ("gold", "C2")
    town.score("C1", 0)
    town.decide("C1")
    assert (town.tier("C1"), main(town, "C1").held_from) == ("silver", "")
    assert reasons(town, "C1")[-1] == "gold>silver SPLIT"


def test_ti7_a_tier_of_two_merges_ago_is_held_though_no_score_came_between(town: Town) -> None:
    """C1 and C3 together are gold on C1's score; what C2 gives back does not lower that."""
    town.trade("a", bought("a2", 24_900, at=3))
    town.trade("b", gave_back("b2", GOLD + 200, at=4))
    town.trade("c", bought("c1", 100, at=5))
    town.has("C3", "c")
    for customer, points in (("C1", 500), ("C2", 0), ("C3", 0)):
        town.score(customer, points)
    town.decide()
    town.merge("C3", "C1")
    town.decide("C1")
    assert town.tier("C1") == "gold"
    town.merge("C2", "C1")
    town.decide("C1")
    town.score("C1", 500)
    town.decide("C1")
    holding = main(town, "C1")
    assert (holding.tier, holding.qualified, holding.held_from) == ("gold", "silver", "C1")


def test_ti6_what_fell_while_a_score_was_awaited_is_no_change_of_the_programme(town: Town) -> None:
    """A return that comes with a new account lowers the tier once the score is there, and is named as the reason."""
    town.trade("a", bought("a2", 30_000, at=3))
    town.score("C1", 500)
    town.decide()
    town.has("C1", "a", "c")
    town.trade("a", gave_back("a3", 30_000, at=4))
    town.decide("C1")
    assert town.tier("C1") == "gold"
    town.score("C1", 500)
    town.decide("C1")
    assert reasons(town, "C1")[-1] == "gold>silver DOWNGRADED"


def test_ti6_a_tier_inherited_after_the_accounts_came_is_from_the_merge() -> None:
    """The absorbed customer's last decision may be read later than its accounts arrive."""
    here = situation()
    first, _ = decided(here, None)
    gold, _ = decided(situation("C2", personas={"a": persona(bought("e1", GOLD))}), None)
    _, change = decided(replace(here, absorbed={"C2": gold}), first)
    assert change is not None
    assert (change.tier, change.reason) == ("gold", Reason.MERGED)


def test_ti7_a_tier_is_held_from_the_customer_that_qualified_for_it() -> None:
    """Not from one that held it for that customer's sake, though it be the elder."""
    gold, _ = decided(situation("C3", personas={"a": persona(bought("e1", GOLD))}), None)
    heir, _ = decided(situation("C2", absorbed={"C3": gold}), None)
    holding, _ = decided(situation("C1", absorbed={"C2": heir, "C3": gold}), None)
    assert (heir.main.tier, heir.main.held_from, holding.main.tier, holding.main.held_from) == (
        "gold",
        "C3",
        "gold",
        "C3",
    )


def test_a_return_counts_before_there_ever_was_a_score() -> None:
    """Without any score there is nothing to wait for."""
    rich = situation(score=None, personas={"a": persona(bought("e1", GOLD))})
    first, _ = decided(rich, None)
    poor = replace(rich, personas={"a": persona(bought("e1", GOLD), gave_back("e2", GOLD))})
    assert (first.main.tier, decided(poor, first)[0].main.tier) == ("gold", "member")


def test_a_programme_without_scores_waits_for_none() -> None:
    """A score of an old membership does not matter to it."""
    plain = replace(
        PROGRAMME, tiers=(PROGRAMME.tiers[0], replace(PROGRAMME.tiers[1], any_of=PROGRAMME.tiers[1].any_of[:1]))
    )
    rich = situation(personas={"a": persona(bought("e1", GOLD))}, membership_version=9)
    first, _ = decided(rich, None, plain)
    poor, _ = decided(replace(rich, personas={}), first, plain)
    assert (first.main.tier, poor.main.tier) == ("silver", "member")


def test_ti6_a_changed_programme_is_named_as_the_reason() -> None:
    """Where the same figures give another tier than before, and where a tier has another name."""
    here = situation(personas={"a": persona(bought("e1", SILVER))})
    first, _ = decided(here, None)
    stricter = replace(PROGRAMME, tiers=PROGRAMME.tiers[:1])
    renamed = replace(PROGRAMME, tiers=(PROGRAMME.tiers[0], TierRule("bronze", (), any_of=PROGRAMME.tiers[1].any_of)))
    for programme, tier in ((stricter, "member"), (renamed, "bronze")):
        holding, change = decided(here, first, programme, "2-x")
        assert change is not None
        assert (change.previous_tier, change.tier, change.reason) == ("silver", tier, Reason.RULES_CHANGED)
        assert change.receipt.programme_version == holding.programme_version == "2-x"


def test_ti6_a_new_version_without_effect_is_no_change() -> None:
    """A remark in the file, or a benefit more, moves nobody."""
    here = situation(personas={"a": persona(bought("e1", SILVER))})
    first, _ = decided(here, None)
    holding, change = decided(here, first, PROGRAMME, "2-x")
    assert (holding.programme_version, change) == ("2-x", None)
