"""A case on one screen: its deeds are those of the table, its words are masked, photos are written down."""

from datetime import timedelta

import pytest
from django.utils import timezone
from django.utils.translation import gettext

from tanggap import access, workflow
from tanggap.models import Case, Circle, Event, Glance, Upload
from tanggap.pages.desk.steps import DEEDS, ELSEWHERE_ON_PAGE
from tanggap.reply import actions as reply
from tanggap.routing import actions as routing
from tanggap.triage import actions as triage
from tests.cast import NOON, agency, case_of, photo, report
from tests.unit.pages.conftest import act

pytestmark = pytest.mark.django_db


def address(case: Case) -> str:
    return f"/petugas/kasus/{case.number}/"


def drawn(page, case: Case) -> set[str]:
    """Steps whose button stands on the page."""
    body = page.content.decode()
    return {
        step
        for step in DEEDS
        if f'href="/petugas/langkah/{case.number}/{step}/"' in body
        or f'action="/petugas/langkah/{case.number}/{step}/"' in body
    }


@pytest.mark.parametrize("name", ["budi", "citra", "fajar", "dewi", "gita", "hana", "indah", "kirana"])
@pytest.mark.parametrize("until", ["refer", "start", "submit", "close"])
def test_buttons_are_steps_of_the_table(visit, cast, chain, name, until):
    case = case_of(chain(until))
    viewer = getattr(cast, name)
    page = visit(name).get(address(case))
    if not access.relations(viewer, case):
        assert page.status_code == 404
        return
    assert drawn(page, case) <= set(access.steps(viewer, case))


def test_the_holder_has_every_deed_that_makes_sense(visit):
    case = case_of(report())
    may = set(workflow.steps_for(case.status, {workflow.HOLDER}))
    # nobody below a kelurahan, no way to move from it, nothing to take up again
    senseless = {"delegate", "request_transfer", "resume"}
    expected = (may & set(DEEDS)) - senseless - {"ask", "note"} | {"ask"}
    assert drawn(visit("budi").get(address(case)), case) == expected
    assert set(ELSEWHERE_ON_PAGE) == {"tell", "note", "redact"}


def test_who_only_reads_has_no_deed(visit, words):
    case = case_of(report())
    page = visit("indah").get(address(case))
    assert drawn(page, case) <= {"tell", "note"}
    assert "Anda membaca saja" in words(page)


def test_the_only_green_button_is_the_act_the_page_exists_for(visit, cast):
    case = case_of(report())
    body = visit("budi").get(address(case)).content.decode()
    assert body.count('class="btn go"') == 1
    assert "Teruskan ke Dinas Jalan" in body
    act(routing.refer, case.id, agency("dinas-jalan"), by=cast.budi, at=NOON)
    body = visit("citra").get(address(case)).content.decode()
    assert body.count('class="btn go"') == 1
    assert f'class="btn go" href="/petugas/langkah/{case.number}/delegate/"' in body


def test_words_are_masked_and_the_reporter_has_no_name(visit, words):
    case = case_of(report("Nama saya Ani Lestari. Jalan rusak, hubungi 0812-3456-7890 <b>segera</b>."))
    page = visit("budi").get(address(case))
    body = page.content.decode()
    assert '<span class="mask">nomor HP ditutup</span>' in body
    assert "&lt;b&gt;" in body
    assert "Ani" not in body
    assert "7890" not in body
    assert "-1.99000, 118.01000" in words(page)


@pytest.mark.parametrize("path", [
    "/petugas/kasus/{}/", "/petugas/sekilas/{}/", "/petugas/langkah/{}/refer/", "/petugas/buka/{}/",
])  # fmt: skip
def test_for_another_agency_it_does_not_exist(visit, path):
    case = case_of(report())
    for client in (visit("eko"), visit("joko")):
        assert client.get(path.format(case.number)).status_code == 404
        assert client.post(path.format(case.number)).status_code == 404


def test_a_secret_case_is_for_its_circle(visit):
    case = case_of(report())
    Case.objects.filter(pk=case.pk).update(visibility="secret")
    assert visit("budi").get(address(case)).status_code == 404
    assert visit("hana").get(address(case)).status_code == 404
    Circle.objects.create(case=case, agency=case.holder)
    assert visit("budi").get(address(case)).status_code == 200


def test_the_conversation_shows_letters_answers_and_notes(visit, cast, words):
    case = case_of(report())
    act(reply.tell, case.id, "Kami datang sore ini.", by=cast.budi, at=NOON)
    act(reply.note, case.id, "Aspal ada di gudang.", by=cast.budi, at=NOON + timedelta(minutes=1))
    text = words(visit("budi").get(address(case)))
    assert "Kami datang sore ini." in text
    assert "Catatan dalam. Aspal ada di gudang." in text
    assert "tidak pernah terkirim ke warga" in text


