"""How a customer's score follows from its accounts' personas, and when the clock will have changed it."""

from __future__ import annotations

from advocacy_scoring.domain.decay import day_of, start_of
from advocacy_scoring.domain.forecast import next_change
from advocacy_scoring.domain.persona import Persona
from advocacy_scoring.domain.rules import Rules
from advocacy_scoring.domain.score import Score, evaluate_deeds, gather
from chassis.clock import milliseconds, moment
from chassis.stages.computing import Outcome, View


class Scoring:
    """Computes scores by `rules`, whose `version` every score names."""

    def __init__(self, rules: Rules, version: str) -> None:
        self._rules = rules
        self._version = version

    def __call__(self, view: View[Persona, Score]) -> Outcome[Score, None]:
        """Return the customer's score at the start of the present UTC day. A score announces no changes."""
        deeds = gather(self._rules, view.parts.values())
        today = day_of(milliseconds(view.now))
        score = evaluate_deeds(self._rules, self._version, view.parts, deeds, today)
        due = next_change(self._rules, deeds, score)
        return Outcome(score, due_at=moment(start_of(due)) if due is not None else None)
