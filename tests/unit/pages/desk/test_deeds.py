"""Each deed's page: what it offers, what it shows beforehand, what it does, and how every refusal reads."""

import inspect
import re
from datetime import timedelta
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image

from tanggap import flow
from tanggap.followup import actions as followup
from tanggap.models import Case, Letter, Message, Task, Upload
from tanggap.pages.desk.words import REFUSALS
from tanggap.reply import actions as reply
from tanggap.routing import actions as routing
from tests.cast import NOON, agency, case_of, report
from tests.unit.pages.conftest import act

pytestmark = pytest.mark.django_db


def address(case: Case, step: str) -> str:
    return f"/petugas/langkah/{case.number}/{step}/"


def now(case: Case) -> Case:
    return Case.objects.select_related("holder").get(pk=case.pk)


def alerts(page) -> str:
    """What the page says at its fields."""
    found = re.findall(r'<p class="why"[^>]*>.*?<span>(.*?)</span></p>', page.content.decode())
    return " | ".join(found)


# ---- handing on ----


def test_the_office_in_charge_is_suggested_with_its_reason(visit, words):
    case = case_of(report())
    page = visit("budi").get(address(case, "refer"))
    text = words(page)
    assert b'value="dinas-jalan" checked' in page.content
    assert "Kata: lubang, jalan rusak." in text
    assert "Teruskan ke Dinas Jalan" in text


def test_the_unit_is_locked_and_says_where_instead(visit, words):
    case = case_of(report())
    page = visit("budi").get(address(case, "refer"))
    assert (
        "Cabang Dinas Jalan Bunga Kelurahan meneruskan ke dinasnya; dinas yang mendisposisi ke cabang dinas."
        in (words(page))
    )
    assert b'value="cabang-jalan-a"' not in page.content


def test_refer_does_what_its_page_said(visit, words):
    case, client = case_of(report()), visit("budi")
    shown = words(client.get(address(case, "refer")))
    sent = {"to": "dinas-jalan", "note": "Penanda terpasang.", "version": case.version}
    answer = client.post(address(case, "refer"), sent)
    assert answer["Location"] == f"/petugas/kasus/{case.number}/"
    assert now(case).holder.code == "dinas-jalan"
    assert now(case).assignment.note == "Penanda terpasang."
    flow.run_inside(timezone.now())
    letter = Letter.objects.get(case=case, code="passed_on")
    for line in letter.text.splitlines():
        assert line.strip() in shown


@pytest.mark.parametrize(("sent", "said"), [
    ({"to": "cabang-jalan-a"}, "Kelurahan meneruskan ke dinasnya"),
    ({"to": "ext-listrik"}, "Dari Kelurahan Mawar tidak ada jalur ke Perusahaan Listrik."),
    ({"to": "kel-m1.a.1"}, "Kasusnya sudah di instansi ini."),
    ({"to": "nowhere"}, "Pilih instansinya."),
    ({"to": "other", "other": ""}, "Ketik nama instansinya."),
    ({"to": "other", "other": "Dinas"}, "Tidak ada instansi dengan nama ini, atau lebih dari satu."),
    ({"to": "dinas-jalan", "other": "Bagian Pengawasan"}, "Anda mengetik di sini tetapi memilih yang lain"),
])  # fmt: skip
def test_a_wrong_choice_is_told_at_its_field_and_the_note_stays(visit, sent, said):
    case = case_of(report())
    page = visit("budi").post(address(case, "refer"), {"note": "Ramai pagi.", "version": case.version} | sent)
    assert page.status_code == 422
    assert said in alerts(page)
    assert b'value="Ramai pagi."' in page.content
    assert now(case).holder.code == "kel-m1.a.1"


def test_an_office_can_be_typed(visit):
    case = case_of(report())
    sent = {"to": "other", "other": "kebersihan dan air", "version": case.version}
    # two words of its name are enough, where only one agency holds them
    visit("budi").post(address(case, "refer"), sent | {"other": "Dinas Kebersihan"})
    assert now(case).holder.code == "dinas-bersih"


