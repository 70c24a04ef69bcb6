"""What no program could read: a person opens it under their name, makes it a report or sets it aside."""

import json
from datetime import timedelta

import pytest

from tanggap import door
from tanggap.channels.base import Unreadable
from tanggap.intake import batch, receive
from tanggap.models import Change, Inbound, Report, Task
from tanggap.reply import heard
from tanggap.triage import unreadable
from tests.cast import NOON

pytestmark = pytest.mark.django_db
NOW = NOON + timedelta(hours=30)
HOME = "/petugas/pilah/tak-terbaca/"
SAID = {"type": "poll", "from": {"id": "77"}, "text": "Got di depan masjid mampet <script>alert(1)</script>"}


@pytest.fixture(autouse=True)
def here(monkeypatch):
    """The committer's thread would not see this test's transaction."""
    monkeypatch.setattr(batch, "submit", lambda said, now: receive(said, now))
    assert door.batch is batch


def arrived(body: bytes = json.dumps(SAID).encode(), external_id: str = "1") -> Task:
    heard.unreadable(Unreadable("gema", external_id, "type", NOW, body), now=NOW)
    return Task.objects.get(inbound__external_id=external_id)


def looks():
    return Change.objects.filter(verb="open")


def test_the_list_tells_channel_time_and_why_and_not_a_word(visit, words):
    arrived()
    said = words(visit("gita").get(HOME))
    assert ("Gema" in said, "jenisnya belum kami kenal" in said, "masjid" in said) == (True, True, False)
    assert "1 yang tak terbaca mesin" in words(visit("gita").get("/petugas/pilah/"))
    assert looks().count() == 0


def test_the_triage_desk_alone_opens_it(visit):
    task = arrived()
    assert visit("gita").get(f"{HOME}{task.pk}/").status_code == 200
    assert {visit(who).get(f"{HOME}{task.pk}/").status_code for who in ("budi", "dewi", "hana", "joko")} == {
        404
    }
    other = Task.objects.create(kind=Task.PLACE, role="triage", opened_at=NOW)
    assert visit("gita").get(f"{HOME}{other.pk}/").status_code == 404


def test_opening_shows_plain_text_and_is_written_down_once_a_day(visit, cast):
    task, client = arrived(), visit("gita")
    assert "masjid" not in client.get(f"{HOME}{task.pk}/").content.decode()
    for _ in range(2):
        page = client.post(f"{HOME}{task.pk}/", {"step": "open"}).content.decode()
    assert ("Got di depan masjid mampet" in page, "<script>alert" in page) == (True, False)
    look = looks().get()
    assert (look.object, look.by_id) == (f"inbound:{task.inbound_id}", cast.officer("gita").pk)


def test_a_report_is_made_of_it_once(visit):
    task, client = arrived(), visit("gita")
    form = {"step": "report", "words": "Got depan masjid mampet", "place": "Kelurahan Mawar"}
    first = client.post(f"{HOME}{task.pk}/", form)
    report = Report.objects.get()
    task.refresh_from_db()
    assert (first.status_code, task.outcome, task.done_by.username) == (302, report.number, "gita")
    assert (report.channel.code, report.keyed_by.username, report.said_at) == ("gema", "gita", NOW)
    again = client.post(f"{HOME}{task.pk}/", form | {"words": "Lain lagi"})
    assert (again.status_code, Report.objects.count()) == (409, 1)
    assert report.number in again.content.decode()


def test_a_press_that_was_lost_on_its_way_finds_its_report(visit, cast):
    task, client = arrived(), visit("gita")
    client.post(f"{HOME}{task.pk}/", {"step": "report", "words": "Got mampet"})
    Task.objects.filter(pk=task.pk).update(done_at=None, outcome="")  # as if it broke off before this
    client.post(f"{HOME}{task.pk}/", {"step": "report", "words": "Got mampet sekali"})
    task.refresh_from_db()
    assert (Report.objects.count(), task.outcome) == (1, Report.objects.get().number)


@pytest.mark.parametrize("form", [
    {"words": " "}, {"words": "x" * 10_001}, {"words": "Got", "contact": "bukan nomor"},
    {"words": "Got", "category": "\x00"},
])  # fmt: skip
def test_a_form_that_is_not_right_yet_keeps_what_was_typed(visit, form):
    task = arrived()
    answer = visit("gita").post(f"{HOME}{task.pk}/", {"step": "report"} | form)
    expected = 302 if form.get("category") else 422  # a sign no database takes is no kind at all
    assert (answer.status_code, Report.objects.count()) == (expected, int(expected == 302))


def test_it_is_set_aside_for_a_coded_reason_only(visit, words):
    task, client = arrived(), visit("gita")
    assert client.post(f"{HOME}{task.pk}/", {"step": "aside", "reason": "iseng"}).status_code == 422
    assert client.post(f"{HOME}{task.pk}/", {"step": "aside", "reason": "no_words"}).status_code == 302
    task.refresh_from_db()
    assert (task.outcome, task.reason.code) == ("set_aside", "no_words")
    assert Change.objects.get(object=f"inbound:{task.inbound_id}", verb="end").reason == "no_words"
    assert client.post(f"{HOME}{task.pk}/", {"step": "aside", "reason": "no_words"}).status_code == 409
    assert Inbound.objects.get(pk=task.inbound_id).body is not None


@pytest.mark.parametrize("body", [
    b"", b"\x00\xff\xfe", b"[" * 5000, b'{"text": ' * 300, "\u202eterbalik".encode(), b"%PDF-1.4 \x00\x01",
    b"x" * 200_000,
    json.dumps([[[{"a": {"b": [{"caption": "Jalan rusak"}]}}]]]).encode(), b'{"text": NaN, "body": 1}',
])  # fmt: skip
def test_no_bytes_break_the_page(visit, body):
    task = arrived(body)
    answer = visit("gita").post(f"{HOME}{task.pk}/", {"step": "open"})
    page = answer.content.decode()
    assert (answer.status_code, "\u202e" in page, "\x00" in page) == (200, False, False)


def test_words_are_found_in_json_of_any_shape():
    told = [[{"a": {"caption": "Jalan rusak"}}], {"text": "di Mawar", "id": "77"}]
    assert unreadable.spoken(told) == ["Jalan rusak", "di Mawar"]


def test_raw_words_whose_time_is_over_are_not_shown(visit, words):
    task = arrived()
    Inbound.objects.update(body=None)
    assert "Masa simpan kata mentah" in words(visit("gita").post(f"{HOME}{task.pk}/", {"step": "open"}))
