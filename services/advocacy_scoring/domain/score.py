"""From the personas of a customer to a score, with all that it is made of.

Formulas, in integers: a day's weight of an action, summed over all accounts, is clamped to the action's daily cap; a
component is the sum over days of clamped weight x 2 ** (-age / half_life), rounded once; raw is the sum of components;
`curve` makes the score of it. Caps and sums are taken over the customer's accounts together, so several accounts score
what one account with all their deeds would.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from advocacy_scoring.domain.curve import Standing, points_of, standing_of
from advocacy_scoring.domain.decay import day_of, whole
from advocacy_scoring.domain.persona import Persona
from advocacy_scoring.domain.rules import Action, Rules

TOP_EVENTS = 10


class Component(NamedTuple):
    """What one action contributes, in milli-points: raw - capped - decayed = contribution."""

    action: str
    times: int
    raw_milli: int
    capped_milli: int
    decayed_milli: int
    contribution_milli: int


class TopEvent(NamedTuple):
    """An event that weighs much: its weight after decay and before caps, in milli-points."""

    event_id: str
    account: str
    action: str
    occurred_ms: int
    weight_milli: int


@dataclass(frozen=True, slots=True)
class Score:
    """A customer's score at the start of the UTC day `as_of_day` (days since 1970)."""

    score: int
    standing: Standing
    as_of_day: int
    raw_milli: int
    components: tuple[Component, ...]
    top_events: tuple[TopEvent, ...]
    rules_version: str
    actions: int
    followers: int


@dataclass(frozen=True, slots=True)
class Deeds:
    """A customer's deeds of one action by UTC day: (how many, sum of weights, the sum clamped to the cap)."""

    action: Action
    days: Mapping[int, tuple[int, int, int]]

    def component(self, table: tuple[int, ...], as_of_day: int) -> Component | None:
        """What is left of them on a day, or None where nothing happened within the table's history."""
        count = raw = clamped = left = 0
        oldest = as_of_day - len(table) + 1
        for day, (number, weight, allowed) in self.days.items():
            if day < oldest:
                continue
            count += number
            raw += weight
            clamped += allowed
            # An event may bear tomorrow's date by the source's clock: it has not aged.
            left += allowed * table[max(0, as_of_day - day)]
        if not count:
            return None
        contribution = whole(left)
        return Component(self.action.name, count, raw, raw - clamped, clamped - contribution, contribution)


def gather(rules: Rules, personas: Iterable[Persona]) -> list[Deeds]:
    """Put the accounts' deeds together, by action in the order of the rules, under the daily caps.

    Deeds of an action that the rules do not name any more count for nothing.
    """
    days: dict[str, dict[int, tuple[int, int]]] = {}
    for persona in personas:
        for name, tally in persona.tallies.items():
            together = days.setdefault(name, {})
            for day, count, weight in tally.days:
                known_count, known_weight = together.get(day, (0, 0))
                together[day] = (known_count + count, known_weight + weight)
    return [
        Deeds(action, {day: (count, weight, _clamp(weight, action)) for day, (count, weight) in days[name].items()})
        for name, action in rules.by_name.items()
        if name in days
    ]


def evaluate(rules: Rules, version: str, personas: Mapping[str, Persona], as_of_day: int) -> Score:
    """The score of the customer with these personas, by account, on a UTC day."""
    return evaluate_deeds(rules, version, personas, gather(rules, personas.values()), as_of_day)


def evaluate_deeds(
    rules: Rules, version: str, personas: Mapping[str, Persona], deeds: Iterable[Deeds], as_of_day: int
) -> Score:
    """As `evaluate`, where the personas' deeds have been gathered already."""
    found = (each.component(rules.tables[each.action.half_life_days], as_of_day) for each in deeds)
    components = tuple(component for component in found if component is not None)
    raw = sum(component.contribution_milli for component in components)
    points = points_of(rules, raw)
    return Score(
        score=points,
        standing=standing_of(rules, raw, points),
        as_of_day=as_of_day,
        raw_milli=raw,
        components=components,
        top_events=_heaviest(rules, personas, as_of_day),
        rules_version=version,
        actions=sum(component.times for component in components),
        followers=sum(max(0, persona.followers) for persona in personas.values()),
    )


def _clamp(weight: int, action: Action) -> int:
    return max(-action.daily_cap_milli, min(action.daily_cap_milli, weight))


def _heaviest(rules: Rules, personas: Mapping[str, Persona], as_of_day: int) -> tuple[TopEvent, ...]:
    """The events that weigh most, either way; of equals the newest, then by event id and account."""
    events = sorted(
        (event for account, persona in personas.items() for event in _remembered(rules, account, persona, as_of_day)),
        key=lambda event: (-abs(event.weight_milli), -event.occurred_ms, event.event_id, event.account),
    )
    return tuple(events[:TOP_EVENTS])


def _remembered(rules: Rules, account: str, persona: Persona, as_of_day: int) -> Iterator[TopEvent]:
    for name, tally in persona.tallies.items():
        action = rules.by_name.get(name)
        if action is None:
            continue
        table = rules.tables[action.half_life_days]
        for occurred_ms, event_id, weight in tally.newest:
            age = max(0, as_of_day - day_of(occurred_ms))
            if age < len(table):
                yield TopEvent(event_id, account, name, occurred_ms, whole(weight * table[age]))
