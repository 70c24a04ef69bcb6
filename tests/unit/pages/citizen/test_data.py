"""My data, the notice, who opened it: as the person in their own browser sees them, and nobody else."""

import io
import json
import zipfile
from datetime import timedelta
from uuid import uuid4

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tanggap import access
from tanggap.models import City, Event, Notice, Reference, Report, Reporter, Upload
from tanggap.pages.citizen import privacy
from tanggap.reply import actions as reply
from tests import cast as people

LATER = people.NOON + timedelta(hours=1)
pytestmark = pytest.mark.django_db


@pytest.fixture
def row(cast) -> Report:
    return people.report()


def address(row: Report, more: str = "") -> str:
    return f"/lacak/{row.number}/data/{more}"


def known(row: Report) -> access.Person:
    return access.person(Reporter.objects.get(pk=row.reporter_id), Report.objects.get(pk=row.pk))


def typed(**more: str) -> dict[str, str]:
    return {"name": "Ani", "phone": "0812-3456-7890", "email": "", "language": "id"} | more


def test_the_page_shows_what_is_held(holds, row, words):
    page = words(holds(row).get(address(row)))
    assert "Hubungi 0812-3456-7890" in page  # her own words, as she wrote them
    assert "Kelurahan Mawar" in page
    assert "2026-11" in page


@pytest.mark.parametrize("more", ["", "unduh/", "hapus/"])
def test_nobody_else_finds_it(holds, row, visit, more):
    for browser in (holds(), holds(people.report()), visit("budi"), visit("joko")):
        for answer in (
            browser.get(address(row, more)),
            browser.get(address(row, more).replace(row.number, "KM1")),
        ):
            assert answer.status_code == 404
    assert holds().post(address(row, "hapus/"), {"everything": "yes", "sure": "on"}).status_code == 404
    assert known(row).name == "Ani"


@pytest.mark.parametrize("more", ["", "unduh/", "hapus/"])
def test_it_is_kept_by_no_cache(holds, row, more):
    assert "no-store" in holds(row).get(address(row, more)).headers["Cache-Control"]


def test_looking_changes_nothing_and_costs_the_same_for_more(holds, row):
    browser = holds(row)

    def once() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert browser.get(address(row)).status_code == 200
        return len(seen)

    def statements() -> int:
        return min(once(), once())  # the city is read anew every few seconds

    before, events = statements(), Event.objects.count()
    for _ in range(10):
        reply.answer(row.id, "Masih rusak", form=uuid4(), by=access.reporter_viewer(row), now=LATER)
        photo = people.photo(LATER)
        Upload.objects.filter(pk=photo.pk).update(report=row)
    assert statements() == before
    assert Event.objects.count() == events + 10


def test_correcting(holds, row, words):
    answer = holds(row).post(
        address(row), typed(name="Ani W.", phone="0813 1111 2222", email="ani@contoh.id")
    )
    assert (answer.status_code, answer["Location"]) == (303, address(row))
    assert (known(row).name, sorted(known(row).contacts)) == (
        "Ani W.", [("email", "ani@contoh.id"), ("phone", "+6281311112222")]
    )  # fmt: skip


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("phone", "12", "angka"), ("phone", "ani@contoh.id", "bukan nomor telepon"),
        ("email", "ani@", "belum lengkap"),
        ("email", "0812-3456-7890", "belum lengkap"), ("name", "x" * 400, "400"), ("language", "xx", ""),
        ("phone", "0812-3456-7890, dua", "bukan nomor"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_and_what_was_typed_stays(holds, row, words, field, value, said):
    answer = holds(row).post(
        address(row), typed(**{field: value, "name" if field != "name" else "email": "Zz"})
    )
    assert answer.status_code == 422
    assert said in words(answer)
    assert field == "language" or value in answer.content.decode()
    assert known(row).name == "Ani"


def test_the_download(holds, row):
    answer = holds(row).get(address(row, "unduh/"))
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/zip")
    assert answer["Content-Disposition"] == f'attachment; filename="data-{row.number}.zip"'
    with zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))) as archive:
        assert archive.namelist() == ["data.json", "data.pdf"]
        assert json.loads(archive.read("data.json"))["person"]["name"] == "Ani"


def test_erasing_needs_a_second_thought(holds, row, words):
    browser = holds(row)
    page = words(browser.get(address(row, "hapus/")))
    assert row.number in page
    answer = browser.post(address(row, "hapus/"), {"everything": "no"})
    assert answer.status_code == 422
    assert known(row).name == "Ani"
    answer = browser.post(address(row, "hapus/"), {"everything": "perhaps", "sure": "on"})
    assert answer.status_code == 422
    answer = browser.post(address(row, "hapus/"), {"everything": "no", "sure": "on"})
    assert (answer.status_code, answer["Location"]) == (303, "/data-terhapus/")
    assert known(row) == access.Person("", [], "")
    assert browser.get(address(row)).status_code == 404


