"""The rules of identity resolution, as the rule file states them."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Blocked:
    """Values that must tie nothing. Both are compared with the value in lower case and without blanks around it."""

    literals: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class IdentifierType:
    """How values of one type are read.

    With scope "channel" a value names somebody only within the channel of the account that shows it.
    """

    normaliser: str
    scope: str = "brand"
    blocked: Blocked = field(default_factory=Blocked)


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
    """All of them. `channels` names those whose own account ids are personal, and the type of identifier they are."""

    version: int
    identifiers: dict[str, IdentifierType]
    channels: dict[str, str]
    blocked: Blocked = field(default_factory=Blocked)
    phone_region: str | None = None
    caps: Caps = field(default_factory=Caps)
    intake: Intake = field(default_factory=Intake)
