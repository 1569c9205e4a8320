"""What is kept of an account."""

from __future__ import annotations

from advocacy_scoring.domain.persona import KEPT_DAYS, NEWEST_KEPT, Persona, Tally
from tests.unit.advocacy_scoring.actions import TODAY, event, persona


def tally(made: Persona, action: str) -> Tally:
    return made.deeds[event("", action, TODAY).signature]


def test_ad1_deeds_are_counted_by_action_and_day() -> None:
    """How many, a day for each UTC day, whatever the order in which events arrive."""
    made = persona(
        [event("e1", "like", TODAY), event("e2", "like", TODAY - 3), event("e3", "like", TODAY), event("e4", "tag", 5)]
    )
    assert tally(made, "like").days == [(TODAY - 3, 1), (TODAY, 2)]


def test_ad4_of_each_action_the_newest_events_are_remembered() -> None:
    """Ten by name, the oldest first, whatever the order in which they arrive."""
    events = [event(f"e{second:02}", "like", TODAY, second=second) for second in range(25)]
    in_order, reversed_ = persona(events), persona(reversed(events))
    assert [name for _, name in tally(in_order, "like").newest] == [f"e{n}" for n in range(25 - NEWEST_KEPT, 25)]
    assert in_order == reversed_


def test_ad3_what_no_score_can_ask_for_any_more_is_dropped() -> None:
    """After years of a deed a day, an account holds little more than the history."""
    made = persona(event(f"e{day}", "like", day) for day in range(TODAY - 3000, TODAY))
    days = [day for day, _ in tally(made, "like").days]
    assert len(days) <= KEPT_DAYS + 40
    assert days[-1] == TODAY - 1
    assert set(range(TODAY - KEPT_DAYS, TODAY)) <= set(days)


def test_ad3_an_action_of_long_ago_is_forgotten_whole() -> None:
    """Nothing stays of an action whose last day is beyond the history."""
    made = persona([event("e1", "tag", TODAY - 1200), event("e2", "like", TODAY)])
    assert list(made.deeds) == [event("", "like", TODAY).signature]


def test_an_event_from_before_the_history_is_no_deed() -> None:
    """Very late news are counted and forgotten at once."""
    made = persona([event("e1", "like", TODAY)])
    late = persona([event("e1", "like", TODAY), event("e2", "tag", TODAY - KEPT_DAYS - 3)])
    assert late.deeds == made.deeds


def test_followers_are_the_newest_figure_by_the_time_of_the_event() -> None:
    """A late event does not bring an old figure back; one without figures says nothing."""
    made = persona(
        [
            event("e1", "like", TODAY, followers=200),
            event("e2", "like", TODAY - 1, followers=900),
            event("e3", "like", TODAY + 1),
        ]
    )
    assert made.audience.followers == 200
    assert Persona().audience.followers == -1
