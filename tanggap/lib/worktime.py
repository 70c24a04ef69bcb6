"""Working time: what "within two working days" means on the clock. Times go in and come out aware, in UTC."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays as known_holidays

FARTHEST_DAYS = 20_000  # no promise runs this long: a calendar without any working day must end too


def _no_holidays(day: date) -> bool:
    return False


@dataclass(frozen=True)
class Calendar:
    """When an office works.

    `days` by number (Monday 0), from `start` to `end` by the local clock, not on holidays.
    """

    tz: tzinfo
    days: frozenset[int] = field(default=frozenset({0, 1, 2, 3, 4}))
    start: time = time(7, 30)
    end: time = time(16, 0)
    holidays: Callable[[date], bool] = _no_holidays

    def works_on(self, day: date) -> bool:
        return day.weekday() in self.days and not self.holidays(day)

    def add(self, start_dt: datetime, minutes: float) -> datetime:
        """The moment at which `minutes` of working time have passed since `start_dt`."""
        at, left = _utc(start_dt), timedelta(minutes=minutes)
        if left <= timedelta(0):
            return at
        for opens, closes in self._shifts(at):
            opens = max(opens, at)
            if closes - opens >= left:
                return opens + left
            left -= closes - opens
        raise ValueError("This calendar has no working time.")

    def between(self, a: datetime, b: datetime) -> float:
        """Minutes of working time from `a` to `b`; negative if `b` is earlier."""
        a, b = _utc(a), _utc(b)
        if b < a:
            return -self.between(b, a)
        passed = timedelta(0)
        for opens, closes in self._shifts(a):
            if opens >= b:
                break
            passed += min(closes, b) - max(opens, a)
        return passed / timedelta(minutes=1)

    def _shifts(self, since: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Working stretches in UTC that end after `since`, in order."""
        first = since.astimezone(self.tz).date()
        for offset in range(FARTHEST_DAYS):
            day = first + timedelta(days=offset)
            if self.works_on(day):
                opens = datetime.combine(day, self.start, self.tz).astimezone(UTC)
                closes = datetime.combine(day, self.end, self.tz).astimezone(UTC)
                if closes > since:
                    yield opens, closes


def _utc(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise ValueError("A time without a zone is ambiguous.")
    return at.astimezone(UTC)


@lru_cache(maxsize=8)
def indonesia(tz: str | tzinfo = "Asia/Jakarta") -> Calendar:
    """Monday to Friday, without public holidays and without cuti bersama (the "government" category)."""
    zone = ZoneInfo(tz) if isinstance(tz, str) else tz
    free = known_holidays.country_holidays("ID", categories=("public", "government"))
    return Calendar(zone, holidays=free.__contains__)
