"""Photos: a copy without metadata to their own reporter, a released copy to all, the file as sent to
nobody."""

import io
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from PIL import Image

from tanggap import flow
from tanggap.intake import files
from tanggap.lib.files import store_bytes
from tanggap.models import Upload
from tests import cast as people

PLACE = {1: "S", 2: (1.0, 59.0, 24.0), 3: "E", 4: (118.0, 0.0, 36.0)}


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def from_a_phone() -> bytes:
    """A photo whose camera wrote where and when."""
    held, exif = io.BytesIO(), Image.Exif()
    exif[0x0132], exif[0x010F] = "2026:11:24 11:55:00", "Kamera Ani"
    exif[0x8825] = PLACE
    Image.effect_noise((400, 300), 40).convert("RGB").save(held, "JPEG", exif=exif)
    return held.getvalue()


@pytest.fixture
def taken(cast):
    """A report with one photo, decoded."""

    def make(visibility: str = "private"):
        draft = uuid4()
        photo = files.keep_bytes(from_a_phone(), draft=draft, now=people.NOON)
        row = people.report(visibility=visibility, draft=draft, photos=(photo.uuid,))
        flow.run_inside(people.NOON + timedelta(minutes=1))
        return row, Upload.objects.get(pk=photo.pk)

    return make


def body(answer) -> bytes:
    return b"".join(answer.streaming_content)


def test_the_reporter_sees_a_copy_without_position_time_or_camera(taken, holds):
    row, photo = taken()
    assert (round(photo.lat, 2), photo.taken_at is not None) == (-1.99, True)
    answer = holds(row).get(f"/lacak/{row.number}/foto/{photo.uuid}/")
    shown = body(answer)
    assert dict(Image.open(io.BytesIO(shown)).getexif()) == {}
    assert b"Kamera Ani" not in shown
    assert answer["Cache-Control"] == "private, max-age=600"
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_nobody_else_sees_it_not_even_on_a_public_report(taken, holds):
    row, photo = taken("public")
    address = f"/lacak/{row.number}/foto/{photo.uuid}/"
    other, _ = taken("private")
    assert holds().get(address).status_code == 404
    assert holds(other).get(address).status_code == 404
    assert holds(other).get(f"/lacak/{other.number}/foto/{photo.uuid}/").status_code == 404


def test_only_a_released_copy_has_a_public_address(taken, holds, folder):
    row, photo = taken("public")
    for name in (photo.path, photo.copy):
        assert holds().get(f"/foto/{Path(name).name}").status_code == 404
    photo.public = store_bytes(folder, b"released", ".jpg")
    photo.save()
    answer = holds().get(f"/foto/{Path(photo.public).name}")
    assert body(answer) == b"released"
    assert answer["Cache-Control"] == "public, no-cache"  # withdrawn, it is gone from every cache
    again = holds().get(f"/foto/{Path(photo.public).name}", headers={"If-None-Match": answer["ETag"]})
    assert again.status_code == 304
    assert Path(photo.public).name in holds().get(f"/lacak/{row.number}/").content.decode()


def test_a_private_report_never_links_its_released_photo_to_the_number_alone(taken, holds, folder):
    row, photo = taken("private")
    photo.public = store_bytes(folder, b"released", ".jpg")
    photo.save()
    assert Path(photo.public).name not in holds().get(f"/lacak/{row.number}/").content.decode()


@pytest.mark.parametrize("name", ["", "x", "..%2f..%2fetc%2fpasswd", "%00", "a" * 500])
def test_guessed_names_open_nothing(cast, holds, name):
    assert holds().get(f"/foto/{name}").status_code == 404


def test_a_photo_that_cannot_be_decoded_is_said_and_the_report_stays(cast, holds, words):
    draft = uuid4()
    broken = from_a_phone()[:-2000]
    photo = files.keep_bytes(broken[:700], draft=draft, now=people.NOON)
    row = people.report(draft=draft, photos=(photo.uuid,))
    flow.run_inside(people.NOON + timedelta(minutes=1))
    page = words(holds(row).get(f"/lacak/{row.number}/"))
    assert "Foto ini tidak terbaca, laporan Anda tetap kami simpan." in page


def test_photos_of_later_words_are_its_reporters_alone(taken, holds):
    row, _ = taken("public")
    client = holds(row)
    later = io.BytesIO(from_a_phone())
    later.name = "nanti.jpg"
    client.post(f"/lacak/{row.number}/jawab/", {"words": "Ini fotonya", "photos": later})
    flow.run_inside(people.NOON + timedelta(hours=31))
    photo = Upload.objects.get(message__report=row)
    address = f"/lacak/{row.number}/foto/{photo.uuid}/"
    assert client.get(address).status_code == 200
    assert holds().get(address).status_code == 404
