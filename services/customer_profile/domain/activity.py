"""What a customer did and when, over all accounts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from customer_profile.domain.interaction import channel_of
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


def activity(personas: Mapping[str, Persona]) -> Activity:
    """Return what was done with all the accounts together."""
    active = [(channel_of(account), persona) for account, persona in personas.items() if persona.kinds]
    if not active:
        return Activity()
    by_kind: dict[str, int] = {}
    by_channel: dict[str, int] = {}
    for channel, persona in active:
        by_channel[channel] = by_channel.get(channel, 0) + sum(persona.kinds.values())
        for kind, count in persona.kinds.items():
            by_kind[kind] = by_kind.get(kind, 0) + count
    return Activity(
        interactions=sum(by_channel.values()),
        first_at=min([persona.first_at for _, persona in active]),
        last_at=max([persona.last_at for _, persona in active]),
        by_kind=by_kind,
        by_channel=by_channel,
        followers=sum([persona.figures.followers for _, persona in active if persona.figures]),
        brand_replies=by_kind.get("brand_reply", 0),
    )
