"""Canaries: a made-up NIK, telephone number and name go in through every door. Before erasure they lie in their sealed
place and nowhere else; afterwards nowhere at all: no table, no file, no log, no copy made from then on."""

import io
import logging
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone
from PIL import Image

from tanggap import access
from tanggap.copies import programs
from tanggap.lib import images
from tanggap.models import Case, Change, Event, Report, Upload
from tanggap.reply import actions as reply
from tanggap.web.logs import Json, Line, RoutesOnly
from tests import cast as people
from tests.app311 import App
from tests.attacks import officer
from tests.page import Page, see

NAME, NIK, MAIL = "Zubaidah Kartanegara", "3174015507880003", "zubaidah@canary.test"
NUMBERS = ("+6281298765432", "081298765432", "0812-9876-5432", "0812 9876 5432", "81298765432")
CANARIES = (NAME, "Zubaidah", "Kartanegara", NIK, MAIL, *NUMBERS)
WORDS = f"Jalan rusak di depan pasar. Nama saya {NAME}, NIK {NIK}, telepon 0812-9876-5432 atau {MAIL}."


def camera_photo() -> bytes:
    """A JPEG in which the camera wrote its owner's name."""
    exif, target = Image.Exif(), io.BytesIO()
    exif[0x013B] = exif[0x8298] = NAME  # artist, copyright
    exif[0x010E] = f"HP {NIK}"
    exif.get_ifd(0x8825).update({1: "S", 2: (1.0, 59.0, 24.0), 3: "E", 4: (118.0, 0.0, 36.0)})
    Image.new("RGB", (320, 240), "#777").save(target, "JPEG", exif=exif)
    return target.getvalue()


# ---- the doors ----


def by_web(story) -> str:
    page = see(story.browser(), "/lapor/")
    files = [("photos", ("IMG.jpg", camera_photo(), "image/jpeg"))]
    sent = page.send(
        page.form("words", "visibility"), files=files, words=WORDS, place=f"Depan rumah saya no 7, a.n. {NAME}",
        lat="-1.99", lon="118.01", contact="0812-9876-5432", visibility="public",
    )  # fmt: skip
    assert sent.status == 200, sent.text[:500]
    return sent.url.rstrip("/").rsplit("/", 1)[-1]


def by_app(story) -> str:
    app = App(story)
    files = [("media", ("IMG.jpg", camera_photo(), "image/jpeg"))]
    [row] = app.post(
        files=files, service_code="jalan-rusak", lat="-1.99", long="118.01", description=WORDS, first_name="Zubaidah",
        last_name="Kartanegara", phone="+62 812 9876 5432", email=MAIL, device_id=NIK,
    )  # fmt: skip
    assert app.status == 200, row
    return row["service_request_id"]


def by_counter(story) -> str:
    page = see(officer(story, "indah"), "/petugas/loket/")
    sent = page.send(
        page.form("name", "words"), name=NAME, contact="0812 9876 5432", words=WORDS, place="Kelurahan Mawar",
        whom="self", reach="page", consent="on",
    )  # fmt: skip
    assert sent.status == 200, sent.text[:500]
    return sent.url.rstrip("/").rsplit("/", 1)[-1]


DOORS = {"web": by_web, "app": by_app, "counter": by_counter}


def own_browser(story, row: Report) -> Page:
    browser = story.browser()
    return see(browser, f"/l/{row.number}/{access.secret_of(row)}/")


def answer(story, row: Report) -> None:
    page = own_browser(story, row)
    files = [("photos", ("IMG.jpg", camera_photo(), "image/jpeg"))]
    sent = page.send(page.form("words", action="/jawab/"), words=f"Nama saya {NAME}, {NIK}.", files=files)
    assert sent.status == 200, sent.text[:500]


# ---- where they are looked for ----


