"""Pictures of every bad kind through every door that takes one, and photos of others. Rows M01, M03, M06, M09 and
M14."""

import io
import struct
import zlib
from uuid import uuid4

import pillow_heif
import pytest
from django.conf import settings
from PIL import Image

from tanggap import access
from tanggap.followup import actions as followup
from tanggap.models import Case, Officer, Report, Upload
from tests import attacks
from tests import cast as people
from tests.app311 import App, huge_png
from tests.page import Page, see

# ---- pictures ----

LEFT_RED = Image.new("RGB", (60, 40), "blue")
LEFT_RED.paste("red", (0, 0, 30, 40))  # upright: the left half is red
# how a camera stores it so that it is upright again by the number in its EXIF
STORED = {
    1: None, 2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_90, 7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}  # fmt: skip


def written(image: Image.Image, kind: str = "JPEG", **more: object) -> bytes:
    held = io.BytesIO()
    image.save(held, kind, **more)
    return held.getvalue()


def turned(number: int) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = number
    image = LEFT_RED.transpose(STORED[number]) if STORED[number] is not None else LEFT_RED
    return written(image, exif=exif, quality=95)


def sixteen_bits() -> bytes:
    return written(Image.new("I;16", (60, 40), 30_000), "PNG")


def heic() -> bytes:
    held = io.BytesIO()
    pillow_heif.from_pillow(LEFT_RED).save(held)
    return held.getvalue()


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def bomb() -> bytes:
    """A PNG of 7,000 x 7,000 grey points that all are there: allowed by its head, and heavy."""
    rows = zlib.compress(b"\0" * (7_001 * 7_000), 9)
    head = struct.pack(">IIBBBBB", 7_000, 7_000, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(1)</script></svg>'
BAD = {
    "M01 13,000 x 13,000": huge_png(),
    "M03 SVG": SVG,
    "M03 broken XML": b"<?xml version='1.0'?><!DOCTYPE svg [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><svg>&x;",
    "M03 HTML": b"<!doctype html><script>alert(1)</script>",
    "M06 PostScript": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(%pipe%id) (w) file",
    "M06 EPS of DOS": b"\xc5\xd0\xd3\xc6" + struct.pack("<6I", 32, 99, 0, 0, 0, 0) + b"\xff\xff%!PS",
    "M06 MVG": b"push graphic-context\nfill 'url(https://evil.test/x.png\"|id\")'\npop graphic-context",
    "M06 MSL": b"<image><read filename='ephemeral:/etc/passwd'/></image>",
    "PDF": b"%PDF-1.7\n1 0 obj<</OpenAction<</S/JavaScript>>>>",
    "M14 nothing": b"",
    "TIFF": written(LEFT_RED, "TIFF"),
    "BMP": written(LEFT_RED, "BMP"),
    "ICO": written(LEFT_RED, "ICO"),
}


# ---- doors ----


def web(story, data: bytes, name: str = "foto.jpg") -> Page:
    page = see(story.browser(), "/lapor/")
    file = ("photos", (name, data, "image/jpeg"))
    return page.send(page.form("words", "visibility"), words=people.WORDS, files=[file])


def answer(story, data: bytes, row: Report) -> Page:
    page = see(story.browser(), f"/l/{row.number}/{access.secret_of(row)}/")
    file = ("photos", ("foto.jpg", data, "image/png"))
    return page.send(page.form("words", action="/jawab/"), words="Ini fotonya", files=[file])


def counter(story, data: bytes) -> Page:
    page = see(attacks.officer(story, "indah"), "/petugas/loket/")
    file = ("photos", ("foto.jpg", data, "image/jpeg"))
    return page.send(page.form("words", "place"), button="Simpan", words=people.WORDS, files=[file])


@pytest.fixture
def row(story) -> Report:
    people.assemble()
    return people.report()


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_picture_is_refused_by_its_content_at_the_web_form(story, name):
    """Rows M01, M03, M06, M14: whatever its name and type say; the words stay."""
    page = web(story, BAD[name])
    assert page.status == 422
    assert "foto.jpg" in page.text
    assert dict(page.form("words", "visibility").fields)["words"] == people.WORDS
    assert Upload.objects.count() == 0
    assert page.send(page.form("words", "visibility")).status == 200
    assert Report.objects.count() == 1


@pytest.mark.parametrize("name", BAD)
def test_and_with_an_answer(story, row, name):
    page = answer(story, BAD[name], row)
    assert page.status == 422
    assert "Ini fotonya" in page.answer.text
    assert Upload.objects.count() == 0


def test_and_at_the_counter_and_in_the_street(story, row):
    """Rows M01, M03, M06 where officers send."""
    budi = attacks.officer(story, "budi")
    case = Case.objects.get()
    followup.start(
        case.id, by=access.officer_viewer(Officer.objects.get(username="budi"), row.said_at), now=row.said_at
    )
    for name in ("M01 13,000 x 13,000", "M03 SVG", "M06 PostScript", "M14 nothing"):
        page = counter(story, BAD[name])
        assert (page.status, Report.objects.count()) == (422, 1), name
        page = see(budi, f"/petugas/langkah/{case.number}/submit/")
        files = [("photos", ("foto.jpg", BAD[name], "image/jpeg"))]
        sent = page.send(
            page.form("said", "resolution"), files=files, resolution="fixed", said="Sudah ditambal."
        )
        assert (sent.status, "Sudah ditambal." in sent.answer.text) == (422, True), name
    assert Upload.objects.count() == 0


@pytest.mark.parametrize("form", ["xml", "json"])
def test_an_app_that_sends_no_picture_keeps_its_report(story, form):
    app = App(story, form)
    for place, data in enumerate(BAD.values()):
        app.report(description=f"Lubang {place}", files={"media": ("foto.jpg", data, "image/jpeg")})
    assert (Report.objects.count(), Upload.objects.count()) == (len(BAD), 0)


GOOD = {
    "M14 CMYK": written(LEFT_RED.convert("CMYK")),
    "M14 16 bits": sixteen_bits(),
    "M14 HEIC": heic(),
    "grey with alpha": written(LEFT_RED.convert("LA"), "PNG"),
    "palette": written(LEFT_RED.convert("P"), "PNG", transparency=0),
    "GIF": written(LEFT_RED, "GIF"),
    "WebP": written(LEFT_RED, "WEBP"),
    "M01 49 million points": bomb(),
}


def shown(story, row: Report) -> Image.Image:
    """The reporter's own copy, as their browser gets it."""
    browser = story.browser()
    browser.get(f"/l/{row.number}/{access.secret_of(row)}/")
    got = browser.get(f"/lacak/{row.number}/foto/{row.photos.get().uuid}/")
    assert (got.status_code, got.headers["content-type"]) == (200, "image/jpeg")
    return Image.open(io.BytesIO(got.content))


@pytest.mark.parametrize("name", GOOD)
def test_unusual_pictures_are_shown_as_plain_ones(story, name):
    """Row M14: taken at the form, decoded by the worker, shown as an RGB JPEG."""
    assert web(story, GOOD[name]).status == 200
    story.work()
    image = shown(story, Report.objects.get())
    assert (image.format, image.mode) == ("JPEG", "RGB")
    assert max(image.size) <= 1600


@pytest.mark.parametrize("number", range(1, 9))
def test_a_turned_picture_is_shown_upright(story, number):
    """Row M14: EXIF orientation 1 to 8."""
    assert web(story, turned(number)).status == 200
    story.work()
    image = shown(story, Report.objects.get())
    red, _, blue = image.getpixel((6, 20))
    assert (image.size, red > 200, blue < 60) == ((60, 40), True, True)
    assert not dict(image.getexif())


@pytest.mark.parametrize("part", [0.3, 0.6, 0.95])
def test_a_cut_off_picture_costs_nobody_the_report(story, part):
    """Row M14: it is shown as far as it goes, or it is said that it can't be read."""
    whole = written(Image.effect_noise((400, 300), 60).convert("RGB"))
    assert web(story, whole[: int(len(whole) * part)]).status == 200
    story.work()
    row = Report.objects.get()
    photo = row.photos.get()
    page = see(story.browser(), f"/l/{row.number}/{access.secret_of(row)}/")
    assert photo.state in (Upload.READY, Upload.BROKEN)
    assert ("tidak terbaca" in page.text) == (photo.state == Upload.BROKEN)


def test_a_name_of_a_file_is_words_and_no_path(story):
    """Row I10, and E26 for the form: the name is said back as text, and nothing is stored under it."""
    for name in (
        "../../../evil.jpg",
        "<img src=x onerror=alert(1)>.jpg",
        "a\0b.jpg",
        "x" * 300 + ".jpg",
        "C:\\evil.jpg",
    ):
        page = web(story, SVG, name)
        assert page.status == 422
        assert not [said for said in attacks.LIVE if said in page.answer.text]
    web(story, turned(1), "../../../evil.jpg")
    path = (settings.MEDIA_ROOT / Upload.objects.get().path).resolve()
    assert path.is_relative_to(settings.MEDIA_ROOT.resolve())
    assert "evil" not in path.name
    assert path.stat().st_mode & 0o007 == 0


# ---- photos of others ----


def test_photos_of_others_are_found_by_nobody(story, row):
    """Row M09: a UUID that is known opens nothing by itself; names on the disk open nothing at all."""
    web(story, turned(1))
    story.work()
    theirs = Report.objects.latest("id")
    photo = theirs.photos.get()
    stranger, eko = story.browser(), attacks.officer(story, "eko")
    stranger.get(f"/l/{row.number}/{access.secret_of(row)}/")  # has a report of their own
    for address in (
        f"/lacak/{theirs.number}/foto/{photo.uuid}/", f"/lacak/{row.number}/foto/{photo.uuid}/",
        f"/lapor/foto/{photo.draft or uuid4()}/{photo.uuid}/", f"/lapor/foto/{theirs.uuid}/{photo.uuid}/?t=x",
        f"/petugas/foto/{photo.uuid}/", f"/petugas/foto/{photo.uuid}/terbit/",
        f"/foto/{photo.path.rsplit('/', 1)[-1]}", f"/foto/{photo.copy.rsplit('/', 1)[-1]}", f"/media/{photo.copy}",
        f"/foto/{photo.uuid.hex}.jpg", f"/static/../media/{photo.copy}",
    ):  # fmt: skip
        for browser in (stranger, eko):
            got = browser.get(address, follow_redirects=False)
            assert got.status_code in (302, 404), address
            assert got.status_code == 404 or "/masuk/" in got.headers["location"], address


def test_a_staged_photo_of_another_form_cannot_be_taken_over(story):
    """Row M09: the token of a staged photo is worth nothing in another form, to show, to send or to drop."""
    page = see(story.browser(), "/lapor/")
    file = ("photos", ("foto.jpg", turned(1), "image/jpeg"))
    page = page.send(page.form("words", "visibility"), words="", place="x" * 301, files=[file])
    token = dict(page.form("words", "visibility").fields)["photos_staged"]
    other = see(story.browser(), "/lapor/")
    data = dict(other.form("words", "visibility").fields) | {"words": people.WORDS, "photos_staged": token}
    for more in ({}, {"photos_drop": token}):
        sent = other.browser.post("/lapor/", data=data | more, headers={"Referer": other.url})
        assert sent.status_code == 200
    assert Report.objects.latest("id").photos.count() == 0
    row = Upload.objects.get()
    assert other.browser.get(f"/lapor/foto/{uuid4()}/{row.uuid}/", params={"t": token}).status_code == 404
    assert page.send(page.form("words", "visibility"), words="Ini dia", place="").status == 200
    assert Report.objects.latest("id").photos.count() == 1
