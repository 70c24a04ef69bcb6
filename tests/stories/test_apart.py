"""Later words that are a problem of their own: marked as what they are, made a report of their own, answered there."""

from datetime import timedelta

import pytest

from tanggap import access, flow
from tanggap.channels.base import SendResult
from tanggap.models import Case, Event, Letter, Message, Officer, Report, Reporter, Upload
from tanggap.reply import actions as reply
from tanggap.triage import apart
from tests import cast as people
from tests.app311 import picture
from tests.page import log_in
from tests.stories.test_talk import CLEAR, NOW, Talk, work
from tests.talk import talking

NEW = "Ada pohon tumbang di Kelurahan Mawar, menutup jalan"


@pytest.fixture
def world(monkeypatch, story):
    people.assemble()
    with talking(monkeypatch) as providers:
        yield providers


@pytest.fixture
def budi(story, world):
    browser = story.browser()
    log_in(browser, "budi", people.PASSWORD)
    return browser


def press(browser, message: Message):
    page = browser.get(f"/petugas/pesan/{message.pk}/pisah/")
    token = page.text.split('name="csrfmiddlewaretoken" value="')[-1].split('"')[0]
    return browser.post(f"/petugas/pesan/{message.pk}/pisah/", data={"csrfmiddlewaretoken": token},
                        headers={"Referer": str(browser.base_url)})  # fmt: skip


def told(story, world) -> Message:
    ani = Talk(story)
    world["gema"].files = {"a": picture()}
    ani.say(CLEAR, lat=people.MAWAR[0], lon=people.MAWAR[1])
    work(story)
    ani.say(NEW, minutes=3, files=["a"])
    work(story)
    return Message.objects.get()


def test_a_new_problem_becomes_a_report_of_its_own(story, world, budi):
    message = told(story, world)
    assert "Ini laporan baru" in budi.get(f"/petugas/kasus/{message.case.number}/").text
    assert press(budi, message).status_code == 200
    born = Report.objects.order_by("-id").first()
    assert (Report.objects.count(), born.said_at, born.channel.code) == (
        2,
        NOW + timedelta(minutes=3),
        "gema",
    )
    assert Reporter.objects.count() == 1  # the same person, proven by the channel
    assert Upload.objects.get().report == born
    work(story, hours=1)
    last = world["gema"].got[-2:]
    assert any(born.number in letter.text for letter in last)
    page = budi.get(f"/petugas/kasus/{message.case.number}/").text
    assert ("kini laporan sendiri" in page, born.number in page, "pohon tumbang" in page) == (
        True,
        True,
        True,
    )
    assert Event.objects.get(verb="case.set_apart").data["into"] == born.number


def test_pressed_twice_it_is_one_report_and_one_line_of_history(story, world, budi):
    message = told(story, world)
    press(budi, message)
    budi.post(f"/petugas/pesan/{message.pk}/pisah/", headers={"Referer": str(budi.base_url)})
    assert "sudah menjadi laporan sendiri" in budi.get(f"/petugas/pesan/{message.pk}/pisah/").text
    cast = access.officer_viewer(Officer.objects.get(username="budi"), NOW)
    born = Report.objects.order_by("-id").first()
    apart.set_apart(message.pk, born.pk, by=cast, now=NOW)
    assert (Report.objects.count(), Event.objects.filter(verb="case.set_apart").count()) == (2, 1)


def test_an_answer_to_words_set_apart_belongs_to_the_new_report(story, world, budi):
    message = told(story, world)
    press(budi, message)
    work(story)
    born = Report.objects.order_by("-id").first()
    Talk(story, who="u1").post([{
        "id": "later", "from": "u1", "words": "Masih menutup jalan", "at": (NOW + timedelta(days=2)).isoformat(),
        "replies_to": [message.inbound.external_id],
    }])  # fmt: skip
    assert Message.objects.order_by("-id").first().report == born


def test_unproven_edited_and_withdrawn_words_are_marked(story, world, budi):
    message = told(story, world)
    Message.objects.filter(pk=message.pk).update(proven=False, edited_at=NOW, withdrawn_at=NOW)
    page = budi.get(f"/petugas/kasus/{message.case.number}/").text
    for mark in ("pengirim belum terbukti", "diubah", "ditarik"):
        assert mark in page
    assert budi.get(f"/petugas/pesan/{message.pk}/pisah/").status_code == 409


def test_words_of_somebody_else_become_a_report_without_a_way_back(story, world, budi):
    Talk(story).say(CLEAR, lat=people.MAWAR[0], lon=people.MAWAR[1])
    work(story)
    Talk(story, who="u2").say(NEW, minutes=60, replies_to=["gema-1"])
    work(story)
    message = Message.objects.get()
    assert "belum terbukti sebagai pelapor" in budi.get(f"/petugas/pesan/{message.pk}/pisah/").text
    before = len(world["gema"].got)
    press(budi, message)
    work(story, hours=2)
    born = Report.objects.order_by("-id").first()
    assert (born.sender, born.reporter.identities.count(), born.visibility) == (None, 0, "private")
    assert born.number not in "".join(letter.text for letter in world["gema"].got[before:])


def test_whoever_wrote_on_the_page_reads_the_number_there(story, world, budi):
    row = people.report(CLEAR, at=NOW)
    reply.answer(row.id, NEW, form=row.uuid, by=access.reporter_viewer(row), now=NOW)
    flow.run_inside(NOW)
    press(budi, Message.objects.get())
    work(story)
    letter, born = Letter.objects.get(code="apart"), Report.objects.order_by("-id").first()
    assert (letter.report_id, letter.state, born.number in letter.text) == (row.id, "on_page", True)
    assert born.reporter.identities.count() == 1


def test_readers_and_strangers_may_not(story, world):
    message = told(story, world)
    for name, status in (("indah", 403), ("eko", 404), ("joko", 404)):
        browser = story.browser()
        log_in(browser, name, people.PASSWORD)
        assert browser.get(f"/petugas/pesan/{message.pk}/pisah/").status_code == status


def test_the_way_back_is_to_join(story, world, budi):
    message = told(story, world)
    press(budi, message)
    work(story, hours=1)
    young, gita = Case.objects.order_by("-id").first(), story.browser()
    log_in(gita, "gita", people.PASSWORD)
    assert "hanya jawaban, atau tambahan kata" in gita.get(f"/petugas/langkah/{young.number}/join/").text


def test_a_letter_that_failed_is_sent_again_from_the_case(story, world, budi):
    world["gema"].answers = [SendResult("failed", "no such window")]
    Talk(story).say(CLEAR, lat=people.MAWAR[0], lon=people.MAWAR[1])
    work(story)
    old = Letter.objects.filter(state="failed").first()
    world["gema"].answers = []
    page = budi.get(f"/petugas/surat/{old.pk}/ulang/")
    token = page.text.split('name="csrfmiddlewaretoken" value="')[-1].split('"')[0]
    budi.post(f"/petugas/surat/{old.pk}/ulang/", data={"csrfmiddlewaretoken": token},
              headers={"Referer": str(budi.base_url)})  # fmt: skip
    work(story)
    assert Letter.objects.get(again_of=old).state == "sent"
