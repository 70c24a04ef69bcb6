"""The crew's day: whose jobs, in which order, and the three steps with one thumb."""

import io
import re

import pytest
from PIL import Image

from tanggap.models import Case, Event, Reason, Upload
from tests.cast import case_of
from tests.unit.pages.test_review import queries

pytestmark = pytest.mark.django_db
LIST = "/petugas/lapangan/"


def address(case: Case) -> str:
    return f"{LIST}{case.number}/"


def picture():
    held = io.BytesIO()
    Image.new("RGB", (40, 30), "#888").save(held, "JPEG")
    held.seek(0)
    held.name = "sesudah.jpg"
    return held


def draft_of(page) -> str:
    return re.search(r'name="draft" value="([^"]+)"', page.content.decode())[1]


def staged_of(page) -> list[str]:
    return re.findall(r'name="photos_staged" value="([^"]+)"', page.content.decode())


WORK = {"step": "submit", "resolution": "fixed", "words": "Lubang ditambal dan dipadatkan."}


def test_a_crew_sees_the_jobs_of_its_own_agency(visit, chain, words):
    case = case_of(chain("delegate"))
    assert case.number in visit("fajar").get(LIST).content.decode()
    assert case.number not in visit("budi").get(LIST).content.decode()
    assert visit("budi").get(address(case)).status_code == 404
    for name in ("citra", "dewi", "eko", "indah", "joko"):
        assert visit(name).get(LIST).status_code == 404
        assert visit(name).get(address(case)).status_code == 404


def test_a_job_goes_from_begin_to_review(visit, chain, words):
    case = case_of(chain("delegate"))
    client = visit("fajar")
    assert "Mulai sekarang" in words(client.get(address(case)))
    assert client.post(address(case), {"step": "start", "version": case.version})["Location"] == address(case)
    case.refresh_from_db()
    page = client.get(address(case))
    sent = WORK | {"version": case.version, "draft": draft_of(page), "photos": picture()}
    assert client.post(address(case), sent)["Location"] == LIST
    case.refresh_from_db()
    followup = case.followups.get()
    assert (case.status, followup.officer.username, followup.photos.count()) == (
        "AWAITING_REVIEW",
        "fajar",
        1,
    )
    assert f"{case.number} sudah diajukan." in words(client.get(LIST))
    assert "Diajukan hari ini: 1" in words(client.get(LIST))


def test_a_form_that_comes_back_keeps_its_photos_and_words(visit, chain, words):
    case = case_of(chain("start"))
    client = visit("fajar")
    page = client.get(address(case))
    sent = {"step": "submit", "version": case.version, "draft": draft_of(page), "words": "Sudah.",
            "photos": picture()}  # fmt: skip
    page = client.post(address(case), sent)
    assert "Pilih cara selesainya." in words(page)
    assert "Sudah." in page.content.decode()
    sent = WORK | {"version": case.version, "draft": draft_of(page), "photos_staged": staged_of(page)}
    assert client.post(address(case), sent)["Location"] == LIST
    assert Upload.objects.get(followup__case=case).moment == "after"


def test_photos_can_be_kept_before_anything_else_is_said(visit, chain, words):
    case = case_of(chain("start"))
    client = visit("fajar")
    sent = {"step": "keep", "version": case.version, "draft": draft_of(client.get(address(case))),
            "photos": picture()}  # fmt: skip
    page = client.post(address(case), sent)
    assert len(staged_of(page)) == 1
    assert "Pilih cara selesainya." not in words(page)
    assert Case.objects.get(pk=case.pk).status == "IN_PROGRESS"


def test_what_is_no_photo_is_named_and_the_good_one_stays(visit, chain, words):
    case = case_of(chain("start"))
    client = visit("fajar")
    bad = io.BytesIO(b"<svg/>")
    bad.name = "gambar.svg"
    sent = WORK | {"version": case.version, "draft": draft_of(client.get(address(case))),
                   "photos": [picture(), bad]}  # fmt: skip
    page = client.post(address(case), sent)
    assert "gambar.svg" in words(page)
    assert len(staged_of(page)) == 1
    assert Case.objects.get(pk=case.pk).status == "IN_PROGRESS"


