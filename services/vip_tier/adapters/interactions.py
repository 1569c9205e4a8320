"""Reads identified interactions: the hot path of the service, so it passes over all but purchases and returns."""

from __future__ import annotations

from google.protobuf.message import DecodeError

from chassis.errors import InvalidRecord
from chassis.positions import position
from chassis.records import Record
from chassis.stages.fold import Entry
from rapport.interactions.v1.identified_interaction_pb2 import IdentifiedInteraction
from rapport.interactions.v1.interaction_pb2 import Interaction
from vip_tier.domain.persona import Trade


def read_interaction(record: Record) -> Entry[Trade] | None:
    """Decode a record of identified-interactions, or one of them that is replayed; None where nothing was traded.

    Raises `InvalidRecord`.
    """
    try:
        identified = IdentifiedInteraction.FromString(record.value or b"")
    except DecodeError:
        raise InvalidRecord("UNPARSABLE", "the value would be an IdentifiedInteraction") from None
    trade = _trade(identified.interaction)
    if trade is None:
        return None
    account = identified.account_key
    if not account or record.key != account.encode():
        raise InvalidRecord("KEY_MISMATCH", "the record's key would be the account key in its value")
    origin = identified.origin
    if not origin.topic:
        raise InvalidRecord("BAD_ORIGIN", "the origin is missing")
    try:
        place = position(origin.epoch, origin.offset)
    except ValueError as error:
        raise InvalidRecord("BAD_ORIGIN", str(error)) from None
    return Entry(account, f"{origin.topic}-{origin.partition}", place, trade)


def _trade(interaction: Interaction) -> Trade | None:
    kind = interaction.WhichOneof("kind")
    if kind == "purchase":
        number, total = interaction.purchase.order_id, interaction.purchase.total
    elif kind == "purchase_return":
        number, total = interaction.purchase_return.return_id, interaction.purchase_return.total
    else:
        return None
    occurred_at = interaction.occurred_at
    return Trade(
        interaction.event_id,
        occurred_at.seconds * 1000 + occurred_at.nanos // 1_000_000,
        number,
        total.currency_code,
        total.minor_units,
        kind == "purchase_return",
    )
