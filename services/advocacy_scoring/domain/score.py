"""From the personas of a customer to a score, with all that it is made of.

Formulas, in integers: a component is the sum over days of allowed weight x 2 ** (-age / half_life), rounded once; their
sum, and what reach, resonance and relevance add to it, are the raw value; `curve` makes the score of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum

from advocacy_scoring.domain.audience import Amplifier, amplifier
from advocacy_scoring.domain.curve import Standing, points_of, standing_of
from advocacy_scoring.domain.deed import read_signature
from advocacy_scoring.domain.findings import Evidence
from advocacy_scoring.domain.gathering import Component, Deeds, TopEvent, gather, heaviest
from advocacy_scoring.domain.persona import NOBODY, Persona
from advocacy_scoring.domain.rules import Rules
from advocacy_scoring.domain.word_of_mouth import Heard, heard

TOP_EVENTS = 10
TREND_DAYS = 30
_ENOUGH_DEEDS = 10
"""Deeds at which half of the confidence is reached that their number can give."""


class Trend(IntEnum):
    """Where a score is going, against 30 days before; the numbers are those of the published enum."""

    STEADY = 1
    RISING = 2
    FALLING = 3


@dataclass(frozen=True, slots=True)
class Score:
    """A customer's score at the start of the UTC day `as_of_day` (days since 1970).

    `raw_milli` is `deeds_milli` amplified. Of somebody who works for the brand `employee_score` holds what a customer's
    score would be, and `score` is 0. `confidence` is 0 to 100.
    """

    score: int
    standing: Standing
    as_of_day: int
    raw_milli: int
    deeds_milli: int
    components: tuple[Component, ...]
    top_events: tuple[TopEvent, ...]
    rules_version: str
    actions: int
    amplifier: Amplifier
    confidence: int
    trend: Trend
    heard: Heard
    is_employee: bool = False
    employee_score: int = 0
    country: str = ""
    evidence: tuple[tuple[str, Evidence], ...] = ()
    notes: dict[str, int] = field(default_factory=dict)

    @property
    def points(self) -> int:
        """The points, whether the customer works for the brand or not."""
        return self.employee_score if self.is_employee else self.score


def evaluate(
    rules: Rules, version: str, personas: Mapping[str, Persona], as_of_day: int, staff: frozenset[str] = frozenset()
) -> Score:
    """The score of the customer with these personas, by account, on a UTC day.

    `staff` are the tokens of the companies whose people work for the brand, beside the accounts that the rules name.
    """
    return evaluate_deeds(rules, version, personas, as_of_day, deeds=gather(rules, personas), staff=staff)


def evaluate_deeds(
    rules: Rules,
    version: str,
    personas: Mapping[str, Persona],
    as_of_day: int,
    *,
    deeds: Sequence[Deeds],
    staff: frozenset[str] = frozenset(),
) -> Score:
    """As `evaluate`, where the personas' deeds have been gathered already."""
    components = _components(rules, deeds, as_of_day)
    weight = sum(component.contribution_milli for component in components)
    heard_by = amplifier(rules, personas.values())
    raw = heard_by.amplified(weight)
    points = points_of(rules, raw)
    is_employee = works_for_the_brand(rules, personas, staff)
    return Score(
        score=0 if is_employee else points,
        standing=Standing.NEUTRAL if is_employee else standing_of(rules, raw, points),
        as_of_day=as_of_day,
        raw_milli=raw,
        deeds_milli=weight,
        components=components,
        top_events=_top(rules, personas, as_of_day),
        rules_version=version,
        actions=sum(component.times for component in components),
        amplifier=heard_by,
        confidence=confidence(personas, sum(component.times for component in components)),
        trend=_trend(rules, deeds, heard_by, as_of_day, points),
        heard=heard(rules, personas, heard_by.followers),
        is_employee=is_employee,
        employee_score=points if is_employee else 0,
        country=max((persona.country for persona in personas.values()), default=NOBODY).value,
        evidence=tuple((account, each) for account in sorted(personas) for each in personas[account].findings.evidence),
        notes=_notes(personas),
    )


def works_for_the_brand(rules: Rules, personas: Mapping[str, Persona], staff: frozenset[str]) -> bool:
    """Whether one of the accounts is listed, or a form or a steward named a company of the brand."""
    return any(account in rules.employees.accounts or persona.works_for(staff) for account, persona in personas.items())


def confidence(personas: Mapping[str, Persona], deeds: int) -> int:
    """How much the score rests on: n / (n + 10) of 100, and half as much where every deed's sentiment is a guess."""
    guessed = sum(
        number
        for persona in personas.values()
        for signature, tally in persona.deeds.items()
        if read_signature(signature).basis == "signal"
        for _, number in tally.days
    )
    if not deeds:
        return 0
    return 100 * deeds * (2 * deeds - min(guessed, deeds)) // (2 * deeds * (deeds + _ENOUGH_DEEDS))


def _components(
    rules: Rules, deeds: Sequence[Deeds], as_of_day: int, until_day: int | None = None
) -> tuple[Component, ...]:
    found = (each.component(rules.tables[each.action.half_life_days], as_of_day, until_day) for each in deeds)
    return tuple(component for component in found if component is not None)


def _trend(rules: Rules, deeds: Sequence[Deeds], heard_by: Amplifier, as_of_day: int, points: int) -> Trend:
    """Against the score of 30 days before, of what had been done by then, with the audience of today."""
    then = as_of_day - TREND_DAYS
    weight = sum(component.contribution_milli for component in _components(rules, deeds, then, then))
    before = points_of(rules, heard_by.amplified(weight))
    if abs(points - before) < rules.publish_step:
        return Trend.STEADY
    return Trend.RISING if points > before else Trend.FALLING


def _notes(personas: Mapping[str, Persona]) -> dict[str, int]:
    notes: dict[str, int] = {}
    for persona in personas.values():
        for note, number in persona.notes.items():
            notes[note] = notes.get(note, 0) + number
    return notes


def _top(rules: Rules, personas: Mapping[str, Persona], as_of_day: int) -> tuple[TopEvent, ...]:
    """The events that weigh most, either way; of equals the newest, of simultaneous ones those that personas keep."""
    events = sorted(
        heaviest(rules, personas, as_of_day),
        key=lambda event: (abs(event.weight_milli), event.occurred_ms, event.event_id, event.account),
        reverse=True,
    )
    return tuple(events[:TOP_EVENTS])
