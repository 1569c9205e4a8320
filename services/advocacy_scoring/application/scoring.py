"""How a customer's score follows from its accounts' personas, whether it is announced, and when the clock moves it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from advocacy_scoring.application.ports import RulesInForce
from advocacy_scoring.domain.announced import Announced, State, announce, is_news
from advocacy_scoring.domain.curve import Standing
from advocacy_scoring.domain.decay import day_of, start_of
from advocacy_scoring.domain.forecast import next_change
from advocacy_scoring.domain.gathering import gather
from advocacy_scoring.domain.persona import Persona
from advocacy_scoring.domain.rules import Rules
from advocacy_scoring.domain.score import Score, evaluate_deeds
from advocacy_scoring.domain.word_of_mouth import Severe, severe
from chassis.clock import milliseconds, moment
from chassis.stages.computing import Outcome, View

_SCORE_DIGITS, _AUDIENCE_DIGITS = 4, 12
_NO_ALERT = (-1, "")


class Scoring:
    """Computes scores by the rules in force, whose version every score names."""

    def __init__(self, rules: RulesInForce) -> None:
        self._rules = rules

    def __call__(self, view: View[Persona, State]) -> Outcome[State, Severe]:
        """Return the customer's score at the start of the present UTC day, and what care is to be told."""
        rules, version, staff = self._rules.now()
        deeds = gather(rules, view.parts)
        now_ms = milliseconds(view.now)
        score = evaluate_deeds(rules, version, view.parts, day_of(now_ms), deeds=deeds, staff=staff)
        last = view.previous.announced if view.previous else None
        alerts = _alerts(rules, score, view.parts, last.alerted if last else _NO_ALERT, now_ms)
        if is_news(rules, score, last) or alerts or (last and last.accounts != tuple(sorted(view.parts))):
            alerted = (alerts[-1].occurred_ms, alerts[-1].event_id) if alerts else last.alerted if last else _NO_ALERT
            announced, news = announce(rules, score, view.parts, last, alerted), True
        else:
            assert last is not None
            announced, news = last, False
        due = next_change(rules, deeds, score, (announced.points, announced.standing))
        return Outcome(
            State(score, announced),
            changes=tuple(alerts),
            due_at=moment(start_of(due)) if due is not None else None,
            is_news=news,
            index=index(view.group, score, announced),
        )


def index(customer: str, score: Score, announced: Announced) -> Mapping[str, Any]:
    """What customers are listed by: `top` and `against` sort as text, and end in the customer's id to be unique."""
    entry: dict[str, Any] = {
        "rules": score.rules_version,
        "band": score.amplifier.band.value,
        "niches": list(score.amplifier.niches),
        "country": score.country,
        "trend": score.trend.value,
    }
    rank = f"{score.points:0{_SCORE_DIGITS}d}{customer}"
    if score.is_employee:
        entry["staff"] = rank
    elif announced.standing == Standing.DETRACTOR:
        entry["against"] = f"{score.heard.bad:0{_AUDIENCE_DIGITS}d}{customer}"
    elif score.points:
        entry["top"] = rank
    return entry


def _alerts(
    rules: Rules, score: Score, personas: Mapping[str, Persona], after: tuple[int, str], now_ms: int
) -> list[Severe]:
    """Grave deeds of a detractor whom enough people hear, that care has not heard of yet."""
    if score.raw_milli >= 0 or score.is_employee or score.heard.bad < rules.word_of_mouth.severe_audience:
        return []
    return severe(rules, personas, score.heard, after, now_ms)
