"""What is known of an account: its details, and what the log was told of its likeness to others."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from itertools import islice

from identity_resolution.domain.matching.details import Details, merged

TOLD_KEPT = 200
"""Of one account, the newest. Of a pair beyond, the log is not told if it is alike no longer."""


@dataclass(frozen=True, slots=True)
class Known:
    """The details of an account, and by other account the weight (bits) of the two that the log was told last."""

    details: Details = field(default_factory=dict)
    told: Mapping[str, float] = field(default_factory=dict)

    def showing(self, new: Details) -> Known:
        """With these details, too; itself where they are known."""
        details = merged(self.details, new)
        return self if details is self.details else Known(details, self.told)

    def telling(self, weights: Mapping[str, float]) -> Known:
        """With these weights told; itself where they were."""
        told = told_last(self.told, weights)
        return self if told is self.told else Known(self.details, told)

    def without(self, others: Collection[str]) -> Known:
        """With nothing told of these others; itself where nothing was."""
        told = {other: weight for other, weight in self.told.items() if other not in others}
        return self if len(told) == len(self.told) else Known(self.details, told)


def told_last(before: Mapping[str, float], weights: Mapping[str, float]) -> Mapping[str, float]:
    """Both together, the newest last, within the bound; `before` itself where nothing changes."""
    news = {other: weight for other, weight in weights.items() if before.get(other) != weight}
    if not news:
        return before
    both = {other: weight for other, weight in before.items() if other not in news} | news
    return dict(islice(both.items(), max(0, len(both) - TOLD_KEPT), None))
