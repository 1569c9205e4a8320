"""What came of decisions, as documents: decisions, constraints, suggestions, relationships, outcomes.

`message` is what calls answer with, `body` what is decided from.
"""

from __future__ import annotations

import msgspec

from chassis.ports import Document, Documents, Query
from identity_resolution.adapters import protos
from identity_resolution.domain.customers import Constraint
from identity_resolution.domain.decisions import Decision, Outcome, Relationship, Suggestion

OTHER_SIDE = "~"
"""Ends the id of the document by which a relationship is found from its other side."""

_LARGEST_WEIGHT = 10_000.0

_encode = msgspec.msgpack.Encoder(order="deterministic").encode
_decision = msgspec.msgpack.Decoder(Decision).decode
_constraint = msgspec.msgpack.Decoder(Constraint).decode
_suggestion = msgspec.msgpack.Decoder(Suggestion).decode
_relationship = msgspec.msgpack.Decoder(Relationship).decode


class StoredConstraints:
    """The `Constraints` port over the collection."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents

    def expired(self, now: int) -> list[str]:
        """Ids of some that hold still and were to hold until before `now`, in milliseconds since 1970."""
        query = Query(equals={"holds": True}, between=("expires_at", 1, now), order_by=("expires_at",), limit=100)
        return [document["_id"] for document in self._documents.find(query)]


def decision(document: Document) -> Decision:
    """The decision that a document holds."""
    return _decision(document["body"])


def decision_document(decision: Decision) -> Document:
    """The decision as it is to be stored."""
    return {
        "_id": decision.id,
        "version": decision.version,
        "message": protos.decision_message(decision).SerializeToString(),
        "body": _encode(decision),
    }


def constraint(document: Document) -> tuple[Constraint, bool]:
    """The constraint that a document holds, and whether it holds still."""
    return _constraint(document["body"]), document["holds"]


def constraint_document(constraint: Constraint, version: int, holds: bool) -> Document:
    """The constraint as it is to be stored. `created` is the id, in a field with an index of its own."""
    return {
        "_id": constraint.id,
        "version": version,
        "holds": holds,
        "expires_at": constraint.expires_at,
        "created": constraint.id,
        "message": protos.constraint_message(constraint).SerializeToString(),
        "body": _encode(constraint),
    }


def suggestion(document: Document) -> Suggestion:
    """The suggestion that a document holds."""
    return _suggestion(document["body"])


def suggestion_document(suggestion: Suggestion) -> Document:
    """The suggestion as it is to be stored. `order` sorts by weight, then by id."""
    bounded = max(-_LARGEST_WEIGHT, min(suggestion.weight, _LARGEST_WEIGHT))
    return {
        "_id": suggestion.id,
        "version": suggestion.version,
        "state": suggestion.state.value,
        "order": f"{(bounded + _LARGEST_WEIGHT) * 1000:09.0f}/{suggestion.id}",
        "message": protos.suggestion_message(suggestion).SerializeToString(),
        "body": _encode(suggestion),
    }


def relationship(document: Document) -> Relationship:
    """The relationship that a document holds."""
    return _relationship(document["body"])


def relationship_documents(relationship: Relationship) -> list[Document]:
    """The relationship as it is to be stored: once for each account that it is found by."""
    shared: Document = {
        "version": relationship.version,
        "is_over": relationship.is_over,
        "owner": relationship.owner,
        "message": protos.relationship_message(relationship).SerializeToString(),
        "body": _encode(relationship),
    }
    documents = [{"_id": relationship.id, "account": relationship.account, **shared}]
    if relationship.other:
        documents.append({"_id": relationship.id + OTHER_SIDE, "account": relationship.other, **shared})
    return documents


def outcome(document: Document) -> Outcome:
    """The outcome that a document holds."""
    return Outcome(
        document["_id"],
        document["digest"],
        document["at"],
        document["version"],
        document["decision"],
        document["made"],
        document["error"],
        tuple(sorted(document["details"].items())),
    )


def outcome_document(outcome: Outcome) -> Document:
    """The outcome as it is to be stored."""
    return {
        "_id": outcome.request_id,
        "version": outcome.version,
        "at": outcome.at,
        "digest": outcome.digest,
        "decision": outcome.decision,
        "made": outcome.made,
        "error": outcome.error,
        "details": dict(outcome.details),
    }
