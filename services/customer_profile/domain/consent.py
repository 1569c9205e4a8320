"""Consent: for which purposes, and on which channels, a customer agrees to be spoken to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

EVERY_CHANNEL = ""


class Consent(NamedTuple):
    """A decision on consent, as the account that it was made on keeps it. Times in milliseconds since 1970, UTC.

    `expires_at` 0 means never: from that time on, what was granted counts as not granted.
    """

    at: int
    granted: bool
    event_id: str
    expires_at: int = 0
    proof: str = ""
    owner: str = ""
    reason: str = ""


class ConsentState(NamedTuple):
    """What holds for a purpose on a channel, or on `EVERY_CHANNEL` that has no newer decision of its own.

    `granted` is as of the time that it was computed for: False once the decision has expired.
    """

    purpose: str
    channel: str
    granted: bool
    at: int
    event_id: str
    account: str
    expires_at: int = 0
    proof: str = ""
    owner: str = ""
    reason: str = ""


def rank(decision: Consent) -> tuple[int, bool, str]:
    """Return what decisions for one purpose and channel are compared by; the greatest holds.

    That is the newest, of two at one time the stricter, and of two equally strict ones that with the greater event id:
    an order without ties, so that what holds does not depend on the order in which decisions come or accounts join.
    """
    return decision.at, not decision.granted, decision.event_id


def states(consents: Mapping[str, Mapping[tuple[str, str], Consent]], now: int) -> tuple[tuple[ConsentState, ...], int]:
    """Return what holds at a time by purpose and channel, in their order, and when the clock changes that; 0 for never.

    `consents` has the decisions of each account by purpose and channel.
    """
    newest: dict[tuple[str, str], tuple[str, Consent]] = {}
    for account, decisions in consents.items():
        for key, decision in decisions.items():
            known = newest.get(key)
            if known is None or (rank(decision), account) > (rank(known[1]), known[0]):
                newest[key] = account, decision
    found = tuple(_state(*key, *newest[key], now) for key in sorted(newest))
    return found, min((each.expires_at for each in found if each.granted and each.expires_at), default=0)


def holds(known: Iterable[ConsentState], purpose: str, channel: str, now: int) -> bool:
    """Whether the customer agrees, at a time, to be spoken to for the purpose on the channel; without a decision, not.

    The newer counts of what was decided for the channel and for every channel; of two at one time, the stricter. One
    that has expired makes nothing older count again.
    """
    about = [each for each in known if each.purpose == purpose and each.channel in (channel, EVERY_CHANNEL)]
    if not about:
        return False
    newest_at = max(each.at for each in about)
    return all(each.granted and not has_expired(each.expires_at, now) for each in about if each.at == newest_at)


def has_expired(expires_at: int, now: int) -> bool:
    """Whether what expires then has expired by now; 0 is never."""
    return 0 < expires_at <= now


def _state(purpose: str, channel: str, account: str, decision: Consent, now: int) -> ConsentState:
    at, granted, event_id, expires_at, proof, owner, reason = decision
    granted = granted and not has_expired(expires_at, now)
    return ConsentState(purpose, channel, granted, at, event_id, account, expires_at, proof, owner, reason)
