"""How an account's persona takes in a purchase or a return."""

from __future__ import annotations

from chassis.errors import InvalidRecord
from chassis.ports import Document
from chassis.stages.fold import Entry
from vip_tier.domain.persona import Persona, Trade, take_in

LATEST_MS = 253_402_300_800_000
"""The end of the year 9999."""

GREATEST_AMOUNT = 10**12
"""In minor units. Sums over a customer's lifetime stay far inside 64 bits."""


class TradeFolding:
    """Implements the chassis' `FoldLogic`."""

    def fold(self, state: Persona, entry: Entry[Trade]) -> None:
        """Enter the trade into the ledger. Raises `InvalidRecord` before it has changed anything."""
        trade = entry.event
        # Identity resolution checks all of it before; what slips through must not be counted wrong.
        if not trade.event_id or not trade.number:
            raise InvalidRecord("INVALID_FIELD", "event_id, or the shop's number, is missing")
        if not 0 <= trade.occurred_ms < LATEST_MS:
            raise InvalidRecord("INVALID_FIELD", "occurred_at would be in the years 1970 to 9999")
        currency = trade.currency
        if not (len(currency) == 3 and currency.isascii() and currency.isupper()):
            raise InvalidRecord("INVALID_FIELD", "total.currency_code would be three capitals")
        if not 0 <= trade.minor_units <= GREATEST_AMOUNT:
            raise InvalidRecord("INVALID_FIELD", f"total.minor_units would be 0 to {GREATEST_AMOUNT}")
        take_in(state, trade)

    def row(self, entry: Entry[Trade]) -> Document | None:
        """Nothing is kept beside the persona."""
        return None
