"""The parts of a record as the API has them."""

from __future__ import annotations

from collections.abc import Iterable

from customer_profile.adapters.interactions import source_label
from customer_profile.domain.activity import Activity
from customer_profile.domain.purchases.expectation import LifetimeValue
from customer_profile.domain.purchases.rfm import Rfm
from customer_profile.domain.purchases.summary import Purchases
from customer_profile.domain.record import Record
from customer_profile.domain.survivorship import Survivor, Value
from customer_profile.domain.traits.computing import TraitValue
from rapport.profile.v1 import facets_pb2 as facets
from rapport.profile.v1 import profile_pb2 as pb
from wire.announcing import set_time

_STRATEGIES = {name.removeprefix("SURVIVORSHIP_").lower(): number for name, number in pb.Survivorship.items() if number}


def set_survivor(message: pb.FieldValue, survivor: Survivor) -> None:
    """Fill in what survived of a field, with those that lost."""
    set_value(message, survivor.best)
    if survivor.other_count:
        message.other_count = survivor.other_count
    for other in survivor.others:
        set_value(message.others.add(), other)


def set_value(message: pb.FieldValue, value: Value) -> None:
    """Fill in a value of a field."""
    message.value, message.source, message.confidence = value.value, value.source, value.confidence
    message.event_id, message.account_key = value.event_id, value.account
    set_time(message.observed_at, value.at)
    message.survivorship = _STRATEGIES[value.strategy]
    message.times_observed = value.times
    set_time(message.first_observed_at, value.first_at)
    if value.owner:
        message.owner, message.reason = value.owner, value.reason
    if value.expires_at:
        set_time(message.expire_time, value.expires_at)


def set_activity(message: pb.Activity, activity: Activity) -> None:
    """Fill in what was done and when."""
    message.interactions = activity.interactions
    if activity.interactions:
        set_time(message.first_at, activity.first_at)
        set_time(message.last_at, activity.last_at)
    for kind, count in activity.by_kind.items():
        message.by_kind[kind] = count
    for channel, count in activity.by_channel.items():
        message.by_channel[channel] = count
    message.followers = activity.followers
    message.brand_replies = activity.brand_replies


def set_score_and_tier(message: pb.CustomerRecord, record: Record) -> None:
    """Fill in what other services say."""
    if score := record.score:
        message.score.score, message.score.standing = score.score, score.standing
        message.score.version = score.version
        set_time(message.score.update_time, score.updated_at)
    if tier := record.tier:
        message.tier.tier, message.tier.version = tier.tier, tier.version
        message.tier.benefits.extend(tier.benefits)
        set_time(message.tier.update_time, tier.updated_at)


def set_standing(message: pb.CustomerRecord, record: Record) -> None:
    """Fill in what follows from the conditions of the rules."""
    if stage := record.lifecycle:
        message.lifecycle.stage, message.lifecycle.previous_stage = stage.stage, stage.previous_stage
        set_time(message.lifecycle.since, stage.since)
    for segment, entered_at in record.segments:
        set_time(message.segments.add(segment=segment).enter_time, entered_at)


def purchase_summaries(purchases: Iterable[tuple[str, Purchases]]) -> Iterable[pb.PurchaseSummary]:
    """Yield the purchases of each currency."""
    for currency, bought in purchases:
        yield _purchases(currency, bought)


def _purchases(currency: str, bought: Purchases) -> pb.PurchaseSummary:
    message = pb.PurchaseSummary(
        currency_code=currency,
        orders=bought.orders,
        returns=bought.returns,
        gross_minor_units=bought.gross,
        returned_minor_units=bought.returned,
        net_minor_units=bought.net,
        average_order_minor_units=bought.average_order,
        lines=bought.lines,
        pieces=bought.pieces,
        unmatched_returns=bought.unmatched_returns,
        order_days=bought.order_days,
        summed_up=bought.summed_up,
        repeat_share=bought.repeat_share,
    )
    if bought.orders:
        set_time(message.first_at, bought.first_at)
        set_time(message.last_at, bought.last_at)
    if bought.orders > 1:
        message.average_interval.FromMilliseconds(bought.average_interval)
    for name, count in bought.by_source.items():
        message.orders_by_source[source_label(name)] = count
    if bought.rfm:
        set_rfm(message.rfm, bought.rfm)
    if bought.lifetime:
        set_lifetime_value(message.lifetime_value, bought.lifetime)
    return message


def set_rfm(message: facets.Rfm, rfm: Rfm) -> None:
    """Fill in the scores beside all buyers."""
    message.recency, message.frequency, message.monetary = rfm.recency, rfm.frequency, rfm.monetary
    message.rfm_class, message.model_version = rfm.name, rfm.model


def set_lifetime_value(message: facets.LifetimeValue, value: LifetimeValue) -> None:
    """Fill in what is expected of a buyer."""
    message.probability_alive, message.expected_orders = value.probability_alive, value.expected_orders
    message.expected_order_minor_units, message.expected_minor_units = value.expected_order, value.expected
    message.horizon_days, message.model_version = value.horizon_days, value.model
    set_time(message.compute_time, value.computed_at)


def set_trait(message: facets.TraitValue, trait: TraitValue) -> None:
    """Fill in what a trait came to: a number, an average or a word."""
    value, samples, truncated = trait
    if isinstance(value, str):
        message.text = value
    elif isinstance(value, float):
        message.average = value
    else:
        message.number = value
    message.samples = samples
    if truncated:
        message.truncated = True
