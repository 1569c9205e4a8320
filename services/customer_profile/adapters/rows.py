"""Rows of the timeline as the events that they were, so that a persona can be folded anew from them."""

from __future__ import annotations

from chassis.ports import Document
from chassis.stages.fold import Entry
from customer_profile.adapters.decisions import decision_of
from customer_profile.adapters.interactions import InteractionReader
from customer_profile.application.folding import Happening
from customer_profile.domain.timeline import DECISIONS
from rapport.interactions.v1.decision_pb2 import Decision as DecisionMessage
from rapport.interactions.v1.interaction_pb2 import Interaction as InteractionMessage


class RowReader:
    """Reads rows by the same code that read the events when they arrived."""

    def __init__(self, interactions: InteractionReader) -> None:
        self._interactions = interactions

    def __call__(self, row: Document) -> Entry[Happening]:
        """Return the row's event, and where it entered the system."""
        return Entry(row["account"], row["source"], row["position"], self._event(row))

    def _event(self, row: Document) -> Happening:
        if row["kind"] in DECISIONS:
            decision = decision_of(DecisionMessage.FromString(row["body"]), row["known_at"])
            if decision is not None:
                return decision
        return self._interactions.interaction(InteractionMessage.FromString(row["body"]), row["known_at"])
