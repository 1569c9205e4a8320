"""How a customer's tiers follow from its accounts' personas, its score, its segments, and customers merged into it."""

from __future__ import annotations

from chassis.clock import milliseconds, moment
from chassis.stages.computing import Outcome, View
from chassis.stages.parts import Codec
from vip_tier.domain.decide import decide
from vip_tier.domain.holding import Change, Holding
from vip_tier.domain.persona import Persona
from vip_tier.domain.programme import Programmes
from vip_tier.domain.segments import CustomerSegments
from vip_tier.domain.situation import AdvocacyScore, Situation

SCORE = "score"
"""The name of the input that the reader of advocacy-scores gives; empty where the customer was merged away."""

SEGMENTS = "segments"
"""The name of the input that the reader of customer-records gives; empty likewise."""


class Deciding:
    """Decides tiers by programmes, whose `version` every change names. `scores` and `segments` read the inputs."""

    def __init__(
        self, programmes: Programmes, version: str, scores: Codec[AdvocacyScore], segments: Codec[CustomerSegments]
    ) -> None:
        self._programmes = programmes
        self._version = version
        self._scores = scores
        self._segments = segments

    def __call__(self, view: View[Persona, Holding]) -> Outcome[Holding, Change]:
        """Return what the customer holds, the changes to tell, and when the clock alone would change it."""
        decision = decide(self._programmes, self._version, self.situation(view), view.previous)
        return Outcome(decision.holding, decision.changes, moment(decision.due_ms) if decision.due_ms else None)

    def situation(self, view: View[Persona, Holding]) -> Situation:
        """What a tier is decided from, of the view of a customer."""
        score_version, score = view.inputs.get(SCORE, (0, b""))
        segments_version, segments = view.inputs.get(SEGMENTS, (0, b""))
        return Situation(
            customer=view.group,
            accounts=tuple(sorted(view.members)),
            personas=view.parts,
            absorbed=view.absorbed,
            absorbed_customers=tuple(sorted(view.absorbed_groups)),
            membership_version=view.membership_version,
            score=self._scores.decode(score) if score else None,
            score_version=score_version,
            now_ms=milliseconds(view.now),
            segments=self._segments.decode(segments) if segments else None,
            segments_version=segments_version,
        )
