"""Search, the keys, and the look at who reported."""

import pytest

from tanggap.models import Event
from tanggap.web.nav import DESK
from tests.cast import case_of, report

pytestmark = pytest.mark.django_db
PHONE = "+6281234567890"


# ---- search ----


@pytest.mark.parametrize("wanted", ["berlubang jalan", "Melati", "melati raya"])
def test_words_and_streets_are_found(visit, words, wanted):
    case = case_of(report("Jalan rusak dan berlubang.", place="Jl. Melati Raya"))
    assert case.number in words(visit("budi").get("/petugas/cari/", {"q": wanted}))


def test_a_whole_number_leads_to_its_case(visit, words):
    case = case_of(report())
    client = visit("budi")
    answer = client.get("/petugas/cari/", {"q": case.number.lower()})
    assert answer["Location"] == f"/petugas/kasus/{case.number}/"
    assert case.number in words(client.get("/petugas/cari/", {"q": case.number[:9]}))


@pytest.mark.parametrize(
    "wanted", ["Ani", "0812", PHONE, "7890", "'; DROP", "%", "\x00", "a" * 5000, "⟦phone⟧"]
)
def test_nobody_is_found_by_name_or_number(visit, wanted, words):
    case = case_of(report("Nama saya Ani. Jalan rusak, hubungi 0812-3456-7890."))
    page = visit("budi").get("/petugas/cari/", {"q": wanted})
    assert page.status_code == 200
    assert wanted == "⟦phone⟧" or case.number not in words(page)


def test_the_claim_code_of_an_offline_receipt_finds_the_case(visit, words):
    row = report()
    shown = f"{row.claim[:4].lower()}-{row.claim[4:]}"
    assert case_of(row).number in words(visit("budi").get("/petugas/cari/", {"q": shown}))
    assert "Tidak ada yang cocok" in words(visit("eko").get("/petugas/cari/", {"q": shown}))


def test_another_agency_finds_nothing(visit, words):
    case = case_of(report())
    for wanted in (case.number, "jalan rusak"):
        page = visit("eko").get("/petugas/cari/", {"q": wanted})
        assert "Tidak ada yang cocok" in words(page)


def test_an_empty_search_asks(visit):
    assert visit("budi").get("/petugas/cari/").status_code == 200


# ---- keys ----


@pytest.mark.parametrize("name", ["budi", "dewi", "gita", "hana", "joko"])
def test_commands_are_links_of_the_own_roles(visit, cast, name):
    body = visit(name).get("/petugas/perintah/").content.decode()
    roles = getattr(cast, name).roles
    for way in DESK:
        mine = bool(way.roles & (roles | {"*"}))
        assert (f"<span>{way.label}</span>" in body) <= mine


# ---- the original ----


def test_the_original_asks_why(visit, words):
    case = case_of(report())
    page = visit("budi").get(f"/petugas/buka/{case.number}/")
    assert "Buka yang asli?" in words(page)
    assert PHONE not in page.content.decode()
    assert visit("budi").post(f"/petugas/buka/{case.number}/", {}).status_code == 422
    assert visit("budi").post(f"/petugas/buka/{case.number}/", {"reason": "not_ours"}).status_code == 422
    assert not Event.objects.filter(verb="case.revealed").exists()


def test_the_original_is_shown_once_and_written_down(visit, words):
    case = case_of(report())
    page = visit("budi").post(f"/petugas/buka/{case.number}/", {"reason": "call_citizen"})
    text = words(page)
    assert "Ani" in text
    assert PHONE in text
    assert "0812-3456-7890" in text
    assert page["Cache-Control"] == "no-store, private"
    event = Event.objects.get(verb="case.revealed")
    assert event.data == {"report": case.reports.get().id, "reason": "call_citizen"}


def test_who_only_reads_opens_nothing(visit, words):
    case = case_of(report())
    page = visit("indah").post(f"/petugas/buka/{case.number}/", {"reason": "call_citizen"})
    assert page.status_code == 403
    assert PHONE not in page.content.decode()
    assert "Anda tidak dapat membuka yang asli" in words(page)
    assert not Event.objects.filter(verb="case.revealed").exists()
