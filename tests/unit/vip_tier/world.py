"""The VIP tier service over adapters in memory, and the messages that reach it: what others would send it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rapport.advocacy.v1.advocacy_pb2 import Score
from rapport.common.v1.common_pb2 import Money
from rapport.interactions.v1.interaction_pb2 import Interaction, Purchase, PurchaseReturn
from rapport.profile.v1.profile_pb2 import CustomerRecord
from rapport.tier.v1.tier_pb2 import Tier, TierChange
from tests.unit.wire.world import ResultsWorld, by_account, days_after, settings_of, without_history
from vip_tier import bootstrap
from vip_tier.adapters.documents import PERSONAS, TIERS

SETTINGS = settings_of(bootstrap.SERVICE)


def purchase(
    event_id: str, account: str, days: float, number: str, cents: int, *, currency: str = "EUR"
) -> Interaction:
    """A purchase, under the shop's number of the order."""
    total = Money(currency_code=currency, minor_units=cents)
    return interaction(event_id, account, days, purchase=Purchase(order_id=number, total=total))


def returned(
    event_id: str, account: str, days: float, number: str, cents: int, *, currency: str = "EUR"
) -> Interaction:
    """Goods given back, under the shop's number of the return."""
    total = Money(currency_code=currency, minor_units=cents)
    return interaction(event_id, account, days, purchase_return=PurchaseReturn(return_id=number, total=total))


def interaction(event_id: str, account: str, days: float, **fields: Any) -> Interaction:
    """An interaction of the account."""
    return by_account(event_id, account, days_after(days), **fields)


@dataclass
class World(ResultsWorld):
    """The service, and scores and records as they reach it."""

    service = bootstrap.SERVICE
    settings = SETTINGS
    collections = (PERSONAS, TIERS)
    _scores: int = 0
    _records: int = 0

    def scored(self, customer: str, score: int, membership: int | None = None, merged_into: str = "") -> None:
        """Publish a score, for the newest membership unless another is given, as advocacy scoring would."""
        self._scores += 1
        message = Score(
            customer_id=customer,
            score=score,
            version=self._scores,
            membership_version=self.versions if membership is None else membership,
            merged_into=merged_into,
        )
        self.publish("advocacy-scores", customer, message.SerializeToString())

    def recorded(self, customer: str, *segments: str, membership: int | None = None, merged_into: str = "") -> None:
        """Publish a record that says that the customer is in these segments since now, as the profile would."""
        self._records += 1
        message = CustomerRecord(
            customer_id=customer,
            version=self._records,
            membership_version=self.versions if membership is None else membership,
            merged_into=merged_into,
        )
        for segment in segments:
            message.segments.add(segment=segment).enter_time.FromDatetime(self.clock.now())
        self.publish("customer-records", customer, message.SerializeToString())

    def tier(self, customer: str) -> Tier:
        """The customer's tier as the store has it."""
        return Tier.FromString(self.document(customer)["message"])

    def published(self, customer: str) -> list[Tier]:
        """Every state of the customer on the level topic, oldest first."""
        return [Tier.FromString(value) for value in self.values("tiers", customer)]

    def changes(self, customer: str) -> list[TierChange]:
        """Every change of the customer, oldest first, each sequence once."""
        found: dict[int, TierChange] = {}
        for value in self.values("tier-changes", customer):
            change = TierChange.FromString(value)
            assert found.setdefault(change.sequence, change) == change, "a change that was sent is never rewritten"
        return list(found.values())


def facts(tier: Tier) -> Tier:
    """The tier without what tells versions and times of computation: what must not depend on history."""
    return without_history(tier, "sequence", "since")
