"""How often something may happen."""

from datetime import UTC, datetime, timedelta

import pytest

from tanggap.lib import limit

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def test_a_window_lets_through_what_it_holds():
    assert [limit.allow("ani", 3, 60, NOON) for _ in range(5)] == [True, True, True, False, False]


def test_the_next_window_starts_anew():
    assert [limit.allow("ani", 1, 60, NOON + timedelta(seconds=at)) for at in (0, 59, 60)] == [
        True,
        False,
        True,
    ]


def test_keys_and_lengths_are_counted_apart():
    assert [
        limit.allow(key, 1, seconds, NOON) for key, seconds in (("ani", 60), ("eko", 60), ("ani", 3600))
    ] == [
        True,
        True,
        True,
    ]


def test_old_windows_are_forgotten():
    limit.allow("ani", 1, 60, NOON)
    limit.allow("ani", 1, 60, NOON + timedelta(hours=1))
    assert limit.sweep(NOON + timedelta(minutes=1)) == 1
