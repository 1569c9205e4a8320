"""The service's collections and their indexes, as mongoengine documents. The batch path does not go through them."""

from __future__ import annotations

from typing import Any, ClassVar

from mongoengine import BinaryField, BooleanField, DictField, Document, IntField, ListField, StringField

from chassis.letters import LETTERS
from chassis.store.collections import LetterDocument
from identity_resolution.adapters.collections import (
    ACCOUNTS,
    BLOCKS,
    CONSTRAINTS,
    CUSTOMERS,
    DECISIONS,
    DETAILS,
    IDENTIFIERS,
    JOURNAL,
    MARKERS,
    MEMBERSHIPS,
    OUTCOMES,
    RELATIONSHIPS,
    SUGGESTIONS,
)

ALIAS = "identity-resolution"


def _meta(collection: str, *indexes: tuple[str, ...]) -> dict[str, object]:
    # What the batch path writes is found by `_id`: no other index slows the writes down.
    named = [{"fields": list(fields), "name": "_".join(fields)} for fields in indexes]
    return {"collection": collection, "db_alias": ALIAS, "auto_create_index": False, "indexes": named}


class AccountDocument(Document):  # type: ignore[misc]
    """What admission remembers of an account: event ids with their origins, identifiers shown, counts."""

    meta = _meta(ACCOUNTS)

    account = StringField(primary_key=True)
    rev = IntField(required=True)
    body = BinaryField(required=True)


class DetailsDocument(Document):  # type: ignore[misc]
    """Details of an account as they are compared, raw, and what the log was told of its likeness to others."""

    meta = _meta(DETAILS)

    account = StringField(primary_key=True)
    rev = IntField(required=True)
    body = BinaryField(required=True)


class BlockDocument(Document):  # type: ignore[misc]
    """The accounts that share a key, which is hashed, and so are compared."""

    meta = _meta(BLOCKS)

    key = StringField(primary_key=True)
    rev = IntField(required=True)
    body = BinaryField(required=True)


class CustomerDocument(Document):  # type: ignore[misc]
    """A customer. `message` is what lookups answer with, `body` what decisions are made from.

    `version` rises with every change, `told` with those of the message; `at` is when that was, in milliseconds since
    1970, UTC.
    """

    meta = _meta(CUSTOMERS)

    customer_id = StringField(primary_key=True)
    version = IntField(required=True)
    told = IntField(required=True)
    state = StringField(required=True, choices=("live", "merged"))
    at = IntField(required=True)
    merged_into = StringField()
    message = BinaryField(required=True)
    body = BinaryField(required=True)


class MembershipDocument(Document):  # type: ignore[misc]
    """The customer that an account belongs to: what the customers' bodies say, by account."""

    meta = _meta(MEMBERSHIPS)

    account = StringField(primary_key=True)
    version = IntField(required=True)
    customer = StringField(required=True)
    birth_id = StringField(required=True)
    previous = StringField()
    cause = StringField(required=True)
    at = IntField(required=True)
    decision = StringField()


class IdentifierDocument(Document):  # type: ignore[misc]
    """The accounts that showed an identifier, the first one first; `state` says where it ties nobody."""

    meta = _meta(IDENTIFIERS)

    identifier = StringField(primary_key=True)
    version = IntField(required=True)
    accounts = ListField(StringField())
    state = StringField(choices=("", "shared", "blocked"))


class DecisionDocument(Document):  # type: ignore[misc]
    """A decision by which customers came together or were parted. `message` is what calls answer with."""

    meta = _meta(DECISIONS)

    decision = StringField(primary_key=True)
    version = IntField(required=True)
    message = BinaryField(required=True)
    body = BinaryField(required=True)


class ConstraintDocument(Document):  # type: ignore[misc]
    """What a person said of accounts, and whether it holds still. Times in milliseconds since 1970; 0: never."""

    meta = _meta(CONSTRAINTS, ("holds", "created"), ("holds", "expires_at"))

    constraint = StringField(primary_key=True)
    version = IntField(required=True)
    holds = BooleanField(required=True)
    created = StringField(required=True)
    expires_at = IntField(required=True)
    message = BinaryField(required=True)
    body = BinaryField(required=True)


class SuggestionDocument(Document):  # type: ignore[misc]
    """Two accounts that may be one person's. `order` sorts by weight."""

    meta = _meta(SUGGESTIONS, ("state", "order"))

    suggestion = StringField(primary_key=True)
    version = IntField(required=True)
    state = StringField(required=True, choices=("pending", "accepted", "rejected", "withdrawn"))
    order = StringField(required=True)
    message = BinaryField(required=True)
    body = BinaryField(required=True)


class RelationshipDocument(Document):  # type: ignore[misc]
    """How customers belong together that are not one person: once for each account that it is found by."""

    meta = _meta(RELATIONSHIPS, ("account",))

    relationship = StringField(primary_key=True)
    version = IntField(required=True)
    account = StringField(required=True)
    is_over = BooleanField(required=True)
    owner = StringField(required=True)
    message = BinaryField(required=True)
    body = BinaryField(required=True)


class OutcomeDocument(Document):  # type: ignore[misc]
    """What came of a command, by its request id. `at` in milliseconds since 1970."""

    meta = _meta(OUTCOMES)

    request_id = StringField(primary_key=True)
    version = IntField(required=True)
    at = IntField(required=True)
    digest = StringField(required=True)
    decision = StringField()
    made = StringField()
    error = StringField()
    details = DictField()


class MarkerDocument(Document):  # type: ignore[misc]
    """That a customer, an account or an identifier was erased, by its keyed hash, and when: milliseconds since 1970."""

    meta = _meta(MARKERS)

    hashed = StringField(primary_key=True)
    version = IntField(required=True)
    erased_at = IntField(required=True)


class OwnLetterDocument(LetterDocument):
    """Of whom a dead letter tells."""

    meta: ClassVar[dict[str, Any]] = {"collection": LETTERS, "db_alias": ALIAS}


class JournalDocument(Document):  # type: ignore[misc]
    """The last commit of decisions, in one document. `position` is how far in the log it reaches, for people.

    `late` says of whom a former owner may still send something.
    """

    meta = _meta(JOURNAL)

    name = StringField(primary_key=True)
    rev = IntField(required=True)
    generation = IntField(required=True)
    position = IntField(required=True)
    body = BinaryField()
    late = BinaryField()


COLLECTIONS = (
    AccountDocument,
    DetailsDocument,
    BlockDocument,
    CustomerDocument,
    MembershipDocument,
    IdentifierDocument,
    DecisionDocument,
    ConstraintDocument,
    SuggestionDocument,
    RelationshipDocument,
    OutcomeDocument,
    MarkerDocument,
    OwnLetterDocument,
    JournalDocument,
)
