"""States as bytes: personas, records, and what other services say."""

from __future__ import annotations

from chassis.codec import StateCodec
from chassis.stages.parts import PartCodec
from customer_profile.domain.persona import Persona
from customer_profile.domain.record import Record, ScoreSummary, TierSummary


def personas() -> PartCodec[Persona]:
    """Return a codec of personas in their envelopes; one for each thread."""
    return PartCodec(StateCodec(Persona), Persona)


def records() -> StateCodec[Record]:
    """Return a codec of records; one for each thread."""
    return StateCodec(Record)


def scores() -> StateCodec[ScoreSummary]:
    """Return a codec of scores as a record shows them; one for each thread."""
    return StateCodec(ScoreSummary)


def tiers() -> StateCodec[TierSummary]:
    """Return a codec of tiers as a record shows them; one for each thread."""
    return StateCodec(TierSummary)
