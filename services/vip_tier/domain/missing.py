"""What a customer lacks for a tier."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from vip_tier.domain.conditions import Condition
from vip_tier.domain.figures import Figures
from vip_tier.domain.steps import Missing


def missing(condition: Condition, figures: Figures) -> Missing:
    """The figures to gain so that the condition holds, by the way on which the largest share is there already.

    Empty where it holds.
    """
    if condition.holds(figures):
        return ()
    nearest = min(condition.ways(), key=lambda way: _distance(way, figures))
    return tuple(sorted((name, least - have) for name, least in nearest.items() if (have := figures.of(name)) < least))


def _distance(way: Mapping[str, int], figures: Figures) -> tuple[Fraction, int]:
    """The largest share that is missing of any figure, and how many figures are short."""
    shares = [Fraction(max(0, least - figures.of(name)), least) for name, least in way.items()]
    return max(shares, default=Fraction(0)), sum(share > 0 for share in shares)
