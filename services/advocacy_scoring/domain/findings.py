"""What comparing accounts with each other found of one of them: deeds that look bought, and how its referrals stand.

Found by a sweep over many accounts, told to the account as an event of its own, and kept in its persona: so it follows
the account when customers are merged or split, and is a reason that anybody can look up.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import IntEnum
from typing import NamedTuple

EVERYTHING = "*"
"""In place of a signature: all that the account does."""


class Suspicion(IntEnum):
    """Why deeds look bought or arranged; the numbers are those of the published enum."""

    RING = 1
    FARM = 2
    BURST = 3
    DUPLICATE = 4
    FRESH = 5
    CIRCLE = 6


class Mark(NamedTuple):
    """So many of the account's deeds of a signature on a UTC day are suspicious. `EVERYTHING` has no day and number."""

    suspicion: Suspicion
    signature: str
    day: int
    number: int


class Evidence(NamedTuple):
    """What a suspicion rests on, for people: since when, how often, and some of the accounts or events concerned."""

    suspicion: Suspicion
    since_day: int
    deeds: int
    others: int
    examples: tuple[str, ...]


class ReferralState(IntEnum):
    """How a referral stands; the numbers are those of the published enum."""

    PENDING = 1
    VALID = 2
    REJECTED = 3
    TAKEN_BACK = 4


class Rejection(IntEnum):
    """Why a referral does not count; the numbers are those of the published enum."""

    NONE = 0
    SELF = 1
    SAME_HOUSEHOLD = 2
    EXISTING_CUSTOMER = 3
    STAFF = 4
    TOO_FAST = 5
    NO_PURCHASE_IN_TIME = 6
    CIRCULAR = 7
    ALREADY_REFERRED = 8


class Referral(NamedTuple):
    """A referral as one side of it sees it. `other` is the other side's account, empty where nobody is known.

    `id_` is the giver's account and event. `purchased_ms` is -1 before a purchase.
    """

    id_: str
    is_giver: bool
    state: ReferralState
    rejection: Rejection
    other: str
    referred_ms: int
    purchased_ms: int = -1
    event_id: str = ""

    def settled(self) -> Referral:
        """As it stands for good once no purchase can follow any more."""
        if self.state != ReferralState.PENDING:
            return self
        return self._replace(state=ReferralState.REJECTED, rejection=Rejection.NO_PURCHASE_IN_TIME)


@dataclass(frozen=True, slots=True)
class Findings:
    """All that was found of an account. A newer one replaces it whole; without any, nothing was found."""

    marks: tuple[Mark, ...] = field(default=())
    evidence: tuple[Evidence, ...] = field(default=())
    referrals: tuple[Referral, ...] = field(default=())

    def carrying(self, before: Findings, oldest_ms: int, since_ms: int) -> Findings:
        """These, and what was found before of referrals that are settled: older than what a sweep looks at.

        Of those none changes any more, and whom nobody followed until then came too late. What is older than
        `oldest_ms` counts no more, and is dropped.
        """
        known = {(each.id_, each.is_giver, each.event_id) for each in self.referrals}
        settled = tuple(
            each.settled()
            for each in before.referrals
            if oldest_ms <= each.referred_ms < since_ms and (each.id_, each.is_giver, each.event_id) not in known
        )
        return replace(self, referrals=settled + self.referrals) if settled else self

    def is_open(self, since_ms: int) -> bool:
        """Whether time alone may change it."""
        return bool(self.marks or self.evidence) or any(each.referred_ms >= since_ms for each in self.referrals)
