"""The triage desk: doubts about one case are one, a person settles them, what isn't a report ends with a reason."""

import pytest
from django.utils import timezone

from tanggap import flow
from tanggap.models import Case, Reason, Task
from tanggap.routing import actions as routing
from tests.cast import NOON, case_of, report
from tests.unit.pages.conftest import act

pytestmark = pytest.mark.django_db
DESK = "/petugas/pilah/"


def unsure(words: str = "Tolong, ini parah sekali.", **more) -> Case:
    """A report the machine is not sure of: no matter in its words."""
    return case_of(report(words, **more))


def task_of(case: Case) -> str:
    return f"{DESK}{case.tasks.filter(done_at=None).order_by('id').first().id}/"


def test_nothing_waiting_says_so(visit, words):
    assert "Tidak ada yang perlu dipilah" in words(visit("gita").get(DESK))


def test_two_doubts_about_one_case_are_one(visit, words):
    case = unsure(point=None)
    assert set(case.tasks.values_list("kind", flat=True)) == {"place", "matter"}
    assert "1 laporan yang mesin tidak yakin" in words(visit("gita").get(DESK))


def test_a_person_settles_and_the_rest_follows(visit):
    case = unsure()
    sent = {"place": "m1.a.1", "matter": "other", "kind": "Sampah", "version": case.version}
    answer = visit("gita").post(task_of(case), sent)
    assert answer["Location"] == DESK
    flow.run_inside(timezone.now())
    row = Case.objects.get(pk=case.pk)
    assert (row.status, row.category.code, row.holder.code) == ("ASSIGNED", "sampah", "kel-m1.a.1")
    assert not Task.objects.filter(role="triage", done_at=None).exists()


def test_the_next_one_follows(visit):
    first, second = unsure(), unsure()
    sent = {"place": "m1.a.1", "matter": "other", "kind": "Sampah", "version": first.version}
    assert visit("gita").post(task_of(first), sent)["Location"] == task_of(second)


@pytest.mark.parametrize(("typed", "found"), [
    ("Teratai", "m1.b.1"), ("teratai, TERATAI", "m1.b.1"), ("Teratai, Bunga", None), ("Bunga", None), ("", None),
])  # fmt: skip
def test_a_kelurahan_is_typed_with_or_without_its_kecamatan(visit, typed, found):
    case = unsure(point=None)
    sent = {"place": "other", "kelurahan": typed, "matter": "other", "kind": "got", "version": case.version}
    page = visit("gita").post(task_of(case), sent)
    row = Case.objects.get(pk=case.pk)
    assert (row.area.code if row.area else None) == found
    assert page.status_code == (302 if found else 422)


def test_what_was_seen_in_the_words_is_marked(visit):
    unsure("Ada lampu mati dan parkir di Teratai", point=None)
    body = visit("gita").get(DESK).content.decode()
    assert "<mark>Teratai</mark>" in body


def test_another_officer_was_faster(visit, words, cast):
    case = unsure()
    place = task_of(case)
    sent = {"place": "m1.a.1", "matter": "other", "kind": "Sampah", "version": case.version}
    client = visit("gita")
    stale = client.post(place, sent | {"version": case.version - 1})
    assert stale.status_code == 409
    assert "Petugas lain lebih dulu." in words(stale)
    client.post(place, sent)
    gone = client.post(place, sent, follow=True)
    assert "Yang itu sudah dipilah petugas lain." in words(gone)


def test_handed_back_comes_with_its_reason(visit, cast, words):
    case = case_of(report())
    act(routing.refuse, case.id, by=cast.budi, at=NOON, reason=Reason.objects.get(code="not_ours"))
    text = words(visit("gita").get(DESK))
    assert "Dikembalikan Kelurahan Mawar. Bukan tugas kami" in text


def test_no_report_ends_with_a_reason(visit):
    case = unsure()
    client = visit("gita")
    address = f"/petugas/langkah/{case.number}/reject/"
    assert client.post(address, {"version": case.version}).status_code == 422
    client.post(address, {"reason": "not_a_problem", "version": case.version})
    row = Case.objects.get(pk=case.pk)
    assert (row.status, row.reason_id) == ("CLOSED", "not_a_problem")


@pytest.mark.parametrize("name", ["budi", "citra", "dewi", "hana", "indah", "joko", "kirana"])
def test_nobody_else_sorts(visit, name):
    assert visit(name).get(DESK).status_code == 404