def test_a_joined_case_leads_on_and_can_be_split_by_who_took_it_in(visit, cast, words):
    old, young = case_of(report()), case_of(report(at=NOON + timedelta(minutes=5)))
    act(triage.join, young.id, old.id, by=cast.budi, at=NOON + timedelta(minutes=9))
    page = visit("budi").get(address(young))
    assert f"Kasus ini sudah digabung ke {old.number}." in words(page)
    assert drawn(page, young) == {"split"}
    assert (
        f'href="/petugas/langkah/{young.number}/split/"' in visit("budi").get(address(old)).content.decode()
    )


def test_a_part_names_its_whole_and_the_whole_its_parts(visit, cast, words):
    case = case_of(report())
    part = act(routing.divide, case.id, agency("dinas-bersih"), "Bersihkan got", by=cast.budi, at=NOON)
    assert f"Bagian dari {case.number}." in words(visit("eko").get(address(part)))
    assert "Bersihkan got" in words(visit("budi").get(address(case)))


def test_every_voice_is_read_masked(visit, cast, words):
    old = case_of(report())
    young = case_of(report("Lubang jalan rusak ini, hubungi 0812-9999-8888.", at=NOON + timedelta(minutes=5)))
    act(triage.join, young.id, old.id, by=cast.budi, at=NOON + timedelta(minutes=9))
    text = words(visit("budi").get(address(old)))
    assert "Lubang jalan rusak ini, hubungi nomor HP ditutup ." in text
    assert "9999" not in text


# ---- presence ----


def test_opening_a_case_is_seen_by_colleagues(visit, cast, words):
    case = case_of(report())
    act(routing.refer, case.id, agency("dinas-jalan"), by=cast.budi, at=NOON)
    visit("citra").get(address(case))
    assert "Citra Cast sedang membuka" in words(visit("budi").get(address(case)))


def test_whoever_writes_is_said_to_write_and_no_word_travels(visit, cast, words):
    case = case_of(report())
    sent = {"writing": "1", "version": case.version}
    assert visit("indah").post(f"/petugas/hadir/{case.number}/", sent).status_code == 200
    assert Glance.objects.get(case=case).writing is True
    page = visit("budi").post(f"/petugas/hadir/{case.number}/", {"version": case.version})
    assert "Indah Cast menulis balasan" in words(page)
    assert b"berubah" not in page.content


def test_a_page_that_is_behind_is_told_what_happened(visit, cast, words):
    case = case_of(report())
    act(routing.refer, case.id, agency("dinas-jalan"), by=cast.budi, at=NOON)
    page = visit("indah").post(f"/petugas/hadir/{case.number}/", {"version": case.version})
    assert "Kasus ini baru saja berubah. Diteruskan ke Dinas Jalan dan Penerangan · Budi Cast" in words(page)


# ---- photos ----


@pytest.fixture
def stored(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    (tmp_path / "none.jpg").write_bytes(b"\xff\xd8\xff\xe0 a copy")

    def of(case: Case) -> Upload:
        row = photo()
        Upload.objects.filter(pk=row.pk).update(report=case.reports.get())
        return row

    return of


def test_a_photo_is_written_down_once_a_day(visit, stored):
    case = case_of(report())
    row = stored(case)
    client = visit("budi")
    page = client.get(f"/petugas/foto/{row.uuid}/")
    assert (page.status_code, page["Content-Type"], page["Cache-Control"]) == (
        200,
        "image/jpeg",
        "no-store, private",
    )
    client.get(f"/petugas/foto/{row.uuid}/")
    visit("indah").get(f"/petugas/foto/{row.uuid}/")
    seen = Event.objects.filter(case=case, verb="case.photo_opened")
    assert [(event.by_kind, event.data) for event in seen] == [("officer", {"photo": str(row.uuid)})] * 2
    assert len({event.by_id for event in seen}) == 2


def test_a_strangers_photo_does_not_exist(visit, stored):
    row = stored(case_of(report()))
    assert visit("eko").get(f"/petugas/foto/{row.uuid}/").status_code == 404
    assert visit().get(f"/petugas/foto/{row.uuid}/").status_code == 302
    assert not Event.objects.filter(verb="case.photo_opened").exists()


def test_a_photo_that_is_not_ready_is_promised(visit, words, stored):
    case = case_of(report())
    row = stored(case)
    Upload.objects.filter(pk=row.pk).update(state=Upload.STORED, copy="")
    assert visit("budi").get(f"/petugas/foto/{row.uuid}/").status_code == 404
    assert gettext("The photo is being prepared") in words(visit("budi").get(address(case)))


def test_the_history_leaves_out_who_only_looked(visit, stored, words):
    case = case_of(report())
    visit("budi").get(f"/petugas/foto/{stored(case).uuid}/")
    text = words(visit("budi").get(address(case)))
    brief = text[text.index("Riwayat ·") : text.index("Tindakan")]
    assert "Foto dibuka" not in brief
    assert "Foto dibuka" in text
    assert timezone.now() > NOON - timedelta(days=1)
