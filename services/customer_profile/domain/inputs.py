"""What other services say of a customer, as its record shows it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ScoreSummary:
    """The newest advocacy score that has arrived; `updated_at` in milliseconds since 1970, UTC."""

    score: int
    standing: str
    version: int
    updated_at: int


@dataclass(frozen=True, slots=True)
class TierSummary:
    """The newest VIP tier that has arrived; `updated_at` in milliseconds since 1970, UTC."""

    tier: str
    benefits: tuple[str, ...]
    version: int
    updated_at: int
