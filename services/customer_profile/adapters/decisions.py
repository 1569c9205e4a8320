"""People's decisions about consent and contact fields, as they stand on the topic of decisions."""

from __future__ import annotations

from chassis.records import Record
from customer_profile.domain.decided import ConsentGiven, Decision, FieldLaid
from rapport.interactions.v1.decision_pb2 import Decision as DecisionMessage


def read_decision(message: DecisionMessage, record: Record) -> Decision | None:
    """Return what a record of the topic decides; None where it is nothing of the profile's."""
    return decision_of(message, record.timestamp)


def decision_of(message: DecisionMessage, known_at: int) -> Decision | None:
    """Return what the message decides, which Rapport came to know of at `known_at`; None as `read_decision`."""
    what: ConsentGiven | FieldLaid
    match message.WhichOneof("decision"):
        case "consent":
            given = message.consent
            what = ConsentGiven(given.purpose, given.channel, given.granted, given.proof)
        case "field":
            what = FieldLaid(message.field.field, message.field.value)
        case _:
            return None
    return Decision(
        event_id=message.event_id,
        at=_milliseconds(message, "decided_at"),
        what=what,
        owner=message.owner,
        reason=message.reason,
        expires_at=_milliseconds(message, "expires_at"),
        known_at=known_at,
        body=message.SerializeToString(deterministic=True),
    )


def _milliseconds(message: DecisionMessage, field: str) -> int:
    time = getattr(message, field)
    milliseconds: int = time.seconds * 1000 + time.nanos // 1_000_000
    return milliseconds
