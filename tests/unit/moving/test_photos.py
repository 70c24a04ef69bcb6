"""Photos from a folder are checked like uploads; a bad one is named, and its case still comes."""

import io

import pytest
from PIL import Image

from tanggap import flow
from tanggap.models import Case, Upload
from tests.cast import NOON

pytestmark = pytest.mark.django_db


@pytest.fixture(name="folder")
def _folder(tmp_path):
    folder = tmp_path / "photos"
    (folder / "deep").mkdir(parents=True)
    picture = io.BytesIO()
    Image.new("RGB", (64, 48), "grey").save(picture, "JPEG")
    for name in ("a.jpg", "deep/b.jpg"):
        (folder / name).write_bytes(picture.getvalue())
    (tmp_path / "outside.jpg").write_bytes(picture.getvalue())
    (folder / "link.jpg").symlink_to(tmp_path / "outside.jpg")
    (folder / "words.jpg").write_bytes(b"<html>no picture</html>")
    (folder / "empty.jpg").write_bytes(b"")
    (folder / "bomb.png").write_bytes(
        b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
        + (60_000).to_bytes(4, "big") * 2
        + b"\x08\x02\x00\x00\x00"
        + b"x" * 30
    )
    return folder


def test_photos_hang_on_the_report_and_on_the_work(old, folder):
    result = old.rows({"status": "selesai", "closed_at": "2026-11-21 10:00", "photos": "a.jpg|deep/b.jpg",
                       "photos_after": "a.jpg"}, photo_folder=folder)  # fmt: skip
    assert (result.photos, old.said) == (3, [])
    case = Case.objects.get()
    assert case.reports.get().photos.count() == 2
    assert case.followups.get().photos.get().moment == "after"
    flow.run_all(NOON)
    assert set(Upload.objects.values_list("state", flat=True)) == {Upload.READY}


@pytest.mark.parametrize(("name", "reason"), [
    ("words.jpg", "no JPEG, PNG, WebP, GIF or HEIC"),
    ("empty.jpg", "the file is empty"),
    ("bomb.png", "more than 50 million pixels"),
    ("none.jpg", "is not in the folder"),
    ("../outside.jpg", "lies outside of the folder"),
    ("link.jpg", "lies outside of the folder"),
    ("/etc/hostname", "lies outside of the folder"),
    ("x" * 400, "can't be read"),
    ("deep", "is not in the folder"),
])  # fmt: skip
def test_a_bad_one_is_named_and_the_case_still_comes(old, folder, name, reason):
    result = old.rows({"photos": f"{name}|a.jpg"}, photo_folder=folder)
    assert (result.came, result.photos, Upload.objects.count()) == (1, 1, 1)
    shown = f"{name[:40]}…" if len(name) > 40 else name
    assert old.said == [f"note line 2, column photos: “{shown}”: {reason}; the case comes without it"]


def test_the_same_again_stores_no_photo_twice(old, folder):
    for _ in range(2):
        old.rows({"photos": "a.jpg"}, photo_folder=folder)
    assert Upload.objects.count() == 1
