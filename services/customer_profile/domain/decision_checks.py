"""What a person's decision must be like to be taken in: asked of calls, and again of the log."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import NamedTuple

from customer_profile.domain.contact import FIELDS
from customer_profile.domain.decided import ConsentGiven, Decision, FieldLaid
from customer_profile.domain.timeline import EARLIEST, LATEST

LONGEST_ID, LONGEST_OWNER, LONGEST_REASON, LONGEST_PROOF = 128, 200, 1_000, 500
LONGEST_VALUE = 500

_PURPOSE = re.compile(r"[a-z0-9_]{1,64}")
_CHANNEL = re.compile(r"[a-z0-9_]{0,32}")
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+")
_PHONE = re.compile(r"\+?[0-9 ()/.-]{5,30}")
_DIGITS_OF_A_PHONE = range(5, 16)
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")
_ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_EARLIEST_BIRTH = date(1850, 1, 1)


class Mistake(NamedTuple):
    """A field of the decision, and what would be right; never what it is."""

    field: str
    words: str


def mistake_in(decision: Decision) -> Mistake | None:
    """Return the first thing that is wrong with the decision; None where it can be taken in."""
    for field, value, least, longest in (
        ("request_id", decision.event_id, 1, LONGEST_ID),
        ("owner", decision.owner, 1, LONGEST_OWNER),
        ("reason", decision.reason, 0, LONGEST_REASON),
    ):
        if len(value) > longest or len(value.strip()) < least:
            return Mistake(field, f"{least} to {longest} characters")
    if not EARLIEST <= decision.at <= LATEST:
        return Mistake("decide_time", "a time in the years 1 to 9999")
    if decision.expires_at and not decision.at < decision.expires_at <= LATEST:
        return Mistake("expire_time", "a time after the decision, before the year 10000; absent, it never expires")
    what = decision.what
    return _in_consent(what) if isinstance(what, ConsentGiven) else _in_field(decision, what)


def _in_consent(given: ConsentGiven) -> Mistake | None:
    if not _PURPOSE.fullmatch(given.purpose):
        return Mistake("purpose", "1 to 64 lower-case letters, digits and underscores")
    if not _CHANNEL.fullmatch(given.channel):
        return Mistake("channel", "up to 32 lower-case letters, digits and underscores, or empty for all channels")
    if len(given.proof) > LONGEST_PROOF:
        return Mistake("proof", f"at most {LONGEST_PROOF} characters")
    return None


def _in_field(decision: Decision, laid: FieldLaid) -> Mistake | None:
    if laid.field not in FIELDS:
        return Mistake("field", f"one of {', '.join(FIELDS)}")
    if not decision.reason.strip():
        return Mistake("reason", f"1 to {LONGEST_REASON} characters")
    if not laid.value:
        return None
    if len(laid.value) > LONGEST_VALUE or laid.value != laid.value.strip():
        return Mistake("value", f"at most {LONGEST_VALUE} characters, no blanks at its ends; empty to take it back")
    words = _VALUES.get(laid.field, _one_line)(laid.value)
    return Mistake("value", words) if words else None


def _email(value: str) -> str:
    return "" if _EMAIL.fullmatch(value) else "an e-mail address, as in name@example.com"


def _phone(value: str) -> str:
    digits = sum(character.isdigit() for character in value)
    is_one = _PHONE.fullmatch(value) and digits in _DIGITS_OF_A_PHONE
    return "" if is_one else "a telephone number of 5 to 15 digits, best as in +44 20 7946 0000"


def _date_of_birth(value: str) -> str:
    words = "a date as in 1984-02-29"
    if not _ISO_DATE.fullmatch(value):
        return words
    try:
        return "" if date.fromisoformat(value) >= _EARLIEST_BIRTH else words
    except ValueError:
        return words


def _language(value: str) -> str:
    return "" if _LANGUAGE.fullmatch(value) else "a language tag, as in pt-BR"


def _address(value: str) -> str:
    return "" if value.replace("\n", "").isprintable() else "lines of printable characters"


def _one_line(value: str) -> str:
    return "" if value.isprintable() else "one line of printable characters"


_VALUES: dict[str, Callable[[str], str]] = {
    "email": _email,
    "phone": _phone,
    "date_of_birth": _date_of_birth,
    "language": _language,
    "postal_address": _address,
}
"""By field: what would be right, or nothing where it is."""
