"""Each channel, in and back: words come, their number goes back with a question, the answer brings the case to its
office, the work is done, and the letters the city sent are the letters the other side has."""

from datetime import UTC, datetime, timedelta

import pytest

from tanggap.followup import actions as followup
from tanggap.intake import files
from tanggap.models import Case, Letter, Message, Report, Reporter, Resolution
from tests import cast as people
from tests.app311 import picture
from tests.voices import VOICES


@pytest.fixture
def cast(story):
    return people.assemble()


@pytest.fixture(params=list(VOICES))
def voice(request, story, cast, monkeypatch):
    found = VOICES[request.param](story, monkeypatch.setenv)
    yield found
    found.close()


def work(story):
    story.work(datetime.now(UTC) + timedelta(minutes=2))


def finish(cast, case: Case) -> None:
    """Budi mends it, Dewi accepts."""
    now = datetime.now(UTC) + timedelta(minutes=3)
    photo = files.keep_bytes(picture(), draft=None, now=now, moment="after")
    followup.start(case.id, by=cast.budi, now=now)
    followup.submit(case.id, by=cast.budi, now=now, resolution=Resolution.objects.get(code="fixed"),
                    words="Lampu sudah diganti.", photos=[photo.uuid])  # fmt: skip
    followup.close(case.id, by=cast.dewi, now=now)


def test_in_and_back(story, cast, voice):
    voice.say("Lampu jalan mati, gelap sekali")
    work(story)
    case, report = Case.objects.get(), Report.objects.get()
    (asked,) = voice.letters()
    assert (report.number in asked[1], case.waiting_for, case.status) == (True, "reporter", "NEW")
    voice.say("Di Kelurahan Mawar, depan pasar")
    work(story)
    case.refresh_from_db()
    assert (case.status, case.area.name, Report.objects.count(), Message.objects.count()) == (
        "ASSIGNED",
        "Mawar",
        1,
        1,
    )
    finish(cast, case)
    story.work(datetime.now(UTC) + timedelta(minutes=10))
    assert f"/l/{report.number}/" in voice.letters()[-1][1]
    assert "selesai" in voice.letters()[-1][1].lower() or "beres" in voice.letters()[-1][1].lower()
    assert ledger() == [name for name, _ in voice.letters()]
    assert Reporter.objects.count() == 1


def ledger() -> list[str]:
    """What the city says went out: by the provider's names, in order."""
    rows = Letter.objects.filter(report__isnull=False).order_by("id")
    assert {row.state for row in rows} == {"sent"}
    return [row.external_id for row in rows]
