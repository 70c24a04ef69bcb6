"""Letters to officers: batched to the quarter hour, kept at night, danger at once; sent once, in order, never blindly
again. And every letter's text in both languages."""

from datetime import UTC, datetime, timedelta
from smtplib import SMTPResponseException, SMTPServerDisconnected

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend

from tanggap import flow
from tanggap.models import Letter
from tanggap.reply import actions as reply
from tanggap.reply import texts
from tanggap.routing import actions as routing
from tests import cast as people
from tests.cast import NOON, agency, case_of, report

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast():
    return people.assemble()


def letters() -> list[tuple[str, str]]:
    return list(
        Letter.objects.filter(officer__isnull=False).order_by("id").values_list("officer__username", "state")
    )


def test_what_comes_within_a_quarter_hour_is_one_mail(cast):
    report()
    report(at=NOON + timedelta(minutes=4))
    flow.run_all(NOON + timedelta(minutes=10))
    assert mail.outbox == []
    flow.run_all(NOON + timedelta(minutes=15))
    (sent,) = mail.outbox
    assert sent.to == ["budi@melati.test"]
    assert sent.subject.startswith("Kasus baru KM2611240001")
    assert sent.subject.endswith("(+1)")
    assert sent.body.count("/petugas/kasus/KM26112400") == 2
    assert letters() == [("budi", "sent"), ("budi", "sent")]


def test_a_mail_names_no_citizen_and_no_word_of_theirs(cast):
    report()
    flow.run_all(NOON + timedelta(minutes=15))
    told = mail.outbox[0].subject + mail.outbox[0].body
    for word in ("lubang", "pasar", "0812", "Ani"):
        assert word not in told


def test_night_letters_wait_for_the_morning(cast):
    night = datetime(2026, 11, 24, 14, 30, tzinfo=UTC)  # 22.30 in the mini-city
    report(at=night)
    assert Letter.objects.get(officer__isnull=False).due_at == datetime(2026, 11, 24, 22, 0, tzinfo=UTC)


def test_danger_goes_at_once_day_and_night(cast):
    night = datetime(2026, 11, 24, 14, 30, tzinfo=UTC)
    report("Ada kebakaran besar, api menyala", at=night)
    flow.run_all(night)
    assert [sent.to for sent in mail.outbox] == [["budi@melati.test"]]


def test_a_handed_over_case_tells_its_new_holder(cast):
    case = case_of(report())
    routing.refer(case.id, agency("dinas-jalan"), by=cast.budi, now=NOON + timedelta(minutes=20))
    flow.run_inside(NOON + timedelta(minutes=20))
    assert ("citra", "queued") in letters()


class Broken(EmailBackend):
    """A mail server that answers what the test says."""

    error: Exception = SMTPServerDisconnected("gone")

    def send_messages(self, messages):
        raise self.error


def test_a_server_that_is_away_is_tried_again_and_nothing_is_lost(cast, settings):
    settings.EMAIL_BACKEND = f"{__name__}.Broken"
    report()
    at = NOON + timedelta(minutes=15)
    flow.run_all(at)
    assert letters() == [("budi", "queued")]
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    flow.run_all(at + timedelta(minutes=20))
    assert letters() == [("budi", "sent")]
    assert len(mail.outbox) == 1


def test_an_address_that_is_refused_is_failed_and_not_tried_again(cast, settings, monkeypatch):
    monkeypatch.setattr(Broken, "error", SMTPResponseException(550, b"no such user"))
    settings.EMAIL_BACKEND = f"{__name__}.Broken"
    report()
    flow.run_all(NOON + timedelta(minutes=15))
    row = Letter.objects.get(officer__isnull=False)
    assert (row.state, row.last_error) == ("failed", "SMTP 550")


def test_a_letter_that_was_being_sent_when_all_went_dark_is_unknown_and_never_sent_blindly(cast):
    report()
    Letter.objects.filter(officer__isnull=False).update(state=Letter.SENDING)
    flow.run_all(NOON + timedelta(hours=1))
    assert letters() == [("budi", "unknown")]
    assert mail.outbox == []


@pytest.mark.parametrize("language", texts.LANGUAGES)
@pytest.mark.parametrize("code", texts.codes())
def test_every_letter_is_complete_in_both_languages(cast, code, language):
    row = report()
    data = reply.facts(case_of(row), row, None, language) | {"words": "Di mana?"}
    data |= {"found": True, "word": "Proses", "example": "MK2611240001", "emergency": "112"}
    data["asks"] = ["place", "matter"]
    data |= {
        "name": "Eko",
        "username": "eko",
        "link": "https://melati.test/x",
        "by": "Joko",
        "until": "Kamis",
    }
    subject, text = texts.render(code, language, data)
    assert subject
    assert text
    assert "{" not in subject + text


def test_every_letter_the_code_names_has_a_folder():
    named = set(reply.TO_REPORTERS.values()) | {code for code, _ in reply.TO_OFFICERS.values()}
    named |= {"invitation", "reset"}
    named |= {"outside", "late", "joined", "apart", "asked", "told", "received", "status", "help"}
    assert named == set(texts.codes())
