"""An old system's cases are full citizens of this one: in the inbox, on the track page by their number, and work on
them goes on through the real doors, from the command to the citizen's word."""

import csv
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from django.utils import timezone
from PIL import Image

from tanggap import access
from tanggap.cli import moving
from tanggap.models import Case, Letter, Report
from tests import cast as people
from tests.page import log_in, see
from tests.stories.test_hole_in_the_road import accept, officer, saying, step


def picture() -> bytes:
    held = BytesIO()
    Image.effect_noise((320, 240), 60).convert("RGB").save(held, "JPEG")
    return held.getvalue()


def wrote(folder: Path, now: datetime) -> Path:
    """Three cases: at work and late, fresh at the kelurahan, long over."""
    path, day = folder / "lama.csv", "%Y-%m-%d %H:%M"
    ago = {days: (now - timedelta(days=days)).strftime(f"{day}+00:00") for days in (40, 39, 38, 30, 1)}
    with open(path, "w", newline="") as file:
        rows = csv.writer(file, delimiter=";")
        rows.writerow(("number", "opened_at", "status", "words", "category", "lat", "lon", "handovers", "closed_at",
                       "answer", "name", "phone", "photos"))  # fmt: skip
        hands = f"{ago[40]} > kel-m1.a.1 | {ago[39]} > dinas-jalan | {ago[38]} > cabang-jalan-a"
        rows.writerow(("CRM-2024-17", ago[40], "Disposisi", "Lubang besar di depan sekolah.", "Jalan rusak", "-1.99",
                       "118.01", hands, "", "", "Ani Lama", "0812-9999-8888", "lubang.jpg"))  # fmt: skip
        rows.writerow(("CRM-2024-18", ago[1], "Menunggu", "Sampah menumpuk.", "Sampah", "-1.99", "118.01", "", "", "",
                       "", "", ""))  # fmt: skip
        rows.writerow(("CRM-2024-19", ago[40], "Selesai", "Lampu mati.", "Lampu jalan", "-1.99", "118.01", hands,
                       ago[30], "Lampu sudah diganti.", "", "", ""))  # fmt: skip
    (folder / "lubang.jpg").write_bytes(picture())
    return path


@pytest.fixture
def cast(story):
    return people.assemble()


@pytest.fixture
def moved(story, cast, tmp_path) -> Path:
    """What the command's middle does; its outer part only starts a database."""
    import argparse

    path, now = wrote(tmp_path, timezone.now()), timezone.now()
    args = argparse.Namespace(file=path, source="crm", columns=None, photos=tmp_path, dry_run=False)
    with moving.Lines(tmp_path / "imports", now, False) as lines:
        result = moving.bring(args, now, lines)
    assert (result.came, result.photos, lines.file) == (3, 1, None)
    return path


def test_work_goes_on_until_the_citizens_word(story, moved):
    story.work()
    assert not Letter.objects.exists()  # nobody hears of a move
    case = Case.objects.get(number="CRM-2024-17")
    assert [clock.rang_at is not None for clock in case.clocks.filter(stopped_at=None)] == [True]

    fajar = officer(story, "fajar")
    assert "Lubang besar di depan sekolah" in see(fajar, "/petugas/").text
    assert "0812" not in see(fajar, f"/petugas/kasus/{case.number}/").answer.text
    step(story, fajar, case, "start")
    step(story, fajar, case, "submit", resolution="fixed", said="Sudah kami tambal dengan aspal panas.",
         files=[("photos", ("tambal.jpg", picture(), "image/jpeg"))])  # fmt: skip
    accept(story, case)
    assert (case.status, case.confirmation) == ("CLOSED", "pending")
    told = list(Letter.objects.filter(case=case, officer=None).order_by("id").values_list("code", flat=True))
    assert told == ["started", "checked", "done"]

    # by the number alone nobody says that it is done
    stranger = see(story.browser(), f"/lacak/{case.number}/beres/")
    assert not any(name == "say" for form in stranger.reader.forms for name, _value in form.fields)
    ani, report = story.browser(), Report.objects.get(number=case.number)
    assert "Lubang besar" in see(ani, f"/l/{case.number}/{access.secret_of(report)}/").text
    asked = see(ani, f"/lacak/{case.number}/beres/")
    asked.send(saying(asked, "yes"))
    case.refresh_from_db()
    assert case.confirmation == "confirmed"


def test_without_a_link_the_time_to_confirm_ends_in_silence(story, moved, cast):
    case = Case.objects.get(number="CRM-2024-17")
    step(story, officer(story, "fajar"), case, "start")
    step(story, officer(story, "fajar"), case, "submit", resolution="fixed", said="Sudah kami tambal dengan aspal.",
         files=[("photos", ("tambal.jpg", picture(), "image/jpeg"))])  # fmt: skip
    accept(story, case)
    story.work(case.confirm_by + timedelta(minutes=1))
    case.refresh_from_db()
    assert case.confirmation == "silent"


def test_they_stand_in_the_inbox_and_on_the_track_page(story, moved):
    budi = story.browser()
    assert log_in(budi, "budi", people.PASSWORD).status == 200
    assert "Sampah menumpuk" in see(budi, "/petugas/").text
    assert "CRM-2024-18" in see(budi, "/petugas/cari/?q=crm-2024-18").answer.text
    for number in ("CRM-2024-17", "crm-2024-18", "CRM-2024-19"):
        page = see(story.browser(), f"/lacak/{number}/")
        assert page.status == 200
        assert number.upper() in page.text
        assert "Mawar" in page.text
        assert "sekolah" not in page.text  # private, as all are where nothing else was said
    gone = see(budi, "/petugas/kasus/CRM-2024-19/")
    assert "Lampu sudah diganti." in gone.text


def test_the_same_command_again_says_that_all_is_here(story, moved, tmp_path, capsys):
    import argparse

    now = timezone.now()
    args = argparse.Namespace(file=moved, source="crm", columns=None, photos=tmp_path, dry_run=False)
    with moving.Lines(tmp_path / "imports", now, False) as lines:
        result = moving.bring(args, now, lines)
        moving.tell(moved, result, lines)
    assert "Everything in this file is here already; nothing was changed." in capsys.readouterr().out
    assert Case.objects.count() == 3
