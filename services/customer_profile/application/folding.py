"""How an account's persona and timeline take in an interaction."""

from __future__ import annotations

from chassis.errors import InvalidRecord
from chassis.ports import Document
from chassis.stages.fold import Entry
from customer_profile.domain.interaction import Interaction
from customer_profile.domain.persona import Persona
from customer_profile.domain.timeline import EARLIEST, LATEST, place, row_id

# In minor units, or followers. Sums over a customer's lifetime stay far inside 64 bits.
GREATEST_FIGURE = 10**12


class PersonaFolding:
    """Implements the chassis' `FoldLogic`. `entries_kept` bounds the orders, and the returns, kept one by one."""

    def __init__(self, entries_kept: int) -> None:
        self._entries_kept = entries_kept

    def fold(self, state: Persona, entry: Entry[Interaction]) -> None:
        """Take the interaction into the persona. Raises `InvalidRecord` before it has changed anything."""
        require_usable(entry.event)
        state.take_in(entry.event, self._entries_kept)

    def row(self, entry: Entry[Interaction]) -> Document | None:
        """Return the interaction's row of the timeline."""
        interaction = entry.event
        return {
            "_id": row_id(entry.member, interaction.event_id),
            "account": entry.member,
            "place": place(interaction.at, interaction.event_id),
            "kind": interaction.kind,
            "body": interaction.body,
        }


def require_usable(interaction: Interaction) -> None:
    """Raise `InvalidRecord` for an interaction that would spoil a persona.

    Identity resolution checks all of it before; what slips through, say of a newer producer, must not be counted wrong.
    """
    if not interaction.event_id:
        raise InvalidRecord("INVALID_FIELD", "event_id is missing")
    if not interaction.kind:
        raise InvalidRecord("UNKNOWN_KIND", "none of the kinds that this version knows is set")
    if not EARLIEST <= interaction.at <= LATEST:
        raise InvalidRecord("INVALID_FIELD", "occurred_at would be in the years 1 to 9999")
    if interaction.followers is not None and not 0 <= interaction.followers <= GREATEST_FIGURE:
        raise InvalidRecord("INVALID_FIELD", f"figures.followers would be 0 to {GREATEST_FIGURE}")
    entry = interaction.order or interaction.returned
    if entry is not None:
        _require_entry(interaction.kind, interaction.ledger_id, entry.currency, entry.minor_units)
        if interaction.other_currency:
            detail = f"{interaction.kind}.lines.unit_price.currency_code would be {entry.currency}, as in the total"
            raise InvalidRecord("INVALID_FIELD", detail)
    if interaction.order is not None and not 0 <= interaction.order.pieces <= GREATEST_FIGURE:
        raise InvalidRecord("INVALID_FIELD", f"the pieces of purchase.lines would be 0 to {GREATEST_FIGURE} together")


def _require_entry(kind: str, ledger_id: str, currency: str, minor_units: int) -> None:
    if not ledger_id:
        raise InvalidRecord("INVALID_FIELD", f"the shop's number of the {kind} is missing")
    if not (len(currency) == 3 and currency.isascii() and currency.isupper()):
        raise InvalidRecord("INVALID_FIELD", f"{kind}.total.currency_code would be three capitals")
    if not 0 <= minor_units <= GREATEST_FIGURE:
        raise InvalidRecord("INVALID_FIELD", f"{kind}.total.minor_units would be 0 to {GREATEST_FIGURE}")
