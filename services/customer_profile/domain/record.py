"""A customer's record: all that the profile says of a customer."""

from __future__ import annotations

from dataclasses import dataclass, field, fields

from customer_profile.domain.activity import Activity
from customer_profile.domain.consent import ConsentState
from customer_profile.domain.conversations import Conversations
from customer_profile.domain.inputs import ScoreSummary, TierSummary
from customer_profile.domain.lifecycle import Lifecycle
from customer_profile.domain.purchases.summary import Purchases
from customer_profile.domain.reach import Reach
from customer_profile.domain.segments import Membership
from customer_profile.domain.survivorship import Survivor
from customer_profile.domain.traits.computing import TraitValue


@dataclass(slots=True)
class Record:
    """All that the profile says of a customer. `contact` is by field, `purchases` by currency.

    Not frozen, since making it would cost three times as much; nobody changes one that `unify` has returned.
    `parted` are customers that hold accounts which were this one's once, the newest last. `due_at` is when the clock
    alone will change something, milliseconds since 1970, UTC; 0 for never.
    """

    accounts: tuple[str, ...] = ()
    absorbed: tuple[str, ...] = ()
    parted: tuple[str, ...] = ()
    contact: dict[str, Survivor] = field(default_factory=dict)
    activity: Activity = field(default_factory=Activity)
    purchases: dict[str, Purchases] = field(default_factory=dict)
    score: ScoreSummary | None = None
    tier: TierSummary | None = None
    conversations: Conversations = field(default_factory=Conversations)
    reach: Reach = field(default_factory=Reach)
    consents: tuple[ConsentState, ...] = ()
    traits: dict[str, TraitValue] = field(default_factory=dict)
    segments: tuple[Membership, ...] = ()
    lifecycle: Lifecycle | None = None
    rules_version: str = ""
    due_at: int = 0
    is_complete: bool = True


SECTIONS = tuple(each.name for each in fields(Record) if each.name not in ("due_at", "is_complete"))
"""What readers see of a record, as the API names it."""


def is_news(record: Record, previous: Record | None) -> bool:
    """Whether any section differs; without a previous record, whatever it says is news."""
    return previous is None or any(getattr(record, name) != getattr(previous, name) for name in SECTIONS)


def changed_sections(record: Record, previous: Record | None) -> list[str]:
    """Return the sections that differ, by name; without a previous record, those that say anything."""
    before = previous or Record()
    return [name for name in SECTIONS if getattr(record, name) != getattr(before, name)]
