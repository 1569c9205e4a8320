"""How an account's persona and timeline take in an interaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from chassis.clock import moment
from chassis.errors import InvalidRecord
from chassis.ports import Document
from chassis.stages.fold import Entry
from customer_profile.domain.decided import CONSENTS_KEPT, Decision, TooManyError
from customer_profile.domain.decision_checks import mistake_in
from customer_profile.domain.interaction import Interaction
from customer_profile.domain.persona import Persona
from customer_profile.domain.timeline import EARLIEST, LATEST, decision_place, decision_row_id, place, row_id

# In minor units, or followers. Sums over a customer's lifetime stay far inside 64 bits.
GREATEST_FIGURE = 10**12
_DAY_MS = 86_400_000

Happening = Interaction | Decision


class PersonaFolding:
    """Implements the chassis' `FoldLogic`.

    `entries_kept` bounds the orders, and the returns, kept one by one; `keep_days` says how long after it happened an
    interaction of a kind stays in the timeline, for ever where the kind is not named.
    """

    def __init__(self, entries_kept: int, keep_days: Mapping[str, int]) -> None:
        self._entries_kept = entries_kept
        self._kept = {kind: days * _DAY_MS for kind, days in keep_days.items()}

    def fold(self, state: Persona, entry: Entry[Happening]) -> None:
        """Take what happened into the persona. Raises `InvalidRecord` before it has changed anything."""
        event = entry.event
        if isinstance(event, Decision):
            take_in_decision(state, event)
        else:
            require_usable(event)
            state.take_in(event, self._entries_kept)

    def row(self, entry: Entry[Happening]) -> Document | None:
        """Return the row of the timeline."""
        event = entry.event
        is_decision = isinstance(event, Decision)
        row: Document = {
            "_id": (decision_row_id if is_decision else row_id)(entry.member, event.event_id),
            "account": entry.member,
            "place": (decision_place if is_decision else place)(event.at, event.event_id),
            "kind": event.kind,
            "source": entry.source,
            "position": entry.position,
            "known_at": event.known_at,
            "body": event.body,
        }
        kept = self._kept.get(event.kind)
        if kept is not None:
            row["expires_at"] = moment(min(event.at + kept, LATEST))
        return row


class FoldingInForce:
    """Implements the chassis' `FoldLogic` by the rules that hold: `folding` tells by which."""

    def __init__(self, folding: Callable[[], PersonaFolding]) -> None:
        self._folding = folding

    def fold(self, state: Persona, entry: Entry[Happening]) -> None:
        """Take what happened into the persona; as `PersonaFolding`."""
        self._folding().fold(state, entry)

    def row(self, entry: Entry[Happening]) -> Document | None:
        """Return the row of the timeline."""
        return self._folding().row(entry)


def take_in_decision(state: Persona, decision: Decision) -> None:
    """Take in what a person decided. Raises `InvalidRecord`, and then has changed nothing.

    The calls check all of it before; what slips through, say of another producer, must not spoil the persona.
    """
    mistake = mistake_in(decision)
    if mistake is not None:
        raise InvalidRecord("INVALID_FIELD", f"{mistake.field} would be {mistake.words}")
    try:
        state.decided.take_in(decision)
    except TooManyError:
        raise InvalidRecord("TOO_MANY_CONSENTS", f"an account keeps {CONSENTS_KEPT} purposes and channels") from None


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
    figures = interaction.figures
    if figures is not None and not (min(figures[1:]) >= 0 and max(figures[1:]) <= GREATEST_FIGURE):
        raise InvalidRecord("INVALID_FIELD", f"each of figures would be 0 to {GREATEST_FIGURE}")
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
