"""A photo for everybody: only by an officer's hand, only of a public report, covered where boxes were drawn, and gone
from its address the moment it is taken back."""

from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone
from PIL import Image

from tanggap.models import Case, Category, Event, FollowUp, Report, Resolution, Upload
from tanggap.triage import actions as triage
from tests import cast as people
from tests.page import Page, log_in, see

THUMBNAIL = b"\xff\xd8\xff\xe0 a small picture of a face \xff\xd9"
BOX = {"left": "25", "top": "50", "width": "25", "height": "25"}


@pytest.fixture
def cast(story):
    return people.assemble()


def from_a_phone() -> bytes:
    """A white photo with a camera's name, a place, a thumbnail and XMP in it."""
    held, exif = BytesIO(), Image.Exif()
    exif[0x010F] = "Kamera Ani"
    exif.get_ifd(0x8825).update({1: "S", 2: (1.0, 59.0, 24.0), 3: "E", 4: (118.0, 0.0, 36.0)})
    block = exif.tobytes() + THUMBNAIL
    Image.new("RGB", (320, 240), "white").save(held, "JPEG", exif=block, xmp=b"<x:xmpmeta>Ani</x:xmpmeta>")
    return held.getvalue()


def reported(story, visibility: str) -> tuple[Report, Upload]:
    """By the web form, and read by the worker."""
    page = see(story.browser(), "/lapor/")
    sent = page.send(
        page.form("words", "visibility"), words=people.WORDS, lat="-1.99", lon="118.01", place="Depan pasar",
        visibility=visibility, files=[("photos", ("foto.jpg", from_a_phone(), "image/jpeg"))],
    )  # fmt: skip
    assert sent.status == 200, sent.text[:300]
    story.work()
    row = Report.objects.latest("id")
    return row, row.photos.get()


def officer(story, name: str):
    browser = story.browser()
    assert log_in(browser, name, people.PASSWORD).status == 200
    return browser


def address(photo: Upload) -> str:
    return f"/petugas/foto/{photo.uuid}/terbit/"


def publish(browser, photo: Upload, **box: str) -> Page:
    page = see(browser, address(photo))
    values: dict[str, Any] = {f"kotak-0-{name}": value for name, value in box.items()}
    return page.send(page.form("kotak-TOTAL_FORMS"), button="Terbitkan foto ini", **values)


def public_address(photo: Upload) -> str:
    photo.refresh_from_db()
    assert photo.public
    return "/foto/" + Path(photo.public).name


def events(case: Case) -> list[str]:
    kinds = ("case.photo_released", "case.photo_withdrawn")
    return list(case.events.filter(verb__in=kinds).order_by("id").values_list("verb", flat=True))


def test_what_is_published_has_black_boxes_and_nothing_of_the_camera(story, cast):
    row, photo = reported(story, "public")
    original = (settings.MEDIA_ROOT / photo.path).read_bytes()
    assert [mark in original for mark in (b"Kamera Ani", THUMBNAIL, b"xmpmeta")] == [True] * 3
    stranger = story.browser()
    assert "/foto/" not in stranger.get(f"/lacak/{row.number}/").text
    budi = officer(story, "budi")
    done = see(budi, f"/petugas/kasus/{row.number}/").follow("Terbitkan foto ini")
    assert done.url.endswith(address(photo))
    version = Case.objects.get().version
    assert "Foto sudah terbit" in publish(budi, photo, **BOX).text

    shown = public_address(photo)
    assert shown in stranger.get(f"/lacak/{row.number}/").text
    told = stranger.get(f"/open311/v2/requests/{row.number}.json").json()[0]
    assert told["media_url"].endswith(shown)
    data = stranger.get(shown).content
    assert [mark for mark in (b"Exif", b"Ani", b"small picture", b"adobe") if mark in data] == []
    with Image.open(BytesIO(data)) as made:
        assert (dict(made.getexif()), made.size) == ({}, (320, 240))
        light = made.convert("L")
    for x, y in ((81, 121), (120, 150), (158, 178)):
        assert light.getpixel((x, y)) < 8
    for x, y in ((70, 150), (170, 150), (120, 110), (120, 190)):
        assert light.getpixel((x, y)) > 247
    event = Event.objects.get(verb="case.photo_released")
    assert event.data == {"photo": str(photo.uuid), "boxes": [[0.25, 0.5, 0.25, 0.25]]}
    assert (event.by_id, photo.released_by) == (cast.budi.officer.id, cast.budi.officer)
    assert Case.objects.get().version == version  # nobody's open page is out of date by it


def test_an_old_address_is_gone_at_once(story, cast):
    row, photo = reported(story, "public")
    gita, stranger = officer(story, "gita"), story.browser()
    publish(gita, photo)
    first = public_address(photo)
    tag = stranger.get(first).headers["etag"]
    assert stranger.get(first, headers={"If-None-Match": tag}).status_code == 304
    old = settings.MEDIA_ROOT / photo.public

    again = see(gita, address(photo))
    again.send(
        again.form("kotak-TOTAL_FORMS"), button="Terbitkan", **{f"kotak-0-{k}": v for k, v in BOX.items()}
    )
    second = public_address(photo)
    assert second != first
    assert stranger.get(first, headers={"If-None-Match": tag}).status_code == 404
    assert stranger.get(second).status_code == 200
    assert not old.exists()
    last = see(gita, address(photo))
    assert ("kotak-0-left", "25.0") in last.form(
        "kotak-TOTAL_FORMS"
    ).fields  # the boxes are kept for the next time

    old = settings.MEDIA_ROOT / photo.public
    assert "Foto sudah ditarik" in last.send(last.form("kotak-TOTAL_FORMS"), button="Tarik dari umum").text
    assert stranger.get(second).status_code == 404
    assert not old.exists()
    assert second not in stranger.get(f"/lacak/{row.number}/").text
    assert events(row.case) == ["case.photo_released", "case.photo_released", "case.photo_withdrawn"]


