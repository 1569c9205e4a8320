"""What a customer holds under a programme, put together from its replayed history."""

from __future__ import annotations

from vip_tier.domain.calendar import NEVER
from vip_tier.domain.figures import Figures
from vip_tier.domain.holding import Standing
from vip_tier.domain.missing import missing
from vip_tier.domain.replay import Replayed


def standing_of(replayed: Replayed, rank: int, qualified: int, held_from: str, figures: Figures) -> Standing:
    """The standing of a customer that holds the tier of a rank, and would hold that of `qualified` by itself."""
    course, ledger = replayed.course, replayed.ledger
    rules, override = course.rules, course.override
    above = rules.tiers[rank + 1] if rank + 1 < len(rules.tiers) else None
    return Standing(
        programme=rules.programme,
        tier=rules.tiers[rank].name,
        qualified=rules.tiers[qualified].name,
        held_from=held_from,
        since_ms=course.since_ms(),
        figures=figures,
        benefits=rules.tiers[rank].benefits,
        period_ends_ms=_or_none(course.tenure.end_ms) if rank else 0,
        grace_ends_ms=course.tenure.grace_ms,
        override_id=override.request_id if override else "",
        override_ends_ms=_or_none(override.until_ms) if override else 0,
        pending=ledger.pending,
        active=ledger.active,
        expiring_points=replayed.expiring_points,
        expiring_ms=replayed.expiring_ms,
        next_tier=above.name if above else "",
        missing=missing(above, figures) if above else (),
    )


def _or_none(moment: int) -> int:
    return moment if moment < NEVER else 0
