"""How a person sounds, as far as sources have judged it, week by week."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

NEGATIVE, NEUTRAL, POSITIVE = -1, 0, 1

WEEKS_COMPARED = 13
"""Weeks that are recent, this one included, and as many before them: 90 days each, in whole weeks."""

WEEKS_KEPT = 60
"""Of one account: more than are compared, so that a record of last summer can be computed as well."""

_WEEK_MS = 7 * 86_400_000
_MONDAY_MS = 3 * 86_400_000
"""Weeks begin on Mondays; 1970 began on a Thursday."""

Weeks = dict[str, tuple[int, int]]
"""By the number of the week: the sum of what was judged (-1, 0 or 1 each), and how many."""


@dataclass(frozen=True, slots=True)
class SentimentTrend:
    """The means of what was judged, -1 to 1 and 0 without any, of the recent weeks and of those before."""

    recent: float = 0.0
    before: float = 0.0
    recent_count: int = 0
    before_count: int = 0


def take_in(weeks: Weeks, at: int, sentiment: int) -> None:
    """Count what was judged of something said at that time; of the weeks, the newest `WEEKS_KEPT` are kept."""
    week = str(_week(at))
    total, count = weeks.get(week, (0, 0))
    weeks[week] = total + sentiment, count + 1
    if len(weeks) > WEEKS_KEPT:
        del weeks[min(weeks, key=int)]


def trend(accounts: Iterable[Weeks], now: int) -> tuple[SentimentTrend, int]:
    """Return the trend over a customer's accounts, and when the clock changes it: as a week begins; 0 for never.

    What is dated after this week counts as recent.
    """
    this = _week(now)
    recent = recent_count = before = before_count = turn = 0
    for weeks in accounts:
        for number, (total, count) in weeks.items():
            week = int(number)
            age = this - week
            if age < WEEKS_COMPARED:
                recent, recent_count, leaves = recent + total, recent_count + count, week + WEEKS_COMPARED
            elif age < 2 * WEEKS_COMPARED:
                before, before_count, leaves = before + total, before_count + count, week + 2 * WEEKS_COMPARED
            else:
                continue
            turn = min(turn or leaves, leaves)
    found = SentimentTrend(_mean(recent, recent_count), _mean(before, before_count), recent_count, before_count)
    return found, _start(turn) if recent_count or before_count else 0


def _week(at: int) -> int:
    return (at + _MONDAY_MS) // _WEEK_MS


def _start(week: int) -> int:
    return week * _WEEK_MS - _MONDAY_MS


def _mean(total: int, count: int) -> float:
    return round(total / count, 6) if count else 0.0
