"""Reads identified interactions: the hot path of the service, so it passes over all but purchases and returns."""

from __future__ import annotations

from chassis.records import Record
from chassis.stages.fold import Entry
from rapport.interactions.v1.identified_interaction_pb2 import IdentifiedInteraction
from rapport.interactions.v1.interaction_pb2 import Interaction
from vip_tier.domain.persona import Trade
from wire.reading import parsed, source_and_position


def read_interaction(record: Record) -> Entry[Trade] | None:
    """Decode a record of identified-interactions, or one of them that is replayed; None where nothing was traded.

    Raises `InvalidRecord`.
    """
    identified = parsed(IdentifiedInteraction, record)
    trade = _trade(identified.interaction)
    if trade is None:
        return None
    source, place = source_and_position(record, identified)
    return Entry(identified.account_key, source, place, trade)


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
