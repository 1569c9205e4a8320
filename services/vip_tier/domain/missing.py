"""What a customer lacks for a tier."""

from __future__ import annotations

from vip_tier.domain.figures import Figures
from vip_tier.domain.programme import TierRule
from vip_tier.domain.steps import Missing

WHOLE = 10**12
"""Shares are compared in parts of it: the highest threshold there may be, so that no figure is too small a part."""


def missing(tier: TierRule, figures: Figures) -> Missing:
    """The figures to gain so that the tier is reached, by the way on which the largest share is there already.

    Empty where it is reached. Of ways that are equally far, the one on which fewer figures are short.
    """
    nearest: tuple[int, int] | None = None
    found: Missing = ()
    for way in tier.ways:
        short = [(name, least - have, least) for name, least in way if (have := figures.of(name)) < least]
        if not short:
            return ()
        distance = max(-(-lack * WHOLE // least) for _, lack, least in short), len(short)
        if nearest is None or distance < nearest:
            nearest, found = distance, tuple(sorted((name, lack) for name, lack, _ in short))
    return found
