"""A city's files are taken whole or refused whole, and loading them again changes nothing."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from tanggap.city.files import BadFile
from tanggap.city.load import load
from tanggap.city.tables import REASON_STEPS, TABLES
from tanggap.models import (
    Actor,
    Agency,
    Area,
    Case,
    Category,
    Change,
    Channel,
    City,
    Clock,
    Handover,
    Mandate,
    Promise,
    Reason,
)
from tests.unit.city.conftest import MINICITY

pytestmark = pytest.mark.usefixtures("no_city")
NOW = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)


def replace(file: Path, old: str, new: str) -> None:
    words = file.read_text(encoding="utf-8")
    assert old in words
    file.write_text(words.replace(old, new, 1), encoding="utf-8")


def drop_line(file: Path, start: str) -> None:
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    file.write_text("".join(line for line in lines if not line.startswith(start)), encoding="utf-8")


def changes_since(last: int) -> list[Change]:
    return list(Change.objects.filter(id__gt=last).order_by("id"))


def last_change() -> int:
    return max(Change.objects.values_list("id", flat=True), default=0)


def test_a_city_is_loaded_and_counted() -> None:
    counts = load(MINICITY)
    lines = {table.name: len((MINICITY / table.file).read_text().splitlines()) - 1 for table in TABLES}
    lines["notices"] = 2
    differ = {"added": sum(lines.values()) + 1, "changed": 0, "removed": 0, "left": 0, "unmapped": 0}
    assert counts == lines | differ
    assert [table.model.objects.count() for table in TABLES] == list(lines.values())[:-1]
    city = City.objects.get()
    assert (city.name, city.prefix, city.time_zone) == ("Kota Melati", "KM", "Asia/Makassar")
    assert city.data["emergency"]["number"] == "911"


def test_values_arrive_as_they_were_written() -> None:
    load(MINICITY)
    mawar = Area.objects.get(code="m1.a.1")
    assert (mawar.name, mawar.parent.name, mawar.aliases) == ("Mawar", "Bunga", ["Kampung Mawar", "Kp Mawar"])
    assert Category.objects.get(code="sampah").words == {"sampah": 4, "kotor": 1}
    unit = Agency.objects.get(code="cabang-jalan-a")
    assert (unit.parent.code, unit.area.code, unit.valid_from) == ("dinas-jalan", "m1.a", date(1945, 8, 17))
    assert Promise.objects.get(step="resolution", valid_to=date(2025, 1, 1)).amount == 10
    assert Mandate.objects.get(category__code="jalan-rusak", area__code="m1.b.3").agency is None


def test_loading_twice_changes_nothing() -> None:
    load(MINICITY)
    version, written = City.objects.get().version, last_change()
    again = load(MINICITY)
    assert [again[name] for name in ("added", "changed", "removed", "left")] == [0, 0, 0, 0]
    assert (City.objects.get().version, changes_since(written)) == (version, [])


def test_the_first_load_is_no_change_of_anything() -> None:
    written = last_change()
    load(MINICITY)
    assert changes_since(written) == []


def test_a_row_that_differs_later_is_a_change(melati: Path) -> None:
    load(melati)
    version, written = City.objects.get().version, last_change()
    replace(melati / "agencies.csv", "Dinas Jalan dan Penerangan", "Dinas Jalan")
    replace(melati / "mandates.csv", "lampu,,dinas-jalan", "lampu,,dinas-bersih")
    counts = load(melati, by=Actor("officer", 7), now=NOW)
    assert [counts[name] for name in ("added", "changed", "removed")] == [1, 1, 1]
    agency, added, ended = changes_since(written)
    assert (agency.object, agency.verb) == ("agency:dinas-jalan", "change")
    assert (agency.before, agency.after) == ({"name": "Dinas Jalan dan Penerangan"}, {"name": "Dinas Jalan"})
    assert (agency.by_kind, agency.by_id, agency.at, agency.reason) == ("officer", 7, NOW, "load melati")
    assert (added.object, added.verb) == ("mandate:lampu//dinas-bersih/1945-08-17", "add")
    assert (ended.object, ended.verb) == ("mandate:lampu//dinas-jalan/1945-08-17", "end")
    assert [row.agency.code for row in Mandate.objects.filter(category__code="lampu")] == ["dinas-bersih"]
    assert City.objects.get().version == version + 1


def test_a_change_of_the_city_itself_is_written_down(melati: Path) -> None:
    load(melati)
    written = last_change()
    replace(melati / "city.toml", "days_to_confirm = 3", "days_to_confirm = 4")
    load(melati)
    (change,) = changes_since(written)
    assert (change.object, change.before, change.after) == (
        "city:city", {"days_to_confirm": 3}, {"days_to_confirm": 4}
    )  # fmt: skip
    assert City.objects.get().value("days_to_confirm") == 4


def test_a_code_that_left_its_file_stays_because_cases_may_point_to_it(melati: Path) -> None:
    load(melati)
    drop_line(melati / "reasons.csv", "not_a_problem")
    assert load(melati)["left"] == 1
    assert Reason.objects.filter(code="not_a_problem").exists()


def test_a_rule_that_left_its_file_no_longer_holds(melati: Path) -> None:
    load(melati)
    drop_line(melati / "handovers.csv", "dinas,dinas")
    assert load(melati)["removed"] == 1
    assert not Handover.objects.filter(step="transfer").exists()


def test_a_promise_that_a_case_lives_by_is_ended_not_deleted(melati: Path) -> None:
    load(melati)
    promise = Promise.objects.get(step="coordination")
    case = Case.objects.create(
        number="KM2611240001", uuid=uuid4(), status="NEW", visibility="private",
        channel=Channel.objects.get(code="web"), opened_at=NOW, changed_at=NOW,
    )  # fmt: skip
    Clock.objects.create(case=case, promise=promise, step="coordination", started_at=NOW, promised_at=NOW)
    drop_line(melati / "promises.csv", "coordination")
    with pytest.raises(BadFile) as bad:
        load(melati)
    assert (bad.value.file, bad.value.reason) == (
        "promises.csv",
        "the rule (coordination, 1945-08-17) is missing and cases depend on it; end it by valid_to instead",
    )
    assert Promise.objects.filter(pk=promise.pk).exists()


def test_units_may_stand_before_their_parents_in_the_file(melati: Path) -> None:
    file = melati / "agencies.csv"
    header, *lines = file.read_text(encoding="utf-8").splitlines()
    file.write_text("\n".join([header, *reversed(lines)]) + "\n", encoding="utf-8")
    load(melati)
    assert Agency.objects.get(code="kel-m1.b.1").parents()[-1].code == "setko"


def test_columns_may_stand_in_any_order_and_lines_may_end_in_either_way(melati: Path) -> None:
    (melati / "groups.csv").write_bytes(
        b"position,name_en,code,name_id\r\n1,Roads,jalan,Jalan\r\n"
        b"2,Environment,lingkungan,Lingkungan\r\n\r\n3,Other,lain,Lain-lain\r\n"
    )
    assert load(melati)["groups"] == 3


# ---- what is refused ----


def spoil(file: str, old: str, new: str) -> Callable[[Path], None]:
    return lambda folder: replace(folder / file, old, new)


def write(file: str, raw: bytes) -> Callable[[Path], None]:
    return lambda folder: (folder / file).write_bytes(raw) and None


def add(file: str, line: str) -> Callable[[Path], None]:
    def spoil(folder: Path) -> None:
        with (folder / file).open("a", encoding="utf-8") as words:
            words.write(line + "\n")

    return spoil


def without(file: str) -> Callable[[Path], None]:
    return lambda folder: (folder / file).unlink()


BAD = {
    "a byte order mark": (
        write("roles.csv", b"\xef\xbb\xbf" + (MINICITY / "roles.csv").read_bytes()),
        ("roles.csv", 1, "", "it starts with a byte order mark; save it as UTF-8 without one"),
    ),
    "UTF-16": (
        lambda folder: (folder / "roles.csv").write_text("code", encoding="utf-16"),
        ("roles.csv", 1, "", "it starts with a byte order mark; save it as UTF-8 without one"),
    ),
    "semicolons": (
        write("groups.csv", b"code;name_id;name_en;position\njalan;Jalan;Roads;1\n"),
        ("groups.csv", 1, "", "columns are divided by semicolons; use commas"),
    ),
    "another encoding": (
        write("groups.csv", "code,name_id,name_en,position\njalan,Jalan café,Roads,1\n".encode("latin-1")),
        ("groups.csv", 2, "", "this is not UTF-8; save the file in that encoding"),
    ),
    "a null byte": (
        write("groups.csv", b"code,name_id,name_en,position\njalan,Ja\x00lan,Roads,1\n"),
        ("groups.csv", 2, "", "a control character stands here"),
    ),
    "an open quote": (
        write("groups.csv", b'code,name_id,name_en,position\njalan,"Jalan,Roads,1\n'),
        ("groups.csv", 2, "", "not well-formed: unexpected end of data"),
    ),
    "a missing file": (without("areas.csv"), ("areas.csv", 0, "", "the file is missing")),
    "an empty file": (write("areas.csv", b""), ("areas.csv", 1, "code", "this column is missing")),
    "a missing column": (
        spoil("areas.csv", "label_lat", "latitude"),
        ("areas.csv", 1, "label_lat", "this column is missing"),
    ),
    "an unknown column": (
        write("groups.csv", b"code,name_id,name_en,position,colour\n"),
        ("groups.csv", 1, "colour", "no such column is known"),
    ),
    "a column twice": (
        write("groups.csv", b"code,name_id,name_en,position,code\n"),
        ("groups.csv", 1, "code", "this column stands here twice"),
    ),
    "a short line": (add("groups.csv", "air,Air"), ("groups.csv", 5, "", "2 values where the header has 4")),
    "a duplicate key": (
        add("groups.csv", "jalan,Jalan,Roads,4"),
        ("groups.csv", 5, "code", "the same code as in line 2"),
    ),
    "a rule twice": (
        add("mandates.csv", "api,,dinas-bersih,3,,,,"),
        ("mandates.csv", 12, "category", "the same category and area and agency and valid_from as in line 9"),
    ),
    "an unknown parent": (
        spoil("agencies.csv", "cabang,dinas-jalan", "cabang,dinas-jalam"),
        ("agencies.csv", 13, "parent", "'dinas-jalam' is not in agencies.csv"),
    ),
    "an unknown agency": (
        spoil("mandates.csv", "got,,dinas-bersih", "got,,dinas-sampah"),
        ("mandates.csv", 8, "agency", "'dinas-sampah' is not in agencies.csv"),
    ),
    "an unknown role": (
        spoil("handovers.csv", "reviewer", "judge"),
        ("handovers.csv", 5, "approval_role", "'judge' is not in roles.csv"),
    ),
    "a hand-over to partners": (
        spoil("handovers.csv", "kelurahan,dinas,refer", "kelurahan,partner,refer"),
        ("handovers.csv", 2, "to_kind", "nothing is handed to a partner or by one"),
    ),
    "a partner among the offices": (
        spoil("agencies.csv", "Perusahaan Listrik,,external", "Perusahaan Listrik,,partner"),
        ("agencies.csv", 18, "kind", "partners are written down on their page, with a quota"),
    ),
    "a circle of parents": (
        spoil("agencies.csv", "setko,Sekretariat Kota Melati,Sekretariat,sekretariat,,",
              "setko,Sekretariat Kota Melati,Sekretariat,sekretariat,cabang-jalan-a,"),
        ("agencies.csv", 2, "parent", "'setko' stands above itself"),
    ),
    "a kelurahan in a kota": (
        spoil("areas.csv", "Mawar,kelurahan,m1.a", "Mawar,kelurahan,m1"),
        ("areas.csv", 5, "parent", "a kelurahan lies in a kecamatan"),
    ),
    "a bad number": (
        spoil("areas.csv", "-1.97,118.02", "-1.9x,118.02"),
        ("areas.csv", 2, "label_lat", "'-1.9x' is no number of degrees, such as -6.175"),
    ),
    "no number at all": (
        spoil("areas.csv", "-1.97,118.02", "NaN,118.02"),
        ("areas.csv", 2, "label_lat", "'NaN' is no number of degrees, such as -6.175"),
    ),
    "degrees beyond the pole": (
        spoil("areas.csv", "-1.97,118.02", "118.02,-1.97"),
        ("areas.csv", 2, "label_lat", "118.02 is not between -90 and 90"),
    ),
    "a number with words": (
        spoil("promises.csv", "12,hours", "twelve,hours"),
        ("promises.csv", 2, "amount", "'twelve' is no whole number"),
    ),
    "a promise of nothing": (
        spoil("promises.csv", "12,hours", "0,hours"),
        ("promises.csv", 2, "amount", "0 is not between 1 and 10000"),
    ),
    "a bad date": (
        spoil("promises.csv", "2025-01-01", "01/01/2025"),
        ("promises.csv", 4, "valid_to", "'01/01/2025' is no day; write 2025-05-31"),
    ),
    "a day that no calendar has": (
        spoil("promises.csv", "2025-01-01", "2025-02-30"),
        ("promises.csv", 4, "valid_to", "'2025-02-30' is no day; write 2025-05-31"),
    ),
    "an end before the beginning": (
        add("promises.csv", "review,lampu,,1,days,clock,2025-01-02,2025-01-02,"),
        ("promises.csv", 9, "valid_to", "2025-01-02 is not after valid_from (2025-01-02)"),
    ),
    "a code that is none": (
        spoil("groups.csv", "jalan,", "Jalan Raya,"),
        ("groups.csv", 2, "code", "'Jalan Raya' is no code: small letters a-z, digits and . _ - are"),
    ),
    "a word that is none of the few": (
        spoil("reasons.csv", "send_back", "sendback"),
        ("reasons.csv", 4, "step",
         f"'sendback' is none of {', '.join(REASON_STEPS)}"),
    ),
    "a flag that is no flag": (
        spoil("roles.csv", "reviewer,Pemeriksa,Reviewer,0", "reviewer,Pemeriksa,Reviewer,ya"),
        ("roles.csv", 7, "second_factor", "'ya' is none of 0, 1"),
    ),
    "a weight that is none": (
        spoil("categories.csv", "lubang:3", "lubang:berat"),
        ("categories.csv", 2, "words", "'lubang:berat' is no word with a weight, such as lubang:2"),
    ),
    "a name too long": (
        spoil("groups.csv", "Roads", "R" * 101),
        ("groups.csv", 2, "name_en", "101 signs, at most 100 fit"),
    ),
    "an empty name": (spoil("groups.csv", "Roads", " "), ("groups.csv", 2, "name_en", "it is empty")),
    "a category that nobody has": (
        add("categories.csv", "pohon,lain,Pohon,Trees,pohon:4,0,,,,"),
        ("categories.csv", 10, "code", "nobody has a mandate for 'pohon' in mandates.csv"),
    ),
    "a kelurahan without an office": (
        lambda folder: drop_line(folder / "agencies.csv", "kel-m1.b.2"),
        ("areas.csv", 9, "code", "no office of kind kelurahan stands in agencies.csv for 'm1.b.2'"),
    ),
    "an office of the wrong level": (
        spoil("agencies.csv", "kelurahan,kec-m1.a,m1.a.1", "kelurahan,kec-m1.a,m1.a"),
        ("agencies.csv", 6, "area", "an office of kind kelurahan needs an area of that level"),
    ),
    "a role that the house needs": (
        lambda folder: drop_line(folder / "roles.csv", "auditor"),
        ("roles.csv", 0, "code", "the row 'auditor' is missing"),
    ),
    "a city without a prefix": (
        spoil("city.toml", 'prefix = "KM"\n', ""),
        ("city.toml", 0, "prefix", "this key is missing"),
    ),
    "a prefix that is none": (
        spoil("city.toml", '"KM"', '"km-1"'),
        ("city.toml", 4, "prefix", "one to six capital letters A-Z belong here"),
    ),
    "a zone that is none": (
        spoil("city.toml", "Asia/Makassar", "Asia/Melati"),
        ("city.toml", 5, "time_zone", "'Asia/Melati' is no time zone; write Asia/Jakarta"),
    ),
    "a key nobody knows": (
        spoil("city.toml", "nearest_m", "nearest_km"),
        ("city.toml", 10, "nearest_km", "no such key is known"),
    ),
    "bounds the wrong way round": (
        spoil("city.toml", "max_lat = -1.90", "max_lat = -2.10"),
        ("city.toml", 17, "bounds", "min_lat must be smaller than max_lat, both between -90 and 90"),
    ),
    "an agency for the desk that isn't there": (
        spoil("city.toml", 'triage_agency = "setko"', 'triage_agency = "meja"'),
        ("city.toml", 0, "triage_agency", "'meja' is not in agencies.csv"),
    ),
    "a neighbour that is a word": (
        lambda folder: (folder / "city.toml").write_text(
            'neighbours = ["Kamboja"]\n' + (folder / "city.toml").read_text().split("[[neighbours]]")[0]
        ),
        ("city.toml", 1, "neighbours", "a list of tables belongs here"),
    ),
    "a question about a category that isn't there": (
        add("city.toml", '[[attributes]]\ncategory = "air"\ncode = "a"\ndatatype = "text"\n'
            'description_id = "Apa?"\ndescription_en = "What?"'),
        ("city.toml", 0, "attributes", "'air' is not in categories.csv"),
    ),
    "a list without values": (
        add("city.toml", '[[attributes]]\ncategory = "got"\ncode = "a"\ndatatype = "singlevaluelist"\n'
            'description_id = "Apa?"\ndescription_en = "What?"\nvalues = ["x"]'),
        ("city.toml", 38, "attributes", "a list of tables belongs here"),
    ),
    "a city.toml that is none": (
        spoil("city.toml", 'name = "Kota Melati"', "name = Kota Melati"),
        ("city.toml", 2, "", "not well-formed: Invalid value (at line 2, column 8)"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", BAD)
def test_a_bad_file_is_refused_with_its_place_and_reason(what: str, melati: Path) -> None:
    damage, told = BAD[what]
    damage(melati)
    with pytest.raises(BadFile) as bad:
        load(melati)
    assert (bad.value.file, bad.value.line, bad.value.column, bad.value.reason) == told


def test_two_kelurahan_cannot_share_a_point(melati: Path) -> None:
    replace(melati / "areas.csv", "m1.a,-1.97,118.01", "m1.a,-1.99,118.01")
    with pytest.raises(BadFile, match=r"areas.csv, line 6, column label_lat: the same point as in line 5"):
        load(melati)


def test_a_refused_city_changes_nothing(melati: Path) -> None:
    load(melati)
    version, written = City.objects.get().version, last_change()
    replace(melati / "agencies.csv", "Dinas Jalan dan Penerangan", "Dinas Jalan")
    replace(melati / "channels.csv", "Loket kelurahan", "Loket")
    replace(melati / "resolutions.csv", "Ditolak,Rejected,6", "Ditolak,Rejected,enam")
    with pytest.raises(BadFile):
        load(melati)
    assert Agency.objects.get(code="dinas-jalan").name == "Dinas Jalan dan Penerangan"
    assert (City.objects.get().version, changes_since(written)) == (version, [])


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="there is no such folder"):
        load(tmp_path / "nowhere")
