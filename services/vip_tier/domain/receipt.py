"""Which events brought a customer's figures from the last change to the ones that are told now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from vip_tier.domain.holding import Holding
from vip_tier.domain.persona import Persona
from vip_tier.domain.situation import Situation
from vip_tier.domain.steps import Step

EVENTS_NAMED = 50

Causes = tuple[tuple[str, ...], int]
"""Ids of events, the oldest first, and how many more there were."""


def causes_of(steps: Sequence[Step], situation: Situation, previous: Holding | None) -> list[Causes]:
    """The causes of each of these steps.

    What the clock or a person's decision caused names its own. The events that were not counted before are shared out
    among the others by date; those later than all of them go with the last.
    """
    counted: Mapping[str, int] = previous.counted if previous is not None else {}
    events, more = _new_events(situation.personas, counted)
    places = [place for place, step in enumerate(steps) if is_by_events(step)]
    shares: dict[int, list[str]] = {place: [] for place in places}
    for at, event_id in events:
        if places:
            shares[next((place for place in places if steps[place].at_ms >= at), places[-1])].append(event_id)
    found: list[Causes] = []
    for place, step in enumerate(steps):
        if place in shares:
            named = tuple(shares[place][-EVENTS_NAMED:])
            left_out = len(shares[place]) - len(named) + (more if place == places[0] else 0)
            found.append((named, left_out))
        else:
            named = step.event_ids[-EVENTS_NAMED:]
            found.append((named, len(step.event_ids) - len(named)))
    return found


def is_by_events(step: Step) -> bool:
    """Whether it was neither the clock nor a person's decision."""
    return not step.is_clocked and step.reason.name not in ("OVERRIDDEN", "OVERRIDE_ENDED")


def count_events(situation: Situation) -> dict[str, int]:
    """How many events of each account have had a part in what is decided now."""
    personas = situation.personas
    return {account: personas[account].applied if account in personas else 0 for account in situation.accounts}


def _new_events(personas: Mapping[str, Persona], counted: Mapping[str, int]) -> tuple[list[tuple[int, str]], int]:
    """Date and id of the events that were not counted before, the oldest first, and how many more there were."""
    happened = 0
    named: list[tuple[int, str]] = []
    for account, persona in personas.items():
        known = counted.get(account, 0)
        happened += persona.applied - known
        named.extend((at, event_id) for number, event_id, at in persona.recent if number > known)
    return sorted(named), happened - len(named)