def test_a_repair_needs_a_photo_and_a_sentence(visit, chain, words):
    case = case_of(chain("start"))
    client = visit("fajar")
    page = client.post(address(case), WORK | {"version": case.version, "words": "ok"})
    assert page.status_code == 200
    assert b'id="id_words-why"' in page.content
    page = client.post(address(case), WORK | {"version": case.version})
    assert b'id="id_photos-why"' in page.content
    assert Case.objects.get(pk=case.pk).status == "IN_PROGRESS"


def test_a_scheduled_end_names_its_day_which_is_announced(visit, chain, words):
    case = case_of(chain("start"))
    client = visit("fajar")
    sent = WORK | {"version": case.version, "resolution": "scheduled"}
    assert "Sebut tanggalnya" in words(client.post(address(case), sent))
    client.post(address(case), sent | {"on": "2026-12-20"})
    case.refresh_from_db()
    assert (case.status, str(case.estimate_on)) == ("AWAITING_REVIEW", "2026-12-20")


def test_danger_is_one_button_and_says_why(visit, chain):
    Reason.objects.create(code="unsafe_now", step="pause", name_id="Berbahaya", name_en="Dangerous")
    case = case_of(chain("start"))
    client = visit("fajar")
    client.post(address(case), {"step": "danger", "version": case.version})
    case.refresh_from_db()
    assert (case.waiting_for, case.reason_id) == ("external", "unsafe_now")
    assert Event.objects.filter(case=case).latest("id").data == {"reason": "unsafe_now"}
    client.post(address(case), {"step": "resume", "version": case.version})
    case.refresh_from_db()
    assert case.waiting_for == ""


def test_waiting_needs_a_reason_and_may_name_a_day(visit, chain, words):
    case = case_of(chain("start"))
    client = visit("fajar")
    page = client.post(address(case), {"step": "pause", "version": case.version})
    assert "Pilih kenapa tidak bisa lanjut." in words(page)
    client.post(address(case), {"step": "pause", "version": case.version, "reason": "wait_material",
                                "until": "2026-12-01"})  # fmt: skip
    case.refresh_from_db()
    assert (case.waiting_for, case.waiting_until.isoformat()) == ("date", "2026-11-30T23:30:00+00:00")


def test_two_crews_at_once_lose_nothing(visit, chain, words):
    case = case_of(chain("delegate"))
    old = case.version
    client = visit("fajar")
    client.post(address(case), {"step": "start", "version": old})
    page = client.post(address(case), {"step": "start", "version": old})
    assert "Orang lain lebih dulu." in words(page)
    case.refresh_from_db()
    sent = WORK | {"version": old, "draft": draft_of(client.get(address(case))), "photos": picture()}
    page = client.post(address(case), sent)
    assert "Lubang ditambal dan dipadatkan." in page.content.decode()
    assert len(staged_of(page)) == 1
    assert Case.objects.get(pk=case.pk).status == "IN_PROGRESS"


def test_the_way_is_ordered_from_where_the_crew_is(visit, chain, words):
    far, near = case_of(chain("delegate")), case_of(chain("delegate"))
    Case.objects.filter(pk=near.pk).update(lat=-1.9601, lon=118.0201)
    client = visit("fajar")
    assert client.post(LIST, {"lat": "-1.96", "lon": "118.02"})["Location"] == LIST
    text = words(client.get(LIST))
    assert "Menurut jalan" in text
    body = client.get(LIST).content.decode()
    assert body.index(near.number) < body.index(far.number)
    assert "118.02" not in body.replace("118.0201", "")
    client.post(LIST, {"lat": "NaN", "lon": "118"})
    assert "Menurut jalan" not in words(client.get(LIST))


def test_ten_more_jobs_cost_no_more_statements(visit, chain):
    client = visit("fajar")
    chain("delegate")
    one = queries(client, LIST)
    for _ in range(10):
        chain("delegate")
    assert queries(client, LIST) == one
    assert one <= 8
