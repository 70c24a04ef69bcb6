"""A person with everything that can be held about one: words, contacts, photos, an answer, letters."""

from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from uuid import uuid4

import pytest
from django.conf import settings
from PIL import Image

from tanggap import access, flow
from tanggap.followup import actions as followup
from tanggap.intake import files
from tanggap.models import Report, Resolution, Upload
from tanggap.reply import actions as reply
from tests import cast as people

NAME, PHONE, NIK = "Zubaidah Kartanegara", "+6281298765432", "3174015507880003"
WORDS = f"Jalan rusak, lubang besar. Nama saya {NAME}, NIK {NIK}, telepon 0812-9876-5432."
LATER = people.NOON + timedelta(minutes=5)


@pytest.fixture
def cast(db):
    return people.assemble()


def camera_photo() -> bytes:
    """A JPEG whose camera wrote down a name, a time and a position."""
    image, target = Image.new("RGB", (320, 240), "#777"), BytesIO()
    exif = Image.Exif()
    exif[0x013B] = NAME  # the artist
    exif[0x9003] = "2026:11:24 11:00:00"
    exif.get_ifd(0x8825).update({1: "S", 2: (1.0, 59.0, 24.0), 3: "E", 4: (118.0, 0.0, 36.0)})
    image.save(target, "JPEG", exif=exif)
    return target.getvalue()


def staged(now=people.NOON) -> Upload:
    return files.keep_bytes(camera_photo(), draft=uuid4(), now=now)


@pytest.fixture
def zubaidah(cast) -> Report:
    """Her report: read, asked about, answered, and told of in an officer's words that name her."""
    photo, more = staged(), staged()
    row = people.report(
        WORDS, name=NAME, contacts=(people.Contact("phone", PHONE),), photos=(photo.uuid,), draft=photo.draft
    )
    case = people.case_of(row)
    reply.ask(case.id, f"Ibu {NAME.upper()}, di mana tepatnya?", by=cast.budi, now=LATER)
    reply.answer(
        row.id, f"Depan rumah saya. Tanya {NAME}.", form=uuid4(), by=access.reporter_viewer(row), now=LATER,
        photos=[more.uuid], draft=more.draft,
    )  # fmt: skip
    reply.note(case.id, f"Sudah ditelepon, {NAME}, 0812 9876 5432.", by=cast.budi, now=LATER)
    flow.run_inside(LATER)
    return Report.objects.get(pk=row.pk)


@pytest.fixture
def close(cast) -> Callable:
    """`close(row, at)`: the work is done and accepted."""

    def do(row: Report, at) -> None:
        case = people.case_of(row)
        followup.start(case.id, by=cast.budi, now=at)
        followup.submit(case.id, by=cast.budi, now=at, words="Sudah ditambal dengan aspal panas.",
                        resolution=Resolution.objects.get(code="fixed"), photos=[people.photo(at).uuid])  # fmt: skip
        followup.close(case.id, by=cast.dewi, now=at)
        flow.run_inside(at)

    return do


def path_of(name: str) -> Path:
    return Path(settings.MEDIA_ROOT) / name
