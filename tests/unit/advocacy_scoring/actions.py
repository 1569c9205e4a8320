"""Deeds for the tests of the domain, the rules they are scored by, and an independent calculation of the score."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal, localcontext

from hypothesis import strategies as st

from advocacy_scoring.config import DEFAULT_RULES, read_rules
from advocacy_scoring.domain.decay import day_of, start_of
from advocacy_scoring.domain.findings import Findings, Referral, ReferralState, Rejection
from advocacy_scoring.domain.imagined import deed_of
from advocacy_scoring.domain.persona import Audience, Event, Persona, take_in

LOADED = read_rules(DEFAULT_RULES)
RULES, VERSION = LOADED.value, LOADED.version
TODAY = 20_600
HISTORY = RULES.history_days
DONE = tuple(sorted(RULES.by_name.keys() - {"referral", "referred"}))
"""The actions that a single interaction counts as."""


def event(event_id: str, action: str, day: int, *, second: int = 0, followers: int | None = None) -> Event:
    """An event as the reader gives it, of a deed that counts as the action."""
    at_ms = start_of(day) + second * 1000
    audience = Audience(at_ms, followers, 0, 0) if followers is not None else None
    return Event(event_id, at_ms, deed_of(RULES, RULES.by_name[action]).signature, audience)


def action_of(each: Event) -> str:
    """The action that the event counts as."""
    action = RULES.action_of(each.signature)
    assert action is not None
    return action.name


def persona(events: Iterable[Event]) -> Persona:
    """An account that did all this, in that order."""
    made = Persona()
    for each in events:
        take_in(made, each)
    return made


def personas(events: Iterable[tuple[str, Event]]) -> dict[str, Persona]:
    """The accounts that did all this, in that order."""
    made: dict[str, Persona] = defaultdict(Persona)
    for account, each in events:
        take_in(made[account], each)
    return dict(made)


def gave(day: int, other: str = "x:friend", *, number: int = 0) -> Findings:
    """An account of which is found that it brought somebody, on that day."""
    at_ms = start_of(day)
    referral = Referral(f"r{number}", True, ReferralState.VALID, Rejection.NONE, other, at_ms, at_ms, f"p{number}")
    return Findings(referrals=(referral,))


def exact_contributions(events: Iterable[Event], as_of_day: int) -> dict[str, Decimal]:
    """What each action contributes, in milli-points, computed to sixty digits from the events themselves."""
    sums: dict[tuple[str, int], int] = defaultdict(int)
    for each in events:
        name = action_of(each)
        sums[name, day_of(each.occurred_ms)] += RULES.by_name[name].weight_milli
    found: dict[str, Decimal] = defaultdict(Decimal)
    with localcontext() as context:
        context.prec = 60
        for (name, day), weight in sums.items():
            action, age = RULES.by_name[name], max(0, as_of_day - day)
            if age <= HISTORY:
                capped = max(-action.daily_cap_milli, min(action.daily_cap_milli, weight))
                found[name] += capped * Decimal(2) ** (Decimal(-age) / action.half_life_days)
    return found


ACCOUNTS = ("instagram:joe", "web_shop:77", "tiktok:joe")


@st.composite
def histories(draw: st.DrawFn) -> list[tuple[str, Event]]:
    """Deeds of a few accounts over three years, clustered so that caps are reached, up to a day ahead of `TODAY`."""
    size = draw(st.integers(0, 40))
    days = st.sampled_from([*range(TODAY - 4, TODAY + 2), *range(TODAY - 1100, TODAY, 97)])
    return [
        (
            draw(st.sampled_from(ACCOUNTS)),
            event(f"e{number}", draw(st.sampled_from(DONE)), draw(days), second=draw(st.integers(0, 86_399))),
        )
        for number in range(size)
    ]
