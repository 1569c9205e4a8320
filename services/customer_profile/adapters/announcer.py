"""Puts records, and who enters and leaves segments, on their topics; look-ups answer with the records' messages too."""

from __future__ import annotations

from typing import Any

from chassis.records import Message
from chassis.stages.computing import Stamp, View
from customer_profile.adapters.dealings import consent_message, set_conversations, set_reach
from customer_profile.adapters.facets import (
    purchase_summaries,
    set_activity,
    set_score_and_tier,
    set_standing,
    set_survivor,
    set_trait,
)
from customer_profile.adapters.segment_changes import change_message
from customer_profile.domain.conversations import Conversations
from customer_profile.domain.record import Record, changed_sections
from customer_profile.domain.segments import Change
from rapport.profile.v1 import changes_pb2
from rapport.profile.v1 import profile_pb2 as pb
from wire.announcing import Channel, stamped

SOURCE = "/rapport/customer-profile"
LISTED = 200
"""Of accounts and absorbed customers, how many a message bears; ListAccounts has them all."""
PARTED_LISTED = 20
CONSENTS_LISTED = 200

_NOTHING_SAID = Conversations()


class RecordAnnouncer:
    """Implements the chassis' `Announcer`; `records` and `changes` are full names of topics."""

    def __init__(self, records: str, changes: str) -> None:
        self._records = Channel(records, pb.CustomerRecord.DESCRIPTOR.full_name, SOURCE)
        self._changes = Channel(changes, changes_pb2.SegmentChange.DESCRIPTOR.full_name, SOURCE)

    def state(self, state: Record, view: View[Any, Record], stamp: Stamp) -> bytes:
        """Return the record as a CustomerRecord, bounded however many accounts the customer has."""
        message = _envelope(stamp)
        message.accounts.extend(state.accounts[:LISTED])
        message.account_count = len(state.accounts)
        message.absorbed.extend(state.absorbed[:LISTED])
        message.parted.extend(state.parted[-PARTED_LISTED:])
        for field, survivor in state.contact.items():
            set_survivor(getattr(message.contact, field), survivor)
        set_activity(message.activity, state.activity)
        message.purchases.extend(purchase_summaries(sorted(state.purchases.items())))
        set_score_and_tier(message, state)
        set_standing(message, state)
        if state.conversations != _NOTHING_SAID:
            set_conversations(message.conversations, state.conversations)
        if state.reach.accounts:
            set_reach(message.reach, state.reach)
        message.consents.extend(map(consent_message, state.consents[:CONSENTS_LISTED]))
        for name, trait in state.traits.items():
            set_trait(message.traits[name], trait)
        message.rules_version = state.rules_version
        message.changed_sections.extend(changed_sections(state, view.previous))
        return message.SerializeToString(deterministic=True)

    def closed(self, merged_into: str, stamp: Stamp) -> bytes:
        """Return the last state of a merged-away customer: who it is, and who has its accounts now."""
        message = _envelope(stamp)
        message.merged_into = merged_into
        return message.SerializeToString(deterministic=True)

    def change(self, change: Change, stamp: Stamp) -> bytes:
        """Return the change of a segment, under its sequence."""
        return change_message(change, stamp).SerializeToString(deterministic=True)

    def messages(self, stamp: Stamp, value: bytes, *, is_change: bool) -> Message:
        """Return the record of customer-records, or of segment-changes, that carries the value."""
        if is_change:
            return self._changes.message(stamp, value, stamp.sequence)
        return self._records.message(stamp, value, stamp.version)


def _envelope(stamp: Stamp) -> pb.CustomerRecord:
    message = stamped(pb.CustomerRecord(), stamp, f"customers/{stamp.group}")
    message.etag = f'"{stamp.version}"'
    return message