class Kept(logging.Handler):
    """Every line of every log down to DEBUG, as our two formatters write it; of our own loggers and Django's also the
    bare sentence."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []
        self.addFilter(RoutesOnly())

    def emit(self, record: logging.LogRecord) -> None:
        self.lines += [form.format(record) for form in (Line(), Json())]
        if record.name.startswith(("tanggap", "django")):
            self.lines.append(record.getMessage())


@pytest.fixture
def logged() -> Iterator[Kept]:
    shutil.rmtree(settings.MEDIA_ROOT, ignore_errors=True)  # of tests whose rows were rolled back
    kept, root = Kept(), logging.getLogger()
    before = root.level
    root.addHandler(kept)
    root.setLevel(logging.DEBUG)
    yield kept
    root.removeHandler(kept)
    root.setLevel(before)


def spellings() -> dict[str, tuple[bytes, ...]]:
    """Each canary as text, and as PostgreSQL writes bytes."""
    return {one: (one.lower().encode(), one.encode().hex().encode()) for one in CANARIES}


def found(where: str, content: bytes) -> list[str]:
    low = content.lower()
    return [f"{one} in {where}" for one, forms in spellings().items() if any(form in low for form in forms)]


def in_tables() -> list[str]:
    """Every column of every row of every table, whatever its type."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
        tables = [row[0] for row in cursor.fetchall()]
        hits = []
        for table in tables:
            cursor.execute(f'SELECT t::text FROM "{table}" t')
            hits += [hit for (row,) in cursor.fetchall() for hit in found(table, row.encode())]
    return hits


def in_files() -> list[str]:
    files = [path for path in Path(settings.DATA).rglob("*") if path.is_file()]
    return [hit for path in files for hit in found(path.name, path.read_bytes())]


def in_index() -> list[str]:
    """The search index knows stems: none of them finds a canary."""
    words = ("zubaidah", "kartanegara", NIK, "081298765432", "81298765432")
    with connection.cursor() as cursor:
        cursor.execute("SELECT word FROM ts_stat('SELECT search FROM tanggap_report')")
        stems = {row[0] for row in cursor.fetchall()}
    return sorted(stems & set(words))


def in_a_dump() -> list[str]:
    """A dump as `tanggap backup` takes it, but plain, so that nothing hides in its packing."""
    given = connection.settings_dict
    url = f"host={given['HOST']} port={given['PORT']} user={given['USER']} dbname={given['NAME']}"
    fit = programs.fitting(18, far=False)
    with programs.running(fit, url, ["pg_dump", "--format=plain"], stdout=subprocess.PIPE) as process:
        dump, _ = process.communicate()
    assert process.returncode == 0, programs.complaint(process)
    assert b"COPY public.tanggap_report" in dump
    return found("the dump", dump)


def in_the_servers_log() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SHOW data_directory")
        log = Path(cursor.fetchone()[0]).with_name("postgres.log")
    assert log.exists()
    return found("postgres.log", log.read_bytes())


def everywhere(logged: Kept) -> list[str]:
    logs = found("a log", "\n".join(logged.lines).encode())
    return in_tables() + in_files() + in_index() + in_a_dump() + in_the_servers_log() + logs


def erase(story, row: Report, everything: str) -> Page:
    page = own_browser(story, row)
    page = page.follow("Data saya").follow("Hapus data saya")
    return page.send(page.form("everything", "sure"), everything=everything, sure="on")


