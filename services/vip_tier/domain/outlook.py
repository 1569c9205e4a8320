"""When a customer would reach a tier, going on at the present pace."""

from __future__ import annotations

from collections.abc import Iterable

from vip_tier.domain.facts import Fact, FactKind
from vip_tier.domain.ledger import Ledger, Movement
from vip_tier.domain.programme import Programme
from vip_tier.domain.steps import Missing

PACE_DAYS = 90
DAY_MS = 86_400_000

_EARNING = (Movement.EARNED, Movement.CLAWED_BACK)


def projected(rules: Programme, missing: Missing, ledger: Ledger, facts: Iterable[Fact], now_ms: int) -> int:
    """The moment at which all that is missing would be there, at the pace of the last `PACE_DAYS`; 0 for never.

    Of an advocacy score, or of a segment, nobody knows the pace.
    """
    since = now_ms - PACE_DAYS * DAY_MS
    gained = _gained(rules, ledger, [fact for fact in facts if since < fact.at_ms <= now_ms], since)
    waits: list[int] = []
    for name, amount in missing:
        pace = gained.get(name, 0)
        if pace <= 0:
            return 0
        waits.append(-(-amount * PACE_DAYS * DAY_MS // pace))
    return now_ms + max(waits) if waits else 0


def _gained(rules: Programme, ledger: Ledger, facts: list[Fact], since_ms: int) -> dict[str, int]:
    """What was gained of each figure since then."""
    gained = dict.fromkeys(("points", "spend_minor_units", "purchases", "engagement", "referrals"), 0)
    gained["points"] = sum(
        posting.pending + posting.active
        for posting in ledger.postings
        if posting.at_ms > since_ms and posting.movement in _EARNING
    )
    for fact in facts:
        if fact.kind is FactKind.ACTION:
            gained["engagement"] += fact.times if fact.action in rules.engagement else 0
            gained["referrals"] += fact.times if fact.action == "referral" else 0
        elif fact.currency == rules.currency:
            gained["spend_minor_units"] += fact.amount if fact.kind is FactKind.PURCHASE else -fact.amount
            gained["purchases"] += fact.times if fact.kind is FactKind.PURCHASE else 0
    return gained
