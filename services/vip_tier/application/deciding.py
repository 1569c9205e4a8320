"""How a customer's tier follows from its accounts' personas, its score, and the customers merged into it."""

from __future__ import annotations

from chassis.clock import milliseconds
from chassis.stages.computing import Outcome, View
from chassis.stages.parts import Codec
from vip_tier.domain.decide import decide
from vip_tier.domain.holding import Change, Holding
from vip_tier.domain.persona import Persona
from vip_tier.domain.programme import Programme
from vip_tier.domain.situation import AdvocacyScore, Situation

SCORE = "score"
"""The name of the input that the reader of advocacy-scores gives; empty where the customer was merged away."""


class Deciding:
    """Decides tiers by a programme, whose `version` every change names. `scores` reads the input."""

    def __init__(self, programme: Programme, version: str, scores: Codec[AdvocacyScore]) -> None:
        self._programme = programme
        self._version = version
        self._scores = scores

    def __call__(self, view: View[Persona, Holding]) -> Outcome[Holding, Change]:
        """Return the customer's tier, and the change if it is another than before. The clock alone changes none."""
        score_version, score = view.inputs.get(SCORE, (0, b""))
        situation = Situation(
            customer=view.group,
            accounts=tuple(sorted(view.members)),
            personas=view.parts,
            absorbed=view.absorbed,
            membership_version=view.membership_version,
            score=self._scores.decode(score) if score else None,
            score_version=score_version,
            now_ms=milliseconds(view.now),
        )
        holding, change = decide(self._programme, self._version, situation, view.previous)
        return Outcome(holding, (change,) if change is not None else ())