def test_a_photo_of_a_private_report_never(story, cast):
    row, photo = reported(story, "private")
    budi = officer(story, "budi")
    page = see(budi, address(photo))
    assert "Hanya foto dari laporan terbuka" in page.text
    assert "terbit/" not in budi.get(f"/petugas/kasus/{row.number}/").text
    token = budi.cookies["csrftoken"]
    data = {"do": "release", "kotak-TOTAL_FORMS": "0", "kotak-INITIAL_FORMS": "0"}
    headers = {"X-CSRFToken": token, "Referer": page.url}
    sent = budi.post(address(photo), data=data, headers=headers)
    assert sent.status_code == 409
    photo.refresh_from_db()
    assert (photo.public, events(row.case)) == ("", [])


def test_only_who_works_on_it_may_publish(story, cast):
    _, photo = reported(story, "public")
    for name in ("indah", "eko", "kirana", "joko"):
        assert officer(story, name).get(address(photo)).status_code == 404, name
    assert "/masuk/" in str(story.browser().get(address(photo)).url)


def test_no_name_can_be_guessed(story, cast):
    row, photo = reported(story, "public")
    publish(officer(story, "budi"), photo, **BOX)
    shown, stranger = public_address(photo), story.browser()
    assert stranger.get(shown).status_code == 200
    guesses = [photo.id, photo.uuid, photo.uuid.hex, 1, f"{1:032x}", row.number, Path(photo.path).name,
               Path(photo.copy).name, Path(photo.copy).stem, Path(photo.public).stem, photo.public]  # fmt: skip
    for guess in guesses:
        for end in ("", ".jpg"):
            if f"/foto/{guess}{end}" != shown:
                assert stranger.get(f"/foto/{guess}{end}").status_code == 404, guess


def test_a_case_that_turns_secret_loses_its_public_photos(story, cast):
    row, photo = reported(story, "public")
    publish(officer(story, "budi"), photo)
    shown = public_address(photo)
    Case.objects.update(status="NEW")  # the desk looks at it once more
    secret = Category.objects.filter(visibility=Report.SECRET).first()
    triage.settle(row.own_case_id, by=cast.gita, now=timezone.now(), category=secret)
    assert story.browser().get(shown).status_code == 404
    photo.refresh_from_db()
    assert photo.public == ""


def test_a_photo_of_the_work_goes_by_the_reports_on_the_case(story, cast):
    row, before = reported(story, "public")
    done = FollowUp.objects.create(
        case=row.case, agency=people.agency("kel-m1.a.1"), resolution=Resolution.objects.first(), words="Ditambal.",
        at=timezone.now(), state=FollowUp.ACCEPTED,
    )  # fmt: skip
    Upload.objects.filter(pk=before.pk).update(report=None, followup=done)
    dewi, stranger = officer(story, "dewi"), story.browser()
    publish(dewi, before, **BOX)
    shown = public_address(before)
    assert shown in stranger.get(f"/lacak/{row.number}/").text
    Report.objects.update(visibility=Report.PRIVATE)
    assert stranger.get(shown).status_code == 404
    assert "Hanya foto dari laporan terbuka" in see(dewi, address(before)).text


def test_half_a_box_publishes_nothing_and_stays_as_typed(story, cast):
    _, photo = reported(story, "public")
    budi = officer(story, "budi")
    sent = publish(budi, photo, left="10", top="20")
    assert sent.status == 422
    assert "Isi keempat angkanya" in sent.text
    form = sent.form("kotak-TOTAL_FORMS")
    assert ("kotak-0-left", "10.0") in form.fields or ("kotak-0-left", "10") in form.fields
    looked = sent.send(form, button="Lihat dulu", **{f"kotak-0-{name}": value for name, value in BOX.items()})
    assert '<rect x="80.0" y="120.0" width="80.0" height="60.0"/>' in looked.answer.text
    more = looked.send(looked.form("kotak-TOTAL_FORMS"), button="Tambah kotak")
    assert "kotak-5-left" in more.form("kotak-TOTAL_FORMS").named
    for rows in ("²", "9" * 5000, "-1", "", "x"):  # a digit to Python is not always a number
        forged = {**dict(form.fields), "kotak-TOTAL_FORMS": rows}
        for what in ("more", "look", "release"):
            answer = budi.post(address(photo), data=forged | {"do": what}, headers={"Referer": sent.url})
            assert answer.status_code == 422 or what == "more", (rows[:3], what)
            assert answer.status_code in (200, 422)
    photo.refresh_from_db()
    assert photo.public == ""


def test_a_released_photo_is_found_by_its_index(story):
    with connection.cursor() as cursor:
        cursor.execute("SET enable_seqscan = off")
        found = Upload.objects.filter(public="ab/cd/abcd.jpg").explain()
        cursor.execute("RESET enable_seqscan")
    assert "upload_public" in found
