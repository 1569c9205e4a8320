"""The facts of a customer that conditions ask for, out of its record."""

from __future__ import annotations

from customer_profile.domain.consent import holds
from customer_profile.domain.facts import Facts
from customer_profile.domain.interaction import channel_of
from customer_profile.domain.record import Record


def facts(record: Record, currency: str, now: int) -> Facts:
    """Return what is known of the customer at a time, milliseconds since 1970, UTC; money in that currency."""
    return Facts(
        now=now,
        numbers=_numbers(record, currency),
        words=_words(record, currency),
        moments=_moments(record),
        traits={name: trait.value for name, trait in record.traits.items()},
        fields={name: survivor.best.value for name, survivor in record.contact.items()},
        channels=frozenset(map(channel_of, record.accounts)),
        has_consent=lambda purpose, channel: holds(record.consents, purpose, channel, now),
    )


def _numbers(record: Record, currency: str) -> dict[str, float]:
    activity = record.activity
    numbers: dict[str, float] = {
        "accounts": len(record.accounts),
        "interactions": activity.interactions,
        "brand_replies": activity.brand_replies,
        "followers": activity.followers,
        "orders": sum(each.orders for each in record.purchases.values()),
        "conversations": record.conversations.total,
        "open_conversations": record.conversations.open_count,
        "returns": sum(each.returns for each in record.purchases.values()),
    }
    if record.score is not None:
        numbers["score"] = record.score.score
    bought = record.purchases.get(currency)
    if bought is None:
        numbers.update(order_days=0, gross=0, net=0)
        return numbers
    numbers.update(order_days=bought.order_days, gross=bought.gross, net=bought.net)
    if bought.orders:
        numbers["average_order"] = bought.average_order
    if bought.rfm is not None:
        rfm = bought.rfm
        numbers.update(rfm_recency=rfm.recency, rfm_frequency=rfm.frequency, rfm_monetary=rfm.monetary)
    if bought.lifetime is not None:
        numbers.update(probability_alive=bought.lifetime.probability_alive, expected_value=bought.lifetime.expected)
    return numbers


def _words(record: Record, currency: str) -> dict[str, str]:
    words = {}
    if record.score is not None:
        words["standing"] = record.score.standing
    if record.tier is not None:
        words["tier"] = record.tier.tier
    bought = record.purchases.get(currency)
    if bought is not None and bought.rfm is not None:
        words["rfm_class"] = bought.rfm.name
    return words


def _moments(record: Record) -> dict[str, int]:
    moments = {}
    if record.activity.interactions:
        moments["days_since_first_interaction"] = record.activity.first_at
        moments["days_since_last_interaction"] = record.activity.last_at
    ordered = [each for each in record.purchases.values() if each.orders]
    if ordered:
        moments["days_since_first_order"] = min(each.first_at for each in ordered)
        moments["days_since_last_order"] = max(each.last_at for each in ordered)
    said = record.conversations
    if said.last_inbound_at is not None:
        moments["days_since_last_said"] = said.last_inbound_at
    if said.last_reply_at is not None:
        moments["days_since_last_reply"] = said.last_reply_at
    return moments
