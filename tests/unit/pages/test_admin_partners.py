"""Administrators on partners: the list, a new one with its first account, quota, end, history with its undo."""

import re

import pytest
from django.utils import timezone

from tanggap.models import Agency, Change, Invitation, Membership, Partner, Reference
from tests import cast as people
from tests.unit.pages.test_review import queries

pytestmark = pytest.mark.django_db
LIST = "/petugas/atur/mitra/"
NEW = {"name": "Ketua RT 07 Mawar", "code": "rt-07", "kind": "rt_rw", "quota": "5", "area": "mawar",
       "contact": "021-555", "reason": "Mitra tahun ini"}  # fmt: skip


@pytest.fixture
def made(visit) -> Partner:
    answer = visit("joko").post(f"{LIST}baru/", NEW)
    assert answer.status_code == 302
    Reference.forget()  # this test's transaction never commits
    return Partner.objects.select_related("agency", "area").get()


def test_a_new_partner_is_written_down_and_stands_in_the_list(visit, made, words):
    assert (made.agency.code, made.kind, made.daily_quota, made.area.name) == ("rt-07", "rt_rw", 5, "Mawar")
    said = words(visit("joko").get(LIST))
    for part in ("Ketua RT 07 Mawar", "Ketua RT atau RW", "Mawar"):
        assert part in said


@pytest.mark.parametrize(("more", "sentence"), [
    ({"code": "Setko!"}, "Huruf kecil"), ({"code": "setko"}, "Kode ini sudah dipakai"), ({"quota": "0"}, ""),
    ({"quota": "9" * 40}, ""), ({"area": "Antah"}, "Tidak ada wilayah bernama ini."),
    ({"area": "Teratai"}, "m1.b"), ({"kind": "x"}, ""), ({"name": ""}, ""), ({"reason": ""}, "lima huruf"),
])  # fmt: skip
def test_what_is_wrong_is_said_beside_the_field_and_what_was_typed_stays(visit, words, more, sentence):
    answer = visit("joko").post(f"{LIST}baru/", NEW | more)
    assert (answer.status_code, Partner.objects.count()) == (200, 0)
    assert sentence in words(answer)
    assert 'value="021-555"' in answer.content.decode()


def test_the_quota_is_changed_and_the_change_undone_on_the_same_page(visit, made, words):
    page = f"{LIST}{made.pk}/"
    joko = visit("joko")
    assert joko.post(page, NEW | {"quota": "8"}).status_code == 302
    said = words(joko.get(page))
    assert "Laporan sehari, paling banyak: 8" in said
    change = Change.objects.filter(object="partner:rt-07", verb="change").get()
    back = joko.post(f"/petugas/atur/urungkan/{change.pk}/", {"reason": "Salah ketik"})
    assert back["Location"] == page
    made.refresh_from_db()
    assert made.daily_quota == 5


def test_its_first_account_begins_at_its_page(visit, made):
    joko = visit("joko")
    form = joko.get(f"/petugas/atur/orang/baru/?mitra={made.agency.code}").content.decode()
    assert 'value="Ketua RT 07 Mawar"' in form
    assert re.search(r'<option value="partner" selected', form)
    answer = joko.post("/petugas/atur/orang/baru/", {
        "username": "rani", "name": "Rani", "email": "rani@melati.test", "language": "id",
        "agency": "Ketua RT 07 Mawar", "role": "partner", "reason": "Mitra tahun ini",
    })  # fmt: skip
    assert answer.status_code == 302
    row = Membership.objects.get(officer__username="rani")
    assert (row.role_id, row.agency.code, Invitation.objects.get().officer.username) == (
        "partner",
        "rt-07",
        "rani",
    )
    assert "Rani" in joko.get(f"{LIST}{made.pk}/").content.decode()


def test_a_partner_is_ended_and_begun_again(visit, made, words):
    joko = visit("joko")
    for name, active in (("akhiri", False), ("mulai", True)):
        assert joko.get(f"{LIST}{made.pk}/{name}/").status_code == 200
        assert joko.post(f"{LIST}{made.pk}/{name}/", {"reason": "Kata rapat RW"}).status_code == 302
        made.refresh_from_db()
        assert made.active is active
    assert joko.get(f"{LIST}{made.pk}/tidak/").status_code == 404
    assert joko.get(f"{LIST}999999/").status_code == 404


def test_partners_stand_in_no_list_of_agencies(visit, made):
    joko = visit("joko")
    assert "RT 07" not in joko.get("/petugas/atur/instansi/").content.decode()
    assert joko.get(f"/petugas/atur/instansi/{made.agency_id}/").status_code == 404
    assert 'value="partner"' not in joko.get("/petugas/atur/instansi/baru/").content.decode()
    assert 'value="partner"' not in joko.get("/petugas/atur/serah/baru/").content.decode()


def test_ten_more_rows_cost_no_more_statements(visit, made):
    joko = visit("joko")
    mira = people.partner("mira")
    visit_mira = visit()
    visit_mira.force_login(mira)
    partner = mira.memberships.get().agency.partner
    people.report(partner=partner.pk, keyed_by=mira.pk, channel="mitra", at=timezone.now())
    lists = [(joko, LIST), (joko, f"{LIST}{partner.pk}/"), (visit_mira, "/mitra/")]
    one = [queries(client, path) for client, path in lists]
    Partner.objects.update(daily_quota=50)
    for number in range(10):
        people.report(partner=partner.pk, keyed_by=mira.pk, channel="mitra", at=timezone.now())
        agency = Agency.objects.create(code=f"rt-1{number}", name=f"RT 1{number}", kind_id="partner")
        Partner.objects.create(agency=agency, kind="ngo", daily_quota=3)
    assert [queries(client, path) for client, path in lists] == one
    assert one[2] <= 8
