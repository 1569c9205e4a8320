"""How alike two dates are."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from identity_resolution.domain.matching.kinds import DIFFERENT
from identity_resolution.domain.matching.similarity import Similarity


def date_level(one: str, other: str, bounds: Mapping[str, float], similarity: Similarity) -> str:
    """Level of two dates of the form YYYY-MM-DD.

    "transposed": day and month exchanged. "typo": one digit wrong, or two neighbours exchanged. "parts": two of year,
    month and day agree. "months": at most so many days apart. "year": the year agrees.
    """
    year, month, day = one[:4], one[5:7], one[8:]
    other_year, other_month, other_day = other[:4], other[5:7], other[8:]
    if year == other_year and month == other_day and day == other_month:
        return "transposed"
    if similarity.edits(one, other, 1) <= 1:
        return "typo"
    if (year == other_year) + (month == other_month) + (day == other_day) == 2:
        return "parts"
    if abs(int(year) - int(other_year)) <= 1 and _days_apart(one, other) <= bounds["months"]:
        return "months"
    return "year" if year == other_year else DIFFERENT


def _days_apart(one: str, other: str) -> float:
    """Days between two dates; infinite where one does not exist."""
    try:
        return abs(date.fromisoformat(one).toordinal() - date.fromisoformat(other).toordinal())
    except ValueError:
        return float("inf")