def test_delegation_offers_own_units_the_one_of_the_place_first(visit, cast, words):
    case = case_of(report())
    act(routing.refer, case.id, agency("dinas-jalan"), by=cast.budi, at=NOON)
    page = visit("citra").get(address(case, "delegate"))
    assert b'value="cabang-jalan-a" checked' in page.content
    assert "Unit untuk tempat ini: Bunga." in words(page)
    sent = {"to": "cabang-bersih", "version": now(case).version}
    answer = visit("citra").post(address(case, "delegate"), sent)
    assert "Bukan unit Anda: Cabang Dinas Kebersihan di bawah Dinas Kebersihan dan Air." in alerts(answer)


def test_a_move_needs_words_and_leaves_the_case_where_it_is(visit, cast):
    case = case_of(report())
    act(routing.refer, case.id, agency("dinas-jalan"), by=cast.budi, at=NOON)
    client, sent = visit("citra"), {"to": "dinas-bersih", "version": now(case).version}
    assert client.post(address(case, "request_transfer"), sent | {"note": ""}).status_code == 422
    client.post(address(case, "request_transfer"), sent | {"note": "Amblas di atas saluran."})
    assert Task.objects.get(kind=Task.TRANSFER).target.code == "dinas-bersih"
    assert now(case).holder.code == "dinas-jalan"
    again = client.post(address(case, "request_transfer"), {"to": "dinas-bersih", "note": "Lagi.",
                                                           "version": now(case).version})  # fmt: skip
    assert str(REFUSALS["already_asked"]) in alerts(again)


def test_refusing_names_who_gets_it_back(visit, cast, words):
    case = case_of(report())
    act(routing.refer, case.id, agency("dinas-jalan"), by=cast.budi, at=NOON)
    client = visit("citra")
    assert "Kelurahan Mawar menerima, atau menolak dengan alasan" in words(
        client.get(address(case, "refuse"))
    )
    assert client.post(address(case, "refuse"), {"version": now(case).version}).status_code == 422
    client.post(address(case, "refuse"), {"reason": "not_ours", "version": now(case).version})
    assert now(case).holder.code == "kel-m1.a.1"


def test_a_part_goes_to_another_office(visit):
    case = case_of(report())
    sent = {"to": "dinas-bersih", "title": "Bersihkan salurannya", "version": case.version}
    visit("budi").post(address(case, "divide"), sent)
    part = Case.objects.get(parent=case)
    assert (part.holder.code, part.title) == ("dinas-bersih", "Bersihkan salurannya")
    assert visit("eko").get(f"/petugas/kasus/{part.number}/").status_code == 200
    assert visit("eko").get(address(part, "refuse")).status_code == 200


# ---- two officers at once ----


def test_the_second_is_told_who_did_what_and_keeps_the_words(visit, cast, words):
    case = case_of(report())
    act(reply.ask, case.id, "Di mana tepatnya?", by=cast.budi, at=timezone.now())
    sent = {"to": "dinas-jalan", "note": "Penanda terpasang.", "version": case.version}
    page = visit("budi").post(address(case, "refer"), sent)
    assert page.status_code == 409
    text = words(page)
    assert "Petugas lain lebih dulu. Ini keadaan sekarang, tulisan Anda masih ada." in text
    assert "Warga ditanya · Budi Cast, Kelurahan Mawar" in text
    assert b'value="Penanda terpasang."' in page.content
    assert f'name="version" value="{now(case).version}"'.encode() in page.content
    assert now(case).holder.code == "kel-m1.a.1"


def test_what_is_no_longer_possible_says_where_it_stands(visit, cast, words):
    case = case_of(report())
    act(routing.refer, case.id, agency("dinas-jalan"), by=cast.budi, at=timezone.now())
    sent = {"to": "dinas-bersih", "note": "Penanda terpasang.", "version": case.version}
    page = visit("budi").post(address(case, "refer"), sent)
    assert page.status_code == 409
    text = words(page)
    assert "“Teruskan” tidak bisa sekarang" in text
    assert "Kasus ini di Dinas Jalan dan Penerangan." in text
    assert "Penanda terpasang." in page.content.decode()
    assert visit("budi").get(address(case, "refer")).status_code == 409


