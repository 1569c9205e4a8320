"""Reads identified interactions: the hot path of the service, so it passes over all that no programme names."""

from __future__ import annotations

from google.protobuf.timestamp_pb2 import Timestamp

from chassis.records import Record
from chassis.stages.fold import Entry
from rapport.interactions.v1.identified_interaction_pb2 import IdentifiedInteraction
from rapport.interactions.v1.interaction_pb2 import Interaction
from vip_tier.application.folding import Happening
from vip_tier.domain.persona import Deed, Trade
from vip_tier.domain.programme import Programmes
from wire.reading import parsed, source_and_position


class InteractionReader:
    """Decodes records of identified-interactions, or those of them that are replayed: purchases, returns, and the kinds
    of interaction and the details that programmes name.
    """  # noqa: D205 - one sentence, and too long for one line

    def __init__(self, programmes: Programmes) -> None:
        self._kinds = programmes.kinds
        self._attributes = programmes.attributes

    def __call__(self, record: Record) -> Entry[Happening] | None:
        """Return what happened; None where it is of no use here. Raises `InvalidRecord`."""
        identified = parsed(IdentifiedInteraction, record)
        happening = self._happening(identified.interaction)
        if happening is None:
            return None
        source, place = source_and_position(record, identified)
        at = milliseconds_of(identified.interaction.occurred_at)
        return Entry(identified.account_key, source, place, happening, at)

    def _happening(self, interaction: Interaction) -> Happening | None:
        kind = interaction.WhichOneof("kind")
        if kind == "purchase":
            bought = interaction.purchase
            at = milliseconds_of(interaction.occurred_at)
            total = bought.total
            return Trade(interaction.event_id, at, bought.order_id, total.currency_code, total.minor_units)
        if kind == "purchase_return":
            back = interaction.purchase_return
            at = milliseconds_of(interaction.occurred_at)
            total = back.total
            return Trade(
                interaction.event_id, at, back.return_id, total.currency_code, total.minor_units, True, back.order_id
            )
        if kind in self._kinds:
            return Deed(interaction.event_id, milliseconds_of(interaction.occurred_at), kind)
        if kind == "observation" and self._attributes:
            return self._details(interaction)
        return None

    def _details(self, interaction: Interaction) -> Deed | None:
        told = interaction.observation
        values = {**told.attributes, "date_of_birth": told.date_of_birth}
        named = tuple((name, values[name]) for name in sorted(self._attributes) if values.get(name))
        return Deed(interaction.event_id, milliseconds_of(interaction.occurred_at), "", named) if named else None


def milliseconds_of(time: Timestamp) -> int:
    """A time as milliseconds since 1970."""
    return time.seconds * 1000 + time.nanos // 1_000_000
