"""How an account's persona takes in an event, or what was found of the account."""

from __future__ import annotations

from collections.abc import Callable

from advocacy_scoring.domain.findings import Findings
from advocacy_scoring.domain.persona import Event, Persona, Related, Trace, take_in
from chassis.errors import InvalidRecord
from chassis.ports import Document
from chassis.stages.fold import Entry

Told = Event | Findings | Related
"""What an account's persona is made of."""

LATEST_MS = 253_402_300_800_000
"""The end of the year 9999; the earliest is 1970, before which nobody advocated anything on any channel."""


class DeedFolding:
    """Implements the chassis' `FoldLogic`. `as_document` makes the row of a trace."""

    def __init__(self, as_document: Callable[[Trace], Document]) -> None:
        self._as_document = as_document

    def fold(self, state: Persona, entry: Entry[Told]) -> None:
        """Count the event, or take what was found or said. Raises `InvalidRecord` before it has changed anything."""
        event = entry.event
        if isinstance(event, Findings):
            state.findings = event
            return
        if isinstance(event, Related):
            # A former owner's word may come late.
            state.related = max(state.related, event, key=lambda each: each.version)
            return
        # Identity resolution checks all of it before; what slips through must not spoil a persona.
        if not event.event_id:
            raise InvalidRecord("INVALID_FIELD", "event_id is missing")
        if not 0 <= event.occurred_ms < LATEST_MS:
            raise InvalidRecord("INVALID_FIELD", "occurred_at would be in the years 1970 to 9999")
        take_in(state, event)

    def row(self, entry: Entry[Told]) -> Document | None:
        """The event's trace, where it is to be compared with other accounts'."""
        event = entry.event
        if not isinstance(event, Event) or event.trace is None:
            return None
        return self._as_document(event.trace)
