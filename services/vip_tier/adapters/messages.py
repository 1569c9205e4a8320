"""Tiers, changes and ledger entries as the messages that the world sees."""

from __future__ import annotations

from collections.abc import Iterable

from google.protobuf.timestamp_pb2 import Timestamp

from rapport.common.v1.common_pb2 import Money
from rapport.tier.v1 import tier_pb2 as pb
from vip_tier.domain.figures import Figures
from vip_tier.domain.holding import Change, Receipt, Standing
from vip_tier.domain.programme import Programme
from vip_tier.domain.statement import Line
from vip_tier.domain.steps import Missing


def fill_standing(message: pb.Tier | pb.ProgrammeTier, standing: Standing, rules: Programme) -> None:
    """Set what a tier and a further programme's tier have in common."""
    message.tier = standing.tier
    message.rank = rules.rank_of(standing.tier)
    message.benefits.extend(standing.benefits)
    set_time(message.since, standing.since_ms)
    message.figures.CopyFrom(figures_message(standing.figures))
    message.programme = standing.programme
    message.held_from = standing.held_from
    message.qualified_tier = standing.qualified
    message.points.CopyFrom(points_message(standing))
    if standing.period_ends_ms:
        set_time(message.period_end_time, standing.period_ends_ms)
    if standing.grace_ends_ms:
        set_time(message.grace_end_time, standing.grace_ends_ms)
    if standing.override_id:
        message.override.request_id = standing.override_id
        if standing.override_ends_ms:
            set_time(message.override.end_time, standing.override_ends_ms)
    if standing.next_tier:
        message.next.CopyFrom(next_message(standing.next_tier, standing.missing))


def points_message(standing: Standing) -> pb.Points:
    """The balances of a programme."""
    points = pb.Points(active=standing.active, pending=standing.pending, expiring=standing.expiring_points)
    if standing.expiring_points:
        set_time(points.expire_time, standing.expiring_ms)
    return points


def next_message(tier: str, missing: Missing) -> pb.NextTier:
    """The next tier, with what it takes."""
    return pb.NextTier(tier=tier, missing=shortfalls(missing))


def shortfalls(missing: Missing) -> Iterable[pb.Shortfall]:
    """Figures, each with how much of it is missing."""
    return [pb.Shortfall(figure=name, amount=amount) for name, amount in missing]


def figures_message(figures: Figures) -> pb.Figures:
    """The figures that a tier is decided from."""
    return pb.Figures(
        points=figures.points,
        spend=Money(currency_code=figures.currency, minor_units=figures.spend_minor_units),
        purchases=figures.purchases,
        advocacy_score=figures.advocacy_score,
        purchases_not_counted=figures.purchases_not_counted,
        engagement=figures.engagement,
        referrals=figures.referrals,
        segments=figures.segments,
    )


def change_message(customer: str, sequence: int, change: Change, benefits: Iterable[str]) -> pb.TierChange:
    """A change with its receipt."""
    message = pb.TierChange(
        customer_id=customer,
        sequence=sequence,
        previous_tier=change.previous_tier,
        tier=change.tier,
        reason=pb.ChangeReason.ValueType(change.reason.value),
        receipt=_receipt(change.receipt),
        points=change.points,
        missing=shortfalls(change.missing),
        corrects_sequence=change.corrects,
        benefits=benefits,
    )
    set_time(message.effective_time, change.effective_ms)
    if change.deadline_ms:
        set_time(message.deadline, change.deadline_ms)
    return message


def entry_message(line: Line) -> pb.LedgerEntry:
    """An entry of a statement."""
    posting = line.posting
    message = pb.LedgerEntry(
        key=posting.key,
        movement=pb.Movement.ValueType(posting.movement.value),
        pending=posting.pending,
        active=posting.active,
        pending_after=posting.pending_after,
        active_after=posting.active_after,
        cause=posting.cause,
        account_key=posting.account,
        note=posting.note,
        transferred_from=line.transferred_from,
    )
    set_time(message.time, posting.at_ms)
    return message


def set_time(time: Timestamp, moment: int) -> None:
    """Set a time to milliseconds since 1970."""
    time.FromMilliseconds(moment)


def _receipt(receipt: Receipt) -> pb.Receipt:
    return pb.Receipt(
        programme=receipt.programme,
        programme_version=receipt.programme_version,
        before=figures_message(receipt.before),
        after=figures_message(receipt.after),
        event_ids=receipt.event_ids,
        events_left_out=receipt.events_left_out,
        score_version=receipt.score_version,
        accounts_gained=receipt.accounts_gained,
        accounts_lost=receipt.accounts_lost,
        record_version=receipt.record_version,
    )
