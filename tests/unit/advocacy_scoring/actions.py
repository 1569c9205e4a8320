"""Deeds for the tests of the domain, the rules they are scored by, and an independent calculation of the score."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal, localcontext

from hypothesis import strategies as st

from advocacy_scoring.config import DEFAULT_RULES, read_rules
from advocacy_scoring.domain.decay import day_of, start_of
from advocacy_scoring.domain.persona import Event, Persona, take_in

LOADED = read_rules(DEFAULT_RULES)
RULES, VERSION = LOADED.value, LOADED.version
TODAY = 20_600
HISTORY = RULES.history_days


def event(event_id: str, action: str, day: int, *, second: int = 0, followers: int = -1) -> Event:
    """An event as the reader gives it: the weight is that of the rules."""
    weight = RULES.by_name[action].weight_milli
    return Event(event_id, start_of(day) + second * 1000, action, weight, followers)


def persona(events: Iterable[Event]) -> Persona:
    """An account that did all this, in that order."""
    made = Persona()
    for each in events:
        take_in(made, each, HISTORY)
    return made


def personas(events: Iterable[tuple[str, Event]]) -> dict[str, Persona]:
    """The accounts that did all this, in that order."""
    made: dict[str, Persona] = defaultdict(Persona)
    for account, each in events:
        take_in(made[account], each, HISTORY)
    return dict(made)


def exact_contributions(events: Iterable[Event], as_of_day: int) -> dict[str, Decimal]:
    """What each action contributes, in milli-points, computed to sixty digits from the events themselves."""
    sums: dict[tuple[str, int], int] = defaultdict(int)
    for each in events:
        sums[each.action, day_of(each.occurred_ms)] += each.weight_milli
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
            event(
                f"e{number}",
                draw(st.sampled_from(sorted(RULES.by_name))),
                draw(days),
                second=draw(st.integers(0, 86_399)),
            ),
        )
        for number in range(size)
    ]
