"""Dates in the spellings that people and programs use."""

from __future__ import annotations

import re
from functools import lru_cache

_YEAR_FIRST = re.compile(r"(\d{4})\D{1,3}(\d{1,2})\D{1,3}(\d{1,2})(?:\D.*)?")
_YEAR_LAST = re.compile(r"(\d{1,2})\s?[/.\- ]\s?(\d{1,2})\s?[/.\- ]\s?(\d{4}|\d{2})(?:[ t].*)?")
_NAMED = re.compile(
    r"(?:(\d{1,2})(?:st|nd|rd|th|\.)? ?(?:of |de )?)?([^\W\d_]{3,})[. ,-]*"
    r"(\d{1,2})?(?:st|nd|rd|th)?[ ,-]+(?:de )?(\d{4})"
)
_NAMED_SHORT = re.compile(r"(\d{1,2})[ -]?([^\W\d_]{3,})[ -]?(\d{4})")

# By the first three letters, folded; English, German, French, Spanish, Italian, Dutch.
_MONTHS = {
    name: number
    for number, names in enumerate(
        [
            "jan ene gen",
            "feb fev fab",
            "mar mae mrt",
            "apr avr abr",
            "may mai mag mei",
            "jun giu",
            "jul lug",
            "aug aou ago",
            "sep set",
            "oct okt ott",
            "nov",
            "dec dez dic",
        ],
        start=1,
    )
    for name in names.split()
}
_MONTHS |= {"juin": 6, "juillet": 7}

# What programs store for no date. Of the people born on these days, the match weight of their birth date is lost.
_PLACEHOLDERS = frozenset({"1900-01-01", "1901-01-01", "1970-01-01", "1111-11-11", "2000-01-01", "9999-12-31"})
_LATEST_SHORT_YEAR = 25


@lru_cache(maxsize=65_536)
def iso_date(text: str) -> str | None:
    """Return a date as "YYYY-MM-DD", or None for what is none; the text is folded.

    Between "7/12/1990" and "12/7/1990" the day is read first unless that gives no month; matching knows that the two
    may be swapped. A day or month that does not exist stays as written: a slip is better compared than lost. Years of
    two digits up to 25 are of this century.
    """
    digits = re.sub(r"\D", "", text)
    if len(digits) == 8 and (text == digits):
        return _made(digits[:4], digits[4:6], digits[6:]) or _made(digits[4:], digits[2:4], digits[:2])
    found = _YEAR_FIRST.fullmatch(text)
    if found:
        return _made(*found.groups())
    found = _YEAR_LAST.fullmatch(text)
    if found:
        day, month, year = found.groups()
        if int(month) > 12 >= int(day):
            day, month = month, day
        return _made(_full_year(year), month, day)
    return _with_named_month(text)


def _with_named_month(text: str) -> str | None:
    found = _NAMED.fullmatch(text)
    if found:
        before, name, after, year = found.groups()
        day = before or after
    else:
        found = _NAMED_SHORT.fullmatch(text)
        if not found:
            return None
        day, name, year = found.groups()
    month = _MONTHS.get(name) or _MONTHS.get(name[:3])
    return _made(year, str(month), day) if month and day else None


def _full_year(year: str) -> str:
    if len(year) == 4:
        return year
    return ("20" if int(year) <= _LATEST_SHORT_YEAR else "19") + year


def _made(year: str, month: str, day: str) -> str | None:
    made = f"{int(year):04d}-{int(month):02d}-{int(day):02d}"
    if not 1850 <= int(year) <= 2100 or made in _PLACEHOLDERS or (int(month) == 0 and int(day) == 0):
        return None
    return made
