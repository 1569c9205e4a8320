"""The service's collections and their indexes, as mongoengine documents. The batch path does not go through them."""

from __future__ import annotations

from mongoengine import BinaryField, Document, IntField, StringField

ALIAS = "vip-tier"
PERSONAS = "personas"
TIERS = "tiers"


class PersonaDocument(Document):  # type: ignore[misc]
    """What is kept of an account, in the envelope of chassis.stages.parts."""

    meta = {  # noqa: RUF012 - mongoengine's own
        "collection": PERSONAS,
        "db_alias": ALIAS,
        "auto_create_index": False,
        "indexes": [],
    }

    account = StringField(primary_key=True)
    rev = IntField(required=True)
    group = StringField()
    body = BinaryField(required=True)


class TierDocument(Document):  # type: ignore[misc]
    """A customer's tier, in the envelope of chassis.stages.results; `message` is what lookups answer with.

    Times in milliseconds since 1970, UTC.
    """

    meta = {  # noqa: RUF012 - mongoengine's own
        "collection": TIERS,
        "db_alias": ALIAS,
        "auto_create_index": False,
        "indexes": [
            # What an owner of slots sends again after it has gained them.
            {"fields": ["slot", "changed_at"], "name": "slot_changed_at"},
            # What the clock has made due.
            {"fields": ["slot", "due_at"], "name": "slot_due_at"},
        ],
    }

    customer_id = StringField(primary_key=True)
    rev = IntField(required=True)
    gen = IntField(required=True)
    slot = IntField(required=True)
    changed_at = IntField(required=True)
    due_at = IntField()
    merged_into = StringField()
    message = BinaryField(required=True)
    body = BinaryField(required=True)


COLLECTIONS = (PersonaDocument, TierDocument)
