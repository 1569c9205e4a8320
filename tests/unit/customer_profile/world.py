"""The profile over adapters in memory, and the messages that reach it: what others would send it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from google.protobuf.timestamp_pb2 import Timestamp

from customer_profile import bootstrap
from customer_profile.adapters.documents import PERSONAS, RECORDS, TIMELINE
from rapport.common.v1.common_pb2 import Money
from rapport.interactions.v1.interaction_pb2 import (
    AccountFigures,
    Comment,
    Identifier,
    Interaction,
    Observation,
    Purchase,
    PurchaseReturn,
)
from rapport.profile.v1.profile_pb2 import CustomerRecord
from tests.unit.wire.world import JOE, ResultsWorld, after, by_account, settings_of, without_history

SETTINGS = settings_of(bootstrap.SERVICE)


def at(minutes: float) -> Timestamp:
    """A time of the tests: minutes after the start."""
    return after(timedelta(minutes=minutes))


def interaction(event_id: str, account: str = JOE, minutes: float = 0, **fields: Any) -> Interaction:
    """An interaction of the account; a comment, unless the fields name another kind."""
    kinds = {each.name for each in Interaction.DESCRIPTOR.oneofs_by_name["kind"].fields}
    if not kinds & fields.keys():
        fields["comment"] = Comment(post_id="p1")
    fields.setdefault("source", "test")
    return by_account(event_id, account, at(minutes), **fields)


def purchase(
    event_id: str, account: str, minutes: float, order_id: str, cents: int, *, currency: str = "EUR", **fields: Any
) -> Interaction:
    """A purchase in the web shop."""
    fields.setdefault("source", 1)
    total = Money(currency_code=currency, minor_units=cents)
    return interaction(event_id, account, minutes, purchase=Purchase(order_id=order_id, total=total, **fields))


def returned(event_id: str, account: str, minutes: float, return_id: str, cents: int) -> Interaction:
    """Goods given back."""
    total = Money(currency_code="EUR", minor_units=cents)
    return interaction(event_id, account, minutes, purchase_return=PurchaseReturn(return_id=return_id, total=total))


def observation(event_id: str, account: str, minutes: float, source: str = "form", **details: Any) -> Interaction:
    """A person's details as a source tells them."""
    return interaction(event_id, account, minutes, observation=Observation(**details), source=source)


def identifier(type_: str, value: str) -> Identifier:
    """A claim of a source."""
    return Identifier(type=type_, value=value)


def followers(count: int) -> AccountFigures:
    """The account's public figures."""
    return AccountFigures(followers=count)


@dataclass
class World(ResultsWorld):
    """The service, its records and timelines."""

    service = bootstrap.SERVICE
    settings = SETTINGS
    collections = (PERSONAS, RECORDS)

    def rows(self) -> dict[str, Any]:
        """The documents of the timeline, by id."""
        return self.stores[TIMELINE].everything()

    def record(self, customer: str) -> CustomerRecord:
        """The customer's record as the store has it."""
        return CustomerRecord.FromString(self.document(customer)["message"])

    def published(self, customer: str) -> list[CustomerRecord]:
        """Every state of the customer on the level topic, oldest first."""
        return [CustomerRecord.FromString(value) for value in self.values("customer-records", customer)]


def facts(record: CustomerRecord) -> CustomerRecord:
    """The record without what tells versions, times of computation and since when: what must not depend on history."""
    bare = without_history(record, "etag", "changed_sections", "parted")
    for segment in bare.segments:
        segment.ClearField("enter_time")
    if bare.HasField("lifecycle"):
        bare.lifecycle.ClearField("since")
        bare.lifecycle.ClearField("previous_stage")
    return bare
