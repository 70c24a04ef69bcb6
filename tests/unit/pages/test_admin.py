"""The administrator: lists of people and rules, what the machine put aside. The deeds: test_admin_people.py."""

import re

import pytest
from django.utils import timezone

from tanggap.models import Change, Clock, Event, Job, Letter, Membership, Officer, Reaction, Upload
from tanggap.monitoring import counts
from tests.cast import PASSWORD, WORDS, agency, case_of, code, photo, report
from tests.unit.pages.test_review import queries

pytestmark = pytest.mark.django_db
HOME = "/petugas/atur/"
PAGES = ("", "instansi/", "orang/", "kewenangan/", "serah/")


@pytest.fixture(autouse=True)
def fresh():
    counts.forget()


def changes(of: str):
    """Loading the city has written some of its own."""
    return Change.objects.filter(object__startswith=of)


@pytest.mark.parametrize("path", PAGES)
def test_administrators_alone_open_these_pages(visit, cast, path):
    assert visit("joko").get(HOME + path).status_code == 200
    for name in ("budi", "citra", "dewi", "eko", "gita", "hana", "indah", "kirana"):
        assert visit(name).get(HOME + path).status_code == 404
    assert visit().get(HOME + path).status_code == 302


def test_an_administrator_lands_here_after_log_in(visit):
    client = visit()
    answer = client.post("/masuk/", {"login": "joko", "password": PASSWORD})
    assert answer["Location"] == "/akun/dua-langkah/masuk/"
    assert client.post(answer["Location"], {"code": code()})["Location"] == HOME


# ---- lists ----


@pytest.mark.parametrize(("path", "wanted", "found", "hidden"), [
    ("orang/", "citra", "Citra Cast", "Eko Cast"),
    ("orang/", "Kebersihan", "Eko Cast", "Citra Cast"),
    ("instansi/", "mawar", "Kelurahan Mawar", "Kelurahan Kenanga"),
    ("kewenangan/", "lampu", "Lampu jalan", "Parkir liar"),
    ("serah/", "kelurahan", "Kelurahan", "Cabang dinas"),
])  # fmt: skip
def test_lists_are_searched(visit, path, wanted, found, hidden):
    heads = headings(visit("joko").get(HOME + path, {"q": wanted}).content.decode())
    assert any(found in head for head in heads)
    assert not any(hidden in head for head in heads)


def headings(body: str) -> list[str]:
    """What the rows of a list are called."""
    found = re.findall(r"<tr[^>]*><th scope=\"row\"[^>]*>(.*?)</th>", body)
    return [re.sub(r"<[^>]+>", "", head) for head in found]


@pytest.mark.parametrize("path", PAGES[1:])
def test_odd_words_break_no_list(visit, path):
    for said in ("\x00", "%", "'; --", "x" * 5000, "~", "a~b", "~" + "9" * 40):
        assert visit("joko").get(HOME + path, {"q": said, "sesudah": said}).status_code == 200


@pytest.mark.parametrize(("module", "path"), [("agencies", "instansi/"), ("people", "orang/"),
                                              ("mandates", "kewenangan/")])  # fmt: skip
def test_lists_page_by_key(visit, words, monkeypatch, module, path):
    monkeypatch.setattr(f"tanggap.pages.admin.{module}.PAGE", 3)
    client, seen, address = visit("joko"), [], HOME + path
    for _ in range(20):
        body = client.get(address).content.decode()
        seen += headings(body)
        more = [link for link in re.findall(r'href="(\?[^"]*sesudah=[^"]*)"', body) if "bahasa" not in link]
        if not more:
            break
        address = HOME + path + more[0].replace("&amp;", "&")
    assert len(seen) == {"instansi/": 17, "orang/": 10, "kewenangan/": 10}[path]


def test_ten_more_officers_cost_no_more_statements(visit, cast):
    client = visit("joko")
    one = queries(client, HOME + "orang/")
    for number in range(10):
        officer = Officer.objects.create(username=f"baru{number}", name=f"Baru {number}")
        Membership.objects.create(officer=officer, agency=agency("dinas-jalan"), role_id="desk",
                                  valid_from="2020-01-01")  # fmt: skip
    assert queries(client, HOME + "orang/") == one
    assert one <= 8


