"""Working time in Jakarta (UTC+7, no summer time) and where clocks are changed."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tanggap.lib import worktime

JAKARTA = ZoneInfo("Asia/Jakarta")
PLAIN = worktime.Calendar(JAKARTA)
CITY = worktime.indonesia("Asia/Jakarta")
DAY = 8.5 * 60


def wib(*when: int) -> datetime:
    return datetime(*when, tzinfo=JAKARTA)


@pytest.mark.parametrize(
    ("start", "minutes", "end"),
    [
        (wib(2026, 3, 2, 8, 0), 60, wib(2026, 3, 2, 9, 0)),  # a Monday
        (wib(2026, 3, 2, 15, 30), 60, wib(2026, 3, 3, 8, 0)),
        (wib(2026, 3, 6, 15, 30), 60, wib(2026, 3, 9, 8, 0)),  # over a weekend
        (wib(2026, 3, 7, 12, 0), 30, wib(2026, 3, 9, 8, 0)),  # on a Saturday
        (wib(2026, 3, 2, 5, 0), 30, wib(2026, 3, 2, 8, 0)),  # before the office opens
        (wib(2026, 3, 2, 7, 30), DAY, wib(2026, 3, 2, 16, 0)),  # to the very end of a day
        (wib(2026, 3, 7, 12, 0), 0, wib(2026, 3, 7, 12, 0)),
    ],
)
def test_working_minutes_are_added(start, minutes, end):
    assert PLAIN.add(start, minutes) == end
    assert PLAIN.add(start, minutes).tzinfo is UTC


def test_holidays_and_cuti_bersama_are_skipped():
    # Idul Fitri 2026: 21-22 March, with cuti bersama on 20, 23 and 24 March; Nyepi on the 19th, cuti on the
    # 18th
    assert CITY.add(wib(2026, 3, 17, 15, 0), 2 * 60) == wib(2026, 3, 25, 8, 30)


def test_time_between_counts_only_work():
    assert PLAIN.between(wib(2026, 3, 6, 15, 0), wib(2026, 3, 9, 8, 30)) == 120
    assert PLAIN.between(wib(2026, 3, 7, 1, 0), wib(2026, 3, 8, 23, 0)) == 0
    assert PLAIN.between(wib(2026, 3, 9, 8, 30), wib(2026, 3, 6, 15, 0)) == -120


@given(st.datetimes(datetime(2024, 1, 1), datetime(2027, 1, 1)), st.integers(1, 60 * 24 * 30))
def test_what_was_added_is_what_lies_between(start, minutes):
    start = start.replace(tzinfo=UTC)
    assert CITY.between(start, CITY.add(start, minutes)) == pytest.approx(minutes)


@given(st.datetimes(datetime(2026, 3, 20), datetime(2026, 4, 5)), st.integers(1, 3000))
def test_a_changed_clock_adds_no_time(start, minutes):
    nights = worktime.Calendar(ZoneInfo("Europe/Berlin"), frozenset(range(7)), time(0, 0), time(23, 59))
    start = start.replace(tzinfo=UTC)
    assert nights.between(start, nights.add(start, minutes)) == pytest.approx(minutes)


def test_a_time_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="zone"):
        PLAIN.add(datetime(2026, 3, 2, 8, 0), 1)


def test_a_calendar_without_working_days_ends():
    never = worktime.Calendar(JAKARTA, holidays=lambda day: day > date(2026, 3, 2))
    with pytest.raises(ValueError, match="no working time"):
        never.add(wib(2026, 3, 2, 15, 59), 2)


def test_a_long_promise_is_quick():
    assert CITY.add(wib(2026, 1, 5, 8, 0), 250 * DAY) > wib(2026, 1, 5, 8, 0) + timedelta(days=350)
