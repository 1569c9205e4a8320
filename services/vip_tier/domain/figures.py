"""The figures that a tier is decided from."""

from __future__ import annotations

from dataclasses import dataclass

SEGMENT = "segment:"


@dataclass(frozen=True, slots=True)
class Figures:
    """What a customer has to show. Spend is purchases less returns, in minor units of `currency`; it may be negative.

    All count within the window of the programme, but for `purchases_not_counted`: orders in other currencies, ever.
    `points` are those earned less those clawed back, spent or not; `engagement` and `referrals` count interactions;
    `segments` are names, in order, of those that the programme asks for.
    """

    currency: str = ""
    points: int = 0
    spend_minor_units: int = 0
    purchases: int = 0
    advocacy_score: int = 0
    purchases_not_counted: int = 0
    engagement: int = 0
    referrals: int = 0
    segments: tuple[str, ...] = ()

    def of(self, name: str) -> int:
        """A figure by its name; of a segment, under the name that `segment_figure` gives it, 1 for who is in it."""
        if name.startswith(SEGMENT):
            return int(name.removeprefix(SEGMENT) in self.segments)
        have: int = getattr(self, name)
        return have


def segment_figure(segment: str) -> str:
    """The name under which a segment stands among figures: conditions ask for 1 of it."""
    return SEGMENT + segment
