"""The inbox: order, tabs, pages by key, news, several at once; and what it costs."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tanggap import access
from tanggap.models import Case, Glance
from tanggap.monitoring import queries
from tanggap.reply import actions as reply
from tanggap.routing import actions as routing
from tests.cast import NOON, agency, case_of, report
from tests.unit.pages.conftest import act

pytestmark = pytest.mark.django_db
INBOX = "/petugas/"
DAHLIA = (-1.95, 118.03)  # another kelurahan


def numbers(page) -> list[str]:
    """Numbers of the rows, in their order."""
    return re.findall(r'href="/petugas/kasus/([^"]+)/"', page.content.decode())


def statements(client, address: str = INBOX) -> int:
    client.get(address)
    with CaptureQueriesContext(connection) as seen:
        assert client.get(address).status_code == 200
    return len(seen)


def promised(case: Case, hours: float) -> Case:
    Case.objects.filter(pk=case.pk).update(promise_at=timezone.now() + timedelta(hours=hours))
    return case


def test_whoever_rings_first_stands_first(visit):
    later, first, late = (promised(case_of(report()), hours) for hours in (90, 60, -5))
    assert numbers(visit("budi").get(INBOX)) == [late.number, first.number, later.number]


def test_tabs_count_what_they_show(visit, cast, words):
    late, asked, away = (promised(case_of(report()), hours) for hours in (-5, 90, 90))
    act(reply.ask, asked.id, "Di sebelah mana?", by=cast.budi, at=NOON)
    act(routing.refer, away.id, agency("dinas-jalan"), by=cast.budi, at=NOON)
    Case.objects.filter(pk=asked.pk).update(promise_at=timezone.now() + timedelta(hours=90))
    counted = queries.counts(cast.budi, timezone.now())
    assert counted == {"ours": 1, "late": 1, "near": 0, "waiting": 1, "elsewhere": 1}
    client = visit("budi")
    for tab, case in (("ours", late), ("late", late), ("waiting", asked), ("elsewhere", away)):
        assert numbers(client.get(INBOX, {"tab": tab})) == [case.number]
    assert "Belum ada yang menunggu Anda" in words(client.get(INBOX, {"tab": "near"}))


def test_a_list_of_fifty_costs_what_one_row_costs(visit):
    client = visit("budi")
    report()
    one = statements(client)
    for _ in range(10):
        report()
    assert statements(client) == one
    assert one <= 8


def test_it_pages_by_key_and_misses_nothing(visit, monkeypatch):
    monkeypatch.setattr("tanggap.monitoring.queries.page.__defaults__", (2,))
    cases = [promised(case_of(report()), hours) for hours in (10, 20, 30, 40, 50)]
    Case.objects.filter(pk=cases[4].pk).update(promise_at=None)
    client, address, seen = visit("budi"), INBOX, []
    for _ in range(4):
        page = client.get(address)
        seen += numbers(page)
        following = re.search(r'href="(/petugas/[^"]*sesudah=[^"]+)"', page.content.decode())
        if following is None:
            break
        address = following[1].replace("&amp;", "&")
    assert seen == [case.number for case in cases]


@pytest.mark.parametrize("key", ["x", "W10", "bnVsbA", "WzEsMiwzXQ", "WyJub3ciLDFd", "👻"])
def test_a_damaged_key_is_the_first_page(visit, key):
    case = case_of(report())
    assert numbers(visit("budi").get(INBOX, {"sesudah": key})) == [case.number]


def test_the_citizens_answer_is_what_the_row_says(visit, cast, words):
    row = report()
    act(reply.ask, row.case_id, "Di sebelah mana?", by=cast.budi, at=NOON)
    act(reply.answer, row.id, "Di depan toko roti.", form=uuid4(), by=access.reporter_viewer(row),
        at=NOON + timedelta(minutes=5))  # fmt: skip
    assert "Warga membalas: “Di depan toko roti.”" in words(visit("budi").get(INBOX))
    act(reply.tell, row.case_id, "Terima kasih.", by=cast.budi, at=NOON + timedelta(minutes=9))
    assert "Warga membalas" not in words(visit("budi").get(INBOX))


def test_who_else_is_looking_has_a_face_for_a_minute(visit, cast, words):
    case = case_of(report())
    row = Glance.objects.create(case=case, officer=cast.officer("citra"), at=timezone.now())
    assert "Citra Cast sedang membuka" in words(visit("budi").get(INBOX))
    Glance.objects.filter(pk=row.pk).update(at=timezone.now() - timedelta(seconds=61))
    assert "Citra Cast" not in words(visit("budi").get(INBOX))


def test_nobody_reads_who_reported(visit):
    report("Nama saya Ani Lestari, lubang di jalan rusak ini dalam. Telepon 0812-3456-7890.")
    body = visit("budi").get(INBOX).content.decode()
    assert "0812" not in body
    assert "Ani" not in body


def test_another_agency_sees_nothing(visit):
    report()
    assert numbers(visit("eko").get(INBOX)) == []


def test_a_watcher_reads_and_picks_nothing(visit):
    case = case_of(report())
    page = visit("indah").get(INBOX, {"tab": "elsewhere"})
    assert numbers(page) == [case.number]
    assert b'type="checkbox"' not in page.content


def test_an_arbiter_sees_the_whole_city(visit):
    case = case_of(report())
    assert numbers(visit("hana").get(INBOX)) == [case.number]


@pytest.mark.parametrize(("name", "home"), [("gita", "/petugas/pilah/"), ("dewi", "/petugas/periksa/")])
def test_who_has_no_inbox_begins_elsewhere(visit, name, home):
    assert visit(name).get(INBOX)["Location"] == home


def test_without_log_in_it_asks_for_it(visit):
    assert visit().get(INBOX)["Location"].startswith("/masuk/")


# ---- news ----


def test_the_strip_counts_what_came_since(visit, words):
    client = visit("budi")
    old = case_of(report())
    since = NOON + timedelta(minutes=1)
    assert "Diperiksa" in words(client.get("/petugas/baru/", {"sejak": since.isoformat()}))
    report(at=NOON + timedelta(minutes=5))
    page = client.get("/petugas/baru/", {"sejak": since.isoformat(), "id": [old.id]})
    assert "1 kasus baru" in words(page)
    assert f'id="sisa-{old.id}" hx-swap-oob="true"' in page.content.decode()


@pytest.mark.parametrize(
    "sent", [{"sejak": "kemarin"}, {"id": "x"}, {"sejak": "2026-11-24T10:00"}, {"tab": "?"}]
)
def test_a_damaged_question_is_answered_all_the_same(visit, sent):
    assert visit("budi").get("/petugas/baru/", sent).status_code == 200


def test_the_right_side_costs_the_same_whatever_was_said(visit, cast):
    case, client = case_of(report()), visit("budi")
    address = f"/petugas/sekilas/{case.number}/"
    one = statements(client, address)
    for _ in range(5):
        act(reply.tell, case.id, "Kami datang sore ini.", by=cast.budi, at=NOON)
    assert statements(client, address) == one
    assert one <= 8


# ---- several at once ----


def test_several_are_previewed_and_referred_each_by_itself(visit, words):
    first, second = case_of(report()), case_of(report())
    client = visit("budi")
    picked = {"kasus": [first.number, second.number]}
    preview = client.get("/petugas/bersama/", picked)
    assert "Teruskan 2 kasus ke Dinas Jalan dan Penerangan?" in words(preview)
    assert {case_of(row).holder.code for row in first.reports.all()} == {"kel-m1.a.1"}
    sent = picked | {
        "to": "dinas-jalan",
        f"v-{first.number}": first.version,
        f"v-{second.number}": second.version,
    }
    assert client.post("/petugas/bersama/", sent)["Location"] == INBOX
    assert set(Case.objects.values_list("holder__code", flat=True)) == {"dinas-jalan"}


def test_one_that_changed_meanwhile_takes_nothing_from_the_others(visit, cast, words):
    first, second = case_of(report()), case_of(report())
    act(reply.tell, second.id, "Kami datang sore ini.", by=cast.budi, at=NOON)
    sent = {"kasus": [first.number, second.number], "to": "dinas-jalan",
            f"v-{first.number}": first.version, f"v-{second.number}": second.version}  # fmt: skip
    page = visit("budi").post("/petugas/bersama/", sent)
    assert page.status_code == 409
    assert "Petugas lain lebih dulu." in words(page)
    held = dict(Case.objects.values_list("number", "holder__code"))
    assert held == {first.number: "dinas-jalan", second.number: "kel-m1.a.1"}


def test_anothers_case_is_not_even_named(visit, words):
    mine, other = case_of(report()), case_of(report(point=DAHLIA))
    text = words(visit("budi").get("/petugas/bersama/", {"kasus": [mine.number, other.number]}))
    assert mine.number in text
    assert other.number not in text


def test_nothing_picked_says_so(visit, words):
    page = visit("budi").get("/petugas/bersama/", follow=True)
    assert "Pilih dulu kasusnya di daftar." in words(page)
