"""What people decided about the customer that an account stands for: consents, and contact fields by hand."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from customer_profile.domain import consent
from customer_profile.domain.consent import Consent, ConsentState, has_expired
from customer_profile.domain.survivorship import ByHand

CONSENTS_KEPT = 200
"""Purposes and channels of one account. A brand asks for a handful; a form that makes up new ones is a fault."""

KNOWN_KEPT = 500
"""Decisions that are known by id, so that one told twice counts once: ten a week for a year."""


class ConsentGiven(NamedTuple):
    """Whether the customer agrees for a purpose on a channel, and where the proof can be found."""

    purpose: str
    channel: str
    granted: bool
    proof: str = ""


class FieldLaid(NamedTuple):
    """A contact field and its value; an empty one takes back what was laid down before."""

    field: str
    value: str


class Decision(NamedTuple):
    """One decision, made on an account. Times in milliseconds since 1970, UTC.

    `at` is when it was decided, `known_at` when Rapport came to know of it; `expires_at` 0 means never. `body` is the
    decision as it came, for the timeline.
    """

    event_id: str
    at: int
    what: ConsentGiven | FieldLaid
    owner: str = ""
    reason: str = ""
    expires_at: int = 0
    known_at: int = 0
    body: bytes = b""

    @property
    def kind(self) -> str:
        """As the API names it: "consent" or "field"."""
        return "consent" if isinstance(self.what, ConsentGiven) else "field"


class Known(NamedTuple):
    """A decision that was taken in: its id, when it was decided, and a digest of all else."""

    event_id: str
    at: int
    digest: bytes


class Laid(NamedTuple):
    """A field by hand, as the account that it was laid down on keeps it; the newest is the greatest.

    Of two at one time, that is the one that came to be known later.
    """

    at: int
    known_at: int
    event_id: str
    value: str
    expires_at: int = 0
    owner: str = ""
    reason: str = ""


class TooManyError(Exception):
    """The account has as many decisions of a kind as are kept: a new purpose or channel cannot be taken in."""


@dataclass(slots=True)
class Decided:
    """What was decided on one account: the newest by purpose and channel, and by field; and which decisions are known.

    Decisions commute: in any order they give the same consents and fields. `known` is in the order of their log, the
    newest last; a decision under an id that is in it changes nothing.
    """

    consents: dict[str, Consent] = field(default_factory=dict)
    fields: dict[str, Laid] = field(default_factory=dict)
    known: list[Known] = field(default_factory=list)

    def find(self, event_id: str) -> Known | None:
        """Return the decision that was taken in under the id."""
        return next((each for each in reversed(self.known) if each.event_id == event_id), None)

    def consent(self, purpose: str, channel: str) -> Consent | None:
        """Return what holds of the account for the purpose on the channel."""
        return self.consents.get(_key(purpose, channel))

    def has_room_for(self, given: ConsentGiven) -> bool:
        """Whether a decision for that purpose and channel can be taken in."""
        return len(self.consents) < CONSENTS_KEPT or _key(given.purpose, given.channel) in self.consents

    def take_in(self, decision: Decision) -> None:
        """Take in a decision, once. Raises `TooManyError` before anything is changed."""
        if self.find(decision.event_id) is not None:
            return
        event_id, at, what, owner, reason, expires_at, known_at, _ = decision
        if isinstance(what, ConsentGiven):
            if not self.has_room_for(what):
                raise TooManyError
            given = Consent(at, what.granted, event_id, expires_at, what.proof, owner, reason)
            key = _key(what.purpose, what.channel)
            known = self.consents.get(key)
            if known is None or consent.rank(given) > consent.rank(known):
                self.consents[key] = given
        else:
            laid = Laid(at, known_at, event_id, what.value, expires_at, owner, reason)
            if what.field not in self.fields or laid > self.fields[what.field]:
                self.fields[what.field] = laid
        self.known.append(Known(event_id, at, digest(decision)))
        del self.known[:-KNOWN_KEPT]


def digest(decision: Decision) -> bytes:
    """Return what tells decisions apart that were made under one id, their times aside."""
    told = (decision.kind, decision.what, decision.owner, decision.reason, decision.expires_at)
    return hashlib.blake2b(repr(told).encode(), digest_size=12).digest()


def consents(decided: Mapping[str, Decided], now: int) -> tuple[tuple[ConsentState, ...], int]:
    """Return which consents hold at a time over a customer's accounts, and when the clock changes that; 0 for never."""
    by_account = {
        account: {_purpose_and_channel(key): each for key, each in mine.consents.items()}
        for account, mine in decided.items()
        if mine.consents
    }
    return consent.states(by_account, now)


def laid_down(decided: Mapping[str, Decided]) -> dict[str, ByHand]:
    """Return the newest decision of each field over a customer's accounts, also one that took back or has expired."""
    newest: dict[str, tuple[Laid, str]] = {}
    for account, mine in decided.items():
        for name, laid in mine.fields.items():
            if name not in newest or (laid, account) > newest[name]:
                newest[name] = laid, account
    return {
        name: ByHand(laid.value, laid.owner, laid.reason, laid.at, laid.expires_at, laid.event_id, account)
        for name, (laid, account) in sorted(newest.items())
    }


def by_hand(decided: Mapping[str, Decided], now: int) -> tuple[dict[str, ByHand], int]:
    """Return the fields that are by hand at a time, and when the clock changes that; 0 for never.

    Once the newest has expired or was taken back, sources count again, and nothing older by hand.
    """
    held = {
        name: each for name, each in laid_down(decided).items() if each.value and not has_expired(each.expires_at, now)
    }
    return held, min((each.expires_at for each in held.values() if each.expires_at), default=0)


def _key(purpose: str, channel: str) -> str:
    return f"{purpose} {channel}"


def _purpose_and_channel(key: str) -> tuple[str, str]:
    purpose, _, channel = key.partition(" ")
    return purpose, channel
