"""States as bytes: personas, tiers, and what advocacy scoring and customer profile say."""

from __future__ import annotations

from chassis.codec import StateCodec
from chassis.stages.parts import PartCodec
from vip_tier.domain.holding import Holding
from vip_tier.domain.persona import Persona
from vip_tier.domain.segments import CustomerSegments
from vip_tier.domain.situation import AdvocacyScore


def personas() -> PartCodec[Persona]:
    """Return a codec of personas in their envelopes; one for each thread."""
    return PartCodec(StateCodec(Persona), Persona)


def holdings() -> StateCodec[Holding]:
    """Return a codec of what customers hold; one for each thread."""
    return StateCodec(Holding)


def scores() -> StateCodec[AdvocacyScore]:
    """Return a codec of scores as a tier is decided from them; one for each thread."""
    return StateCodec(AdvocacyScore)


def segments() -> StateCodec[CustomerSegments]:
    """Return a codec of segments as a tier is decided from them; one for each thread."""
    return StateCodec(CustomerSegments)
