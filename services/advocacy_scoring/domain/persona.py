"""What advocacy scoring keeps of one account: its deeds by action and day."""

from __future__ import annotations

from bisect import insort
from dataclasses import dataclass, field
from typing import NamedTuple

from advocacy_scoring.domain.decay import day_of

NEWEST_KEPT = 10
"""Events kept by name for each action. All events of an action weigh the same, so after decay the newest weigh most:
ten of each hold the ten heaviest of all, on whatever day one asks, and of however many accounts."""

_AHEAD_DAYS = 2
"""An event is at most a day ahead of the clock; so what is this much older than the history, seen from the newest
event, is older than the history seen from any day on which a score is computed."""

_SWEEP_DAYS = 32
"""How often a persona is rid of what is too old: looking at all its days for each new one would cost more."""


class Event(NamedTuple):
    """One deed of an account that counts. `followers` is -1 where the channel did not tell."""

    event_id: str
    occurred_ms: int
    action: str
    weight_milli: int
    followers: int = -1


class Tally(NamedTuple):
    """An account's deeds of one action; the lists grow.

    `days` holds (UTC day, how many, sum of weights in milli-points) and `newest` (milliseconds since 1970, event id,
    weight in milli-points), both the oldest first.
    """

    days: list[tuple[int, int, int]]
    newest: list[tuple[int, str, int]]


@dataclass(slots=True)
class Persona:
    """All that is kept of one account. `followers` is the newest figure told, at `followers_ms`; -1 before any."""

    tallies: dict[str, Tally] = field(default_factory=dict)
    newest_day: int = 0
    followers: int = -1
    followers_ms: int = 0


def take_in(persona: Persona, event: Event, history_days: int) -> None:
    """Count the event. Days that no score can ask for any more are dropped, so the size is bounded by the history."""
    if event.followers >= 0 and (event.occurred_ms, event.followers) > (persona.followers_ms, persona.followers):
        persona.followers, persona.followers_ms = event.followers, event.occurred_ms
    day = day_of(event.occurred_ms)
    if day > persona.newest_day:
        if day // _SWEEP_DAYS > persona.newest_day // _SWEEP_DAYS:
            _drop_before(persona, day - history_days - _AHEAD_DAYS)
        persona.newest_day = day
    elif day < persona.newest_day - history_days - _AHEAD_DAYS:
        return
    tally = persona.tallies.get(event.action)
    if tally is None:
        tally = persona.tallies[event.action] = Tally([], [])
    _count(tally.days, day, event.weight_milli)
    _remember(tally.newest, (event.occurred_ms, event.event_id, event.weight_milli))


def _count(days: list[tuple[int, int, int]], day: int, weight: int) -> None:
    # Events mostly come in order, so the place is the last or the one behind it.
    place = len(days)
    while place and days[place - 1][0] > day:
        place -= 1
    if place and days[place - 1][0] == day:
        _, count, sum_of_weights = days[place - 1]
        days[place - 1] = (day, count + 1, sum_of_weights + weight)
    else:
        days.insert(place, (day, 1, weight))


def _remember(newest: list[tuple[int, str, int]], entry: tuple[int, str, int]) -> None:
    if not newest or entry > newest[-1]:
        newest.append(entry)
    else:
        insort(newest, entry)
    if len(newest) > NEWEST_KEPT:
        del newest[0]


def _drop_before(persona: Persona, first: int) -> None:
    for name, tally in list(persona.tallies.items()):
        if tally.days[-1][0] < first:
            del persona.tallies[name]
        elif tally.days[0][0] < first:
            tally.days[:] = [entry for entry in tally.days if entry[0] >= first]
            tally.newest[:] = [entry for entry in tally.newest if day_of(entry[0]) >= first]
