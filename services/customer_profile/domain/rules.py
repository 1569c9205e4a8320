"""What can be set of the profile's work; rules.yaml holds the defaults with their reasons."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from customer_profile.domain.lifecycle import Stage
from customer_profile.domain.purchases.summary import PurchaseRules
from customer_profile.domain.segments import Segment
from customer_profile.domain.traits.definitions import Trait


@dataclass(frozen=True, slots=True)
class LedgerRules:
    """How many orders, and as many returns, an account keeps one by one; older ones are kept as sums."""

    entries_kept: int


@dataclass(frozen=True, slots=True)
class ContactRules:
    """What counts as a contact value beside an observation: contact field by identifier type, and by channel."""

    identifiers: Mapping[str, str]
    channels: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class TimelineRules:
    """For how many days after it happened an interaction stays in the timeline, by kind; others stay for ever."""

    keep_days: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class HistoryRules:
    """For how many days after another took its place an earlier record is kept."""

    keep_days: int


@dataclass(frozen=True, slots=True)
class SourceRules:
    """How far sources are to be trusted, 0 to 1: by the source's name, and `otherwise`."""

    otherwise: float
    trust: Mapping[str, float]

    def trust_in(self, source: str) -> float:
        """How far a source is to be trusted."""
        return self.trust.get(source, self.otherwise)


@dataclass(frozen=True, slots=True)
class SurvivorshipRules:
    """How the value of a contact field is chosen: by field, and `otherwise`."""

    otherwise: str
    fields: Mapping[str, str]

    def of(self, field: str) -> str:
        """How the field's value is chosen."""
        return self.fields.get(field, self.otherwise)


@dataclass(frozen=True, slots=True)
class WaitingRule:
    """What waits for an answer of the brand: interactions of these kinds, with one of the intents if any is named."""

    kinds: tuple[str, ...]
    intents: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ConversationRules:
    """What waits for an answer, and after how many days without one a conversation counts as closed."""

    waiting: tuple[WaitingRule, ...]
    closed_after_days: int


@dataclass(frozen=True, slots=True)
class ProfileRules:
    """The profile's rules."""

    version: int
    ledger: LedgerRules
    contact: ContactRules
    purchases: PurchaseRules
    timeline: TimelineRules
    history: HistoryRules
    sources: SourceRules
    survivorship: SurvivorshipRules
    lifecycle: tuple[Stage, ...]
    segments: tuple[Segment, ...]
    conversations: ConversationRules
    traits: tuple[Trait, ...]
