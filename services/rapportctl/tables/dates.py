"""Dates as tables write them, brought to ISO 8601."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import datetime
from enum import Enum, auto

DateReader = Callable[[str], str]
"""Returns the ISO date of a text, or an empty text where it is no date."""


class Order(Enum):
    """In which order a column writes the parts of a date; UNKNOWN where the year comes last and nothing tells more."""

    YEAR_FIRST = auto()
    DAY_FIRST = auto()
    MONTH_FIRST = auto()
    UNKNOWN = auto()


_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[T ].*)?")
_YEAR_FIRST = re.compile(r"(\d{4})[./ ](\d{1,2})[./ ](\d{1,2})")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})(?:\.0)?")
_YEAR_LAST = re.compile(r"(\d{1,2})([-./ ])(\d{1,2})\2(\d{4})")


def reader(format_: str, order: Order) -> DateReader:
    """What reads dates of a format, as strptime has it; without one, the common spellings.

    Of a date whose year comes last, the day comes first unless the order says that the month does.
    """
    if format_:
        return lambda text: _by_format(text, format_)
    return lambda text: _common(text, month_first=order is Order.MONTH_FIRST)


def order_of(texts: Iterable[str]) -> Order:
    """How dates are written: the numbers above 12 show which of day and month comes first."""
    order = Order.YEAR_FIRST
    for text in texts:
        if found := _YEAR_LAST.fullmatch(text.strip()):
            first, second = int(found[1]), int(found[3])
            if first > 12 >= second:
                return Order.DAY_FIRST
            if second > 12 >= first:
                return Order.MONTH_FIRST
            order = Order.UNKNOWN
    return order


def _by_format(text: str, format_: str) -> str:
    try:
        return datetime.strptime(text.strip(), format_).date().isoformat()  # noqa: DTZ007 - a date has no zone
    except ValueError:
        return ""


def _common(text: str, *, month_first: bool) -> str:
    text = text.strip()
    for pattern in (_ISO, _COMPACT, _YEAR_FIRST):
        if found := pattern.fullmatch(text):
            return _valid(found[1], found[2], found[3])
    if found := _YEAR_LAST.fullmatch(text):
        day, month = (found[3], found[1]) if month_first else (found[1], found[3])
        return _valid(found[4], month, day)
    return ""


def _valid(year: str, month: str, day: str) -> str:
    try:
        return datetime(int(year), int(month), int(day)).date().isoformat()  # noqa: DTZ001 - a date has no zone
    except ValueError:
        return ""
