"""Jakarta's public JSON, streamed object by object."""

import json
from datetime import timedelta

import pytest

from tanggap.models import Case, Report
from tanggap.moving import jakarta
from tanggap.moving.mapping import Mapping
from tanggap.moving.source import BadFile
from tests import cast
from tests.cast import NOON

pytestmark = pytest.mark.django_db


def told(place: int = 1, **more: object) -> dict:
    return {
        "id": 900 + place, "code": f"JK2601{place:06d}", "lat": -6.175, "lng": 106.827,
        "createdAt": "2026-11-20T02:00:00.000Z",
        "content": "Permasalahan : Jalan berlubang dalam\nKategori : Jalan\nLokasi : Jl. Merdeka\n"
                   "Detail Alamat Laporan : depan stasiun, hub 0812-3456-7890",
        "tstatus": {"id": 3, "name": "Koordinasi"}, "complaintCategory": {"name": "Jalan rusak atau berlubang"},
        "zone": {"name": "Dinas Bina Marga"},
        "village": {"name": "GAMBIR", "district": {"name": "GAMBIR", "city": {"name": "JAKARTA PUSAT"}}},
        "documents": [{"url": "https://crm.example/files/a%20b.jpg?x=1"}], **more,
    }  # fmt: skip


def test_an_object_becomes_a_case(old):
    cast.move_to_jakarta()
    path = old.bytes(
        json.dumps({"status": 200, "data": [told(), told(2, tstatus={"name": "Selesai"})]}).encode()
    )
    result = old.bring(path)
    assert result.came == 2
    case = Case.objects.get(number="JK2601000001")
    assert (case.status, case.area.name, case.holder.code, case.category.code) == (
        "ASSIGNED", "Gambir", "dinas-bm", "jalan",
    )  # fmt: skip
    report = Report.objects.get(number="JK2601000001")
    assert (report.words, report.place) == (
        "Jalan berlubang dalam", "Jl. Merdeka, depan stasiun, hub ⟦phone⟧",
    )  # fmt: skip
    closed = Case.objects.get(number="JK2601000002")
    assert (closed.status, closed.closed_at, closed.clocks.count()) == ("CLOSED", closed.opened_at, 0)
    assert any("line 1, case 2" in line and "the last time known is taken" in line for line in old.said)


@pytest.mark.parametrize("text", [
    "[{o}, {o}]", '{{"data": [{o}, {o}]}}', '{{"ok": true, "data": {{"total": 2, "rows": [{o},{o}]}}, "x": []}}',
    "{o}\n{o}\n", "\ufeff[\n{o}\n,\n{o}\n]",
])  # fmt: skip
def test_lists_envelopes_and_details_one_after_another(old, text, monkeypatch):
    monkeypatch.setattr(jakarta, "BLOCK", 64)  # every seam is crossed
    objects = [json.dumps(told(place)) for place in (1, 2)]
    data = text.replace("{o}", "%s").replace("{{", "{").replace("}}", "}") % tuple(objects)
    rows = list(jakarta.Objects(old.bytes(data.encode(), "map.json"), Mapping(), "utf-8").rows())
    assert [row.cells["number"] for row in rows] == ["JK2601000001", "JK2601000002"]
    assert rows[0].cells["photos"] == "a b.jpg"


@pytest.mark.parametrize(("text", "reason"), [
    ('[{"code": "1"},\n{"code": ]', "line 2: not well-formed"),
    ('[{"code": "1"}', r"line 1: a comma or \] is missing"),
    ("[" * 100_000, "line 1: nested too deeply"),
    ('{"data": "' + "x" * (jakarta.LONGEST + 70_000), "line 1: one value of more than"),
])  # fmt: skip
def test_a_file_that_breaks_off_is_refused_whole_with_its_line(old, text, reason):
    with pytest.raises(BadFile, match=reason):
        old.bring(old.bytes(text.encode(), "map.json"))
    assert not Case.objects.exists()


def test_what_is_no_object_and_what_lacks_all_is_named(old):
    path = old.bytes(
        json.dumps([1, {"tstatus": None, "village": "x", "documents": "x"}, None]).encode(), "map.json"
    )
    result = old.bring(path, now=NOON + timedelta(days=1))
    assert (result.came, result.counts["refused"]) == (0, 3)
    assert old.said == [
        "refused line 1, case 1: an object was expected here",
        "refused line 1, case 2, column number: it is empty",
        "refused line 1, case 3: an object was expected here",
    ]


def test_half_signs_that_json_can_hold_are_taken_or_named(old):
    half = "\ud83d"
    bare = {"complaintCategory": None, "village": None}
    rows = [
        told(1, content=f"Jalan {half} rusak", lat=-1.99, lng=118.01, zone=None, **bare),
        told(2, code=f"JK{half}2"),
        told(3, zone={"name": f"Dinas {half}"}, **bare),
    ]
    result = old.bring(old.bytes(json.dumps(rows).encode(), "map.json"))
    assert (result.came, result.counts["refused"]) == (1, 2)
    assert Report.objects.get().words == "Jalan \ufffd rusak"
    for line in old.said:
        line.encode()
