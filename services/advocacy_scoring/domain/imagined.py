"""Deeds that have not happened, in a persona of their own: what a score would be with them."""

from __future__ import annotations

from typing import NamedTuple

from advocacy_scoring.domain.decay import start_of
from advocacy_scoring.domain.deed import REFERRAL_VALID, REFERRED, Deed
from advocacy_scoring.domain.findings import Findings, Referral, ReferralState, Rejection
from advocacy_scoring.domain.persona import Audience, Event, Persona, take_in
from advocacy_scoring.domain.rules import Action, Rules


class Imagined(NamedTuple):
    """So many deeds of an action, some days before the day asked about."""

    action: str
    number: int
    days_ago: int


def imagine(rules: Rules, deeds: list[Imagined], as_of_day: int, more_followers: int = 0) -> Persona:
    """A persona that did all this, with so many followers.

    Raises KeyError for an action that the rules do not name, ValueError for one that no deed counts as.
    """
    persona = Persona()
    referrals: list[Referral] = []
    for place, each in enumerate(deeds):
        deed = deed_of(rules, rules.by_name[each.action])
        at_ms = start_of(as_of_day - each.days_ago)
        for number in range(each.number):
            id_ = f"imagined-{place}-{number}"
            if deed.kind in (REFERRAL_VALID, REFERRED):
                is_giver = deed.kind == REFERRAL_VALID
                referrals.append(Referral(id_, is_giver, ReferralState.VALID, Rejection.NONE, id_, at_ms, at_ms, id_))
            else:
                take_in(persona, Event(id_, at_ms, deed.signature))
    persona.findings = Findings(referrals=tuple(referrals))
    if more_followers > 0:
        persona.audience = Audience(start_of(as_of_day), more_followers)
    return persona


def deed_of(rules: Rules, action: Action) -> Deed:
    """A deed that counts as the action and as none before it. Raises ValueError where there is none to be found."""
    when = action.when
    for kind in when.kinds or ("comment", "reply", "post", "direct_message"):
        for visibility in (*when.visibilities, "", "public", "private"):
            for rating in (when.rating.least, when.rating.most) if when.rating else (0,):
                deed = Deed(
                    kind,
                    when.intents[0] if when.intents else "",
                    when.sentiments[0] if when.sentiments else "",
                    visibility,
                    rating,
                )
                if rules.classify(deed) is action:
                    return deed
    raise ValueError(f"every deed that {action.name} names counts as an action before it")
