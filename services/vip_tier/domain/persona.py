"""What the VIP tier service keeps of one account: what it bought and gave back, and which events told so."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

RECENT_KEPT = 50
"""Events kept by id, for receipts; a receipt names as many."""

ENTRIES_KEPT = 2000
"""Orders, and as many returns, kept one by one, so that one told twice counts once. A busy buyer makes a hundred a
year: 2,000 is a lifetime, and about 100 kB of state. Older entries are kept as sums."""


class Trade(NamedTuple):
    """A purchase, or a return, as it was told. `number` is the shop's number of the order, or of the return."""

    event_id: str
    occurred_ms: int
    number: str
    currency: str
    minor_units: int
    is_return: bool = False


class Entry(NamedTuple):
    """An order or a return in the ledger."""

    occurred_ms: int
    currency: str
    minor_units: int
    event_id: str


@dataclass(slots=True)
class Sums:
    """Entries of one currency of which only the sums are known, in its minor units."""

    orders: int = 0
    bought: int = 0
    returned: int = 0


@dataclass(slots=True)
class Persona:
    """All that is kept of one account.

    `rolled_up` counts the entries that are known as sums only: of those a repeat is not noticed any more. `applied`
    counts the events that changed it, and `recent` holds the last of them: (its number, event id, milliseconds since
    1970), numbers from 1.
    """

    orders: dict[str, Entry] = field(default_factory=dict)
    returns: dict[str, Entry] = field(default_factory=dict)
    sums: dict[str, Sums] = field(default_factory=dict)
    rolled_up: int = 0
    applied: int = 0
    recent: list[tuple[int, str, int]] = field(default_factory=list)


def take_in(persona: Persona, trade: Trade, limit: int = ENTRIES_KEPT) -> None:
    """Enter the trade; of several under one number the least counts, which is the earliest."""
    entries = persona.returns if trade.is_return else persona.orders
    entry = Entry(trade.occurred_ms, trade.currency, trade.minor_units, trade.event_id)
    known = entries.get(trade.number)
    if known is not None and known <= entry:
        return
    entries[trade.number] = entry
    persona.applied += 1
    persona.recent.append((persona.applied, trade.event_id, trade.occurred_ms))
    if len(persona.recent) > RECENT_KEPT:
        del persona.recent[0]
    if len(entries) > limit:
        _roll_up(persona, entries, limit)


def _roll_up(persona: Persona, entries: dict[str, Entry], limit: int) -> None:
    """Turn the oldest into sums: a tenth of the limit at once, so that sorting them stays cheap by entry."""
    excess = len(entries) - limit + limit // 10
    for number in sorted(entries, key=lambda number: (entries[number], number))[:excess]:
        old = entries.pop(number)
        sums = persona.sums.setdefault(old.currency, Sums())
        if entries is persona.returns:
            sums.returned += old.minor_units
        else:
            sums.orders += 1
            sums.bought += old.minor_units
        persona.rolled_up += 1
