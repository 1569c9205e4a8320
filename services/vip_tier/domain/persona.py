"""What the VIP tier service keeps of one account: dated entries, and which events told so."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NamedTuple

RECENT_KEPT = 50
"""Events kept by id, for receipts; a receipt names as many."""

ENTRIES_KEPT = 2000
"""Orders, returns and actions kept one by one, so many of each, so that one told twice counts once. A busy buyer makes
a hundred a year: 2,000 is a lifetime, and about 100 kB of state. Older entries are kept as sums by month."""


class Trade(NamedTuple):
    """A purchase, or a return, as it was told. `number` is the shop's number of the order, or of the return.

    `order` is the order that a return undoes, where the shop knows it.
    """

    event_id: str
    occurred_ms: int
    number: str
    currency: str
    minor_units: int
    is_return: bool = False
    order: str = ""


class Deed(NamedTuple):
    """An interaction of a kind that a programme names; `attributes` are details with a date that it tells."""

    event_id: str
    occurred_ms: int
    kind: str
    attributes: tuple[tuple[str, str], ...] = ()


class Entry(NamedTuple):
    """An order or a return in the ledger."""

    occurred_ms: int
    currency: str
    minor_units: int
    event_id: str
    order: str = ""


class Decided(NamedTuple):
    """What a person decided: to adjust points, to spend them, or which tier is held.

    `act` is "adjust", "spend" or "override"; `points` may be negative for an adjustment, which counts towards tiers
    where it `qualifies`. An override without a tier ends the one before it; `expires_ms` 0 means never.
    """

    decided_ms: int
    request_id: str
    act: str
    points: int = 0
    tier: str = ""
    expires_ms: int = 0
    qualifies: bool = False
    programme: str = ""
    owner: str = ""
    reason: str = ""


@dataclass(slots=True)
class Sums:
    """Entries of one month of which only the sums are known, in minor units; `latest_ms` is when the last occurred."""

    orders: int = 0
    bought: int = 0
    returned: int = 0
    latest_ms: int = 0


@dataclass(slots=True)
class Persona:
    """All that is kept of one account.

    `months` holds entries that are known as sums only, by currency and month ("EUR 2026-03"), or by kind of action
    ("review 2026-03", counted as orders); `rolled_up` counts them: of those a repeat is not noticed any more.
    `applied` counts the events that changed the persona, and `recent` holds the last of them: (its number, event id,
    milliseconds since 1970), numbers from 1. `attributes` are details by name: when they were told, and the value.
    """

    orders: dict[str, Entry] = field(default_factory=dict)
    returns: dict[str, Entry] = field(default_factory=dict)
    actions: dict[str, tuple[int, str]] = field(default_factory=dict)
    decisions: dict[str, Decided] = field(default_factory=dict)
    attributes: dict[str, tuple[int, str]] = field(default_factory=dict)
    months: dict[str, Sums] = field(default_factory=dict)
    rolled_up: int = 0
    applied: int = 0
    recent: list[tuple[int, str, int]] = field(default_factory=list)


def take_in(persona: Persona, trade: Trade, limit: int = ENTRIES_KEPT) -> None:
    """Enter the trade; of several under one number the least counts, which is the earliest."""
    entries = persona.returns if trade.is_return else persona.orders
    entry = Entry(trade.occurred_ms, trade.currency, trade.minor_units, trade.event_id, trade.order)
    known = entries.get(trade.number)
    if known is not None and known <= entry:
        return
    entries[trade.number] = entry
    _count(persona, trade.event_id, trade.occurred_ms)
    if len(entries) > limit:
        _roll_up_trades(persona, entries, limit)


def take_in_deed(persona: Persona, deed: Deed, limit: int = ENTRIES_KEPT) -> None:
    """Enter an action under its event id, or the details that it tells, of which the newest count."""
    told = (deed.occurred_ms, deed.event_id)
    for name, value in deed.attributes:
        persona.attributes[name] = max(persona.attributes.get(name, (-1, "")), (deed.occurred_ms, value))
    if not deed.kind or deed.event_id in persona.actions:
        return
    persona.actions[deed.event_id] = (deed.occurred_ms, deed.kind)
    _count(persona, told[1], told[0])
    if len(persona.actions) > limit:
        _roll_up_actions(persona, limit)


def take_in_decision(persona: Persona, decided: Decided) -> None:
    """Enter what a person decided; a second decision under a request id changes nothing.

    Decisions count in the order in which they come, which is that of their log, whatever the clocks of servers say.
    """
    if decided.request_id in persona.decisions:
        return
    newest = max((each.decided_ms for each in persona.decisions.values()), default=-1)
    persona.decisions[decided.request_id] = decided._replace(decided_ms=max(decided.decided_ms, newest + 1))


def _count(persona: Persona, event_id: str, occurred_ms: int) -> None:
    persona.applied += 1
    persona.recent.append((persona.applied, event_id, occurred_ms))
    if len(persona.recent) > RECENT_KEPT:
        del persona.recent[0]


def _roll_up_trades(persona: Persona, entries: dict[str, Entry], limit: int) -> None:
    """Turn the oldest into sums: a tenth of the limit at once, so that sorting them stays cheap by entry."""
    excess = len(entries) - limit + limit // 10
    for number in sorted(entries, key=lambda number: (entries[number], number))[:excess]:
        old = entries.pop(number)
        sums = _month(persona, old.currency, old.occurred_ms)
        if entries is persona.returns:
            sums.returned += old.minor_units
        else:
            sums.orders += 1
            sums.bought += old.minor_units


def _roll_up_actions(persona: Persona, limit: int) -> None:
    excess = len(persona.actions) - limit + limit // 10
    for event_id in sorted(persona.actions, key=lambda event_id: (persona.actions[event_id], event_id))[:excess]:
        occurred_ms, kind = persona.actions.pop(event_id)
        _month(persona, kind, occurred_ms).orders += 1


def _month(persona: Persona, name: str, occurred_ms: int) -> Sums:
    month = datetime.fromtimestamp(occurred_ms // 1000, UTC).strftime("%Y-%m")
    sums = persona.months.setdefault(f"{name} {month}", Sums())
    sums.latest_ms = max(sums.latest_ms, occurred_ms)
    persona.rolled_up += 1
    return sums
