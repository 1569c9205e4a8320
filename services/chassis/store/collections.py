"""The collections of the two stages, as mongoengine documents to derive a service's own from.

A service names the collection and its database: `meta = {"collection": "...", "db_alias": "..."}`. The batch path does
not go through these classes.
"""

from __future__ import annotations

from typing import Any, ClassVar

from mongoengine import BinaryField, BooleanField, DateTimeField, DictField, Document, IntField, ListField, StringField

EXPIRES = {"fields": ["expires_at"], "name": "expires_at", "expireAfterSeconds": 0}
"""The index by which the store removes what has outlived its time; documents without `expires_at` stay."""


class PartDocument(Document):  # type: ignore[misc]
    """A member's part, in the envelope of chassis.stages.parts."""

    meta: ClassVar[dict[str, Any]] = {"abstract": True, "auto_create_index": False}

    member = StringField(primary_key=True)
    rev = IntField(required=True)
    group = StringField()
    body = BinaryField(required=True)


class ResultDocument(Document):  # type: ignore[misc]
    """A group's result, in the envelope of chassis.stages.results; `message` is what look-ups answer with.

    Times in milliseconds since 1970, UTC.
    """

    meta: ClassVar[dict[str, Any]] = {
        "abstract": True,
        "auto_create_index": False,
        # Of fields that never change: an index on what changes with every write makes each a quarter dearer.
        "indexes": [{"fields": ["slot"], "name": "slot"}],
    }

    group = StringField(primary_key=True)
    rev = IntField(required=True)
    gen = IntField(required=True)
    slot = IntField(required=True)
    changed_at = IntField(required=True)
    due_at = IntField()
    merged_into = StringField()
    message = BinaryField(required=True)
    body = BinaryField(required=True)
    index = DictField()


class HistoryDocument(Document):  # type: ignore[misc]
    """A change of a group, as it was sent; see chassis.stages.results."""

    meta: ClassVar[dict[str, Any]] = {
        "abstract": True,
        "auto_create_index": False,
        "indexes": [
            {"fields": ["group", "sequence"], "name": "group_sequence"},
            {"fields": ["at"], "name": "at"},
        ],
    }

    id_ = StringField(primary_key=True)
    group = StringField(required=True)
    sequence = IntField(required=True)
    at = IntField(required=True)
    message = BinaryField(required=True)


class VersionDocument(Document):  # type: ignore[misc]
    """What was announced of a group until another state took its place; see chassis.stages.versions."""

    meta: ClassVar[dict[str, Any]] = {
        "abstract": True,
        "auto_create_index": False,
        "indexes": [
            {"fields": ["group", "at", "version"], "name": "group_at_version"},
            EXPIRES,
        ],
    }

    id_ = StringField(primary_key=True)
    group = StringField(required=True)
    version = IntField(required=True)
    at = IntField(required=True)
    message = BinaryField(required=True)
    expires_at = DateTimeField()


class MemberMarkerDocument(Document):  # type: ignore[misc]
    """That a member was erased; see chassis.stages.erasing. Times in milliseconds since 1970, UTC."""

    meta: ClassVar[dict[str, Any]] = {"abstract": True, "auto_create_index": False}

    hashed = StringField(primary_key=True)
    version = IntField(required=True)
    erased_at = IntField(required=True)
    fences = ListField()


class GroupMarkerDocument(Document):  # type: ignore[misc]
    """That a group was erased; see chassis.stages.group_erasing. Times in milliseconds since 1970, UTC."""

    meta: ClassVar[dict[str, Any]] = {"abstract": True, "auto_create_index": False}

    hashed = StringField(primary_key=True)
    version = IntField(required=True)
    erased_at = IntField(required=True)
    result_version = IntField(required=True)
    sequence = IntField(required=True)


class LetterDocument(Document):  # type: ignore[misc]
    """Of whom a dead letter tells, by a keyed hash; see chassis.letters. Goes by itself when the letter does."""

    meta: ClassVar[dict[str, Any]] = {
        "abstract": True,
        "auto_create_index": False,
        "indexes": [
            {"fields": ["hash"], "name": "hash"},
            {"fields": ["expires_at"], "name": "expires_at", "expireAfterSeconds": 0},
        ],
    }

    letter = StringField(primary_key=True)
    hash = StringField(required=True)
    expires_at = DateTimeField(required=True)


DUE = {"fields": ["slot", "due_at"], "name": "slot_due_at", "partialFilterExpression": {"due_at": {"$gt": 0}}}
"""The index of a service whose results the clock changes."""

BY_RULES = {"fields": ["slot", "index.rules"], "name": "slot_rules"}
"""The index of a service with many results, of which those computed by other rules are to be found quickly."""


class MarkedPartDocument(PartDocument):
    """A part that says by which rules it was computed, so that others than those in force are found by slot."""

    meta: ClassVar[dict[str, Any]] = {
        "abstract": True,
        "auto_create_index": False,
        "indexes": [{"fields": ["slot", "rules"], "name": "slot_rules"}],
    }

    slot = IntField(required=True)
    rules = StringField(required=True)


class RulesDocument(Document):  # type: ignore[misc]
    """The rules that were promoted last; see chassis.rules_in_force."""

    meta: ClassVar[dict[str, Any]] = {"abstract": True, "auto_create_index": False}

    name = StringField(primary_key=True)
    rev = IntField(required=True)
    text = StringField(required=True)
    version = StringField(required=True)
    owner = StringField(required=True)
    reason = StringField(required=True)
    at = DateTimeField(required=True)


class ProgressDocument(Document):  # type: ignore[misc]
    """How far a slot's computing anew is; see chassis.stages.progress."""

    meta: ClassVar[dict[str, Any]] = {"abstract": True, "auto_create_index": False}

    stage_and_slot = StringField(primary_key=True)
    rev = IntField(required=True)
    version = StringField(required=True)
    count = IntField(required=True)
    done = BooleanField(required=True)
