"""The rules of identity resolution, as the rule file states them."""

from __future__ import annotations

from dataclasses import dataclass, field

from identity_resolution.domain.matching.rules import MatchingRules


@dataclass(frozen=True, slots=True)
class Blocked:
    """Values that must tie nothing. Both are compared with the value in lower case and without blanks around it."""

    literals: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Windows:
    """How many there may be: ever, and over any stretch of a year, a month (30 days) or a week; None: any number."""

    ever: int | None = None
    year: int | None = None
    month: int | None = None
    week: int | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """How many values of a type one customer may hold, and how many accounts may show one value."""

    per_customer: Windows = field(default_factory=lambda: Windows(ever=5))
    per_value: Windows = field(default_factory=lambda: Windows(ever=20))


@dataclass(frozen=True, slots=True)
class IdentifierType:
    """How values of one type are read, and how far they are trusted.

    With scope "channel" a value names somebody only within the channel of the account that shows it. `trust` is in
    bits: log2 of the odds that two accounts which show the same value are one person's, before anything speaks against
    it.
    """

    normaliser: str
    scope: str = "brand"
    trust: float = 12.0
    blocked: Blocked = field(default_factory=Blocked)
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True, slots=True)
class Caps:
    """How much one customer may hold; links beyond are refused and recorded."""

    accounts_per_customer: int = 500
    links_per_customer: int = 2_000


@dataclass(frozen=True, slots=True)
class Intake:
    """Bounds of what is admitted and remembered. See the rule file for their reasons."""

    future_tolerance_seconds: int = 86_400
    event_ids_remembered: int = 1_000
    identifiers_remembered: int = 1_000


@dataclass(frozen=True, slots=True)
class IdentityRules:
    """All of them. `channels` names those whose own account ids are personal, and the type of identifier they are.

    `conflicts` names the fields and types of which a person has only one value: two different ones hold a merge back.
    """

    version: int
    identifiers: dict[str, IdentifierType]
    channels: dict[str, str]
    blocked: Blocked = field(default_factory=Blocked)
    phone_region: str | None = None
    conflicts: tuple[str, ...] = ("date_of_birth", "loyalty_number")
    caps: Caps = field(default_factory=Caps)
    intake: Intake = field(default_factory=Intake)
    matching: MatchingRules = field(default_factory=MatchingRules)
