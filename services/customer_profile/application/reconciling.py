"""How a customer's record follows from its accounts' personas and from what other services say."""

from __future__ import annotations

from typing import TypeVar

from chassis.stages.computing import Outcome, View
from chassis.stages.parts import Codec
from customer_profile.domain.persona import Persona
from customer_profile.domain.record import Record, ScoreSummary, TierSummary, unify

SCORE = "score"
TIER = "tier"

S = TypeVar("S")


class Unifying:
    """Computes records; the codecs read the inputs that readers of other services' levels have put down."""

    def __init__(self, scores: Codec[ScoreSummary], tiers: Codec[TierSummary]) -> None:
        self._scores = scores
        self._tiers = tiers

    def __call__(self, view: View[Persona, Record]) -> Outcome[Record, None]:
        """Return the customer's record. A record announces no changes, and the clock alone changes none."""
        return Outcome(
            unify(
                view.members,
                view.absorbed_groups,
                view.parts,
                _input(view, SCORE, self._scores),
                _input(view, TIER, self._tiers),
            )
        )


def _input(view: View[Persona, Record], name: str, codec: Codec[S]) -> S | None:
    """Return what another service said, or None: nothing has arrived, or it said last that it answers no more."""
    _, value = view.inputs.get(name, (0, b""))
    return codec.decode(value) if value else None
