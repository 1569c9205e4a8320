"""The order of a history: newest first, the same for everybody, and unmoved by what arrives meanwhile."""

from __future__ import annotations

from typing import NamedTuple

# Milliseconds from year 1 to 1970: with them added, every time of the calendar is positive and has at most 15 digits.
_BEFORE_1970 = 62_135_596_800_000
EARLIEST = -_BEFORE_1970
LATEST = 253_402_300_799_999

DECISIONS = frozenset({"consent", "field"})
"""Kinds of rows that are people's decisions, as the API's Decision names them; all others are interactions."""

_DECISION = "%decision "
"""No account key in a row's id has it: a percent sign is followed by two digits there."""


class Position(NamedTuple):
    """Where an interaction stands in a history: by time, then account, then event id. The newest is the greatest."""

    at: int
    account: str
    event_id: str


def row_id(account: str, event_id: str) -> str:
    """Return the id of an interaction's row: the account key without blanks, a blank, the event id."""
    if " " in account or "%" in account:
        account = account.replace("%", "%25").replace(" ", "%20")
    return f"{account} {event_id}"


def decision_row_id(account: str, event_id: str) -> str:
    """Return the id of a decision's row; never that of an interaction, whose event may have the same id."""
    return row_id(account, event_id).replace(" ", _DECISION, 1)


def decision_place(at: int, event_id: str) -> str:
    """Return the place of a decision: behind that of an interaction with the same id at the same time."""
    return place(at, f"{event_id}{_DECISION}")


def place(at: int, event_id: str = "") -> str:
    """Return a text that sorts as (time, event id) does, for `at` from `EARLIEST` to one beyond `LATEST`.

    One text instead of two fields: a page's start is then one range, however many interactions share a millisecond.
    """
    return f"{at + _BEFORE_1970:015d} {event_id}"


def position(account: str, place_: str) -> Position:
    """Return where the row of an account with that place stands."""
    at, _, event_id = place_.partition(" ")
    return Position(int(at) - _BEFORE_1970, account, event_id)


def end_before(cursor: Position, account: str) -> str:
    """Return the place below which the account's interactions come after the cursor, newest first."""
    if account == cursor.account:
        return place(cursor.at, cursor.event_id)
    return place(cursor.at + 1) if account < cursor.account else place(cursor.at)
