"""How an account's persona takes in a deed."""

from __future__ import annotations

from advocacy_scoring.domain.persona import Event, Persona, take_in
from chassis.errors import InvalidRecord
from chassis.ports import Document
from chassis.stages.fold import Entry

LATEST_MS = 253_402_300_800_000
"""The end of the year 9999; the earliest is 1970, before which nobody advocated anything on any channel."""

MOST_FOLLOWERS = 10**12


class DeedFolding:
    """Implements the chassis' `FoldLogic`."""

    def __init__(self, history_days: int) -> None:
        self._history_days = history_days

    def fold(self, state: Persona, entry: Entry[Event]) -> None:
        """Count the event. Raises `InvalidRecord` before it has changed anything."""
        event = entry.event
        # Identity resolution checks all of it before; what slips through must not spoil a persona.
        if not event.event_id:
            raise InvalidRecord("INVALID_FIELD", "event_id is missing")
        if not 0 <= event.occurred_ms < LATEST_MS:
            raise InvalidRecord("INVALID_FIELD", "occurred_at would be in the years 1970 to 9999")
        if event.followers > MOST_FOLLOWERS:
            raise InvalidRecord("INVALID_FIELD", f"figures.followers would be 0 to {MOST_FOLLOWERS}")
        take_in(state, event, self._history_days)

    def row(self, entry: Entry[Event]) -> Document | None:
        """Nothing is kept beside the persona."""
        return None
