"""Which events brought a customer's figures from the last change to this one."""

from __future__ import annotations

from collections.abc import Mapping

from vip_tier.domain.figures import Figures
from vip_tier.domain.holding import Holding, Receipt
from vip_tier.domain.persona import Persona
from vip_tier.domain.situation import Situation

EVENTS_NAMED = 50


def receipt(
    situation: Situation, previous: Holding | None, after: Figures, programme: str, programme_version: str
) -> Receipt:
    """The receipt of a change to a customer whose figures are now `after`."""
    counted: Mapping[str, int] = previous.counted if previous is not None else {}
    before = previous.at_change if previous is not None else Figures(currency=after.currency)
    event_ids, left_out = _events(situation.personas, counted)
    return Receipt(
        programme=programme,
        programme_version=programme_version,
        before=before,
        after=after,
        event_ids=event_ids,
        events_left_out=left_out,
        score_version=situation.score_version if before.advocacy_score != after.advocacy_score else 0,
        accounts_gained=tuple(sorted(set(situation.accounts) - counted.keys())) if previous is not None else (),
        accounts_lost=tuple(sorted(counted.keys() - set(situation.accounts))),
    )


def count_events(situation: Situation) -> dict[str, int]:
    """How many events of each account have had a part in what is decided now."""
    personas = situation.personas
    return {account: personas[account].applied if account in personas else 0 for account in situation.accounts}


def _events(personas: Mapping[str, Persona], counted: Mapping[str, int]) -> tuple[tuple[str, ...], int]:
    """Ids of the events that were not counted before, the oldest first, and how many more there were."""
    happened = 0
    named: list[tuple[int, str]] = []
    for account, persona in personas.items():
        known = counted.get(account, 0)
        happened += persona.applied - known
        named.extend((at, event_id) for number, event_id, at in persona.recent if number > known)
    latest = sorted(named)[-EVENTS_NAMED:]
    return tuple(event_id for _, event_id in latest), happened - len(latest)
