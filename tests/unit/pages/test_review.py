"""The review: hints, four eyes, what sending back will do, and two reviewers at once."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tanggap import access
from tanggap.followup import actions as followup
from tanggap.models import Agency, Case, Finding, FollowUp, Membership, Task, Upload
from tanggap.pages.desk.words import refusal
from tanggap.routing import actions as routing
from tests.cast import NOON, agency, case_of, report
from tests.unit.pages.conftest import act

pytestmark = pytest.mark.django_db


def address(case: Case) -> str:
    return f"/petugas/periksa/{case.number}/"


def test_the_riskiest_statement_comes_first(visit, chain, words):
    calm, risky = case_of(chain()), case_of(chain())
    Finding.objects.create(
        followup=risky.followups.get(), code="seen_before", weight=3, data={"case": calm.number}
    )
    page = visit("dewi").get("/petugas/periksa/")
    text = words(page)
    assert text.index(risky.number) < text.index(calm.number)
    assert "Foto ini pernah dipakai." in text


def test_accepting_asks_the_citizens_and_goes_on_to_the_next(visit, chain, words):
    first, second = case_of(chain()), case_of(chain())
    client = visit("dewi")
    answer = client.post(address(first), {"step": "close", "version": first.version})
    assert answer["Location"] == address(second)
    row = case_of(first.reports.get())
    assert (row.status, row.confirmation) == ("CLOSED", "pending")
    assert f"{first.number} diterima. 1 warga sedang kami tanya." in words(client.get(address(second)))


def test_sending_back_first_shows_what_it_will_do(visit, chain, words):
    case = case_of(chain())
    client = visit("dewi")
    typed = {"reason": "not_done", "note": "Tepinya belum rata.", "version": case.version}
    preview = client.post(address(case), typed | {"step": "preview"})
    text = words(preview)
    assert "Bukti pekerjaannya belum meyakinkan: Belum selesai." in text
    assert "Tepinya belum rata." in text
    assert case_of(case.reports.get()).status == "AWAITING_REVIEW"
    client.post(address(case), typed | {"step": "send_back"})
    again = Case.objects.get(pk=case.pk)
    assert (again.status, again.sent_back) == ("IN_PROGRESS", True)
    assert again.followups.get().review.note == "Tepinya belum rata."


def test_sending_back_needs_a_reason_and_keeps_the_words(visit, chain, words):
    case = case_of(chain())
    page = visit("dewi").post(
        address(case), {"step": "send_back", "note": "Kurang rapi.", "version": case.version}
    )
    assert "Pilih alasan mengembalikan." in words(page)
    assert b'value="Kurang rapi."' in page.content
    assert Case.objects.get(pk=case.pk).status == "AWAITING_REVIEW"


def test_the_second_reviewer_is_told_what_happened_and_keeps_the_words(visit, chain, words, cast):
    case = case_of(chain())
    act(followup.close, case.id, by=cast.dewi, at=NOON.replace(hour=12))
    typed = {"step": "send_back", "reason": "not_done", "note": "Kurang rapi.", "version": case.version}
    text = words(visit("dewi").post(address(case), typed))
    assert "Petugas lain lebih dulu." in text
    assert "Kurang rapi." in text
    assert Case.objects.get(pk=case.pk).status == "CLOSED"


@pytest.mark.parametrize(("place", "code"), [
    ("cabang-jalan-a", "own_agency"), ("", "own_work"),
])  # fmt: skip
def test_nobody_judges_their_own_work(visit, chain, words, cast, place, code):
    sentence = refusal(code)
    case = case_of(chain())
    if place:
        Membership.objects.create(officer=cast.officer("dewi"), agency=Agency.objects.get(code=place),
                                  role_id="desk", valid_from=NOON.date())  # fmt: skip
    else:
        FollowUp.objects.update(officer=cast.officer("dewi"))
    client = visit("dewi")
    page = client.get(address(case))
    assert sentence in words(page)
    assert b'value="close"' not in page.content
    assert sentence in words(client.post(address(case), {"step": "close", "version": case.version}))
    assert Case.objects.get(pk=case.pk).status == "AWAITING_REVIEW"


def test_what_was_looked_for_and_not_found_is_said_too(visit, chain, words):
    case = case_of(chain())
    Upload.objects.filter(followup__case=case).update(lat=case.lat, lon=case.lon)
    Finding.objects.all().delete()
    text = words(visit("dewi").get(address(case)))
    assert "Diambil di tempatnya. 0 m dari titik laporan." in text
    assert "Belum pernah dipakai." in text


@pytest.mark.parametrize("name", ["budi", "citra", "eko", "gita", "hana", "indah", "joko", "kirana"])
def test_nobody_else_reviews(visit, chain, name):
    case = case_of(chain())
    client = visit(name)
    assert client.get("/petugas/periksa/").status_code == 404
    assert client.get(address(case)).status_code == 404


def test_a_secret_case_outside_the_circle_does_not_exist(visit, chain):
    case = case_of(chain())
    Case.objects.filter(pk=case.pk).update(visibility="secret")
    client = visit("dewi")
    assert case.number.encode() not in client.get("/petugas/periksa/").content
    assert client.get(address(case)).status_code == 404


def queries(client, path: str) -> int:
    client.get(path)
    with CaptureQueriesContext(connection) as seen:
        assert client.get(path).status_code == 200
    return len(seen)


def test_ten_more_rows_cost_no_more_statements(visit, chain):
    client = visit("dewi")
    chain()
    one = queries(client, "/petugas/periksa/")
    for _ in range(10):
        chain()
    assert queries(client, "/petugas/periksa/") == one
    assert one <= 8


def test_the_queue_pages_by_key(visit, chain, monkeypatch, words):
    monkeypatch.setattr("tanggap.pages.review.queue.PAGE", 2)
    numbers = [case_of(chain()).number for _ in range(3)]
    Finding.objects.all().delete()
    client = visit("dewi")
    first = client.get("/petugas/periksa/")
    assert (numbers[1] in words(first), numbers[2] in words(first)) == (True, False)
    key = first.content.decode().split("?sesudah=")[1].split('"')[0]
    second = words(client.get(f"/petugas/periksa/?sesudah={key}"))
    assert (numbers[1] in second, numbers[2] in second) == (False, True)
    for bad in ("x", "1.", "9" * 40, "-1.5"):
        assert numbers[0] in words(client.get("/petugas/periksa/", {"sesudah": bad}))


# ---- decisions ----


@pytest.fixture
def moving(cast) -> Task:
    case = case_of(report())
    act(routing.refer, case.id, agency("dinas-jalan"), by=cast.budi, at=NOON)
    return act(routing.request_transfer, case.id, agency("dinas-bersih"), by=cast.citra, at=NOON,
               note="Got, bukan jalan.")  # fmt: skip


def test_a_move_is_approved(visit, moving, words):
    client = visit("dewi")
    assert "Dinas Jalan → Dinas Kebersihan" in words(client.get("/petugas/tugas/"))
    page = client.get(f"/petugas/tugas/{moving.id}/")
    assert "Got, bukan jalan." in words(page)
    answer = client.post(f"/petugas/tugas/{moving.id}/", {"step": "approve", "note": ""})
    assert answer["Location"] == "/petugas/tugas/"
    assert Case.objects.get(pk=moving.case_id).holder.code == "dinas-bersih"


def test_a_move_is_denied_and_stays(visit, moving):
    visit("dewi").post(f"/petugas/tugas/{moving.id}/", {"step": "deny", "note": "Ini jalan."})
    assert Case.objects.get(pk=moving.case_id).holder.code == "dinas-jalan"
    assert Task.objects.get(pk=moving.pk).outcome == "denied"


def test_nobody_approves_what_they_asked_for(visit, moving, cast, words):
    Task.objects.filter(pk=moving.pk).update(data={"asked_by": cast.officer("dewi").id})
    client = visit("dewi")
    page = client.get(f"/petugas/tugas/{moving.id}/")
    assert "Bukan oleh Anda." in words(page)
    assert b'value="approve"' not in page.content
    client.post(f"/petugas/tugas/{moving.id}/", {"step": "approve"})
    assert Case.objects.get(pk=moving.case_id).holder.code == "dinas-jalan"


def test_a_decision_already_taken_says_so_and_keeps_the_words(visit, moving, words):
    path = f"/petugas/tugas/{moving.id}/"
    visit("dewi").post(path, {"step": "deny"})
    text = words(visit("dewi").post(path, {"step": "approve", "note": "Saya setuju saja."}))
    assert "Sudah diputuskan" in text
    assert "Saya setuju saja." in text


@pytest.fixture
def appealed(chain, cast) -> Task:
    row = chain("close")
    Case.objects.filter(pk=row.case_id).update(resolution_id="unproven")
    return act(followup.appeal, row.id, by=access.reporter_viewer(row), at=NOON.replace(hour=20),
               words="Lubangnya masih ada, petugas salah alamat.")  # fmt: skip


def test_an_appeal_is_granted_with_an_office(visit, appealed):
    path = f"/petugas/tugas/{appealed.id}/"
    sent = {"step": "grant", "note": "Tempatnya salah.", "to": "other", "typed": "dinas kebersihan"}
    assert visit("hana").post(path, sent)["Location"] == "/petugas/tugas/"
    case = Case.objects.get(pk=appealed.case_id)
    assert (case.status, case.holder.code) == ("ASSIGNED", "dinas-bersih")


def test_an_appeal_is_upheld_with_words_the_citizen_reads(visit, appealed, words):
    path = f"/petugas/tugas/{appealed.id}/"
    client = visit("hana")
    assert "Sebutkan alasannya" in words(client.post(path, {"step": "uphold", "note": "Tidak."}))
    client.post(path, {"step": "uphold", "note": "Foto kedua jelas menunjukkan tempatnya."})
    task = Task.objects.get(pk=appealed.pk)
    assert (task.outcome, Case.objects.get(pk=appealed.case_id).status) == ("upheld", "CLOSED")


def test_an_unknown_office_is_an_error_at_its_field(visit, appealed, words):
    sent = {"step": "grant", "note": "Tempatnya salah.", "to": "other", "typed": "dinas"}
    page = visit("hana").post(f"/petugas/tugas/{appealed.id}/", sent)
    assert "Tidak tepat satu instansi bernama ini." in words(page)
    assert Case.objects.get(pk=appealed.case_id).status == "CLOSED"


def test_the_arbiter_says_who_does_it(visit, cast):
    case = case_of(report())
    task = Task.objects.create(kind=Task.ARBITER, case=case, role="arbiter", opened_at=NOON)
    path = f"/petugas/tugas/{task.id}/"
    visit("hana").post(path, {"step": "arbitrate", "to": "dinas-jalan", "note": "Jalan provinsi."})
    assert Case.objects.get(pk=case.pk).holder.code == "dinas-jalan"
    assert Task.objects.get(pk=task.pk).done_by == cast.officer("hana")


def test_tasks_of_other_roles_do_not_exist(visit, moving, appealed):
    assert visit("dewi").get(f"/petugas/tugas/{appealed.id}/").status_code == 404
    for name in ("budi", "eko", "gita", "joko", "kirana"):
        assert visit(name).get("/petugas/tugas/").status_code == 404
        assert visit(name).get(f"/petugas/tugas/{moving.id}/").status_code == 404


def test_ten_more_tasks_cost_no_more_statements(visit, moving):
    client = visit("dewi")
    one = queries(client, "/petugas/tugas/")
    for _ in range(10):
        Task.objects.create(kind=Task.TRANSFER, case=moving.case, role="reviewer", agency=moving.agency,
                            target=moving.target, opened_at=NOON)  # fmt: skip
    assert queries(client, "/petugas/tugas/") == one
    assert one <= 8
