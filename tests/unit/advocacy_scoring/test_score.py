"""From personas to a score."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from advocacy_scoring.domain.curve import Standing, least_raw, points_of, raw_limits, standing_of
from advocacy_scoring.domain.gathering import TopEvent
from advocacy_scoring.domain.persona import Event
from advocacy_scoring.domain.score import Score, evaluate
from tests.unit.advocacy_scoring.actions import (
    RULES,
    TODAY,
    VERSION,
    event,
    exact_contributions,
    histories,
    personas,
)

JOE, SHOP = "instagram:joe", "web_shop:77"


def scored(*events: tuple[str, Event], day: int = TODAY) -> Score:
    return evaluate(RULES, VERSION, personas(events), day)


def test_ad1_weights_add_up_to_a_raw_value_and_a_score() -> None:
    """Two defences and a good review are 80 points, and 80 of 80 + 100 is 444 of 1,000."""
    defences = [(JOE, event(f"e{n}", "defence", TODAY)) for n in (1, 2)]
    score = scored(*defences, (JOE, event("e3", "review_positive", TODAY)))
    assert (score.raw_milli, score.score, score.standing) == (80_000, 444, Standing.SUPPORTER)
    assert (score.actions, score.rules_version) == (3, VERSION)


def test_ad1_whoever_speaks_against_the_brand_is_a_detractor() -> None:
    """A raw value below zero is a score of zero, and a standing that says so."""
    score = scored((JOE, event("e1", "detraction", TODAY)), (JOE, event("e2", "like", TODAY)))
    assert (score.raw_milli, score.score, score.standing) == (-39_500, 0, Standing.DETRACTOR)


def test_ad1_a_customer_who_did_nothing_is_neutral() -> None:
    """No deed is neither good nor bad."""
    score = scored()
    assert (score.score, score.standing, score.components) == (0, Standing.NEUTRAL, ())


def test_ad3_a_weight_halves_with_each_half_life() -> None:
    """Detractions have 180 days."""
    deeds = (JOE, event("e1", "detraction", TODAY))
    found = [scored(deeds, day=TODAY + 180 * n).raw_milli for n in range(5)]
    assert found == [-40_000, -20_000, -10_000, -5_000, -2_500]


def test_ad3_beyond_the_history_a_deed_counts_no_more() -> None:
    """The last day of the history still counts."""
    deeds = (JOE, event("e1", "defence", TODAY))
    last = scored(deeds, day=TODAY + RULES.history_days)
    after = scored(deeds, day=TODAY + RULES.history_days + 1)
    assert last.raw_milli > 0
    assert (after.raw_milli, after.components, after.top_events, after.actions) == (0, (), (), 0)


def test_ad3_an_event_dated_ahead_has_not_aged() -> None:
    """A source's clock may be ahead by up to a day."""
    assert scored((JOE, event("e1", "defence", TODAY + 1))).raw_milli == 25_000


def test_ad3_a_days_deeds_count_up_to_the_cap_of_their_action() -> None:
    """Nine likes on one day are worth the five that count; on another day the cap begins anew."""
    likes = [(JOE, event(f"e{n}", "like", TODAY, second=n)) for n in range(9)]
    score = scored(*likes, (JOE, event("y1", "like", TODAY - 30)))
    (component,) = score.components
    assert (component.times, component.raw_milli) == (10, 5000)
    assert component.capped_milli == 2000
    assert component.decayed_milli == 250, "one like, a half-life old"
    assert component.contribution_milli == 2750


def test_ad3_the_cap_holds_over_all_accounts_of_a_customer() -> None:
    """Whoever likes with two accounts likes as one person."""
    likes = [(account, event(f"{account}{n}", "like", TODAY, second=n)) for account in (JOE, SHOP) for n in range(4)]
    assert scored(*likes).raw_milli == 2500


def test_ad3_what_speaks_against_is_capped_as_well() -> None:
    """A bad day is not the end of a friendship."""
    complaints = [(JOE, event(f"e{n}", "complaint_public", TODAY, second=n)) for n in range(5)]
    assert scored(*complaints).raw_milli == -40_000


def test_ad4_the_heaviest_events_are_named_the_heaviest_first() -> None:
    """By weight after decay, either way, over all accounts; of equals the newest."""
    score = scored(
        (JOE, event("like", "like", TODAY)),
        (SHOP, event("old", "defence", TODAY - 180)),
        (JOE, event("bad", "detraction", TODAY)),
        (JOE, event("early", "review_positive", TODAY, second=1)),
        (SHOP, event("late", "review_positive", TODAY, second=2)),
    )
    assert [top.event_id for top in score.top_events] == ["bad", "late", "early", "old", "like"]
    assert score.top_events[3] == TopEvent(
        "old", SHOP, "defence", event("", "defence", TODAY - 180).occurred_ms, 12_500
    )


