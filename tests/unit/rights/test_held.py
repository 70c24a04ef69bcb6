"""What is held about a person: complete, machine-readable, and printable whatever signs it has."""

import json
import zipfile
from datetime import timedelta
from io import BytesIO

import pytest
from django.utils.translation import override

from tanggap import access
from tanggap.models import Report, Reporter, Upload
from tanggap.rights import bundle, retention
from tanggap.rights.actions import erase
from tanggap.rights.held import held, photos_of, reports_of
from tests import cast as people

from .conftest import LATER, NAME, PHONE, WORDS, camera_photo

THEN = LATER + timedelta(minutes=5)


def data_of(row: Report, language: str = "id") -> dict:
    return held(Reporter.objects.get(pk=row.reporter_id), THEN, language)


def archive_of(row: Report, language: str = "id") -> zipfile.ZipFile:
    target = BytesIO()
    bundle.write(target, data_of(row, language), photos_of([row]), language)
    return zipfile.ZipFile(target)


def test_everything_is_told(zubaidah):
    data = data_of(zubaidah)
    assert data["person"] | {"known_since": None} == {
        "name": NAME, "contacts": [{"kind": "phone", "address": PHONE}], "language": "id", "known_since": None,
        "erased_at": None,
    }  # fmt: skip
    (report,) = data["reports"]
    assert (report["words"], report["as_it_arrived"], report["privacy_notice"]) == (WORDS, WORDS, "2026-11")
    assert NAME not in report["words_as_officers_read_them"]
    assert (report["latitude"], report["kelurahan"]) == (people.MAWAR[0], "Mawar")
    assert [row["words"] for row in data["messages"]] == [f"Depan rumah saya. Tanya {NAME}."]
    assert any(NAME.upper() in row["text"] for row in data["letters"])
    assert [(row["with"], row["original_kept"], round(row["latitude"], 2)) for row in data["photos"]] == [
        ("report", True, -1.99), ("message", True, -1.99)
    ]  # fmt: skip
    assert [row["office"] for row in data["offices"]] == ["Kelurahan Mawar"]
    assert data["openings"] == []


def test_notes_inside_are_the_offices_own(zubaidah):
    assert "ditelepon" not in json.dumps(data_of(zubaidah), default=str)


def test_every_look_is_told_without_the_officers_name(zubaidah, cast):
    access.reveal(zubaidah, by=cast.budi, reason="call_citizen", now=THEN)
    (look,) = data_of(zubaidah)["openings"]
    assert (look["office"], look["what"], look["at"]) == ("Kelurahan Mawar", "personal data", THEN)
    assert look["reason"]
    assert "Cast" not in json.dumps(data_of(zubaidah), default=str)


def test_the_zip_has_data_for_people_and_machines_and_the_photos_as_sent(zubaidah):
    with archive_of(zubaidah) as archive:
        photos = [
            f"foto-{row.id}.jpeg" for row in Upload.objects.exclude(report=None, message=None).order_by("id")
        ]
        assert archive.namelist() == ["data.json", "data.pdf", *photos]
        assert json.loads(archive.read("data.json"))["reports"][0]["words"] == WORDS
        assert archive.read("data.pdf").startswith(b"%PDF-")
        assert archive.read(photos[0]) == camera_photo()
        assert archive.testzip() is None


@pytest.mark.parametrize("language", ["id", "en"])
@pytest.mark.parametrize(
    "words",
    ["", "😀 ﷺ 漢字 \x07 <b>tebal</b> & co", "kata " * 4000, "x" * 9000, "a\n\n\nb\n" * 400, "</para>"],
)
def test_whatever_was_said_can_be_printed(cast, words, language):
    row = people.report(words or "Jalan rusak")
    with override(language), archive_of(row, language) as archive:
        assert archive.read("data.pdf").startswith(b"%PDF-")


def test_a_photo_whose_original_went_by_rule_comes_as_its_copy(zubaidah):
    retention.apply(people.NOON + timedelta(days=91))
    with archive_of(zubaidah) as archive:
        told = json.loads(archive.read("data.json"))
        names = [row["file"] for row in told["photos"]]
        assert [name.endswith(".jpg") for name in names] == [True, True]
        assert set(names) < set(archive.namelist())
        assert told["reports"][0]["as_it_arrived_is_purged"] is True


def test_afterwards_nothing_is_held(zubaidah):
    erase(zubaidah.id, by=access.reporter_viewer(zubaidah), now=THEN, everything=True)
    told = json.dumps(data_of(zubaidah), default=str)
    assert NAME not in told
    assert PHONE not in told
    assert [row.number for row in reports_of(Reporter.objects.get(pk=zubaidah.reporter_id))] == [
        zubaidah.number
    ]