@pytest.mark.parametrize("everything", ["no", "yes"])
def test_canaries_are_in_their_sealed_place_and_after_erasure_nowhere(story, logged, everything):
    cast = people.assemble()
    numbers = {door: put(story) for door, put in DOORS.items()}
    story.work()
    rows = {door: Report.objects.get(number=number) for door, number in numbers.items()}
    for row in rows.values():
        answer(story, row)
    story.work()
    originals = {Path(name).name for name in Upload.objects.values_list("path", flat=True)}
    assert len(originals) == 5  # web and app with one, and an answer to each of the three
    outside = [hit for hit in everywhere(logged) if hit.rsplit(" ", 1)[-1] not in originals]
    assert outside == []
    assert {hit.rsplit(" ", 1)[-1] for hit in in_files()} == originals
    for row in rows.values():  # the sealed place does hold them
        known = access.person(row.reporter, row)
        assert NAME in known.words
        assert known.contacts[0] == ("phone", NUMBERS[0])
        # an officer's own words may name her
        reply.tell(row.case_id, f"Bu {NAME}, terima kasih.", by=cast.budi, now=timezone.now())
        reply.note(row.case_id, f"Telepon {NAME} di 0812-9876-5432, {MAIL}", by=cast.budi, now=timezone.now())
    story.work()
    before = list(
        Event.objects.exclude(verb="case.redacted").order_by("id").values("id", "verb", "data", "at", "salt")
    )
    last_change = Change.objects.latest("id").id
    for row in rows.values():
        assert erase(story, row, everything).url.endswith("/data-terhapus/")
    story.work()
    assert everywhere(logged) == []
    after = (
        Event.objects.exclude(verb="case.redacted").order_by("id").values("id", "verb", "data", "at", "salt")
    )
    assert list(after) == before
    ended = (
        Change.objects.filter(id__gt=last_change, verb="end").order_by("id").values_list("object", flat=True)
    )
    assert list(ended) == [f"reporter:{row.reporter_id}" for row in rows.values()]
    assert Case.objects.filter(id__in=[row.case_id for row in rows.values()]).count() == 3


def test_the_copies_of_her_photos_hold_nothing_of_the_camera(story):
    people.assemble()
    row = Report.objects.get(number=by_web(story))
    story.work()
    photo = Upload.objects.get(report=row)
    copy = (settings.MEDIA_ROOT / photo.copy).read_bytes()
    assert found("copy", copy) == []
    with Image.open(io.BytesIO(copy)) as image:
        assert dict(image.getexif()) == {}
    assert images.check(camera_photo(), 10_000).kind == "jpeg"
    erase(story, row, "no")
    story.work()
    photo.refresh_from_db()
    assert (photo.path, (settings.MEDIA_ROOT / photo.copy).read_bytes()) == ("", copy)


def test_see_correct_carry_away_erase(story):
    """The whole way, by the secret link alone."""
    cast = people.assemble()
    row = Report.objects.get(number=by_counter(story))
    story.work()
    access.reveal(row, by=cast.budi, reason="call_citizen", now=timezone.now())
    page = own_browser(story, row).follow("Data saya")
    assert NIK in page.text  # her own words
    looks = page.follow("Siapa yang pernah membuka data saya?")
    assert "Kelurahan Mawar" in looks.text
    assert "Cast" not in looks.text
    page = page.send(page.form("name", "phone"), name="Z. Kartanegara", phone="", email="z@canary.test")
    assert "Sudah dibetulkan" in page.text
    assert access.person(row.reporter.__class__.objects.get(pk=row.reporter_id)).contacts == [
        ("email", "z@canary.test")
    ]
    packed = page.browser.get(page.link("Unduh data saya"))
    with zipfile.ZipFile(io.BytesIO(packed.content)) as archive:
        assert archive.namelist() == ["data.json", "data.pdf"]
        assert b"Z. Kartanegara" in archive.read("data.json")
    link = f"/l/{row.number}/{access.secret_of(row)}/"
    assert "sudah dihapus" in erase(story, row, "no").text
    assert "sudah dihapus" in see(story.browser(), link).text
    assert see(page.browser, f"/lacak/{row.number}/data/").status == 404
    assert see(page.browser, f"/lacak/{row.number}/").status == 200


def test_the_number_and_the_claim_code_with_the_secret_prove_it_too(story):
    people.assemble()
    row = Report.objects.get(number=by_web(story))
    for named in (row.number, row.claim):
        page = see(story.browser(), "/lacak/?code=1")
        page = page.send(page.form("number", "code"), number=named, code=access.secret_of(row))
        assert NIK in page.follow("Data saya").text
