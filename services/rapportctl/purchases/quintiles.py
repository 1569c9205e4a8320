"""Bounds between RFM scores: quintiles of all buyers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rapportctl.purchases.histories import Buyer


@dataclass(frozen=True, slots=True)
class Bounds:
    """Four bounds between the scores 1 to 5 of each of the three; a value that equals a bound lies below it."""

    recency_days: tuple[int, ...]
    order_days: tuple[int, ...]
    gross: tuple[int, ...]


def rfm_bounds(buyers: Sequence[Buyer], today: int) -> Bounds:
    """Return the quintiles of the buyers' recency on a day, of their order days, and of what they ordered."""
    return Bounds(
        recency_days=quintiles([today - buyer.days[-1][0] for buyer in buyers]),
        order_days=quintiles([len(buyer.days) for buyer in buyers]),
        gross=quintiles([sum(amount for _, amount in buyer.days) for buyer in buyers]),
    )


def quintiles(values: Sequence[int]) -> tuple[int, ...]:
    """Return the least of the values at or below which lie a fifth, two, three and four fifths of all."""
    ordered = sorted(values)
    return tuple(ordered[-(-len(ordered) * share // 5) - 1] for share in range(1, 5))
