"""Ids of customers: time-ordered, and the same again when the log is replayed."""

from __future__ import annotations

import re
from typing import NamedTuple

# Crockford's base32 in lower case: without i, l, o and u. https://www.crockford.com/base32.html
_DIGITS = "0123456789abcdefghjkmnpqrstvwxyz"
LENGTH = 26
_POSITION_BITS = 80
_NUMBER_BITS = 16
_FORM = re.compile(f"[{_DIGITS}]{{{LENGTH}}}")
# Two digits are written at a time, which takes half as long.
_TWO_DIGITS = [first + second for first in _DIGITS for second in _DIGITS]
_SHIFTS = range(5 * (LENGTH - 2), -1, -10)
_VALUES = {digit: value for value, digit in enumerate(_DIGITS)}


class EntryTold(NamedTuple):
    """What an id tells of the entry that created its bearer: the time in milliseconds since 1970, and the position."""

    at: int
    position: int


def birth_id(milliseconds: int, position: int, nth: int = 0) -> str:
    """The id of the nth thing that an entry of the log creates: 26 characters that sort by time, then by position.

    Laid out as a ULID: 48 bits of time since 1970, then 80 bits, which here are which one of the entry's it is (16
    bits) and the entry's position instead of chance. No two entries have one position: so ids are unique without a
    draw.
    """
    number = milliseconds << _POSITION_BITS | nth << (_POSITION_BITS - _NUMBER_BITS) | position
    return "".join([_TWO_DIGITS[number >> shift & 1023] for shift in _SHIFTS])


def is_customer_id(text: str) -> bool:
    """Whether the text has the form of a customer's id."""
    return _FORM.fullmatch(text) is not None


def entry_of(id_: str) -> EntryTold:
    """The entry of the log that created what bears the id. Raises KeyError where it is none of `birth_id`'s."""
    number = 0
    for digit in id_:
        number = number << 5 | _VALUES[digit]
    return EntryTold(number >> _POSITION_BITS, number & (1 << (_POSITION_BITS - _NUMBER_BITS)) - 1)
