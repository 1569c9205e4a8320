"""Conditions on segments: when they count, what is told of them, and what a merge and its undo make of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.rules import RulesError
from tests.unit.vip_tier.customers import PROGRAMME, VERSION, bought, persona, situation
from vip_tier.config import DEFAULT_PROGRAMME, parse_programmes
from vip_tier.domain.conditions import Condition
from vip_tier.domain.decide import Decision, decide
from vip_tier.domain.holding import Holding
from vip_tier.domain.missing import missing
from vip_tier.domain.programme import Programme, Programmes, Qualification, TierRule
from vip_tier.domain.segments import SEGMENTS_KEPT, CustomerSegments, SegmentsAt, dated
from vip_tier.domain.situation import Situation

DAY = 86_400_000
FANS: Programme = replace(
    PROGRAMME,
    tiers=(
        TierRule("member", ()),
        TierRule("silver", (), any_of=(Condition(points=250), Condition(segments=("fans",)))),
        TierRule("gold", (), all_of=(Condition(points=250), Condition(segments=("fans", "regulars")))),
    ),
)
PROGRAMMES = Programmes(1, (FANS,))
YEARLY = Programmes(1, (replace(FANS, qualification=Qualification("rolling", 12)),))


def seen(now_ms: int, version: int = 1, membership: int = 1, **entered: int) -> Situation:
    """A customer of one account that bought nothing, and the segments that its record tells."""
    return situation(
        now_ms=now_ms,
        segments=CustomerSegments(tuple(sorted(entered.items())), membership),
        segments_version=version,
    )


def decided(here: Situation, previous: Holding | None = None, programmes: Programmes = PROGRAMMES) -> Decision:
    return decide(programmes, VERSION, here, previous)


def told(decision: Decision) -> list[tuple[str, str, int]]:
    return [(each.previous_tier, each.tier, each.effective_ms) for each in decision.changes]


def test_ti1_who_enters_a_segment_that_a_tier_asks_for_has_the_tier_from_then_on() -> None:
    """As of when it was entered, with the record's version and the segment in the receipt."""
    first = decided(situation(now_ms=DAY))
    entered = decided(seen(3 * DAY, version=7, fans=2 * DAY), first.holding)
    assert told(entered) == [("member", "silver", 2 * DAY)]
    receipt = entered.changes[0].receipt
    assert (receipt.before.segments, receipt.after.segments, receipt.record_version) == ((), ("fans",), 7)
    assert receipt.score_version == 0


def test_ti1_segments_that_no_programme_asks_for_change_nothing() -> None:
    """Nor are they kept."""
    first = decided(situation(now_ms=DAY))
    same = decided(seen(2 * DAY, lapsing=DAY), first.holding)
    assert (same.changes, same.holding.segments, same.holding.main) == ((), (), first.holding.main)


def test_ti1_all_segments_that_a_condition_names_must_be_entered() -> None:
    """Gold asks for two of them, and for points."""
    here = seen(DAY, fans=0)
    rich = {"a": persona(bought("e1", 30_000))}
    one = decided(replace(here, personas=rich))
    assert one.holding.main.tier == "silver"
    both = decided(replace(seen(2 * DAY, version=2, fans=0, regulars=DAY), personas=rich), one.holding)
    assert told(both) == [("silver", "gold", DAY)]


def test_ti3_who_leaves_a_segment_keeps_the_tier_until_its_period_ends() -> None:
    """As with a score that falls; where nothing ever ends, the tier goes at once."""
    for programmes, expected in ((YEARLY, "silver"), (PROGRAMMES, "member")):
        inside = decided(seen(DAY, fans=0), programmes=programmes)
        left = decided(seen(2 * DAY, version=2), inside.holding, programmes)
        assert (inside.holding.main.tier, left.holding.main.tier) == ("silver", expected)
    ended = decided(seen(400 * DAY, version=2), decided(seen(DAY, fans=0), programmes=YEARLY).holding, YEARLY)
    assert ended.holding.main.tier == "silver", "it left now: the period that ended a month ago was renewed then"


def test_ti5_what_is_missing_names_the_segment() -> None:
    """With an amount of one."""
    figures = decided(seen(DAY, fans=0)).holding.main.figures
    assert missing(FANS.tiers[2], figures) == (("points", 250), ("segment:regulars", 1))


def test_ti6_deciding_again_on_the_same_segments_changes_nothing() -> None:
    """Also when another section of the record has another version."""
    first = decided(seen(2 * DAY, fans=DAY))
    again = decided(seen(3 * DAY, version=9, fans=DAY), first.holding)
    assert (again.changes, again.holding) == ((), first.holding)


