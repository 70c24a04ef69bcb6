"""A neighbouring system that speaks Open311: its citizens' requests are reports here, and the steps go back to it."""

from datetime import UTC, datetime, timedelta

import pytest

from tanggap.channels import registry
from tanggap.models import Case, ChannelState, Inbound, Letter, Report, Task
from tanggap.work import lines
from tests import cast as people
from tests.app311 import picture
from tests.world.georeport import KEY, GeoReport

WORDS = "Lampu jalan mati depan pasar"


@pytest.fixture
def city(story):
    return people.assemble()


@pytest.fixture
def sebelah(city, monkeypatch):
    with GeoReport() as world:
        given = {
            "base_url": f"{world.url}/v2",
            "api_key": KEY,
            "services": '{"12": "lampu"}',
            "own_prefix": "KM",
        }
        for name, value in given.items():
            monkeypatch.setenv(registry.variable("sebelah", name), value)
        yield world


def now():
    return datetime.now(UTC)


def ask():
    ChannelState.objects.update(due_at=None)
    return lines.poll_due()


def work(story):
    story.work(now() + timedelta(seconds=30))


def test_their_request_is_a_report_and_each_step_goes_back(story, sebelah):
    sebelah.files["a.jpg"] = picture()
    name = sebelah.asks(
        WORDS, at=now(), lat=people.MAWAR[0], long=str(people.MAWAR[1]), media_url=f"{sebelah.url}/foto/a.jpg"
    )
    ask()
    work(story)
    report, case = Report.objects.get(), Case.objects.get()
    assert (case.status, case.category.code, report.visibility, report.photos.get().state) == (
        "ASSIGNED",
        "lampu",
        "public",
        "ready",
    )
    told = list(sebelah.updates.values())
    assert [one["service_request_id"] for one in told] == [name, name]
    assert report.number in told[0]["description"]
    assert not any("/l/" in one["description"] for one in told)
    assert set(Letter.objects.filter(report=report).values_list("state", flat=True)) == {"sent"}


def test_asked_again_it_is_the_same_and_pages_are_followed(story, sebelah):
    for place in range(130):
        sebelah.asks(
            f"{WORDS} {place}", at=now() - timedelta(minutes=place), lat=people.MAWAR[0], long=people.MAWAR[1]
        )
    ask()
    ask()
    assert Report.objects.count() == 130
    assert "since" in ChannelState.objects.get(channel__code="sebelah").cursor


def test_our_own_is_not_asked_back_and_nonsense_is_a_task(story, sebelah):
    sebelah.requests += [
        {"service_request_id": "KM2611240001", "description": "kita"},
        {"description": "tanpa nomor"},
        7,
    ]
    ask()
    assert (Report.objects.count(), Task.objects.filter(kind=Task.UNREADABLE).count()) == (0, 2)
    assert Inbound.objects.filter(outcome="ignored:our own").count() == 1


def test_when_they_are_away_the_channel_says_so_and_the_updates_go_later_once(story, sebelah):
    sebelah.asks(WORDS, at=now(), lat=people.MAWAR[0], long=people.MAWAR[1])
    ask()
    sebelah.status = 503
    work(story)
    ask()
    state = ChannelState.objects.get(channel__code="sebelah")
    assert (state.failing_since is not None, sebelah.updates) == (True, {})
    sebelah.status = 200
    story.work(now() + timedelta(hours=1))
    assert len(sebelah.updates) == 2


def test_a_wrong_key_is_one_sentence(sebelah, monkeypatch):
    monkeypatch.setenv(registry.variable("sebelah", "api_key"), "salah")
    kind, account = registry.KINDS["georeport"], registry.account("sebelah", "georeport")
    assert kind.test(account) == "They refuse our api_key."
