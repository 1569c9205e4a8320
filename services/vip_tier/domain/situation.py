"""All that a tier is decided from, but for the programmes and the past."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from vip_tier.domain.holding import Holding
from vip_tier.domain.persona import Persona
from vip_tier.domain.segments import CustomerSegments


@dataclass(frozen=True, slots=True)
class AdvocacyScore:
    """A customer's score from advocacy scoring, 0 to 1,000, and the version of the membership it was computed for."""

    score: int
    membership_version: int


@dataclass(frozen=True, slots=True)
class Situation:
    """A customer at a time, in milliseconds since 1970.

    `personas` lacks the accounts that nothing is known of; `absorbed` holds what was last decided for the customers
    merged into this one. `score` is None where there is none: `score_version` then is 0 if there never was one, and
    otherwise that of the word that it is no more, since the customer was merged away; it may be back since. `segments`
    are told by the customer's record, with the record's version, and are None likewise.
    """

    customer: str
    accounts: tuple[str, ...]
    personas: Mapping[str, Persona]
    absorbed: Mapping[str, Holding]
    absorbed_customers: tuple[str, ...]
    membership_version: int
    score: AdvocacyScore | None
    score_version: int
    now_ms: int
    segments: CustomerSegments | None = None
    segments_version: int = 0

    def is_score_current(self) -> bool:
        """Whether the score is that of the accounts which the customer has now, or no score has had a part so far."""
        if self.score is None:
            return self.score_version == 0
        return self.score.membership_version >= self.membership_version

    def are_segments_current(self) -> bool:
        """Whether the segments are those of the accounts which the customer has now, or none have had a part so far."""
        if self.segments is None:
            return self.segments_version == 0
        return self.segments.membership_version >= self.membership_version
