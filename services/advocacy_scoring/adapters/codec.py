"""States as bytes."""

from __future__ import annotations

import hashlib

import msgspec

from advocacy_scoring.domain.announced import State
from advocacy_scoring.domain.findings import Findings
from advocacy_scoring.domain.persona import Persona
from chassis.codec import StateCodec
from chassis.stages.parts import PartCodec

_encode = msgspec.msgpack.Encoder(order="deterministic").encode


def personas() -> PartCodec[Persona]:
    """Return a codec of personas in their envelopes; one for each thread."""
    return PartCodec(StateCodec(Persona), Persona)


def scores() -> StateCodec[State]:
    """Return a codec of scores with what was announced of them; one for each thread."""
    return StateCodec(State)


def digest(found: Findings) -> str:
    """A short hash that differs where findings do."""
    return hashlib.blake2b(_encode(found), digest_size=12).hexdigest()
