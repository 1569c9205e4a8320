"""Days, months and years of a programme, in its time zone: where periods begin and end."""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

LATEST_YEAR = 9_000
"""Beyond it nothing ends: far from where `date` fails."""

NEVER = 2**62
"""A moment that never comes, in milliseconds."""

DAYS_KEPT = 20_000
_DAY = timedelta(days=1)


class Calendar:
    """The calendar of a time zone. Moments are milliseconds since 1970, UTC.

    A day begins with its first moment on the zone's clocks, also where that is not 24 hours after the one before.
    """

    def __init__(self, zone: str) -> None:
        self._zone = ZoneInfo(zone)
        # Histories ask again and again for the same days.
        self.begin = lru_cache(maxsize=DAYS_KEPT)(self._begin)
        self._through = lru_cache(maxsize=DAYS_KEPT)(self._end_of)

    def day(self, moment: int) -> date:
        """The local day of the moment."""
        return datetime.fromtimestamp(moment // 1000, self._zone).date()

    def _begin(self, day: date) -> int:
        """The first moment of the day."""
        return _moment(datetime(day.year, day.month, day.day, tzinfo=self._zone))

    def _end_of(self, day: date, months: int, days: int) -> int:
        return self.after(add_months(day, months) + timedelta(days=days))

    def after(self, day: date) -> int:
        """The first moment after the day: what holds through the day ends then."""
        return NEVER if day.year > LATEST_YEAR else self.begin(day + _DAY)

    def through(self, moment: int, months: int, days: int = 0) -> int:
        """The end of the day that lies so many months, and days, after the moment's."""
        return self._through(self.day(moment), months, days)

    def days_before(self, moment: int, days: int) -> int:
        """The beginning of the day that lies so many days before the moment's."""
        return self.begin(self.day(moment) - timedelta(days=days))

    def anniversary_after(self, day: date, moment: int) -> int:
        """The first return of the calendar day after the moment; of 29 February, on the 28th in a common year."""
        year = self.day(moment).year
        return next(
            found for found in (self.begin(_in_year(day, year + ahead)) for ahead in range(3)) if found > moment
        )

    def anniversary_until(self, day: date, moment: int) -> int:
        """The last return of the calendar day at the moment or before it."""
        year = self.day(moment).year
        return next(found for found in (self.begin(_in_year(day, year - ago)) for ago in range(3)) if found <= moment)

    def day_end_after(self, month_and_day: str, moment: int, months: int) -> int:
        """The end of the first "12-31", or what day it is, that begins so many months after the moment, or later."""
        month, day = month_and_day.split("-")
        earliest = self.begin(add_months(self.day(moment), months))
        return self.after(self.day(self.anniversary_after(date(2000, int(month), int(day)), earliest - 1)))


@lru_cache(maxsize=16)
def calendar_of(zone: str) -> Calendar:
    """The calendar of a time zone by its IANA name."""
    return Calendar(zone)


def add_months(day: date, months: int) -> date:
    """The same day of a later month, or its last day where it has no such day: 31 January and a month, 28 February."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _in_year(day: date, year: int) -> date:
    return date(year, day.month, min(day.day, monthrange(year, day.month)[1]))


def _moment(time: datetime) -> int:
    return (time.astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
