"""The status page: the system's own counts, honest when something is down, and drawn without a database."""

import re
import time
from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tanggap import flow
from tanggap.models import (
    ApiKey,
    Beat,
    Channel,
    ChannelState,
    City,
    Copy,
    DayNumber,
    Event,
    Reference,
    Report,
)
from tanggap.monitoring import counts, health, status
from tests.cast import NOON, report

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(hours=8)


@pytest.fixture(autouse=True)
def fresh():
    counts.forget()
    yield
    counts.forget()


@pytest.fixture
def well():
    """A worker that lives, a copy of last night."""
    now = timezone.now()
    Beat.objects.create(name="here:1", at=now)
    return Copy.objects.create(
        name="one", place="/copies", started_at=now, finished_at=now - timedelta(hours=9)
    )


def pulse(page) -> dict[str, str]:
    found = re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", page.content.decode())
    return {words: re.sub(r"<[^>]+>", "", value) for words, value in found}


def test_all_is_well(visit, words, well):
    for _ in range(6):
        report(at=timezone.now())
    page = visit().get("/keadaan/")
    said = words(page)
    assert page.status_code == 200
    assert page["Cache-Control"] == "public, max-age=15"
    assert "Semuanya berjalan." in said
    assert "yang terakhir 9 jam lalu" in said
    figures = pulse(page)
    assert figures["diterima hari ini"] == "6"
    assert figures["hilang dalam 7 hari"] == "0"
    assert figures["separuhnya dalam"] == "1 detik"
    assert figures["belum sampai ke petugas"] == "0"
    assert "style=" not in page.content.decode()


def test_in_english_too(visit, words, well):
    client = visit()
    client.cookies["bahasa"] = "en"
    assert "Everything is running." in words(client.get("/keadaan/"))


def test_few_reports_are_not_told(visit, words, well):
    report(at=timezone.now())
    page = visit().get("/keadaan/")
    assert "kurang dari 5" in pulse(page)["diterima hari ini"]
    assert "Terlalu sedikit" in words(page)


def test_without_a_worker_it_says_that_nobody_passes_reports_on(visit, words):
    page = visit().get("/keadaan/")
    assert page.status_code == 200
    assert page["Cache-Control"] == "no-store"
    assert "Ada yang tidak semestinya." in words(page)
    assert "belum ada yang meneruskan" in words(page)
    assert "Salinan cadangan terganggu belum ada" in words(page)


def test_a_worker_that_is_behind_and_a_copy_that_is_old(visit, words, well):
    Copy.objects.update(finished_at=timezone.now() - timedelta(days=3))
    report(react=False, at=timezone.now() - timedelta(minutes=30))
    said = words(visit().get("/keadaan/"))
    assert "yang terlama sudah menunggu 30 menit" in said
    assert "Salinan cadangan terganggu yang terakhir" in said


def test_a_broken_or_removed_copy_is_none(well):
    Copy.objects.update(removed_at=timezone.now())
    assert health.last_copy() is None
    Copy.objects.update(removed_at=None, finished_at=None)
    assert health.last_copy() is None


def test_with_the_database_away_it_says_so_without_it(visit, words, monkeypatch):
    client = visit()

    def away(*args, **more):
        raise OperationalError("gone")

    monkeypatch.setattr(health, "database", away)
    monkeypatch.setattr(health, "takes_writes", away)
    monkeypatch.setattr(City, "_kept", (time.monotonic() + 3600, City.get()))
    with CaptureQueriesContext(connection) as seen:
        page = client.get("/keadaan/")
    assert (page.status_code, page["Retry-After"], len(seen)) == (503, "15", 0)
    said = words(page)
    assert "Sedang terhenti." in said
    assert "telepon 911" in said  # the mini-city's number, kept
    assert "Basis data tidak menjawab." in said


def test_on_a_standby_nothing_can_be_stored(visit, words, well, monkeypatch):
    monkeypatch.setattr(health, "takes_writes", lambda: False)
    page = visit().get("/keadaan/")
    assert page.status_code == 503
    assert "Situs tutup" in words(page)


def test_a_full_disk_closes_the_doors(visit, words, well, monkeypatch):
    monkeypatch.setattr(health, "FREE_MB", 10**9)
    page = visit().get("/keadaan/")
    assert page.status_code == 503
    assert "hampir penuh" in words(page)


def test_a_number_without_its_report_is_lost():
    for day in (0, 0, 1):
        report(at=NOON - timedelta(days=day))
    assert status.lost(LATER) == 0
    DayNumber.objects.filter(day=NOON.date()).update(last=5)
    assert status.lost(LATER) == 3
    # a report too many on one day hides none of another
    Report.objects.filter(received_at=NOON - timedelta(days=1)).update(number="KM2611230009")
    assert status.lost(LATER) == 4
    assert status.lost(LATER + timedelta(days=8)) == 0


def test_the_way_to_an_officer_is_the_later_of_both_clocks(cast):
    """The machine's events bear their cause's time; the database's own clock says how long it took."""
    for _ in range(3):
        row = report(react=False)
        flow.run_inside(NOON)
    way = status.to_officer(LATER)
    assert (way.routed, way.waiting) == (3, 0)
    assert way.median < 30
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(
            "UPDATE tanggap_event SET written_at = written_at + interval '10 minutes' WHERE verb = 'case.routed'"
            " AND case_id = %s", [row.own_case_id],
        )  # fmt: skip
        cursor.execute("SET LOCAL session_replication_role = origin")
    way = status.to_officer(LATER)
    assert way.median < 30
    assert 500 < way.p95 < 640


def test_what_is_in_nobodys_hands_is_told(cast):
    report("Tolong dibantu ya pak", point=None)
    report("Petugas minta pungli", visibility="secret")
    way = status.to_officer(LATER)
    assert (way.routed, way.waiting) == (0, 1)
    assert Event.objects.filter(verb="case.received").count() == 2


def test_doors_say_what_is_connected(cast, monkeypatch):
    report()
    for name in ("token", "way"):
        monkeypatch.setenv(f"TANGGAP_TELE_{name}".upper(), "poll")
    doors = {door.channel.code: door for door in status.doors(LATER)}
    shown = {code: doors[code].state for code in ("web", "open311", "loket", "tele", "wa")}
    assert shown == {
        "web": status.OPEN, "open311": status.OPEN, "loket": status.OFFICER, "tele": status.OPEN, "wa": status.OFF,
    }  # fmt: skip
    ChannelState.objects.create(channel=Channel.objects.get(code="tele"), on=False)
    assert {door.channel.code: door.state for door in status.doors(LATER)}["tele"] == status.OFF
    assert (doors["web"].last, doors["wa"].last) == (NOON, None)
    ApiKey.objects.create(
        name="Gerbang", channel=Channel.objects.get(code="wa"), hash=b"x", hint="x", created_at=NOON
    )
    assert {door.channel.code: door.state for door in status.doors(LATER)}["wa"] == status.OPEN
    Reference.forget()


def test_it_costs_the_same_however_much_there_is_and_nothing_for_some_seconds(visit, well):
    client = visit()

    def asked() -> int:
        City.forget()
        City.get()  # kept for three seconds, which may end in between on a busy machine
        with CaptureQueriesContext(connection) as seen:
            client.get("/keadaan/")
        return len(seen)

    report(at=timezone.now())
    asked()
    again = asked()
    counts.forget()
    anew = asked()
    for _ in range(10):
        report(at=timezone.now())
    counts.forget()
    assert (asked(), asked()) == (anew, again)
    assert anew <= 12
    assert again <= 5
