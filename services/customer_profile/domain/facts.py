"""What conditions can ask of a customer, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

NUMBERS = (
    "score",
    "accounts",
    "interactions",
    "brand_replies",
    "followers",
    "orders",
    "order_days",
    "returns",
    "gross",
    "net",
    "average_order",
    "rfm_recency",
    "rfm_frequency",
    "rfm_monetary",
    "probability_alive",
    "expected_value",
    "conversations",
    "open_conversations",
)
"""Sums of money are in minor units of the currency of the rules; orders and returns are those in every currency."""

AGES = (
    "days_since_first_interaction",
    "days_since_last_interaction",
    "days_since_first_order",
    "days_since_last_order",
    "days_since_last_said",
    "days_since_last_reply",
)
"""Whole days of 24 hours."""

WORDS = ("stage", "tier", "standing", "rfm_class")

_DAY_MS = 86_400_000


@dataclass(slots=True)
class Facts:
    """A customer at a time: `now` and `moments` in milliseconds since 1970, UTC.

    What is not known is absent; a count of nothing is 0. `moments` has what ages are counted from, under their names.
    `has_consent(purpose, channel)` says whether it is granted.
    """

    now: int
    numbers: Mapping[str, float]
    words: dict[str, str]
    moments: Mapping[str, int]
    traits: Mapping[str, float | str]
    fields: Mapping[str, str]
    channels: frozenset[str]
    has_consent: Callable[[str, str], bool]

    def known(self, name: str) -> float | str | None:
        """Return a fact by its name."""
        since = self.moments.get(name)
        if since is not None:
            return (self.now - since) // _DAY_MS
        number = self.numbers.get(name)
        return self.words.get(name) if number is None else number
