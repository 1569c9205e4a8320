"""The service's collections and their indexes, as mongoengine documents. The batch path does not go through them."""

from __future__ import annotations

from typing import Any, ClassVar

from chassis.letters import LETTERS
from chassis.stages.erasing import MEMBER_MARKERS
from chassis.stages.group_erasing import GROUP_MARKERS
from chassis.store.collections import (
    DUE,
    GroupMarkerDocument,
    HistoryDocument,
    LetterDocument,
    MemberMarkerDocument,
    PartDocument,
    ResultDocument,
)

ALIAS = "vip-tier"
PERSONAS = "personas"
TIERS = "tiers"
CHANGES = "changes"


class PersonaDocument(PartDocument):
    """What is kept of an account."""

    meta: ClassVar[dict[str, Any]] = {"collection": PERSONAS, "db_alias": ALIAS}


class TierDocument(ResultDocument):
    """A customer's tiers, which the clock changes too."""

    meta: ClassVar[dict[str, Any]] = {"collection": TIERS, "db_alias": ALIAS, "indexes": [DUE]}


class ChangeDocument(HistoryDocument):
    """A change that was told."""

    meta: ClassVar[dict[str, Any]] = {"collection": CHANGES, "db_alias": ALIAS}


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
    TierDocument,
    ChangeDocument,
    ErasedMemberDocument,
    ErasedGroupDocument,
    OwnLetterDocument,
)