@pytest.mark.parametrize("path", PAGES)
def test_every_list_is_cheap(visit, path):
    assert queries(visit("joko"), HOME + path) <= 9


# ---- whose task is this? ----


@pytest.mark.parametrize(("category", "place", "day", "office"), [
    ("jalan-rusak", "Kelurahan Mawar", "2026-11-24", "Dinas Jalan dan Penerangan"),
    ("jalan-rusak", "Kelurahan Dahlia", "2026-11-24", "Kelurahan Dahlia"),
    ("sampah", "Kelurahan Kenanga", "", "Kelurahan Kenanga"),
    ("sampah", "", "2026-11-24", "Tidak ada yang berwenang."),
])  # fmt: skip
def test_the_rule_of_the_product_is_asked(visit, words, category, place, day, office):
    page = visit("joko").get(HOME + "kewenangan/", {"kategori": category, "tempat": place, "tanggal": day})
    assert office in words(page)
    assert b'<tr class="on">' in page.content


def test_an_odd_day_or_kind_is_no_error(visit):
    for query in ({"kategori": "x"}, {"kategori": "lampu", "tanggal": "kemarin"}):
        assert visit("joko").get(HOME + "kewenangan/", query).status_code == 200


# ---- what the machine put aside ----


@pytest.fixture
def aside(cast):
    """One row of each kind, parked."""
    row = report()
    case, now = case_of(row), timezone.now()
    event = Event.objects.filter(case=case).first()
    common = {"parked_at": now, "attempts": 5, "last_error": "TemplateNotFound"}
    reaction = Reaction.objects.create(event=event, case=case, name="write", **common)
    Letter.objects.filter(report=row).update(**common)
    Clock.objects.filter(case=case, step="resolution").update(**common)
    upload = photo()
    Upload.objects.filter(pk=upload.pk).update(**common)
    Job.objects.create(kind="sweep", **common)
    return reaction


def test_parked_rows_are_shown_without_words(visit, aside, words):
    text = words(visit("joko").get(HOME))
    for said in ("Reaksi: write", "Surat: arrived", "Jam: resolution", "Foto: jpeg", "Pekerjaan: sweep"):
        assert said in text
    assert "lubang besar" not in text
    assert WORDS.split(".", maxsplit=1)[0] not in text


def test_a_parked_row_is_tried_again_and_that_is_written_down(visit, aside, words):
    client = visit("joko")
    answer = client.post(f"{HOME}diparkir/", {"row": f"reaction:{aside.id}"})
    assert answer["Location"] == HOME
    aside.refresh_from_db()
    assert (aside.parked_at, aside.attempts) == (None, 0)
    assert changes("reaction:").get().object == f"reaction:{aside.id}"
    assert "Dicoba lagi dalam sedetik." in words(client.get(HOME))
    client.post(f"{HOME}diparkir/", {"row": f"reaction:{aside.id}"})
    assert changes("reaction:").count() == 1


@pytest.mark.parametrize("row", ["", "x:1", "reaction:x", "reaction:" + "9" * 40, "officer:1"])
def test_no_other_row_is_touched(visit, row):
    assert visit("joko").post(f"{HOME}diparkir/", {"row": row}).status_code == 404


def test_trying_again_needs_a_post(visit):
    assert visit("joko").get(f"{HOME}diparkir/").status_code == 405


def test_a_silent_channel_is_named(visit, cast, words):
    from datetime import timedelta

    from tanggap.models import Report

    report()
    Report.objects.update(received_at=timezone.now() - timedelta(days=3))
    assert "Situs 3 hari lalu" in words(visit("joko").get(HOME))
    assert "1 kanal diam sehari" in words(visit("joko").get(HOME)) or "kanal diam sehari 1" in words(
        visit("joko").get(HOME)
    )
