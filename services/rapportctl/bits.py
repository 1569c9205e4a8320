"""Weights for people: bits, with the probability beside them."""

from __future__ import annotations

_CERTAIN = 1_000.0
"""Bits beyond which a probability is 0 or 1 in any arithmetic."""


def bits(weight: float) -> str:
    """A weight with its sign, to a tenth of a bit."""
    return f"{weight:+.1f}"


def probability(weight: float) -> float:
    """The probability, 0 to 1, that two are one person, whose odds are 2 to the power of `weight`."""
    return float(1.0 / (1.0 + 2.0 ** -max(-_CERTAIN, min(_CERTAIN, weight))))


def percent(share: float) -> str:
    """A probability in percent. What is not certain is never called so."""
    if share >= 0.9999:
        return "over 99.99 %" if share < 1.0 else "100 %"
    if share <= 0.0001:
        return "under 0.01 %" if share > 0.0 else "0 %"
    return f"{share * 100:.2f} %"


def weight_text(weight: float) -> str:
    """A weight in bits with its probability: "+6.6 bits (98.98 %)"."""
    return f"{bits(weight)} bits ({percent(probability(weight))})"
