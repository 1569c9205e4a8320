"""Turns tiers and their changes into what the world sees; lookups answer with the messages of tiers too."""

from __future__ import annotations

from typing import Any

from chassis.records import Message
from chassis.stages.computing import Stamp, View
from rapport.common.v1.common_pb2 import Money
from rapport.tier.v1 import tier_pb2 as pb
from vip_tier.domain.figures import Figures
from vip_tier.domain.holding import Change, Holding, Receipt
from vip_tier.domain.programme import Programme
from wire.announcing import Channel, stamped

SOURCE = "/rapport/vip-tier"


class TierAnnouncer:
    """Implements the chassis' `Announcer`; `tiers` and `changes` are full names of topics."""

    def __init__(self, programme: Programme, tiers: str, changes: str) -> None:
        self._programme = programme
        self._tiers = Channel(tiers, pb.Tier.DESCRIPTOR.full_name, SOURCE)
        self._changes = Channel(changes, pb.TierChange.DESCRIPTOR.full_name, SOURCE)

    def state(self, state: Holding, view: View[Any, Holding], stamp: Stamp) -> bytes:
        """Return the tier with its benefits and the figures that give it."""
        message = _envelope(stamp)
        message.tier = state.tier
        message.rank = self._programme.rank_of(state.tier)
        message.benefits.extend(self._programme.tiers[message.rank].benefits)
        message.since.FromMilliseconds(state.since_ms)
        message.figures.CopyFrom(_figures(state.figures))
        message.programme = state.programme
        message.programme_version = state.programme_version
        message.sequence = stamp.sequence
        message.held_from = state.held_from
        message.qualified_tier = state.qualified
        return message.SerializeToString(deterministic=True)

    def closed(self, merged_into: str, stamp: Stamp) -> bytes:
        """Return the last state of a merged-away customer: who it is, and who has its accounts now."""
        message = _envelope(stamp)
        message.sequence = stamp.sequence
        message.merged_into = merged_into
        return message.SerializeToString(deterministic=True)

    def change(self, change: Change, stamp: Stamp) -> bytes:
        """Return the change with its receipt, under its sequence."""
        message = pb.TierChange(
            customer_id=stamp.group,
            sequence=stamp.sequence,
            previous_tier=change.previous_tier,
            tier=change.tier,
            reason=pb.ChangeReason.ValueType(change.reason.value),
            receipt=_receipt(change.receipt),
        )
        message.effective_time.FromMilliseconds(change.effective_ms)
        return message.SerializeToString(deterministic=True)

    def messages(self, stamp: Stamp, value: bytes, *, is_change: bool) -> Message:
        """Return the record of tiers, or of tier-changes, that carries the value."""
        if is_change:
            return self._changes.message(stamp, value, stamp.sequence)
        return self._tiers.message(stamp, value, stamp.version)


def _envelope(stamp: Stamp) -> pb.Tier:
    return stamped(pb.Tier(), stamp, f"customers/{stamp.group}/tier")


def _figures(figures: Figures) -> pb.Figures:
    return pb.Figures(
        points=figures.points,
        spend=Money(currency_code=figures.currency, minor_units=figures.spend_minor_units),
        purchases=figures.purchases,
        advocacy_score=figures.advocacy_score,
        purchases_not_counted=figures.purchases_not_counted,
    )


def _receipt(receipt: Receipt) -> pb.Receipt:
    return pb.Receipt(
        programme=receipt.programme,
        programme_version=receipt.programme_version,
        before=_figures(receipt.before),
        after=_figures(receipt.after),
        event_ids=receipt.event_ids,
        events_left_out=receipt.events_left_out,
        score_version=receipt.score_version,
        accounts_gained=receipt.accounts_gained,
        accounts_lost=receipt.accounts_lost,
    )
