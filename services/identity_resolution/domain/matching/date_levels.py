"""How alike two dates are."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from identity_resolution.domain.matching.kinds import DIFFERENT
from identity_resolution.domain.matching.similarity import Similarity


def date_level(one: str, other: str, bounds: Mapping[str, float], _similarity: Similarity) -> str:
    """Level of two dates of the form YYYY-MM-DD.

    "transposed": day and month exchanged. "typo": one digit wrong, or two neighbours exchanged. "parts": two of year,
    month and day agree. "months": at most so many days apart. "year": the year agrees.
    """
    year, month, day = one[:4], one[5:7], one[8:]
    other_year, other_month, other_day = other[:4], other[5:7], other[8:]
    is_year = year == other_year
    agreeing = is_year + (month == other_month) + (day == other_day)
    if agreeing == 2:
        return "typo" if _is_slip(year + month + day, other_year + other_month + other_day) else "parts"
    if is_year and month == other_day and day == other_month:
        return "transposed"
    if abs(int(year) - int(other_year)) <= 1 and _days_apart(one, other) <= bounds["months"]:
        return "months"
    return "year" if is_year else DIFFERENT


def _is_slip(one: str, other: str) -> bool:
    """Whether one digit differs, or two neighbours are exchanged; the two differ, and are of one length."""
    places = [place for place, (a, b) in enumerate(zip(one, other, strict=True)) if a != b]
    first, last = places[0], places[-1]
    return first == last or (last == first + 1 and one[first] == other[last] and one[last] == other[first])


def _days_apart(one: str, other: str) -> float:
    """Days between two dates; infinite where one does not exist."""
    try:
        return abs(date.fromisoformat(one).toordinal() - date.fromisoformat(other).toordinal())
    except ValueError:
        return float("inf")