def test_a_form_without_a_version_overwrites_nothing(visit):
    case = case_of(report())
    assert visit("budi").post(address(case, "start")).status_code == 409
    assert now(case).status == "ASSIGNED"


def test_an_unknown_step_does_not_exist(visit):
    case = case_of(report())
    for step in ("fly", "close", "receive", "confirm"):
        assert visit("budi").get(address(case, step)).status_code == 404


# ---- the work ----


def test_start_is_one_press(visit):
    case = case_of(report())
    visit("budi").post(address(case, "start"), {"version": case.version})
    assert now(case).status == "IN_PROGRESS"


@pytest.mark.parametrize(("days", "code"), [(-1, "date_past"), (400, "date_far")])
def test_a_day_that_can_not_be_is_told_at_its_field(visit, days, code):
    case = case_of(report())
    on = (timezone.now() + timedelta(days=days)).date()
    page = visit("budi").post(address(case, "estimate"), {"on": on.isoformat(), "version": case.version})
    assert alerts(page) == str(REFUSALS[code])
    assert on.isoformat().encode() in page.content


def test_an_estimate_shows_its_letter_first(visit, words):
    case, client = case_of(report()), visit("budi")
    on = (timezone.now() + timedelta(days=3)).date()
    sent = {"on": on.isoformat(), "version": case.version}
    preview = client.post(address(case, "estimate") + "?preview=1", sent)
    assert "memperkirakan selesai" in words(preview)
    assert now(case).estimate_on is None
    client.post(address(case, "estimate"), sent)
    assert now(case).estimate_on == on


def test_waiting_has_a_reason_and_ends(visit, words):
    case, client = case_of(report()), visit("budi")
    client.post(address(case, "pause"), {"reason": "wait_material", "version": case.version})
    assert now(case).waiting_for == "external"
    assert "Kerjakan lagi" in words(client.get(f"/petugas/kasus/{case.number}/"))
    client.post(address(case, "resume"), {"version": now(case).version})
    assert now(case).waiting_for == ""


def picture() -> SimpleUploadedFile:
    held = BytesIO()
    Image.new("RGB", (40, 30), "grey").save(held, "JPEG")
    return SimpleUploadedFile("sesudah.jpg", held.getvalue(), "image/jpeg")


