"""States as bytes: personas, records, and what other services say."""

from __future__ import annotations

from collections.abc import Callable

from chassis.codec import StateCodec
from chassis.stages.parts import PartCodec
from customer_profile.domain.inputs import ScoreSummary, TierSummary
from customer_profile.domain.persona import Persona
from customer_profile.domain.record import Record
from customer_profile.domain.traits.definitions import NO_TRAITS, Plan
from customer_profile.domain.traits.tallies import Tallies


def personas(plan: Callable[[], Plan] = lambda: NO_TRAITS) -> PartCodec[Persona]:
    """Return a codec of personas in their envelopes; one for each thread.

    A new persona lacks nothing of what the plan counts.
    """
    return PartCodec(StateCodec(Persona), lambda: Persona(tallies=Tallies.new(plan())), _counted_by)


def _counted_by(persona: Persona) -> str:
    return persona.tallies.version


def records() -> StateCodec[Record]:
    """Return a codec of records; one for each thread."""
    return StateCodec(Record)


def scores() -> StateCodec[ScoreSummary]:
    """Return a codec of scores as a record shows them; one for each thread."""
    return StateCodec(ScoreSummary)


def tiers() -> StateCodec[TierSummary]:
    """Return a codec of tiers as a record shows them; one for each thread."""
    return StateCodec(TierSummary)
