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

_STRATEGIES = {name.removeprefix("SURVIVORSHIP_").lower(): number for name, number in pb.Survivorship.items() if number}


def set_survivor(message: pb.FieldValue, survivor: Survivor) -> None:
    """Fill in what survived of a field, with those that lost."""
    set_value(message, survivor.best)
    message.other_count = survivor.other_count
    for other in survivor.others:
        set_value(message.others.add(), other)


def set_value(message: pb.FieldValue, value: Value) -> None:
    """Fill in a value of a field."""
    message.value, message.source, message.confidence = value.value, value.source, value.confidence
    message.event_id, message.account_key = value.event_id, value.account
    message.observed_at.FromMilliseconds(value.at)
    message.survivorship = _STRATEGIES[value.strategy]
    message.times_observed = value.times
    message.first_observed_at.FromMilliseconds(value.first_at)
    if value.owner:
        message.owner, message.reason = value.owner, value.reason
    if value.expires_at:
        message.expire_time.FromMilliseconds(value.expires_at)


def set_activity(message: pb.Activity, activity: Activity) -> None:
    """Fill in what was done and when."""
    message.interactions = activity.interactions
    if activity.interactions:
        message.first_at.FromMilliseconds(activity.first_at)
        message.last_at.FromMilliseconds(activity.last_at)
    message.by_kind.update(activity.by_kind)
    message.by_channel.update(activity.by_channel)
    message.followers = activity.followers
    message.brand_replies = activity.brand_replies


def set_score_and_tier(message: pb.CustomerRecord, record: Record) -> None:
    """Fill in what other services say."""
    if score := record.score:
        message.score.score, message.score.standing = score.score, score.standing
        message.score.version = score.version
        message.score.update_time.FromMilliseconds(score.updated_at)
    if tier := record.tier:
        message.tier.tier, message.tier.version = tier.tier, tier.version
        message.tier.benefits.extend(tier.benefits)
        message.tier.update_time.FromMilliseconds(tier.updated_at)


def set_standing(message: pb.CustomerRecord, record: Record) -> None:
    """Fill in what follows from the conditions of the rules."""
    if stage := record.lifecycle:
        message.lifecycle.stage, message.lifecycle.previous_stage = stage.stage, stage.previous_stage
        message.lifecycle.since.FromMilliseconds(stage.since)
    for segment, entered_at in record.segments:
        message.segments.add(segment=segment).enter_time.FromMilliseconds(entered_at)


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
        message.first_at.FromMilliseconds(bought.first_at)
        message.last_at.FromMilliseconds(bought.last_at)
    if bought.orders > 1:
        message.average_interval.FromMilliseconds(bought.average_interval)
    message.orders_by_source.update({source_label(name): count for name, count in bought.by_source.items()})
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
    message.compute_time.FromMilliseconds(value.computed_at)


def set_trait(message: facets.TraitValue, trait: TraitValue) -> None:
    """Fill in what a trait came to: a number, an average or a word."""
    if isinstance(trait.value, str):
        message.text = trait.value
    elif isinstance(trait.value, float):
        message.average = trait.value
    else:
        message.number = trait.value
    message.samples, message.truncated = trait.samples, trait.truncated
