"""What a number opens, for whom: the house's table of visibility, page by page."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tanggap import access
from tanggap.followup import actions as followup
from tanggap.models import Case, Event, Report
from tanggap.reply import actions as reply
from tests import cast as people
from tests.unit.pages.conftest import act

TOLD = "Kami tambal Rabu malam, Bu Ani."


def track(client, row, **headers):
    return client.get(f"/lacak/{row.number}/", headers=headers)


def test_its_reporter_sees_the_own_words_and_the_letters(cast, holds, words):
    row = people.report(visibility="private")
    act(reply.tell, row.case_id, TOLD, by=cast.budi, at=people.NOON + timedelta(hours=1))
    page = words(track(holds(row), row))
    assert people.WORDS in page
    assert TOLD in page
    assert "Laporan Anda sudah sampai ke Kelurahan Mawar" in page


def test_the_number_of_a_private_report_tells_kind_place_office_and_dates_and_no_more(cast, holds, words):
    row = people.report(visibility="private", place="Depan Pasar Mawar")
    act(reply.tell, row.case_id, TOLD, by=cast.budi, at=people.NOON + timedelta(hours=1))
    answer = track(holds(), row)
    page = words(answer)
    assert answer.status_code == 200
    assert "Jalan rusak, Mawar" in page
    assert "Kelurahan Mawar" in page
    for hidden in ("pasar", "lubang", TOLD, "Formulir", "Situs", "sampai ke", '<circle class="pin'):
        assert hidden.lower() not in answer.content.decode().lower()


def test_the_number_of_a_public_report_tells_masked_words_and_no_conversation(cast, holds, words):
    row = people.report(visibility="public")
    act(reply.tell, row.case_id, TOLD, by=cast.budi, at=people.NOON + timedelta(hours=1))
    act(reply.answer, row.id, "Terima kasih, dari Ani", form=uuid4(), by=access.reporter_viewer(row),
        at=people.NOON + timedelta(hours=2))  # fmt: skip
    page = words(track(holds(), row))
    assert "lubang besar di depan pasar" in page
    assert "nomor HP ditutup" in page
    for hidden in ("0812", TOLD, "dari Ani"):
        assert hidden not in page


@pytest.mark.parametrize("path", ["", "beres/", "siapa/"])
def test_a_secret_report_and_a_number_that_never_was_look_alike(cast, holds, words, path):
    row = people.report("Petugas minta pungli di kantor", visibility="secret")
    answers = [holds().get(f"/lacak/{number}/{path}") for number in (row.number, "KM-0000000000")]
    assert answers[0].status_code == answers[1].status_code
    said = [re.sub(r"Rujukan \w+", "", words(answer)) for answer in answers]
    assert said[0].replace(row.number, "") == said[1].replace("KM-0000000000", "")
    if not path:
        assert answers[0].status_code == 404
        assert "Nomor itu tidak ada, atau bukan untuk umum." in said[0]


def test_a_private_report_on_a_public_case_keeps_to_itself(cast, holds, words):
    old, new = (
        people.report(visibility="public"),
        people.report("Bu Ani kesal: jalan rusak", visibility="private"),
    )
    Report.objects.filter(pk=new.pk).update(case=old.case)
    page = words(track(holds(), new))
    assert "kesal" not in page
    assert "lubang besar" not in page


def test_asking_changes_nothing(cast, holds):
    row = people.report(visibility="private")
    before = (Case.objects.values().get(pk=row.case_id), Event.objects.count())
    client = holds(row)
    for path in ("", "beres/", "siapa/"):
        client.get(f"/lacak/{row.number}/{path}")
        client.head(f"/lacak/{row.number}/{path}")
    for path in ("jawab/", "ikut/"):
        assert client.get(f"/lacak/{row.number}/{path}").status_code == 405
    holds().get(f"/l/{row.number}/{access.secret_of(row)}/")
    assert (Case.objects.values().get(pk=row.case_id), Event.objects.count()) == before


def test_the_open_page_asks_for_news_and_gets_nothing_until_there_are_any(cast, holds, words):
    row = people.report(visibility="private")
    client = holds(row)
    page = track(client, row)
    tag = page["ETag"]
    asked = {"HX-Request": "true", "If-None-Match": tag}
    assert track(client, row, **asked).status_code == 204
    assert track(client, row, **{"If-None-Match": tag}).status_code == 304
    act(followup.start, row.case_id, by=cast.budi, at=people.NOON + timedelta(hours=31))
    news = track(client, row, **asked)
    assert news.status_code == 200
    assert "Sedang dikerjakan" in words(news)
    assert 'hx-swap-oob="true"' in news.content.decode()
    assert (
        f"&#34;{news['ETag'][1:-1]}" in news.content.decode() or news["ETag"][1:-1] in news.content.decode()
    )


def test_to_ask_for_news_costs_three_statements(cast, holds):
    row = people.report(visibility="private")
    client = holds(row)
    tag = track(client, row)["ETag"]
    with CaptureQueriesContext(connection) as seen:
        track(client, row, **{"HX-Request": "true", "If-None-Match": tag})
    assert len(seen) == 3


def test_no_copy_is_kept_of_a_page_with_somebodys_data(cast, holds):
    row = people.report(visibility="private")
    answer = track(holds(row), row)
    assert (answer["Cache-Control"], answer["X-Robots-Tag"]) == ("no-store, private", "noindex, nofollow")


def test_the_title_of_the_window_holds_no_personal_data(cast, holds):
    row = people.report("Hubungi 0812-3456-7890, jalan rusak.", visibility="private")
    page = track(holds(row), row).content.decode()
    assert "0812" not in page.split("<title>")[1].split("</title>")[0]


def test_an_answer_stays_on_the_page_when_it_is_empty_and_goes_through_when_it_is_not(cast, holds, words):
    row = people.report(visibility="private")
    client = holds(row)
    assert client.post(f"/lacak/{row.number}/jawab/", {"words": " "}).status_code == 422
    sent = client.post(f"/lacak/{row.number}/jawab/", {"words": "Di dekat warung"}, follow=True)
    assert "Di dekat warung" in words(sent)
    assert "Terkirim." in words(sent)


def test_a_stranger_cannot_answer_confirm_or_read_who_looked(cast, holds):
    row = people.report(visibility="public")
    client = holds()
    assert client.post(f"/lacak/{row.number}/jawab/", {"words": "Saya pelapornya"}).status_code == 404
    assert client.post(f"/lacak/{row.number}/beres/", {"say": "yes"}).status_code == 302
    assert client.get(f"/lacak/{row.number}/siapa/").status_code == 404
    assert row.messages.count() == 0


def test_every_look_at_personal_data_is_told_to_its_reporter(cast, holds, words):
    row = people.report(visibility="private")
    assert "Belum ada" in words(holds(row).get(f"/lacak/{row.number}/siapa/"))
    access.reveal(row, by=cast.budi, reason="call_citizen", now=people.NOON + timedelta(hours=3))
    page = words(holds(row).get(f"/lacak/{row.number}/siapa/"))
    assert "Kelurahan Mawar" in page
    assert "Budi" not in page
