"""Days, months and years in a time zone: leap days, and days that are shorter or longer than others."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vip_tier.domain.calendar import NEVER, add_months, calendar_of

BERLIN = calendar_of("Europe/Berlin")


def at(text: str) -> int:
    """Milliseconds of a time in UTC."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2024, 1, 31), 1, date(2024, 2, 29)),
        (date(2023, 1, 31), 1, date(2023, 2, 28)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2024, 2, 29), 48, date(2028, 2, 29)),
        (date(2025, 11, 30), 3, date(2026, 2, 28)),
    ],
)
def test_ti2_a_month_later_is_the_same_day_or_the_last(day: date, months: int, expected: date) -> None:
    """Also over leap days."""
    assert add_months(day, months) == expected


def test_ti2_a_period_ends_with_a_local_day_whatever_the_clocks_do() -> None:
    """From summer to winter time, and back: the end of 25 October is 23 hours UTC, of the day before 22."""
    assert BERLIN.through(at("2025-10-24T10:00"), 12) == at("2026-10-24T22:00")
    assert BERLIN.through(at("2025-10-25T10:00"), 12) == at("2026-10-25T23:00")
    assert BERLIN.through(at("2025-03-29T10:00"), 12) == at("2026-03-29T22:00")


def test_ti2_the_day_is_the_local_one() -> None:
    """Half an hour before midnight in London is the next day in Berlin."""
    assert BERLIN.day(at("2025-12-31T23:30")) == date(2026, 1, 1)
    assert calendar_of("Europe/London").day(at("2025-12-31T23:30")) == date(2025, 12, 31)


def test_ti2_an_anniversary_of_a_leap_day_is_the_28th_in_a_common_year() -> None:
    """And the 29th where there is one."""
    leap = date(2024, 2, 29)
    assert BERLIN.anniversary_after(leap, at("2025-01-01T00:00")) == at("2025-02-27T23:00")
    assert BERLIN.anniversary_after(leap, at("2028-01-01T00:00")) == at("2028-02-28T23:00")
    assert BERLIN.anniversary_until(leap, at("2025-02-27T22:59")) == at("2024-02-28T23:00")


def test_what_lies_beyond_the_calendar_never_comes() -> None:
    """Instead of failing."""
    assert BERLIN.through(at("2025-01-01T00:00"), 12 * 7_900) == NEVER


@given(st.integers(0, 4_000_000_000_000), st.integers(1, 240))
def test_ti2_what_holds_through_a_day_ends_after_it_and_before_the_next_is_over(moment: int, months: int) -> None:
    """In every zone, at every time."""
    for zone in ("Europe/Berlin", "America/St_Johns", "Pacific/Apia", "UTC"):
        calendar = calendar_of(zone)
        end = calendar.through(moment, months)
        assert calendar.day(end - 1) == add_months(calendar.day(moment), months)
        assert calendar.day(end) > add_months(calendar.day(moment), months)
