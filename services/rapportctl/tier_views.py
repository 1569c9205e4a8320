"""What tiers, points and their changes look like to a person."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rapport.tier.v1 import tier_pb2 as pb
from rapportctl.views import change_row, moment, money, tier_fields

LEDGER_COLUMNS = ("time", "what", "points", "pending", "balance", "cause", "account", "note")
HISTORY_COLUMNS = ("time", "seq", "change", "reason", "until", "missing", "causes")
COMPONENTS_SHOWN = 6
MOVE_COLUMNS = ("from", "to", "customers")


def ledger_row(entry: pb.LedgerEntry) -> dict[str, Any]:
    """An entry as a line of a bank statement: what it changes, and the balance after it."""
    word = pb.Movement.Name(entry.movement).removeprefix("MOVEMENT_").lower().replace("_", " ")
    return {
        "time": moment(entry.time),
        "what": word,
        "points": signed(entry.active) if entry.active else "",
        "pending": signed(entry.pending) if entry.pending else "",
        "balance": entry.active_after,
        "cause": entry.cause,
        "account": entry.account_key,
        "note": f"from {entry.transferred_from}" if entry.transferred_from and not entry.note else entry.note,
    }


def points_line(points: pb.Points) -> str:
    """Balances in a sentence."""
    parts = [f"{points.active:,} points can be spent"]
    if points.pending:
        parts.append(f"{points.pending:,} are pending")
    if points.expiring:
        parts.append(f"{points.expiring:,} expire at {moment(points.expire_time)}")
    return ", ".join(parts)


def history_row(change: pb.TierChange) -> dict[str, Any]:
    """A change, with what may still be done."""
    row = change_row(change)
    points = f"{change.points:,} points" if change.points else ""
    return {
        **row,
        "until": moment(change.deadline),
        "missing": points or shortfalls(change.missing, change.receipt.after.spend.currency_code),
        "causes": row["causes"] + (f" corrects {change.corrects_sequence}" if change.corrects_sequence else ""),
    }


def shortfalls(missing: Iterable[pb.Shortfall], currency: str = "") -> str:
    """What is missing, in words."""
    return ", ".join(_shortfall(each, currency) for each in missing)


def explained_fields(answer: pb.ExplainTierResponse) -> dict[str, Any]:
    """A tier with its reasons, what is missing, and when it would be reached."""
    tier = answer.tier
    currency = tier.figures.spend.currency_code
    fields = {**tier_fields(tier), "balance": points_line(tier.points)}
    fields["held until"] = moment(tier.period_end_time)
    fields["grace until"] = moment(tier.grace_end_time)
    if tier.HasField("override"):
        fields["by a person"] = f"{tier.override.request_id}  {moment(tier.override.end_time)}".rstrip()
    fields["to be earned again by then"] = shortfalls(answer.missing_for_renewal, currency)
    if answer.HasField("next"):
        fields["next tier"] = answer.next.tier
        fields["missing for it"] = shortfalls(answer.next.missing, currency)
        fields["at this pace"] = moment(answer.projected_time) or "never"
    if answer.HasField("score"):
        components = sorted(answer.score.score.components, key=lambda each: -each.contribution_milli)
        fields["its score comes of"] = [
            f"{each.action}: {each.contribution_milli / 1000:,.1f}" for each in components[:COMPONENTS_SHOWN]
        ]
        fields["would raise it"] = [
            f"{each.action}: {each.points:+d} points" for each in answer.score.advice[:COMPONENTS_SHOWN]
        ]
    if answer.missing_services:
        fields["no answer from"] = list(answer.missing_services)
    fields["other programmes"] = [f"{each.programme}: {each.tier}" for each in tier.others]
    return fields


def preview_fields(preview: pb.ProgrammePreview) -> dict[str, Any]:
    """What other rules would cost."""
    return {
        "programme": preview.programme,
        "customers": preview.customers,
        "up": preview.up,
        "down": preview.down,
        "points": f"{preview.points_before:,} -> {preview.points_after:,}",
        "benefits": [f"{each.benefit}: {each.before:,} -> {each.after:,} holders" for each in preview.benefits],
        "for example": [
            f"{each.customer_id}: {each.from_tier or 'none'} -> {each.to_tier}" for each in preview.examples
        ],
    }


def move_row(move: pb.TierMove) -> dict[str, Any]:
    """How many go from one tier to another."""
    return {"from": move.from_tier or "none", "to": move.to_tier, "customers": move.customers}


def _shortfall(shortfall: pb.Shortfall, currency: str) -> str:
    kind, _, segment = shortfall.figure.partition(":")
    if segment:
        return f"the {kind} {segment}"
    if shortfall.figure == "spend_minor_units":
        return money(shortfall.amount, currency)
    return f"{shortfall.amount:,} {shortfall.figure.replace('_', ' ')}"


def signed(number: int) -> str:
    """A number with its sign."""
    return f"{number:+,}"
