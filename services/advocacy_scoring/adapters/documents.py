"""The service's collections and their indexes, as mongoengine documents. The batch path does not go through them."""

from __future__ import annotations

from typing import Any, ClassVar

from chassis.store.collections import DUE, PartDocument, ResultDocument

ALIAS = "advocacy-scoring"
PERSONAS = "personas"
SCORES = "scores"


class PersonaDocument(PartDocument):
    """What is kept of an account."""

    meta: ClassVar[dict[str, Any]] = {"collection": PERSONAS, "db_alias": ALIAS}


class ScoreDocument(ResultDocument):
    """A customer's score, which decays without any event."""

    meta: ClassVar[dict[str, Any]] = {"collection": SCORES, "db_alias": ALIAS, "indexes": [DUE]}


COLLECTIONS = (PersonaDocument, ScoreDocument)
