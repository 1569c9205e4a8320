"""How an account's persona takes in a purchase, a return, an action, or what a person decided."""

from __future__ import annotations

from chassis.errors import InvalidRecord
from chassis.ports import Document
from chassis.stages.fold import Entry
from vip_tier.domain.persona import Decided, Deed, Persona, Trade, take_in, take_in_decision, take_in_deed

LATEST_MS = 253_402_300_800_000
"""The end of the year 9999."""

GREATEST_AMOUNT = 10**12
"""In minor units, or points. Sums over a customer's lifetime stay far inside 64 bits."""

Happening = Trade | Deed | Decided


class TierFolding:
    """Implements the chassis' `FoldLogic`."""

    def fold(self, state: Persona, entry: Entry[Happening]) -> None:
        """Enter what happened. Raises `InvalidRecord` before it has changed anything."""
        # Identity resolution checks interactions before; what slips through must not be counted wrong.
        event = entry.event
        if isinstance(event, Trade):
            _check_trade(event)
            take_in(state, event)
        elif isinstance(event, Deed):
            _check_id_and_time(event.event_id, event.occurred_ms)
            take_in_deed(state, event)
        else:
            _check_id_and_time(event.request_id, event.decided_ms)
            if not -GREATEST_AMOUNT <= event.points <= GREATEST_AMOUNT or (event.act == "spend" and event.points < 1):
                raise InvalidRecord(
                    "INVALID_FIELD", f"points would be 1 to {GREATEST_AMOUNT}, adjustments also below 0"
                )
            take_in_decision(state, event)

    def row(self, entry: Entry[Happening]) -> Document | None:
        """Nothing is kept beside the persona."""
        return None


def _check_trade(trade: Trade) -> None:
    _check_id_and_time(trade.event_id, trade.occurred_ms)
    if not trade.number:
        raise InvalidRecord("INVALID_FIELD", "the shop's number is missing")
    currency = trade.currency
    if not (len(currency) == 3 and currency.isascii() and currency.isupper()):
        raise InvalidRecord("INVALID_FIELD", "total.currency_code would be three capitals")
    if not 0 <= trade.minor_units <= GREATEST_AMOUNT:
        raise InvalidRecord("INVALID_FIELD", f"total.minor_units would be 0 to {GREATEST_AMOUNT}")


def _check_id_and_time(event_id: str, at_ms: int) -> None:
    if not event_id:
        raise InvalidRecord("INVALID_FIELD", "event_id is missing")
    if not 0 <= at_ms < LATEST_MS:
        raise InvalidRecord("INVALID_FIELD", "the time would be in the years 1970 to 9999")
