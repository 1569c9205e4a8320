"""The service's collections and their indexes, as mongoengine documents. The batch path does not go through them."""

from __future__ import annotations

from typing import Any, ClassVar

from mongoengine import BinaryField, BooleanField, DateTimeField, Document, IntField, StringField

from chassis.letters import LETTERS
from chassis.stages.erasing import MEMBER_MARKERS
from chassis.stages.group_erasing import GROUP_MARKERS
from chassis.store.collections import (
    DUE,
    GroupMarkerDocument,
    LetterDocument,
    MemberMarkerDocument,
    PartDocument,
    ResultDocument,
    RulesDocument,
)

ALIAS = "advocacy-scoring"
PERSONAS = "personas"
SCORES = "scores"
TRACES = "traces"
TOLD = "told"
RULES = "rules"


class PersonaDocument(PartDocument):
    """What is kept of an account."""

    meta: ClassVar[dict[str, Any]] = {"collection": PERSONAS, "db_alias": ALIAS}


class ScoreDocument(ResultDocument):
    """A customer's score, which decays without any event, and is listed by what `index` holds."""

    meta: ClassVar[dict[str, Any]] = {
        "collection": SCORES,
        "db_alias": ALIAS,
        "indexes": [
            DUE,
            *({"fields": [f"index.{name}"], "name": name, "sparse": True} for name in ("top", "against", "staff")),
        ],
    }


class TraceDocument(Document):  # type: ignore[misc]
    """A deed that is compared with other accounts' deeds. Goes by itself once nothing looks at it any more."""

    meta: ClassVar[dict[str, Any]] = {
        "collection": TRACES,
        "db_alias": ALIAS,
        "auto_create_index": False,
        "indexes": [
            {"fields": ["what", "day"], "name": "what_day"},
            {"fields": ["other"], "name": "other", "sparse": True},
            {"fields": ["expires_at"], "name": "expires_at", "expireAfterSeconds": 0},
        ],
    }

    trace = StringField(primary_key=True)
    what = StringField(required=True)
    other = StringField()
    day = IntField(required=True)
    expires_at = DateTimeField(required=True)
    body = BinaryField(required=True)


class ToldDocument(Document):  # type: ignore[misc]
    """What an account was told last of what was found of it."""

    meta: ClassVar[dict[str, Any]] = {
        "collection": TOLD,
        "db_alias": ALIAS,
        "auto_create_index": False,
        "indexes": [{"fields": ["is_open"], "name": "is_open"}],
    }

    account = StringField(primary_key=True)
    version = IntField(required=True)
    digest = StringField(required=True)
    is_open = BooleanField(required=True)


class PromotedRulesDocument(RulesDocument):
    """The rules that were promoted last."""

    meta: ClassVar[dict[str, Any]] = {"collection": RULES, "db_alias": ALIAS}


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
    ScoreDocument,
    TraceDocument,
    ToldDocument,
    PromotedRulesDocument,
    ErasedMemberDocument,
    ErasedGroupDocument,
    OwnLetterDocument,
)
