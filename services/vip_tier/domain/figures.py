"""The figures that a tier is decided from."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figures:
    """What a customer has to show. Spend is purchases less returns, in minor units of `currency`; it may be negative.

    All count within the window of the programme, but for `purchases_not_counted`: orders in other currencies, ever.
    `points` are those earned less those clawed back, spent or not; `engagement` and `referrals` count interactions.
    """

    currency: str = ""
    points: int = 0
    spend_minor_units: int = 0
    purchases: int = 0
    advocacy_score: int = 0
    purchases_not_counted: int = 0
    engagement: int = 0
    referrals: int = 0
