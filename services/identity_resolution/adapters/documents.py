"""The service's collections and their indexes, as mongoengine documents. The batch path does not go through them."""

from __future__ import annotations

from mongoengine import BinaryField, Document, IntField, StringField

ALIAS = "identity-resolution"
ACCOUNTS = "accounts"
CUSTOMERS = "customers"
MEMBERSHIPS = "memberships"
IDENTIFIERS = "identifiers"
JOURNAL = "journal"


def _meta(collection: str) -> dict[str, object]:
    # Everything is found by `_id`: no other index slows the writes down.
    return {"collection": collection, "db_alias": ALIAS, "auto_create_index": False, "indexes": []}


class AccountDocument(Document):  # type: ignore[misc]
    """What admission remembers of an account: event ids with their origins, identifiers shown, counts."""

    meta = _meta(ACCOUNTS)

    account = StringField(primary_key=True)
    rev = IntField(required=True)
    body = BinaryField(required=True)


class CustomerDocument(Document):  # type: ignore[misc]
    """A customer. `message` is what lookups answer with, `body` what decisions are made from.

    `at` is when it changed last, in milliseconds since 1970, UTC.
    """

    meta = _meta(CUSTOMERS)

    customer_id = StringField(primary_key=True)
    version = IntField(required=True)
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


class IdentifierDocument(Document):  # type: ignore[misc]
    """The customer that an identifier is linked to: what the customers' bodies say, by identifier."""

    meta = _meta(IDENTIFIERS)

    identifier = StringField(primary_key=True)
    version = IntField(required=True)
    customer = StringField(required=True)


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


COLLECTIONS = (AccountDocument, CustomerDocument, MembershipDocument, IdentifierDocument, JournalDocument)
