"""The delivery ledger of a case: what became of each letter, and sending one again."""

from datetime import timedelta

import pytest

from tanggap import flow
from tanggap.channels.base import SendResult
from tanggap.ledger import NotAllowed
from tanggap.models import Event, Identity, Letter, Reporter
from tanggap.reply import resend
from tests.cast import NOON, case_of, report
from tests.talk import talking
from tests.unit.pages.test_review import queries

pytestmark = pytest.mark.django_db
NOW = NOON + timedelta(hours=30)


@pytest.fixture
def row(cast):
    return report()


def letter(row, state="failed", **more) -> Letter:
    values = {"code": "told", "subject": "Kabar", "text": "Sudah kami terima.", "way": "gema", "account": "gema",
              "last_error": "window over", "at": NOW, "settled_at": NOW, "state": state, "lane": "x"}  # fmt: skip
    return Letter.objects.create(**{"report": row, "case": row.case, **values, **more})


def test_each_letter_is_told_with_way_state_and_reason(visit, words, row):
    letter(row)
    letter(row, "read", last_error="")
    said = words(visit("budi").get(f"/petugas/kasus/{row.number}/"))
    assert "1 belum pasti sampai" in said
    assert ("Gema" in said, "window over" in said, "Kirim ulang" in said) == (True, True, True)


def test_a_reader_sees_the_letters_and_no_button(visit, words, row):
    letter(row)
    said = words(visit("indah").get(f"/petugas/kasus/{row.number}/"))
    assert ("window over" in said, "Kirim ulang" in said) == (True, False)


def test_ten_more_letters_cost_no_more_statements(visit, row):
    client, address = visit("budi"), f"/petugas/kasus/{row.number}/"
    letter(row)
    few = queries(client, address)
    for _ in range(10):
        letter(row)
    assert queries(client, address) <= few


def test_a_failed_letter_goes_once_more_as_a_new_one(visit, row):
    old = letter(row, data={"tried": [1], "words": "x"})
    client = visit("budi")
    assert "Sudah kami terima." in client.get(f"/petugas/surat/{old.pk}/ulang/").content.decode()
    assert client.post(f"/petugas/surat/{old.pk}/ulang/").status_code == 302
    new = Letter.objects.get(again_of=old)
    assert (new.text, new.state, new.data, new.by.username) == (old.text, "queued", {"words": "x"}, "budi")
    old.refresh_from_db()
    assert old.state == "failed"
    event = Event.objects.get(verb="case.resent")
    assert event.data == {"letter": new.pk, "again_of": old.pk}
    flow.run_inside(NOW)  # and nothing follows from it by itself
    assert Letter.objects.filter(code="told").count() == 2


def test_pressed_twice_it_goes_once(visit, row, words):
    old, client = letter(row), visit("budi")
    first, second = (client.post(f"/petugas/surat/{old.pk}/ulang/") for _ in range(2))
    assert (first.status_code, second.status_code, Letter.objects.filter(again_of=old).count()) == (
        302,
        409,
        1,
    )
    assert "Sudah dikirim ulang" in words(second)


def test_what_perhaps_arrived_is_sent_only_when_somebody_says_so(visit, row, words):
    old, client = letter(row, "unknown"), visit("budi")
    assert "Mungkin sudah sampai" in words(client.get(f"/petugas/surat/{old.pk}/ulang/"))
    assert client.post(f"/petugas/surat/{old.pk}/ulang/").status_code == 422
    assert not Letter.objects.filter(again_of=old).exists()
    assert client.post(f"/petugas/surat/{old.pk}/ulang/", {"sure": "on"}).status_code == 302
    assert Letter.objects.filter(again_of=old).count() == 1


@pytest.mark.parametrize("state", ["queued", "sending", "sent", "delivered", "read", "on_page", "by_hand"])
def test_what_has_not_failed_is_not_sent_again(visit, row, state):
    old = letter(row, state)
    assert visit("budi").post(f"/petugas/surat/{old.pk}/ulang/", {"sure": "on"}).status_code == 409


def test_who_may_not_write_may_not_write_again(visit, row, cast):
    old = letter(row)
    address = f"/petugas/surat/{old.pk}/ulang/"
    assert (visit("indah").get(address).status_code, visit("indah").post(address).status_code) == (403, 403)
    assert {visit(who).post(address).status_code for who in ("eko", "joko")} == {404}
    with pytest.raises(NotAllowed):
        resend.resend(old.pk, by=cast.indah, now=NOW)


def test_whoever_was_erased_is_not_written_to(row, cast):
    old = letter(row)
    Reporter.objects.filter(pk=row.reporter_id).update(key=None)
    with pytest.raises(resend.NotAgain, match="erased"):
        resend.resend(old.pk, by=cast.budi, now=NOW)


def test_letters_of_officers_and_of_no_case_are_not_here(visit, row, cast):
    own = letter(row, officer=cast.officer("budi"), report=None)
    assert visit("budi").get(f"/petugas/surat/{own.pk}/ulang/").status_code == 404
    assert visit("budi").get("/petugas/surat/999999/ulang/").status_code == 404


def test_it_goes_by_the_way_that_is_open_now(visit, row, cast, monkeypatch):
    with talking(monkeypatch) as world:
        where = Identity.objects.filter(reporter=row.reporter)
        where.update(channel="angin", proven_at=NOW)
        old = letter(row)
        resend.resend(old.pk, by=cast.budi, now=NOW)
        world["angin"].answers = [SendResult("sent")]
        flow.run_all(NOW)
    new = Letter.objects.get(again_of=old)
    assert (new.state, new.account, world["angin"].codes()) == ("sent", "angin", ["told"])
    assert case_of(row).version == row.case.version
