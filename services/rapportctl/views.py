"""What answers and events look like to a person: rows and fields of tables."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from google.protobuf import json_format
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from rapport.advocacy.v1.advocacy_pb2 import Score, Standing
from rapport.common.v1.common_pb2 import Money
from rapport.profile.v1.profile_pb2 import CustomerRecord, FieldValue, PurchaseSummary
from rapport.tier.v1.tier_pb2 import ChangeReason, Figures, Tier, TierChange

CAUSES_SHOWN = 3

# Source: ISO 4217, currencies whose minor unit is not a hundredth.
_NO_MINOR_UNIT = (
    *("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG"),
    *("RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF"),
)
_THOUSANDTHS = ("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND")
_DECIMALS = {
    **dict.fromkeys(_NO_MINOR_UNIT, 0),
    **dict.fromkeys(_THOUSANDTHS, 3),
}


def as_json(message: Message) -> dict[str, Any]:
    """A message as protobuf's JSON mapping has it, with the field names of the proto."""
    return json_format.MessageToDict(message, preserving_proto_field_name=True)


def moment(timestamp: Timestamp) -> str:
    """A time in UTC, to the second; empty where there is none."""
    if not (timestamp.seconds or timestamp.nanos):
        return ""
    try:
        return timestamp.ToDatetime(tzinfo=UTC).strftime("%Y-%m-%d %H:%M:%SZ")
    except (ValueError, OverflowError):
        return "beyond the calendar"


def moment_of_ms(milliseconds: int) -> str:
    """As `moment`, of milliseconds since 1970."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%Y-%m-%d %H:%M:%SZ")


def money(minor_units: int, currency: str) -> str:
    """An amount as people write it: 1999 of EUR is "19.99 EUR", of JPY "1,999 JPY"."""
    decimals = _DECIMALS.get(currency, 2)
    whole, rest = divmod(abs(minor_units), 10**decimals)
    sign = "-" if minor_units < 0 else ""
    fraction = f".{rest:0{decimals}}" if decimals else ""
    return f"{sign}{whole:,}{fraction} {currency}".rstrip()


def record_fields(record: CustomerRecord) -> dict[str, Any]:
    """A customer's record."""
    contact = {
        field.name: f"{value.value}  ({_told_by(value)}, {moment(value.observed_at)})"
        for field, value in record.contact.ListFields()
    }
    activity = record.activity
    return {
        "customer": record.customer_id,
        "merged from": record.merged_from,
        "merged into": record.merged_into,
        "absorbed": list(record.absorbed),
        "accounts": list(record.accounts),
        **{name.replace("_", " "): value for name, value in contact.items()},
        "interactions": activity.interactions,
        "by kind": _most_first(activity.by_kind),
        "by channel": _most_first(activity.by_channel),
        "first": moment(activity.first_at),
        "last": moment(activity.last_at),
        "followers": activity.followers,
        "brand replies": activity.brand_replies,
        "purchases": [_purchases(summary) for summary in record.purchases],
        "score": f"{record.score.score} ({_word(record.score.standing)})" if record.HasField("score") else "",
        "tier": record.tier.tier,
        "benefits": list(record.tier.benefits),
        "version": record.version,
        "updated": moment(record.update_time),
    }


def score_fields(score: Score) -> dict[str, Any]:
    """An advocacy score with its breakdown."""
    return {
        "customer": score.customer_id,
        "merged into": score.merged_into,
        "score": f"{score.score} of 1000",
        "standing": _word(Standing.Name(score.standing)),
        "as of": moment(score.as_of),
        "points": _milli(score.raw_milli),
        "made of": [
            f"{part.action}: {_milli(part.contribution_milli)}  "
            f"({_times(part.count)}: {_milli(part.raw_milli)} in all, "
            f"{_milli(part.capped_milli)} capped, {_milli(part.decayed_milli)} decayed)"
            for part in score.components
        ],
        "heaviest events": [
            f"{event.event_id}  {event.action}  {moment(event.occurred_at)}  {_milli(event.weight_milli)}"
            for event in score.top_events
        ],
        "actions": score.actions,
        "followers": score.followers,
        "rules": score.rules_version,
        "version": score.version,
        "updated": moment(score.update_time),
    }


def tier_fields(tier: Tier) -> dict[str, Any]:
    """A VIP tier."""
    return {
        "customer": tier.customer_id,
        "merged into": tier.merged_into,
        "tier": tier.tier,
        "benefits": list(tier.benefits),
        "since": moment(tier.since),
        "held from": tier.held_from,
        "qualified for": tier.qualified_tier if tier.held_from else "",
        **_figures(tier.figures),
        "changes": tier.sequence,
        "programme": f"{tier.programme} {tier.programme_version}".strip(),
        "version": tier.version,
        "updated": moment(tier.update_time),
    }


def change_row(change: TierChange) -> dict[str, Any]:
    """One change of a tier."""
    receipt = change.receipt
    causes = [*receipt.event_ids[:CAUSES_SHOWN]]
    more = len(receipt.event_ids) - len(causes) + receipt.events_left_out
    gained = [f"gained {account}" for account in receipt.accounts_gained]
    lost = [f"lost {account}" for account in receipt.accounts_lost]
    return {
        "time": moment(change.effective_time),
        "customer": change.customer_id,
        "seq": change.sequence,
        "change": f"{change.previous_tier or 'none'} -> {change.tier}",
        "reason": _word(ChangeReason.Name(change.reason)),
        "causes": ", ".join([*causes, *([f"{more} more"] if more else []), *gained, *lost]),
    }


def _told_by(value: FieldValue) -> str:
    return value.source or ("by hand" if value.owner else "source unknown")


def _most_first(counts: Mapping[str, int]) -> dict[str, int]:
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def _figures(figures: Figures) -> dict[str, Any]:
    spend: Money = figures.spend
    return {
        "points": figures.points,
        "spend": money(spend.minor_units, spend.currency_code) if figures.HasField("spend") else "",
        "purchases": figures.purchases,
        "advocacy score": figures.advocacy_score,
        "purchases not counted": figures.purchases_not_counted or "",
    }


def _purchases(summary: PurchaseSummary) -> str:
    currency = summary.currency_code
    parts = [
        f"{summary.orders:,} orders {money(summary.gross_minor_units, currency)}",
        f"{summary.returns:,} returns {money(summary.returned_minor_units, currency)}",
        f"net {money(summary.net_minor_units, currency)}",
    ]
    if summary.unmatched_returns:
        parts.append(f"{summary.unmatched_returns:,} returns of no known order")
    if summary.HasField("rfm"):
        rfm = summary.rfm
        parts.append(f"{rfm.rfm_class or 'RFM'} ({rfm.recency}-{rfm.frequency}-{rfm.monetary})")
    if summary.HasField("lifetime_value"):
        value = summary.lifetime_value
        expected = money(value.expected_minor_units, currency)
        parts.append(f"{value.probability_alive:.0%} still buying, {expected} expected in {value.horizon_days} days")
    return ", ".join(parts)


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _milli(value: int) -> str:
    return f"{value // 1000:,}.{value % 1000:03}" if value >= 0 else f"-{_milli(-value)}"


def _word(enum_name: str) -> str:
    """An enum's value as a word: STANDING_SUPPORTER is supporter."""
    for prefix in ("STANDING_", "CHANGE_REASON_"):
        enum_name = enum_name.removeprefix(prefix)
    return enum_name.lower().replace("_", " ")
