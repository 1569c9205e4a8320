"""RFM: recency, frequency and monetary value, each scored 1 to 5 beside all buyers, and a name for the three together.

The scores are quintiles of all buyers when the model was fitted (Arthur Hughes: Strategic Database Marketing, 1994);
the names are the rules'.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

from customer_profile.domain.purchases.model import RfmBounds

LEAST, MOST = 1, 5
ANY = (LEAST, MOST)


@dataclass(frozen=True, slots=True)
class RfmClass:
    """A name for buyers whose scores lie within these, both ends included."""

    name: str
    recency: tuple[int, int] = ANY
    frequency: tuple[int, int] = ANY
    monetary: tuple[int, int] = ANY

    def holds(self, recency: int, frequency: int, monetary: int) -> bool:
        """Whether all three scores lie within."""
        return (
            self.recency[0] <= recency <= self.recency[1]
            and self.frequency[0] <= frequency <= self.frequency[1]
            and self.monetary[0] <= monetary <= self.monetary[1]
        )


@dataclass(frozen=True, slots=True)
class Rfm:
    """Scores from 1 (least) to 5 (most), the class as the rules name it ("" where none holds), the model's version."""

    recency: int
    frequency: int
    monetary: int
    name: str
    model: str


def scored(
    bounds: RfmBounds, classes: Sequence[RfmClass], model: str, *, days_since: int, order_days: int, gross: int
) -> Rfm:
    """Return the scores of a buyer, and the first class whose limits hold them.

    `days_since` are whole days in UTC since the last order; `gross` is in minor units.
    """
    recency = MOST - bisect_left(bounds.recency_days, days_since)
    frequency = LEAST + bisect_left(bounds.order_days, order_days)
    monetary = LEAST + bisect_left(bounds.gross_minor_units, gross)
    name = next((each.name for each in classes if each.holds(recency, frequency, monetary)), "")
    return Rfm(recency, frequency, monetary, name, model)


def days_until_less_recent(bounds: RfmBounds, days_since: int) -> int:
    """Return in how many days the score of recency falls if nothing is ordered; 0 where it is the least already."""
    place = bisect_left(bounds.recency_days, days_since)
    return bounds.recency_days[place] + 1 - days_since if place < len(bounds.recency_days) else 0
