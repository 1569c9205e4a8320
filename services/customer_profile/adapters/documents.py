"""The service's collections and their indexes, as mongoengine documents. The batch path does not go through them."""

from __future__ import annotations

from typing import Any, ClassVar

from mongoengine import BinaryField, BooleanField, DateTimeField, DictField, Document, IntField, StringField

from chassis.letters import LETTERS
from chassis.stages.erasing import MEMBER_MARKERS
from chassis.stages.group_erasing import GROUP_MARKERS
from chassis.store.collections import (
    BY_RULES,
    DUE,
    EXPIRES,
    GroupMarkerDocument,
    HistoryDocument,
    LetterDocument,
    MarkedPartDocument,
    MemberMarkerDocument,
    ProgressDocument,
    ResultDocument,
    RulesDocument,
    VersionDocument,
)

ALIAS = "customer-profile"
PERSONAS = "personas"
RECORDS = "records"
TIMELINE = "timeline"
VERSIONS = "versions"
SEGMENT_CHANGES = "segment_changes"
ERASURES = "erasures"
RULES = "rules"
RECOMPUTATION = "recomputation"
MODELS = "models"

ORDERS = ("key", "net", "bought")
FILTERS = ("segments", "stage", "tier", "channels", "rfm")
"""What customers are listed by, as fields of `index`. Of an order no two customers have the same."""


class PersonaDocument(MarkedPartDocument):
    """What is kept of an account."""

    meta: ClassVar[dict[str, Any]] = {"collection": PERSONAS, "db_alias": ALIAS}


class RecordDocument(ResultDocument):
    """A customer's record, which the clock changes too, and which is listed by what `index` holds."""

    meta: ClassVar[dict[str, Any]] = {
        "collection": RECORDS,
        "db_alias": ALIAS,
        "indexes": [
            DUE,
            BY_RULES,
            *({"fields": [f"index.{name}"], "name": name, "sparse": True} for name in ORDERS),
            *({"fields": [f"index.{name}", "index.key"], "name": name, "sparse": True} for name in FILTERS),
        ],
    }


class TimelineDocument(Document):  # type: ignore[misc]
    """An interaction, or a decision of a person, in the history of its account. Written once, never changed.

    `source` and `position` are where it entered Rapport, as the fence of the account compares it; `known_at` is when
    Rapport came to know of it, in milliseconds since 1970, UTC.
    """

    meta = {  # noqa: RUF012 - mongoengine's own
        "collection": TIMELINE,
        "db_alias": ALIAS,
        "auto_create_index": False,
        "indexes": [{"fields": ["account", "place"], "name": "account_place"}, EXPIRES],
    }

    row_id = StringField(primary_key=True)
    account = StringField(required=True)
    place = StringField(required=True)
    kind = StringField(required=True)
    source = StringField(required=True)
    position = IntField(required=True)
    known_at = IntField(required=True)
    expires_at = DateTimeField()
    body = BinaryField(required=True)


class EarlierRecordDocument(VersionDocument):
    """A customer's record until another took its place."""

    meta: ClassVar[dict[str, Any]] = {"collection": VERSIONS, "db_alias": ALIAS}


class SegmentChangeDocument(HistoryDocument):
    """A change of a segment that was told."""

    meta: ClassVar[dict[str, Any]] = {"collection": SEGMENT_CHANGES, "db_alias": ALIAS}


class ErasureDocument(Document):  # type: ignore[misc]
    """The receipt of an erasure; `subject` says whom to look for, for as long as it runs. Times in milliseconds."""

    meta: ClassVar[dict[str, Any]] = {
        "collection": ERASURES,
        "db_alias": ALIAS,
        "auto_create_index": False,
        "indexes": [{"fields": ["is_running", "requested_ms"], "name": "is_running_requested_ms"}],
    }

    erasure = StringField(primary_key=True)
    rev = IntField(required=True)
    is_running = BooleanField(required=True)
    digest = StringField(required=True)
    customer_hash = StringField(required=True)
    account_count = IntField(required=True)
    owner = StringField(required=True)
    reason = StringField(required=True)
    requested_ms = IntField(required=True)
    completed_ms = IntField(required=True)
    before = DictField(required=True)
    now = DictField(required=True)
    subject = BinaryField()


class PromotedRulesDocument(RulesDocument):
    """The rules that were promoted last."""

    meta: ClassVar[dict[str, Any]] = {"collection": RULES, "db_alias": ALIAS}


class PurchaseModelDocument(Document):  # type: ignore[misc]
    """The model of buyers that was promoted last for a currency, as the API's PurchaseModel."""

    meta: ClassVar[dict[str, Any]] = {"collection": MODELS, "db_alias": ALIAS, "auto_create_index": False}

    currency = StringField(primary_key=True)
    rev = IntField(required=True)
    version = StringField(required=True)
    message = BinaryField(required=True)


class RecomputationDocument(ProgressDocument):
    """How far computing anew is, of personas and of records."""

    meta: ClassVar[dict[str, Any]] = {"collection": RECOMPUTATION, "db_alias": ALIAS}


class ErasedMemberDocument(MemberMarkerDocument):
    """That an account was erased."""

    meta: ClassVar[dict[str, Any]] = {"collection": MEMBER_MARKERS, "db_alias": ALIAS}


class ErasedGroupDocument(GroupMarkerDocument):
    """That a customer was erased."""

    meta: ClassVar[dict[str, Any]] = {"collection": GROUP_MARKERS, "db_alias": ALIAS}


class OwnLetterDocument(LetterDocument):
    """Of whom a dead letter tells."""

    meta: ClassVar[dict[str, Any]] = {"collection": LETTERS, "db_alias": ALIAS}


COLLECTIONS = (
    PersonaDocument,
    RecordDocument,
    TimelineDocument,
    EarlierRecordDocument,
    SegmentChangeDocument,
    ErasureDocument,
    PromotedRulesDocument,
    RecomputationDocument,
    PurchaseModelDocument,
    ErasedMemberDocument,
    ErasedGroupDocument,
    OwnLetterDocument,
)
