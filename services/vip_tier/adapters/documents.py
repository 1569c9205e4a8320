"""The service's collections and their indexes, as mongoengine documents. The batch path does not go through them."""

from __future__ import annotations

from typing import Any, ClassVar

from chassis.store.collections import DUE, HistoryDocument, PartDocument, ResultDocument

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


COLLECTIONS = (PersonaDocument, TierDocument, ChangeDocument)
