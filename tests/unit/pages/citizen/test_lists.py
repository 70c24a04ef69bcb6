"""Home and "my reports": public cases only, honest counts, and a cost that does not grow with the list."""

from datetime import timedelta

import pytest
from django.core import signing
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tanggap.models import Report, Support
from tanggap.pages.citizen import home, known
from tanggap.web import proven
from tests import cast as people

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def fresh():
    home._kept.clear()


def public(words: str, **more) -> Report:
    return people.report(words, visibility="public", **more)


def count(client, address: str) -> int:
    home._kept.clear()
    with CaptureQueriesContext(connection) as seen:
        assert client.get(address).status_code == 200
    return len(seen)


def test_the_first_page_lists_public_cases_only(holds, words):
    public("Jalan rusak di depan pasar")
    people.report("Jalan rusak di gang Bu Ani", visibility="private")
    people.report("Petugas minta pungli", visibility="secret")
    page = words(holds().get("/"))
    assert "Jalan rusak di depan pasar" in page
    assert "Bu Ani" not in page
    assert "pungli" not in page


def test_a_kelurahan_can_be_named_and_a_wrong_name_is_said(holds, words):
    public("Jalan rusak di depan pasar")
    assert "Jalan rusak di depan pasar" in words(holds().get("/", {"di": "mawar"}))
    assert "Belum ada laporan terbuka di sini" in words(holds().get("/", {"di": "m1.a.2"}))
    assert "Kelurahan itu tidak kami temukan" in words(holds().get("/", {"di": "atlantis"}))


@pytest.mark.parametrize(
    "said", ["<script>alert(1)</script>", "\x00", "%", "x" * 5000, "'; DROP TABLE x; --"]
)
def test_whatever_is_typed_there_is_words(holds, said):
    answer = holds().get("/", {"di": said})
    assert answer.status_code == 200
    assert "<script>alert" not in answer.content.decode()


def test_a_phones_position_becomes_a_kelurahan_and_stands_in_no_address(holds):
    lat, lon = people.MAWAR
    assert holds().post("/sekitar/", {"lat": lat, "lon": lon})["Location"] == "/?di=m1.a.1#sekitar"
    assert holds().post("/sekitar/", {"lat": "nan", "lon": "1"})["Location"] == "/?di=?#sekitar"


def test_under_five_are_not_told_apart(holds):
    for number in range(3):
        people.report(f"Jalan rusak nomor {number}", at=people.NOON + timedelta(hours=29))
    assert home.count(people.NOON + timedelta(hours=30))["received"] == "< 5"
    for number in range(2):
        people.report(f"Lampu mati nomor {number}", at=people.NOON + timedelta(hours=29))
    assert home.count(people.NOON + timedelta(hours=30))["received"] == 5


def test_done_and_fixed_are_counted_apart(chain):
    row = chain("close")
    now = people.NOON + timedelta(hours=6)
    told = home.count(now)
    assert (told["closed"], told["confirmed"]) == ("< 5", 0)
    assert row.confirmation == "pending"


def test_ten_more_rows_cost_no_more_statements(holds):
    rows = [public(f"Jalan rusak {number}") for number in range(2)]
    client = holds()
    client.get("/")
    few, few_mine = count(client, "/"), count(holds(*rows), "/laporan-saya/")
    rows += [public(f"Lampu jalan mati {number}") for number in range(10)]
    assert (count(client, "/"), count(holds(*rows), "/laporan-saya/")) == (few, few_mine)
    assert few <= 8
    assert few_mine <= 3


def test_what_waits_for_an_answer_comes_first(chain, holds, words):
    done, running = chain("close"), people.report("Lampu jalan mati")
    page = words(holds(running, done).get("/laporan-saya/"))
    assert page.index("Menunggu jawaban Anda") < page.index("Sedang berjalan")
    assert page.index(done.number) < page.index(running.number)


def test_reports_of_others_stand_in_no_list_even_when_the_cookie_names_them_wrongly(holds, words):
    row = people.report("Jalan rusak Bu Ani", visibility="private")
    client = holds()
    client.cookies[proven.COOKIE] = signing.dumps([(row.number, 9)], salt=proven.SALT, compress=True)
    assert "Belum ada laporan di sini" in words(client.get("/laporan-saya/"))


# ---- known already? ----


def ask(client, **typed):
    lat, lon = people.MAWAR
    told = {"words": "Jalan rusak di depan pasar", "lat": lat, "lon": lon, "other": "jalan-rusak"} | typed
    return client.post("/lapor/lihat/", told)


def test_a_private_case_nearby_is_not_hinted_at_not_even_as_a_number(holds, words):
    nothing = words(ask(holds()))
    people.report("Jalan rusak, lubang di depan pasar", visibility="private")
    people.report("Jalan rusak, lubang di depan pasar", visibility="secret")
    assert words(ask(holds())) == nothing


def test_a_public_case_nearby_is_offered_with_its_voices(holds, words):
    row = public("Jalan rusak, lubang di depan pasar")
    Support.objects.create(case=row.case, voice=b"x", at=people.NOON)
    page = words(ask(holds()))
    assert "2 orang sudah melaporkan hal yang sama" in page
    assert "Kelurahan Mawar sedang menanganinya" in page


def test_private_voices_on_a_public_case_count_from_five_on(holds):
    row = public("Jalan rusak, lubang di depan pasar")
    for number in range(4):
        other = people.report(f"Jalan rusak {number}", visibility="private")
        Report.objects.filter(pk=other.pk).update(case=row.case)
    assert known.heard([row.case_id]) == {row.case_id: 1}
    other = people.report("Jalan rusak lagi", visibility="private")
    Report.objects.filter(pk=other.pk).update(case=row.case)
    assert known.heard([row.case_id]) == {row.case_id: 6}


def test_hints_survive_whatever_is_typed(holds):
    for typed in (
        {"lat": "nan"},
        {"lat": "", "lon": "x"},
        {"words": "\x00" * 50},
        {"other": "none"},
        {"words": "x " * 60_000},
    ):
        assert ask(holds(), **typed).status_code == 200


def test_a_voice_counts_once_a_browser_and_only_on_public_open_cases(holds, words):
    row, hidden = public("Jalan rusak di depan pasar"), people.report("Jalan rusak", visibility="private")
    client = holds()
    for _ in range(2):
        assert client.post(f"/lacak/{row.number}/ikut/").status_code == 303
    row.case.refresh_from_db()
    assert (Support.objects.count(), row.case.voices) == (1, 2)
    assert client.post(f"/lacak/{hidden.number}/ikut/").status_code == 404
    holds(row).post(f"/lacak/{row.number}/ikut/")
    assert Support.objects.count() == 1


def test_a_voice_does_not_disturb_the_officer_who_is_writing(holds):
    row = public("Jalan rusak di depan pasar")
    before = row.case.version
    holds().post(f"/lacak/{row.number}/ikut/")
    row.case.refresh_from_db()
    assert row.case.version == before
