"""What machines are told: alive, ready or not, and the numbers for this machine alone."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tanggap.models import Beat
from tests.cast import report

pytestmark = pytest.mark.django_db


def beat(seconds: float = 0) -> None:
    Beat.objects.update_or_create(name="here:1", defaults={"at": timezone.now() - timedelta(seconds=seconds)})


def test_alive_asks_nothing_of_the_database():
    with CaptureQueriesContext(connection) as seen:
        answer = Client().get("/healthz")
    assert (answer.status_code, answer.json(), len(seen)) == (200, {"alive": True}, 0)


def test_ready_with_a_worker_that_lives():
    beat()
    answer = Client().get("/readyz")
    assert (answer.status_code, answer.json()["ok"]) == (200, True)
    assert answer.json()["database"] == {"ok": True, "city": "Kota Melati"}
    assert answer.json()["worker"] == {"ok": True, "living": 1, "last_beat_s": 0.0}
    assert answer.json()["disk"]["free_mb"] > 0
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize("seconds", [None, 31])
def test_not_ready_without_a_worker(seconds):
    if seconds:
        beat(seconds)
    answer = Client().get("/readyz")
    assert (answer.status_code, answer.json()["ok"], answer.json()["worker"]["ok"]) == (503, False, False)


def test_not_ready_while_events_wait_too_long():
    beat()
    report(react=False, at=timezone.now() - timedelta(minutes=3))
    answer = Client().get("/readyz")
    assert answer.status_code == 503
    events = answer.json()["events"]
    assert (events["ok"], round(events["oldest_s"])) == (False, 180)


def test_not_ready_on_a_full_disk(monkeypatch):
    beat()
    monkeypatch.setattr("tanggap.monitoring.health.FREE_MB", 10**9)
    assert Client().get("/readyz").json()["disk"]["ok"] is False


def test_not_ready_while_the_database_is_away(monkeypatch):
    from django.db import OperationalError

    def away():
        raise OperationalError

    monkeypatch.setattr("tanggap.monitoring.health.database", away)
    answer = Client().get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["database"] == {"ok": False, "error": "OperationalError"}


@pytest.mark.parametrize("given", [
    {"REMOTE_ADDR": "203.0.113.9"}, {"HTTP_X_FORWARDED_FOR": "127.0.0.1"}, {"HTTP_FORWARDED": "for=127.0.0.1"},
    {"REMOTE_ADDR": "203.0.113.9", "HTTP_X_STATUS_TOKEN": "falsch"}, {"REMOTE_ADDR": ""},
])  # fmt: skip
def test_others_learn_only_whether(settings, given):
    settings.STATUS_TOKEN = "a token for whoever watches"
    beat()
    assert Client().get("/readyz", **given).json() == {"ok": True}


def test_the_token_opens_the_numbers(settings):
    settings.STATUS_TOKEN = "a token for whoever watches"
    answer = Client().get("/readyz", REMOTE_ADDR="203.0.113.9", HTTP_X_STATUS_TOKEN=settings.STATUS_TOKEN)
    assert "worker" in answer.json()


def test_an_empty_token_opens_nothing(settings):
    settings.STATUS_TOKEN = ""
    answer = Client().get("/readyz", REMOTE_ADDR="203.0.113.9", HTTP_X_STATUS_TOKEN="")
    assert list(answer.json()) == ["ok"]