def test_ad4_the_heaviest_events_are_those_of_the_day_that_is_asked_for() -> None:
    """A dozen thanks outweigh a dozen follows today; half a year on it is the follows, which fade more slowly."""
    actions = ("thank_you", "follow")
    events = [(JOE, event(f"{action}{n}", action, TODAY, second=n)) for action in actions for n in range(12)]
    assert {top.action for top in scored(*events).top_events} == {"thank_you"}
    later = scored(*events, day=TODAY + 180).top_events
    assert [top.event_id for top in later] == [f"follow{n}" for n in range(11, 1, -1)]


def test_followers_of_all_accounts_are_summed() -> None:
    """The newest figure of each account; an account that never told one counts for none."""
    score = scored(
        (JOE, event("e1", "like", TODAY, followers=100)),
        (SHOP, event("e2", "like", TODAY, followers=40)),
        ("x:y", event("e3", "like", TODAY)),
    )
    assert score.amplifier.followers == 140


def test_an_action_that_the_rules_do_not_name_any_more_counts_for_nothing() -> None:
    """Its deeds stay with the account, in case the rules name it again."""
    fewer = replace(RULES, actions=tuple(action for action in RULES.actions if action.name != "defence"))
    kept = personas([(JOE, event("e1", "defence", TODAY)), (JOE, event("e2", "like", TODAY))])
    score = evaluate(fewer, "2-x", kept, TODAY)
    assert (score.raw_milli, [top.event_id for top in score.top_events]) == (500, ["e2"])


@settings(deadline=None)
@given(histories())
def test_ad3_a_score_is_what_an_exact_calculation_from_the_events_gives(history: list[tuple[str, Event]]) -> None:
    """Folding, forgetting, caps and fixed point together differ from sixty digits by the final rounding only."""
    score = scored(*history)
    exact = exact_contributions([each for _, each in history], TODAY)
    found = {component.action: component.contribution_milli for component in score.components}
    for name, value in exact.items():
        assert abs(found.get(name, 0) - value) <= 0.501, name
    assert set(found) <= set(exact)


@settings(deadline=None)
@given(histories(), st.integers(0, 800))
def test_ad4_the_breakdown_adds_up(history: list[tuple[str, Event]], days: int) -> None:
    """Raw less capped less decayed is the contribution, and the contributions are the raw value, on every day."""
    score = scored(*history, day=TODAY + days)
    for component in score.components:
        rest = component.raw_milli - component.discounted_milli - component.capped_milli - component.decayed_milli
        assert rest == component.contribution_milli
    assert sum(component.contribution_milli for component in score.components) == score.deeds_milli
    assert sum(component.times for component in score.components) == score.actions


@settings(deadline=None)
@given(histories(), st.randoms(use_true_random=False))
def test_a_score_does_not_depend_on_the_order_of_events(history: list[tuple[str, Event]], random: object) -> None:
    """Neither across accounts nor within one, as all that is kept are sums and the newest."""
    shuffled = list(history)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert scored(*shuffled) == scored(*history)


def test_ad4_of_many_simultaneous_events_a_merge_names_those_that_one_account_would() -> None:
    """An account keeps ten of a sort, two keep twenty: the same ten weigh most."""
    at_once = [(JOE, event(f"e{number}", "answer", TODAY)) for number in range(10)]
    merged, one = [*at_once, (SHOP, event("e10", "answer", TODAY))], [*at_once, (JOE, event("e10", "answer", TODAY))]
    named = [[top.event_id for top in scored(*each).top_events] for each in (merged, one)]
    assert named[0] == named[1]


@settings(deadline=None)
@given(histories(), st.integers(0, 400))
def test_ad1_several_accounts_score_what_one_account_would(history: list[tuple[str, Event]], days: int) -> None:
    """So a merge changes a score by what the accounts brought, and by nothing else."""
    merged, one = scored(*history, day=TODAY + days), scored(*((JOE, each) for _, each in history), day=TODAY + days)
    assert replace(merged, top_events=()) == replace(one, top_events=())
    assert [top._replace(account="") for top in merged.top_events] == [
        top._replace(account="") for top in one.top_events
    ]


@settings(deadline=None)
@given(histories(), st.integers(0, 700))
def test_ad3_decay_never_makes_a_component_grow(history: list[tuple[str, Event]], days: int) -> None:
    """From day to day, what an action contributes only comes nearer to nothing."""
    today = {each.action: each for each in scored(*history, day=TODAY + 1 + days).components}
    for later in scored(*history, day=TODAY + 2 + days).components:
        assert abs(later.contribution_milli) <= abs(today[later.action].contribution_milli)


@settings(deadline=None)
@given(st.integers(0, 999))
def test_the_curve_has_an_inverse(score: int) -> None:
    """The least raw value of a score has that score or more, and one milli-point less has not."""
    raw = least_raw(RULES, score)
    assert points_of(RULES, raw) >= score
    assert raw == 0 or points_of(RULES, raw - 1) < score


@settings(deadline=None)
@given(st.integers(-(10**6), 10**7))
def test_every_raw_value_has_the_standing_whose_limits_it_lies_between(raw: int) -> None:
    """The limits of the four standings leave no gap and do not overlap."""
    standing = standing_of(RULES, raw, points_of(RULES, raw))
    assert [each for each in Standing if raw_limits(RULES, each)[0] <= raw < raw_limits(RULES, each)[1]] == [standing]
