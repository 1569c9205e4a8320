"""What can be set of the profile's work; rules.yaml holds the defaults with their reasons."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from customer_profile.domain.purchases.summary import PurchaseRules


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
class ProfileRules:
    """The profile's rules."""

    version: int
    ledger: LedgerRules
    contact: ContactRules
    purchases: PurchaseRules
