"""What stands in the log: evidence that accounts show, and commands that people give."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

FieldWeights = tuple[tuple[str, str, float], ...]
"""What each field gave: its name, the comparison level that held, and the weight in bits."""


@dataclass(frozen=True, slots=True)
class Pair:
    """How alike an account is to another one, by a matching model; weights in bits.

    `weight` is log2 of the odds that they are one person's, the prior odds included. `personal` is what the fields that
    a household does not share gave: far below zero it says that these are two people.
    """

    other: str
    weight: float
    personal: float = 0.0
    fields: FieldWeights = ()
    model: str = ""


@dataclass(frozen=True, slots=True)
class Evidence:
    """An account showed something new: identifiers, exclusive values, likeness to other accounts; all by key.

    `exclusives` are (field, token). `event_id` names the interaction that showed it, and `occurred_at` is when that
    happened, in milliseconds since 1970; 0 where it is not told.
    """

    account: str
    identifiers: tuple[str, ...] = ()
    exclusives: tuple[tuple[str, str], ...] = ()
    pairs: tuple[Pair, ...] = ()
    event_id: str = ""
    occurred_at: int = 0


class ConstraintKind(StrEnum):
    """What a constraint says of its accounts."""

    MUST_LINK = "must_link"
    CANNOT_LINK = "cannot_link"


class RelationshipKind(StrEnum):
    """How customers belong together that are not one person."""

    HOUSEHOLD = "household"
    EMPLOYER = "employer"
    AGENCY = "agency"
    EXECUTIVE = "executive"


@dataclass(frozen=True, slots=True)
class Merge:
    """These customers are one person."""

    customers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Split:
    """These accounts of the customer are another person."""

    customer: str
    accounts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Undo:
    """The decision was wrong; only these accounts go back, or all where there are none."""

    decision: str
    accounts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AddConstraint:
    """These accounts are one person, or no two of them are. `expires_at` in milliseconds since 1970; 0: never."""

    kind: ConstraintKind
    accounts: tuple[str, ...]
    expires_at: int = 0


@dataclass(frozen=True, slots=True)
class RemoveConstraint:
    """The constraint holds no longer: a person took it back, or its time has passed."""

    constraint: str
    expired: bool = False


@dataclass(frozen=True, slots=True)
class DecideSuggestion:
    """The two accounts of the suggestion are one person, or are not."""

    suggestion: str
    accepted: bool


@dataclass(frozen=True, slots=True)
class Reevaluate:
    """Decide again about these customers, under the rules as they are now."""

    customers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BlockIdentifier:
    """From now on the identifier ties nothing, or ties again."""

    identifier: str
    unblock: bool = False


@dataclass(frozen=True, slots=True)
class AddRelationship:
    """The account's customer belongs to another account's, or to an organisation."""

    kind: RelationshipKind
    account: str
    other: str = ""
    organisation: str = ""


@dataclass(frozen=True, slots=True)
class RemoveRelationship:
    """The relationship was wrong, or is over."""

    relationship: str


@dataclass(frozen=True, slots=True)
class Erase:
    """The customer is to be forgotten: its accounts, and all that is known of them up to now."""

    customer: str


Act = (
    Merge
    | Split
    | Undo
    | AddConstraint
    | RemoveConstraint
    | DecideSuggestion
    | Reevaluate
    | BlockIdentifier
    | AddRelationship
    | RemoveRelationship
    | Erase
)


@dataclass(frozen=True, slots=True)
class Command:
    """What a person wants decided, under a request id: a second command with the same id changes nothing.

    `digest` tells another command under the same id from the same one again.
    """

    request_id: str
    owner: str
    reason: str
    act: Act
    digest: str = ""


Entry = Evidence | Command
