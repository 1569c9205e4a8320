"""What a merge would change, as a table: the customers as they are, and the one that they would be."""

from __future__ import annotations

from typing import Any

from rich.text import Text

from rapport.advocacy.v1.advocacy_pb2 import Score, Standing
from rapport.profile.v1.profile_pb2 import CustomerRecord
from rapport.stewardship.v1.stewardship_pb2 import CustomerStanding, PreviewMergeResponse
from rapport.tier.v1.tier_pb2 import Tier
from rapportctl.identity_views import word
from rapportctl.output import text
from rapportctl.views import moment, money

AFTER = "after"


def preview_columns(preview: PreviewMergeResponse) -> list[str]:
    """What each line is about, then a column for each customer, and last the customer that they would be."""
    return ["what", *(standing.customer_id for standing in preview.before), AFTER]


def preview_rows(preview: PreviewMergeResponse) -> list[dict[str, Any]]:
    """A line for each thing that any of the services says; what differs from the survivor's of now stands out."""
    before = {standing.customer_id: _lines(standing) for standing in preview.before}
    after = _lines(preview.after) | {"accounts": len(preview.account_keys)}
    survivor = before.get(preview.customer_id, {})
    names = dict.fromkeys(name for lines in (after, *before.values()) for name in lines)
    rows = []
    for name in names:
        row: dict[str, Any] = {"what": name, **{id_: lines.get(name, "") for id_, lines in before.items()}}
        now, then = text(survivor.get(name, "")), text(after.get(name, ""))
        row[AFTER] = Text(then, "bold" if now != then else "")
        rows.append(row)
    return rows


def _lines(standing: CustomerStanding) -> dict[str, Any]:
    """What the services say of one customer, by name, without what is empty; nothing of a service that said nothing."""
    found: dict[str, Any] = {}
    if standing.HasField("record"):
        found |= _record(standing.record)
    if standing.HasField("score"):
        found |= _score(standing.score)
    if standing.HasField("tier"):
        found |= _tier(standing.tier)
    return {name: value for name, value in found.items() if value not in ("", [])}


def _record(record: CustomerRecord) -> dict[str, Any]:
    return {
        "accounts": len(record.accounts),
        **{field.name.replace("_", " "): value.value for field, value in record.contact.ListFields()},
        "interactions": record.activity.interactions,
        "first": moment(record.activity.first_at),
        "last": moment(record.activity.last_at),
        "purchases": [
            f"{summary.orders:,} orders, net {money(summary.net_minor_units, summary.currency_code)}"
            for summary in record.purchases
        ],
    }


def _score(score: Score) -> dict[str, Any]:
    return {
        "score": f"{score.score} of 1000",
        "standing": word(Standing.DESCRIPTOR, score.standing),
        "followers": score.followers,
    }


def _tier(tier: Tier) -> dict[str, Any]:
    spend = tier.figures.spend
    return {
        "tier": tier.tier,
        "held from": tier.held_from,
        "points": tier.figures.points,
        "spend": money(spend.minor_units, spend.currency_code) if tier.figures.HasField("spend") else "",
        "benefits": list(tier.benefits),
    }