@pytest.mark.parametrize("everything", ["no", "yes"])
def test_afterwards_every_page_about_it_still_stands(holds, row, visit, words, everything):
    secret = access.secret_of(row)
    holds(row).post(address(row, "hapus/"), {"everything": everything, "sure": "on"})
    assert holds().get(f"/l/{row.number}/{secret}/")["Location"] == "/data-terhapus/"
    code = holds().post("/lacak/", {"number": row.number, "code": secret})
    assert code["Location"] == "/data-terhapus/"
    assert holds().get("/data-terhapus/").status_code == 200
    again = Report.objects.get(
        pk=row.pk
    )  # a receipt may be printed again, a form sent again: neither opens it
    assert holds().get(f"/l/{row.number}/{access.secret_of(again)}/")["Location"] == "/data-terhapus/"
    assert holds(again).get(address(row)).status_code == 404
    assert row.number not in words(holds(again).get("/laporan-saya/"))
    assert holds().get(f"/lacak/{row.number}/").status_code == 200
    number = people.case_of(row).number
    for name, pages in {
        "budi": ("", f"kasus/{number}/", "cari/?q=jalan", f"buka/{row.number}/"), "dewi": ("papan/", f"kasus/{number}/")
    }.items():  # fmt: skip
        for page in pages:
            assert visit(name).get(f"/petugas/{page}").status_code == 200, page
    answer = visit("budi").post(f"/petugas/buka/{row.number}/", {"reason": "call_citizen"})
    assert answer.status_code == 200
    assert "Ani" not in answer.content.decode()


def test_not_while_its_words_are_being_read(holds, cast, words):
    row = people.report(react=False)
    answer = holds(row).post(address(row, "hapus/"), {"everything": "no", "sure": "on"})
    assert answer.status_code == 409
    assert "setengah menit" in words(answer)


# ---- who opened it ----


def test_looks_at_data_and_photos_are_told_by_office_time_and_reason(holds, row, visit, words):
    photo = people.photo(row.said_at)
    Upload.objects.filter(pk=photo.pk).update(report=row)
    (settings.MEDIA_ROOT / photo.copy).parent.mkdir(parents=True, exist_ok=True)
    (settings.MEDIA_ROOT / photo.copy).write_bytes(b"a photo")
    assert "Belum ada" in words(holds(row).get(f"/lacak/{row.number}/siapa/"))
    budi = visit("budi")
    assert budi.get(f"/petugas/foto/{photo.uuid}/").status_code == 200
    assert budi.post(f"/petugas/buka/{row.number}/", {"reason": "call_citizen"}).status_code == 200
    page = words(holds(row).get(f"/lacak/{row.number}/siapa/"))
    assert page.count("Kelurahan Mawar") == 2
    assert "Melihat foto" in page
    assert "Cast" not in page  # no officer's name


# ---- the notice ----


def test_the_version_in_force_and_the_earlier_one(holds, words):
    page = words(holds().get("/privasi/"))
    assert "2026-11" in page
    earlier = words(holds().get("/privasi/2026-01/"))
    assert "tidak berlaku lagi" in earlier
    assert holds().get("/privasi/2026-02/").status_code == 404
    english = holds()
    english.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    assert "Privacy notice" in words(english.get("/privasi/"))


def test_a_version_that_has_not_begun_is_announced_and_not_shown(holds, words, db):
    Notice.objects.create(
        version="2027-01", valid_from="2027-01-01", text_id="# Baru\n\nx", text_en="# New\n\nx"
    )
    City.objects.update(version=City.objects.get().version + 1)
    Reference.forget()
    assert "2027-01" in words(holds().get("/privasi/"))
    assert holds().get("/privasi/2027-01/").status_code == 404
    Reference.forget()


def test_the_form_links_the_version_in_force(holds, words):
    page = holds().get("/lapor/").content.decode()
    assert "versi 2026-11" in page
    assert 'href="/privasi/"' in page


def test_the_version_is_part_of_what_was_received(row):
    event = Event.objects.get(case=row.case_id, verb="case.received")
    assert event.data["notice"] == "2026-11"


def test_a_notice_is_text_with_four_marks_and_no_markup():
    title, lead, sections = privacy.read(
        "# T & <b>\n\nEins\nzwei\n\n## H\n- **a** <i>\n- b\n\nEnde **<script>**"
    )
    assert (title, [str(one) for one in lead]) == ("T & <b>", ["Eins zwei"])
    assert [(one.title, [(kind, [str(said) for said in rows]) for kind, rows in one.parts]) for one in sections] == [
        ("H", [("ul", ["<b>a</b> &lt;i&gt;", "b"]), ("p", ["Ende <b>&lt;script&gt;</b>"])])
    ]  # fmt: skip
