"""Who games in a town, and that nobody else's life changes by it."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

from rapportctl.town import Town, TownSettings
from rapportctl.town.gaming import GROUP, KINDS

SETTINGS = TownSettings(people=200, duration=timedelta(days=10), repeat_share=0.0)


def planted() -> Town:
    return Town(SETTINGS.with_shares({"gaming_share": 0.5}))


def test_ad6_by_default_nobody_games() -> None:
    assert not any(person.games for person in Town(SETTINGS).truth().persons)


def test_ad6_truth_tells_who_games_and_how() -> None:
    """In whole groups, of every kind."""
    kinds = Counter(person.games for person in planted().truth().persons)
    assert kinds.keys() == {"", *KINDS}
    assert all(kinds[kind] % GROUP == 0 for kind in KINDS)


def test_ad6_what_gamers_do_comes_in_its_time_between_what_everybody_does() -> None:
    """And changes none of that: the other events are those of the town without gamers."""
    town = planted()
    events = list(town.events())
    assert len(events) == town.planned()
    assert [event.occurred_at for event in events] == sorted(event.occurred_at for event in events)
    made = [event.interaction for event in events if event.interaction is not None]
    ids = [interaction.event_id for interaction in made]
    assert len(ids) == len(set(ids))
    plain = [event.payload() for event in Town(SETTINGS).events()]
    assert [each.SerializeToString() for each in made if "-g" not in each.event_id] == plain


def test_ad6_equal_settings_give_equal_gamers() -> None:
    assert [event.payload() for event in planted().events()] == [event.payload() for event in planted().events()]
