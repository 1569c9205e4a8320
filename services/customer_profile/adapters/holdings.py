"""What the service holds of a person. Receipts of erasures are no holdings: they name nobody once nothing is held."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from chassis.ports import Document, Documents
from customer_profile.adapters import codec
from customer_profile.adapters.documents import PERSONAS, RECORDS, SEGMENT_CHANGES, TIMELINE, VERSIONS
from customer_profile.application.reconciling import SCORE, TIER
from rapport.interactions.v1.decision_pb2 import Decision
from rapport.interactions.v1.interaction_pb2 import Interaction
from rapport.profile.v1.changes_pb2 import SegmentChange
from rapport.profile.v1.profile_pb2 import CustomerRecord
from wire.holdings import Kept
from wire.kept import by_field, field_as, of_accounts, of_customers, parts, results, rows

_INTERACTIONS = frozenset(field.name for field in Interaction.DESCRIPTOR.oneofs_by_name["kind"].fields)


def kept(documents: Callable[[str], Documents]) -> Sequence[Kept]:
    """All collections in which something of people is kept; for one thread."""
    return (
        parts(
            PERSONAS,
            "of each account: details, what was said, orders, figures, consents, what traits are computed from",
            documents(PERSONAS),
            codec.personas(),
        ),
        results(
            RECORDS,
            "the record of the customer, and from what it follows",
            documents(RECORDS),
            state=codec.records(),
            message=CustomerRecord,
            inputs={SCORE: codec.scores(), TIER: codec.tiers()},
            change=SegmentChange,
        ),
        rows(
            TIMELINE,
            "every interaction of the accounts, and what people decided about them",
            by_field(documents(TIMELINE), "account", "place", of_accounts),
            {"body": _happening},
        ),
        rows(
            VERSIONS,
            "earlier states of the record",
            by_field(documents(VERSIONS), "group", "version", of_customers, is_number=True),
            field_as("message", CustomerRecord),
        ),
        rows(
            SEGMENT_CHANGES,
            "segments that the customer entered and left",
            by_field(documents(SEGMENT_CHANGES), "group", "sequence", of_customers, is_number=True),
            field_as("message", SegmentChange),
        ),
    )


def _happening(row: Document) -> Interaction | Decision:
    """What a row of the timeline holds: an interaction, or a decision of a person."""
    if row["kind"] in _INTERACTIONS:
        return Interaction.FromString(row["body"])
    return Decision.FromString(row["body"])
