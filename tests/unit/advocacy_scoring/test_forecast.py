"""When the clock alone will have changed a score."""

from __future__ import annotations

from hypothesis import given, settings

from advocacy_scoring.domain.curve import Standing
from advocacy_scoring.domain.forecast import next_change
from advocacy_scoring.domain.gathering import gather
from advocacy_scoring.domain.persona import Event
from advocacy_scoring.domain.score import evaluate, evaluate_deeds
from tests.unit.advocacy_scoring.actions import RULES, TODAY, VERSION, event, histories, personas

JOE = "instagram:joe"


def forecast(*events: tuple[str, Event]) -> int | None:
    kept = personas(events)
    deeds = gather(RULES, kept)
    return next_change(RULES, deeds, evaluate_deeds(RULES, VERSION, kept, TODAY, deeds=deeds))


def by_looking_at_each_day(*events: tuple[str, Event]) -> int | None:
    """What `forecast` promises, found without cleverness."""
    kept = personas(events)
    today = evaluate(RULES, VERSION, kept, TODAY)
    for day in range(TODAY + 1, TODAY + RULES.history_days + 4):
        later = evaluate(RULES, VERSION, kept, day)
        if abs(later.score - today.score) >= RULES.publish_step or later.standing != today.standing:
            return day
    return None


@given(histories())
@settings(max_examples=40, deadline=None)
def test_ad3_the_forecast_is_the_first_day_on_which_the_score_moves(history: list[tuple[str, Event]]) -> None:
    """The same day as by looking at every day of the history, for any mixture of good and bad deeds."""
    assert forecast(*history) == by_looking_at_each_day(*history)


def test_ad3_a_score_too_small_to_move_by_a_step_is_never_due() -> None:
    """One like is 4 points of 1,000: nobody needs to hear when they are gone."""
    assert forecast((JOE, event("e1", "like", TODAY))) is None


def test_ad3_nothing_is_due_of_nobody() -> None:
    """A customer without deeds has nothing to decay."""
    assert forecast() is None


def test_ad3_a_detractor_is_due_when_the_last_complaint_is_forgotten() -> None:
    """Until then the raw value is below zero, however little; a like beside it brings the day nearer."""
    assert forecast((JOE, event("e1", "detraction", TODAY))) == TODAY + RULES.history_days + 1
    nearly = [(JOE, event("c", "complaint_private", TODAY)), (JOE, event("t", "thank_you", TODAY - 10))]
    due = forecast(*nearly)
    assert evaluate(RULES, VERSION, personas(nearly), TODAY).standing == Standing.DETRACTOR
    assert due is not None
    assert due < TODAY + 30
    assert evaluate(RULES, VERSION, personas(nearly), due).standing == Standing.NEUTRAL


def test_ad3_a_score_can_be_due_because_it_rises() -> None:
    """Private complaints fade faster than defences: what they weighed down comes up again."""
    deeds = [(JOE, event(f"r{n}", "defence", TODAY - n // 2, second=n)) for n in range(6)]
    deeds += [(JOE, event(f"c{n}", "complaint_private", TODAY - n // 2, second=n)) for n in range(12)]
    due = forecast(*deeds)
    assert due is not None
    now, then = (evaluate(RULES, VERSION, personas(deeds), day) for day in (TODAY, due))
    assert then.score >= now.score + RULES.publish_step
    assert then.standing == now.standing == Standing.SUPPORTER
