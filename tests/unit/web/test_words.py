"""Times and numbers in words people use."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import translation

from tanggap.web import words

# Tuesday 24 November 2026, 10.40 in Jakarta
NOW = datetime(2026, 11, 24, 3, 40, tzinfo=UTC)


def at(day: int, hour: int, minute: int = 0, month: int = 11, year: int = 2026) -> datetime:
    """A moment on Jakarta's clock."""
    return datetime(year, month, day, hour, minute, tzinfo=UTC) - timedelta(hours=7)


def test_a_moment_is_said_short_with_a_point_in_the_clock():
    assert words.when(at(23, 7, 58)) == "Sen 23 Nov, 07.58"


def test_a_moment_of_another_year_says_its_year():
    assert words.when(at(30, 8, 0, month=12, year=2025), NOW) == "Sel 30 Des 2025, 08.00"


def test_a_day_is_said_in_full():
    assert words.day(at(26, 15)) == "Kamis 26 Nov"
    assert words.day(date(2026, 8, 17)) == "Senin 17 Agu"


@pytest.mark.parametrize(
    ("moment", "said"),
    [
        (at(24, 15), "hari ini, 15.00"),
        (at(25, 9), "besok, 09.00"),
        (at(23, 9), "kemarin, 09.00"),
        (at(26, 15), "Kamis 26 Nov, 15.00"),
    ],
)
def test_a_promise_is_said_by_the_nearness_of_its_day(moment, said):
    assert words.by(moment, NOW) == said


@pytest.mark.parametrize(
    ("before", "said"),
    [
        (timedelta(seconds=20), "baru saja"),
        (timedelta(minutes=5), "5 menit lalu"),
        (timedelta(hours=2), "2 jam lalu"),
        (timedelta(hours=20), "kemarin"),
        (timedelta(days=3), "3 hari lalu"),
        (timedelta(days=12), "Kamis 12 Nov"),
    ],
)
def test_what_happened_is_said_by_how_long_ago(before, said):
    assert words.ago(NOW - before, NOW) == said


def test_the_day_turns_at_the_citys_midnight_not_at_utcs():
    late_evening = at(23, 23, 30)
    early = at(24, 6, 30)
    assert words.ago(late_evening, early) == "kemarin"


@pytest.mark.parametrize(
    ("minutes", "said"),
    [
        (0, "kurang dari semenit"),
        (40, "40 menit"),
        (60, "1 jam"),
        (82, "1 jam 22 menit"),
        (1440, "1 hari"),
        (2 * 1440 + 240 + 5, "2 hari 4 jam"),
    ],
)
def test_a_span_is_said_in_its_two_largest_units(minutes, said):
    assert words.duration(minutes) == said
    assert words.duration(timedelta(minutes=minutes)) == said


def test_a_short_span_shortens_the_minutes_only():
    assert words.duration(82, short=True) == "1 jam 22 mnt"


@pytest.mark.parametrize(
    ("due", "said"),
    [
        (at(24, 11, 20), "sisa 40 menit"),
        (at(24, 14, 0), "sisa 3 jam kerja"),
        (at(25, 9, 0), "sisa 6 jam kerja"),  # the office sleeps from 16.00 to 07.30
        (at(27, 10, 40), "sisa 3 hari kerja"),
        (at(24, 5, 40), "lewat 5 jam"),
        (at(21, 10, 40), "lewat 3 hari"),
    ],
)
def test_what_is_left_of_a_promise_counts_working_time_and_lateness_counts_the_clock(due, said):
    assert words.left(due, NOW) == said


def test_a_promise_of_clock_time_counts_the_night_too():
    assert words.left(at(25, 9, 0), NOW, working=False) == "sisa 22 jam"


@pytest.mark.parametrize(("due", "shown"), [(at(24, 9), "late"), (at(24, 15), "due"), (at(30, 15), "")])
def test_a_promise_is_loud_only_when_it_is_near(due, shown):
    assert words.nearness(due, NOW) == shown


def test_numbers_have_points_in_indonesian_and_commas_in_english():
    assert [words.number(2906), words.number(4.23, 1), words.number(None)] == ["2.906", "4,2", "belum"]
    with translation.override("en"):
        assert [words.number(2906), words.number(4.23, 1), words.number(None)] == ["2,906", "4.2", "none yet"]


def test_shares_distances_and_sizes():
    assert [
        words.percent(0.857),
        words.metres(8),
        words.metres(1100),
        words.size(612_000),
        words.size(2_100_000),
    ] == [
        "86 %",
        "8 m",
        "1,1 km",
        "612 kB",
        "2,1 MB",
    ]


def test_the_same_in_english():
    with translation.override("en"):
        assert words.when(at(23, 7, 58)) == "Mon 23 Nov, 07.58"
        assert words.by(at(26, 15), NOW) == "Thursday 26 Nov, 15.00"
        assert words.left(at(24, 14), NOW) == "3 working hours left"
        assert words.left(at(24, 9, 40), NOW) == "1 hour late"
        assert words.duration(61) == "1 hour 1 minute"
