"""A customer's record: computed whole from the personas of its accounts and from what other services say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from customer_profile.domain.contact import Attributed, latest
from customer_profile.domain.interaction import channel_of
from customer_profile.domain.ledger import Totals, totals
from customer_profile.domain.persona import Persona


@dataclass(frozen=True, slots=True)
class Activity:
    """What was done and when; times in milliseconds since 1970, UTC, 0 without any interaction.

    Every interaction counts, the brand's replies among them, as every one stands in the timeline. `followers` sums the
    newest figure of each account.
    """

    interactions: int = 0
    first_at: int = 0
    last_at: int = 0
    by_kind: dict[str, int] = field(default_factory=dict)
    by_channel: dict[str, int] = field(default_factory=dict)
    followers: int = 0
    brand_replies: int = 0


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


@dataclass(frozen=True, slots=True)
class Record:
    """All that the profile says of a customer. `purchases` holds the sums by currency."""

    accounts: tuple[str, ...] = ()
    absorbed: tuple[str, ...] = ()
    contact: dict[str, Attributed] = field(default_factory=dict)
    activity: Activity = field(default_factory=Activity)
    purchases: dict[str, Totals] = field(default_factory=dict)
    score: ScoreSummary | None = None
    tier: TierSummary | None = None


def unify(
    accounts: tuple[str, ...],
    absorbed: tuple[str, ...],
    personas: Mapping[str, Persona],
    score: ScoreSummary | None = None,
    tier: TierSummary | None = None,
) -> Record:
    """Return the record of the customer who holds the accounts; of some of them nothing may be known yet.

    The order of accounts and personas does not matter, and accounts that were merged and split again give what they
    would have given had they never been merged: nothing is kept but the personas.
    """
    return Record(
        accounts=tuple(sorted(accounts)),
        absorbed=tuple(sorted(absorbed)),
        contact=latest((account, persona.contact) for account, persona in personas.items()),
        activity=_activity(personas),
        purchases=totals(persona.ledger for persona in personas.values()),
        score=score,
        tier=tier,
    )


def _activity(personas: Mapping[str, Persona]) -> Activity:
    active = {account: persona for account, persona in personas.items() if persona.kinds}
    if not active:
        return Activity()
    by_kind: dict[str, int] = {}
    by_channel: dict[str, int] = {}
    for account, persona in active.items():
        channel = channel_of(account)
        by_channel[channel] = by_channel.get(channel, 0) + sum(persona.kinds.values())
        for kind, count in persona.kinds.items():
            by_kind[kind] = by_kind.get(kind, 0) + count
    return Activity(
        interactions=sum(by_channel.values()),
        first_at=min(persona.first_at for persona in active.values()),
        last_at=max(persona.last_at for persona in active.values()),
        by_kind=by_kind,
        by_channel=by_channel,
        followers=sum(persona.followers[1] for persona in active.values() if persona.followers),
        brand_replies=by_kind.get("brand_reply", 0),
    )
