"""Whom an experience reaches: those told in person, and the followers who see what is said in public.

Formula: audience = told + followers x seen_percent x public share, where the public share is (public deeds + 1) of
(deeds with words + 2). That people pass a bad experience on to about twice as many as a good one is the finding of the
TARP studies for the US Office of Consumer Affairs (1979, 1986); how many of the followers see a post is a setting.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from advocacy_scoring.domain.deed import read_signature
from advocacy_scoring.domain.persona import Persona
from advocacy_scoring.domain.rules import Rules

_SPEAKING = frozenset({"comment", "mention", "post", "reply", "review", "share", "story"})
_PRIVATE = frozenset({"direct_message", "support_message", "survey_answer"})


class Heard(NamedTuple):
    """How many people a good and a bad experience of the customer is expected to reach."""

    good: int
    bad: int


class Severe(NamedTuple):
    """A deed against the brand that care should hear of at once. Ordered by time, then by event id."""

    occurred_ms: int
    event_id: str
    account: str
    action: str
    weight_milli: int
    audience: int
    followers: int


def heard(rules: Rules, personas: Mapping[str, Persona], followers: int) -> Heard:
    """How many people an experience of the customer with these personas reaches."""
    in_public = in_words = 0
    for persona in personas.values():
        for signature, tally in persona.deeds.items():
            deed = read_signature(signature)
            if deed.kind in _SPEAKING or deed.kind in _PRIVATE:
                number = sum(each for _, each in tally.days)
                in_words += number
                in_public += number if deed.kind in _SPEAKING and deed.visibility != "private" else 0
    seen = followers * rules.word_of_mouth.seen_percent * (in_public + 1) // (100 * (in_words + 2))
    return Heard(rules.word_of_mouth.good_told + seen, rules.word_of_mouth.bad_told + seen)


def severe(
    rules: Rules, personas: Mapping[str, Persona], reached: Heard, after: tuple[int, str], now_ms: int
) -> list[Severe]:
    """The grave deeds against the brand since `after` (time, event id) and within the last days, the oldest first.

    Each carries whom it is expected to reach.
    """
    followers = sum(max(0, persona.audience.followers) for persona in personas.values())
    since = max(after, (now_ms - rules.word_of_mouth.severe_days * 86_400_000, ""))
    found = []
    for account, persona in personas.items():
        for signature, tally in persona.deeds.items():
            action = rules.action_of(signature)
            if action is None or action.weight_milli > -rules.word_of_mouth.severe_weight_milli:
                continue
            found += [
                Severe(at, event_id, account, action.name, action.weight_milli, reached.bad, followers)
                for at, event_id in tally.newest
                if (at, event_id) > since
            ]
    return sorted(found)
