"""Turns records into what the world sees: the messages of customer-records, which lookups answer with too."""

from __future__ import annotations

from typing import Any

from chassis.records import Message
from chassis.stages.computing import Stamp, View
from customer_profile.adapters.interactions import source_label
from customer_profile.domain.contact import Attributed
from customer_profile.domain.ledger import Totals
from customer_profile.domain.record import Activity, Record
from rapport.profile.v1 import profile_pb2 as pb
from wire.announcing import Channel, stamped

SOURCE = "/rapport/customer-profile"


class RecordAnnouncer:
    """Implements the chassis' `Announcer`; `topic` is the full name of customer-records."""

    def __init__(self, topic: str) -> None:
        self._records = Channel(topic, pb.CustomerRecord.DESCRIPTOR.full_name, SOURCE)

    def state(self, state: Record, view: View[Any, Record], stamp: Stamp) -> bytes:
        """Return the record as a CustomerRecord."""
        message = _envelope(stamp)
        message.accounts.extend(state.accounts)
        message.absorbed.extend(state.absorbed)
        for field, value in state.contact.items():
            _set_field(getattr(message.contact, field), value)
        _set_activity(message.activity, state.activity)
        message.purchases.extend(
            _purchases(currency, state.purchases[currency]) for currency in sorted(state.purchases)
        )
        if state.score:
            score = state.score
            message.score.score, message.score.standing, message.score.version = (
                score.score,
                score.standing,
                score.version,
            )
            message.score.update_time.FromMilliseconds(score.updated_at)
        if state.tier:
            tier = state.tier
            message.tier.tier, message.tier.version = tier.tier, tier.version
            message.tier.benefits.extend(tier.benefits)
            message.tier.update_time.FromMilliseconds(tier.updated_at)
        return message.SerializeToString(deterministic=True)

    def closed(self, merged_into: str, stamp: Stamp) -> bytes:
        """Return the last state of a merged-away customer: who it is, and who has its accounts now."""
        message = _envelope(stamp)
        message.merged_into = merged_into
        return message.SerializeToString(deterministic=True)

    def change(self, change: None, stamp: Stamp) -> bytes:
        """Never called: records announce states, not changes."""
        raise NotImplementedError("a customer's record announces no changes")

    def messages(self, stamp: Stamp, value: bytes, *, is_change: bool) -> Message:
        """Return the record of customer-records that carries the value."""
        return self._records.message(stamp, value, stamp.version)


def _envelope(stamp: Stamp) -> pb.CustomerRecord:
    message = stamped(pb.CustomerRecord(), stamp, f"customers/{stamp.group}")
    message.etag = f'"{stamp.version}"'
    return message


def _set_field(message: pb.FieldValue, value: Attributed) -> None:
    observed = value.observed
    message.value, message.source = observed.value, observed.source
    message.event_id, message.account_key = observed.event_id, value.account
    message.observed_at.FromMilliseconds(observed.at)


def _set_activity(message: pb.Activity, activity: Activity) -> None:
    message.interactions = activity.interactions
    if activity.interactions:
        message.first_at.FromMilliseconds(activity.first_at)
        message.last_at.FromMilliseconds(activity.last_at)
    message.by_kind.update(activity.by_kind)
    message.by_channel.update(activity.by_channel)
    message.followers = activity.followers
    message.brand_replies = activity.brand_replies


def _purchases(currency: str, totals: Totals) -> pb.PurchaseSummary:
    message = pb.PurchaseSummary(
        currency_code=currency,
        orders=totals.orders,
        returns=totals.returns,
        gross_minor_units=totals.gross,
        returned_minor_units=totals.returned,
        net_minor_units=totals.gross - totals.returned,
        average_order_minor_units=totals.gross // totals.orders if totals.orders else 0,
    )
    if totals.orders:
        message.first_at.FromMilliseconds(totals.first_at)
        message.last_at.FromMilliseconds(totals.last_at)
    message.orders_by_source.update({source_label(name): count for name, count in totals.by_source.items()})
    return message
