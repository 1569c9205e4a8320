"""Puts tiers and their changes on their topics; lookups answer with the messages of tiers too."""

from __future__ import annotations

from typing import Any

from chassis.clock import milliseconds
from chassis.records import Message
from chassis.stages.computing import Stamp, View
from rapport.tier.v1 import tier_pb2 as pb
from vip_tier.adapters.messages import change_message, fill_standing
from vip_tier.domain.holding import Change, Holding
from vip_tier.domain.programme import LOWEST, Programmes
from wire.announcing import Channel, stamped

SOURCE = "/rapport/vip-tier"


class TierAnnouncer:
    """Implements the chassis' `Announcer`; `tiers` and `changes` are full names of topics."""

    def __init__(self, programmes: Programmes, tiers: str, changes: str) -> None:
        self._programmes = programmes
        self._tiers = Channel(tiers, pb.Tier.DESCRIPTOR.full_name, SOURCE)
        self._changes = Channel(changes, pb.TierChange.DESCRIPTOR.full_name, SOURCE)

    def state(self, state: Holding, view: View[Any, Holding], stamp: Stamp) -> bytes:
        """Return the tier with its benefits and the figures that give it; those of further programmes within it."""
        message = _envelope(stamp)
        message.sequence = stamp.sequence
        message.programme_version = state.programme_version
        moment = milliseconds(stamp.at)
        for standing in state.standings:
            rules = self._programmes.in_force(standing.programme, moment)
            fill_standing(message if standing is state.main else message.others.add(), standing, rules)
        return message.SerializeToString(deterministic=True)

    def closed(self, merged_into: str, stamp: Stamp) -> bytes:
        """Return the last state of a merged-away customer: who it is, and who has its accounts now."""
        message = _envelope(stamp)
        message.sequence = stamp.sequence
        message.merged_into = merged_into
        return message.SerializeToString(deterministic=True)

    def change(self, change: Change, stamp: Stamp) -> bytes:
        """Return the change with its receipt, under its sequence."""
        rules = self._programmes.in_force(change.receipt.programme, change.effective_ms)
        benefits = rules.tiers[rules.rank_of(change.tier)].benefits if rules.rank_of(change.tier) >= LOWEST else ()
        return change_message(stamp.group, stamp.sequence, change, benefits).SerializeToString(deterministic=True)

    def messages(self, stamp: Stamp, value: bytes, *, is_change: bool) -> Message:
        """Return the record of tiers, or of tier-changes, that carries the value."""
        if is_change:
            return self._changes.message(stamp, value, stamp.sequence)
        return self._tiers.message(stamp, value, stamp.version)


def _envelope(stamp: Stamp) -> pb.Tier:
    return stamped(pb.Tier(), stamp, f"customers/{stamp.group}/tier")
