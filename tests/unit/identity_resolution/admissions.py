"""Admission alone, what producers send it of people's details, and what it tells the log of evidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from identity_resolution.adapters.details import StoredDetails
from identity_resolution.domain.matching.details import Details
from rapport.interactions.v1.interaction_pb2 import Interaction, Observation
from tests.unit.identity_resolution.world import World, interaction

A, B, C = "instagram:a", "web_shop:b", "store:c"
MAIL = ("email", "joe@example.com")
JOE = {"given_name": "Joe", "family_name": "Smithers", "date_of_birth": "1980-02-03"}
TIM = {"given_name": "Tim", "family_name": "Smithers", "date_of_birth": "1951-07-19"}


def observation(event_id: str, account: str, *claims: tuple[str, str], **fields: Any) -> Interaction:
    """A form that an account filled in."""
    return interaction(event_id, account, *claims, observation=Observation(**fields))


@dataclass
class Admissions(World):
    """Admission alone: nobody decides."""

    def handlers(self) -> Sequence[Any]:
        return super().handlers()[:1]

    def details(self, account: str) -> Details:
        """What is known of an account."""
        known = StoredDetails(self.stores["details"]).load([account])
        return known[account].details if account in known else {}

    def pairs(self) -> dict[frozenset[str], float]:
        """The last word of the log on each pair."""
        return {
            frozenset({each.account_key, pair.other_account_key}): pair.weight
            for each in self.evidence()
            for pair in each.pairs
        }

    def said(self) -> tuple[Any, ...]:
        """All that the log was told, and what is kept of details and blocks; each once, in no order."""
        evidence = self.evidence()
        return (
            {each.account_key for each in evidence},
            {(each.account_key, claim.key) for each in evidence for claim in each.claims},
            {(each.account_key, value.field, value.token) for each in evidence for value in each.exclusives},
            self.pairs(),
            StoredDetails(self.stores["details"]).load(list(self.stores["details"].everything())),
            set(self.stores["blocks"].everything()),
        )
