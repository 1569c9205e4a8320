"""The service's collections and their indexes, as mongoengine documents. The batch path does not go through them."""

from __future__ import annotations

from typing import Any, ClassVar

from mongoengine import BinaryField, Document, StringField

from chassis.store.collections import PartDocument, ResultDocument

ALIAS = "customer-profile"
PERSONAS = "personas"
RECORDS = "records"
TIMELINE = "timeline"


class PersonaDocument(PartDocument):
    """What is kept of an account."""

    meta: ClassVar[dict[str, Any]] = {"collection": PERSONAS, "db_alias": ALIAS}


class RecordDocument(ResultDocument):
    """A customer's record."""

    meta: ClassVar[dict[str, Any]] = {"collection": RECORDS, "db_alias": ALIAS}


class TimelineDocument(Document):  # type: ignore[misc]
    """An interaction in the history of its account. Written once, never changed."""

    meta = {  # noqa: RUF012 - mongoengine's own
        "collection": TIMELINE,
        "db_alias": ALIAS,
        "auto_create_index": False,
        "indexes": [{"fields": ["account", "place"], "name": "account_place"}],
    }

    row_id = StringField(primary_key=True)
    account = StringField(required=True)
    place = StringField(required=True)
    kind = StringField(required=True)
    body = BinaryField(required=True)


COLLECTIONS = (PersonaDocument, RecordDocument, TimelineDocument)