@pytest.fixture
def started(chain, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return case_of(chain("start"))


def test_what_was_fixed_needs_a_photo(visit, started):
    sent = {"resolution": "fixed", "said": "Ditambal aspal dingin.", "version": started.version}
    page = visit("fajar").post(address(started, "submit"), sent)
    assert alerts(page) == str(REFUSALS["photo_missing"])
    assert "Ditambal aspal dingin." in page.content.decode()


def test_a_photo_stays_while_the_form_is_wrong_and_goes_with_it(visit, started, words):
    client = visit("fajar")
    sent = {"resolution": "fixed", "said": "", "version": started.version}
    page = client.post(address(started, "submit"), sent | {"photos": picture()})
    assert page.status_code == 422
    body = page.content.decode()
    kept = re.search(r'name="photos_staged" value="([^"]+)"', body)[1]
    draft = re.search(r'name="draft" value="([^"]+)"', body)[1]
    again = sent | {"said": "Ditambal aspal dingin 60 cm.", "photos_staged": kept, "draft": draft}
    done = client.post(address(started, "submit"), again, follow=True)
    assert "Diserahkan dengan 1 foto." in words(done)
    assert now(started).status == "AWAITING_REVIEW"
    assert Upload.objects.get(followup__case=started).moment == "after"


def test_a_file_that_is_no_photo_is_named(visit, started):
    sent = {"resolution": "scheduled", "said": "Masuk jadwal Januari.", "version": started.version}
    bad = SimpleUploadedFile("catatan.jpg", b"bukan foto", "image/jpeg")
    page = visit("fajar").post(address(started, "submit"), sent | {"photos": bad})
    assert "catatan.jpg bukan foto" in alerts(page) or "catatan.jpg" in alerts(page)
    assert now(started).status == "IN_PROGRESS"


# ---- words ----


@pytest.mark.parametrize("step", ["ask", "tell"])
def test_words_to_citizens_are_shown_before_they_go(visit, step, words):
    case, client = case_of(report()), visit("budi")
    sent = {"to": step, "said": "Lubangnya di sebelah mana?", "version": case.version}
    preview = client.post(address(case, "tell"), sent)
    assert preview.status_code == 200
    assert words(preview).count("Lubangnya di sebelah mana?") == 2
    assert not Letter.objects.filter(case=case, by__isnull=False).exists()
    seen = re.search(r'name="seen" value="([^"]+)"', preview.content.decode())[1]
    client.post(address(case, step), sent | {"seen": seen, "said": "Lubangnya di depan apa?"})
    assert not Letter.objects.filter(case=case, by__isnull=False).exists(), "other words are shown again"
    client.post(address(case, step), sent | {"seen": seen})
    assert "Lubangnya di sebelah mana?" in Letter.objects.get(case=case, by__isnull=False).text


def test_a_note_is_kept_at_once_and_stays_inside(visit):
    case = case_of(report())
    visit("budi").post(address(case, "tell"), {"to": "note", "said": "Aspal ada di gudang.", "version": 1})
    assert Message.objects.get(case=case, note=True).words == "Aspal ada di gudang."
    assert not Letter.objects.filter(case=case, by__isnull=False).exists()


def test_nothing_said_is_told_at_the_field(visit):
    case = case_of(report())
    page = visit("budi").post(address(case, "ask"), {"said": "  ", "version": case.version})
    assert alerts(page) == "Tulis sesuatu dulu."


# ---- what a case is ----


def test_the_younger_case_goes_into_the_older_from_either_page(visit, words):
    old, young = case_of(report()), case_of(report(at=NOON + timedelta(minutes=5)))
    client = visit("budi")
    page = client.get(address(old, "join"))
    assert f"Berlanjut sebagai {old.number}" in words(page)
    client.post(address(old, "join"), {"into": young.number, "version": now(old).version})
    assert now(young).joined_into_id == old.id
    split = client.get(address(young, "split"))
    assert split.status_code == 200
    client.post(address(young, "split"), {"version": now(young).version})
    assert (now(young).status, now(young).joined_into_id) == ("ASSIGNED", None)


@pytest.mark.parametrize("number", ["", "KM0000000000", "itself"])
def test_a_case_that_can_not_be_joined_is_told(visit, number):
    case = case_of(report())
    typed = case.number if number == "itself" else number
    sent = {"into": "other", "number": typed, "version": case.version}
    page = visit("budi").post(address(case, "join"), sent)
    assert page.status_code == 422
    assert alerts(page)
    assert now(case).status == "ASSIGNED"


def test_words_the_rules_missed_are_covered_by_hand(visit):
    case = case_of(report("Jalan rusak di depan rumah Pak Anton, dalam sekali."))
    row, client = case.reports.get(), visit("budi")
    sent = {"report": row.id, "said": "Pak Anton", "version": case.version}
    assert client.post(address(case, "redact"), sent | {"said": "Bu Siti"}).status_code == 422
    client.post(address(case, "redact"), sent)
    row.refresh_from_db()
    assert row.words == "Jalan rusak di depan rumah ⟦hand⟧, dalam sekali."
    assert "Anton" not in client.get(f"/petugas/kasus/{case.number}/").content.decode()


def test_every_code_of_a_refusal_has_a_sentence():
    codes = {kind.code for kind in routing.RoutingRefused.__subclasses__()} | {routing.RoutingRefused.code}
    assert codes <= set(REFUSALS)
    raised = set(re.findall(r'FollowUpRefused\("(\w+)"\)', inspect.getsource(followup)))
    citizens = {"too_late", "stars", "appeal_instead", "appealed_already", "contest_first"}
    assert raised - citizens <= set(REFUSALS)


@pytest.mark.parametrize("name", ["kirana", "dewi", "gita"])
def test_a_step_that_is_not_ones_own_is_refused_however_it_is_posted(visit, name):
    case = case_of(report())
    for data in ({}, {"to": "dinas-jalan", "version": case.version}):
        assert visit(name).post(address(case, "refer"), data).status_code == 409
    assert now(case).holder.code == "kel-m1.a.1"
