"""States as bytes."""

from __future__ import annotations

from advocacy_scoring.domain.persona import Persona
from advocacy_scoring.domain.score import Score
from chassis.codec import StateCodec
from chassis.stages.parts import PartCodec


def personas() -> PartCodec[Persona]:
    """Return a codec of personas in their envelopes; one for each thread."""
    return PartCodec(StateCodec(Persona), Persona)


def scores() -> StateCodec[Score]:
    """Return a codec of scores; one for each thread."""
    return StateCodec(Score)
