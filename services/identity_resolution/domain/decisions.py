"""What came of entries: decisions, suggestions, relationships and outcomes, as they are kept."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum

from identity_resolution.domain.customers import Constraint, PairKey, Refusal, Shown, pair_key
from identity_resolution.domain.evidence import FieldWeights, RelationshipKind

Sides = tuple[tuple[str, tuple[str, ...]], ...]
"""Customers' ids with their accounts."""


class DecisionKind(StrEnum):
    """What brought a decision about."""

    MERGE = "merge"
    MERGE_BY_PERSON = "merge_by_person"
    SPLIT_BY_PERSON = "split_by_person"
    UNDO = "undo"
    CONSTRAINT = "constraint"
    REEVALUATION = "reevaluation"


@dataclass(frozen=True, slots=True)
class Joint:
    """What tied an account to an identifier or (`is_pair`) to another account: its weight in bits, and since when."""

    account: str
    other: str
    weight: float
    shown: Shown
    is_pair: bool = False
    fields: FieldWeights = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """Customers came together or were parted. `at` in milliseconds since 1970; `owner` is empty where evidence decided.

    `constraints` are those that hold since, by id, and `released` those that held until then.
    """

    id: str
    kind: DecisionKind
    at: int
    version: int
    before: Sides
    after: Sides
    owner: str = ""
    reason: str = ""
    request_id: str = ""
    joints: tuple[Joint, ...] = ()
    constraints: tuple[str, ...] = ()
    undone_by: str = ""
    released: tuple[Constraint, ...] = ()


class SuggestionState(StrEnum):
    """What has become of a suggestion."""

    PENDING = "pending"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Two accounts that may be one person's: of this weight, or held back from a tie by a rule."""

    id: str
    pair: PairKey
    weight: float
    state: SuggestionState
    at: int
    version: int
    fields: FieldWeights = ()
    held_back: Refusal | None = None


@dataclass(frozen=True, slots=True)
class Relationship:
    """How an account's customer belongs to another account's, or to an organisation."""

    id: str
    kind: RelationshipKind
    account: str
    other: str
    organisation: str
    owner: str
    reason: str
    at: int
    version: int
    is_over: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a command: the decision it led to, or why it was not carried out.

    `made` is the id of the constraint or relationship that it made. `error` is a reason of the API, with its details;
    without an error, the details are what an erasure tells of itself.
    """

    request_id: str
    digest: str
    at: int
    version: int
    decision: str = ""
    made: str = ""
    error: str = ""
    details: tuple[tuple[str, str], ...] = ()


def suggestion_id(one: str, other: str) -> str:
    """The id of the suggestion that two accounts are one person's: 26 hex digits, the same in either order."""
    return hashlib.sha256("\n".join(pair_key(one, other)).encode()).hexdigest()[:26]