def test_ti7_no_tier_is_lowered_on_segments_of_another_membership() -> None:
    """After a merge the record of the combined accounts comes a moment later."""
    alone = decided(seen(DAY, fans=0))
    merged = replace(seen(2 * DAY, fans=0), accounts=("a", "b"), membership_version=2)
    merged = replace(merged, score=replace(merged.score, membership_version=2) if merged.score else None)
    waiting = decided(merged, alone.holding)
    assert waiting.holding.main.tier == "silver"
    assert waiting.holding.memberships == (("a",), ("a", "b"))
    arrived = decided(
        replace(merged, now_ms=3 * DAY, segments=CustomerSegments((), 2), segments_version=2), waiting.holding
    )
    assert arrived.holding.main.tier == "silver", "a merge lowers no tier"
    assert arrived.holding.main.held_from == "C1"


def test_ti7_an_undo_restores_the_segments_that_the_accounts_had() -> None:
    """Those of the merged customer are of other accounts."""
    alone = decided(seen(DAY, fans=0))
    here = replace(seen(2 * DAY, version=2, membership=2), accounts=("a", "b"), membership_version=2)
    merged = decided(replace(here, score=None, score_version=0), alone.holding)
    undone = replace(here, accounts=("a",), membership_version=3, now_ms=3 * DAY, score=None, score_version=0)
    before = decided(undone, merged.holding)
    assert before.holding.main.figures == alone.holding.main.figures
    back = decided(replace(undone, segments=CustomerSegments((("fans", 0),), 3), segments_version=3), before.holding)
    assert (back.holding.main.tier, back.holding.main.figures) == ("silver", alone.holding.main.figures)


def test_ti1_a_programme_may_ask_for_segments_by_any_name_of_the_right_form() -> None:
    """The names are the profile's; here only their form is known."""
    text = DEFAULT_PROGRAMME.read_text()
    asking = text.replace("- purchases: 5\n", "- purchases: 5\n          - segments: [big_spenders]\n")
    loaded = parse_programmes(asking, "programme")
    assert loaded.value.segments == {"big_spenders"}
    for wrong, words in (("[Big Spenders]", "does not have the form"), ("[]", ""), ("big_spenders", "")):
        with pytest.raises(RulesError, match=words or "segments"):
            parse_programmes(asking.replace("[big_spenders]", wrong), "programme")


def test_ti1_a_tier_whose_segments_the_one_above_asks_for_alone_is_never_held() -> None:
    """Who reaches it reaches the tier above it too: a mistake of the file, with its place."""
    tiers = """
      - name: fan
        benefits: []
        all_of: [{points: 250}, {segments: [fans]}]
      - name: star
        benefits: []
        any_of: [{segments: [fans]}]
"""
    text = Path(DEFAULT_PROGRAMME).read_text().rstrip() + tiers
    with pytest.raises(RulesError, match="nobody would ever hold fan"):
        parse_programmes(text, "programme")


def test_ti2_a_segment_counts_from_when_it_was_entered_and_ceases_when_that_is_seen() -> None:
    """But from no earlier than what was known of the accounts before; not after now, whatever a clock says."""
    known = dated((), {"fans": 5, "regulars": 3}, ("a",), 10)
    assert known == (SegmentsAt(3, ("regulars",), ("a",)), SegmentsAt(5, ("fans", "regulars"), ("a",)))
    later = dated(known, {"regulars": 3, "early": 4, "late": 99}, ("a",), 20)
    assert later[2:] == (
        SegmentsAt(5, ("early", "fans", "regulars"), ("a",)),
        SegmentsAt(20, ("early", "late", "regulars"), ("a",)),
    )


@given(st.lists(st.dictionaries(st.sampled_from(["p", "q", "r"]), st.integers(0, 2_000)), max_size=400))
def test_ti2_what_is_kept_of_segments_is_bounded_in_order_and_ends_with_what_is(told: list[dict[str, int]]) -> None:
    """Whatever records say."""
    known: tuple[SegmentsAt, ...] = ()
    for now, entered in enumerate(told):
        known = dated(known, entered, ("a",), now)
        assert (known[-1].names if known else ()) == tuple(sorted(entered))
        assert dated(known, entered, ("a",), now + 1) == known
    assert len(known) <= SEGMENTS_KEPT
    assert [each.at_ms for each in known] == sorted(each.at_ms for each in known)
