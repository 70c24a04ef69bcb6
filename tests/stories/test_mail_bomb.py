"""A thousand mails in somebody's name make a city no spammer: who has proven nothing gets no answer."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from tanggap import door
from tanggap.channels.base import Contact, Submission
from tanggap.models import Letter, Report
from tests import cast as people
from tests.voices import MailVoice

WORDS = "Lampu jalan mati di Kelurahan Mawar, nomor {}. UNTUK-KORBAN-INI"


@pytest.fixture
def post(story, monkeypatch):
    people.assemble()
    voice = MailVoice(story, monkeypatch.setenv)
    yield voice.post
    voice.close()


def bomb(count, proven, minutes=0):
    now = datetime.now(UTC)
    door.hear([mail(place, proven, now) for place in range(count)], now)


def mail(place, proven, now):
    return Submission(
        uuid=uuid4(), channel="surel", account="surel", external_id=f"m{place}-{now.timestamp()}", at=now,
        body=str(place).encode(), words=WORDS.format(place), sender=Contact("email", "korban@contoh.test", proven),
        thread=f"m{place}@jahat.test",
    )  # fmt: skip


def test_forged_mails_are_kept_and_answered_by_nothing(story, post):
    bomb(30, proven=False)
    story.work(datetime.now(UTC) + timedelta(seconds=5))
    assert Report.objects.count() == 30
    assert len(post.taken) <= 1
    assert not Letter.objects.filter(code="received").exclude(state="on_page").exists()


def test_a_proven_sender_gets_one_answer_an_hour_and_never_their_words(story, post):
    bomb(5, proven=True)
    story.work(datetime.now(UTC) + timedelta(seconds=5))
    answers = Letter.objects.filter(code="received", state="sent")
    assert answers.count() == 1
    assert not any(b"UNTUK-KORBAN-INI" in one.raw for one in post.taken)
