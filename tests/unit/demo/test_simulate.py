"""The simulated days: played through the real deeds, ending in a believable present."""

from datetime import UTC, datetime

import pytest
from django.db import connection

from tanggap.demo import people
from tanggap.demo.simulate import simulate
from tanggap.models import (
    Case,
    City,
    DayNumber,
    Event,
    Inbound,
    Letter,
    Reaction,
    Report,
    Task,
    Upload,
)
from tanggap.work.lines import CLOCK_LOCK

NOW = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)  # noon in the mini-city


@pytest.fixture(name="week", scope="module")
def _week(committed):
    people.ensure("kata sandi yang panjang", NOW)
    return simulate(60, 7, 5, NOW, photos=2)


def test_a_week_ends_in_a_believable_present(week):
    assert (week.reports, Report.objects.count()) == (60, 60)
    assert {"NEW", "ASSIGNED", "IN_PROGRESS", "CLOSED"} <= set(Case.objects.values_list("status", flat=True))
    assert {"place", "matter", "transfer"} <= set(
        Task.objects.filter(done_at=None).values_list("kind", flat=True)
    )
    assert Case.objects.filter(waiting_for=Case.REPORTER).exists()
    assert not Event.objects.filter(at__gt=NOW).exists()
    assert Reaction.objects.count() == 0


def test_some_of_the_home_place_are_filed_by_the_head_of_an_rt(week):
    rows = Report.objects.filter(partner__isnull=False).select_related(
        "partner__agency", "keyed_by", "channel"
    )
    assert {(row.partner.agency.code, row.keyed_by.username, row.channel.code) for row in rows} == {
        ("ketua-rt-05", "mitra", "mitra")
    }


def test_nothing_of_simulated_time_is_sent(week):
    assert set(Letter.objects.values_list("state", flat=True)) <= {Letter.ON_PAGE, Letter.BY_HAND}


def test_numbers_of_simulated_days_have_no_gaps(week):
    city = City.get()
    for row in DayNumber.objects.all():
        given = Report.objects.filter(number__startswith=f"{city.prefix}{row.day:%y%m%d}").values_list(
            "number", flat=True
        )
        assert sorted(int(number[len(city.prefix) + 6 :]) for number in given) == list(range(1, row.last + 1))


def test_the_clock_is_given_back(week):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = %s"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
            [CLOCK_LOCK],
        )
        assert cursor.fetchone()[0] == 0


def test_the_same_seed_again_adds_nothing(week):
    simulate(60, 7, 5, NOW, photos=2)
    assert (Report.objects.count(), Inbound.objects.filter(account="simulate:5").count()) == (60, 60)


def test_photos_are_ready_and_their_files_are_there(week):
    from django.conf import settings

    rows = Upload.objects.exclude(state=Upload.READY)
    assert not rows.exists()
    some = Upload.objects.filter(moment="after").first()
    assert (settings.MEDIA_ROOT / some.path).exists()
    assert (settings.MEDIA_ROOT / some.copy).exists()
