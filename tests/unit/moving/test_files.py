"""Files as old systems write them: encodings, signs between columns, spreadsheets' habits; what is wrong is named by
line, and nothing is half done."""

import random

import pytest

from tanggap.models import Case, Event, Report
from tanggap.moving import mapping as maps
from tanggap.moving import source
from tanggap.moving.source import BadFile
from tests.unit.moving.conftest import ROW

pytestmark = pytest.mark.django_db

HEAD = "number,opened_at,status,words,lat,lon"
LINE = "L-1,2026-11-20 09:00,proses,Jalan berlubang – Café,-1.99,118.01"


def words() -> str:
    return Report.objects.get().words


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_every_usual_encoding_is_read(old, encoding):
    result = old.bring(old.bytes(f"{HEAD}\r\n{LINE}\r\n".encode(encoding)))
    assert (result.came, words()) == (1, "Jalan berlubang – Café")
    assert result.notes == (
        ["line 2 is not UTF-8: the file is read as Windows-1252"] if encoding == "cp1252" else []
    )


def test_bytes_of_no_encoding_are_refused_with_their_line(old):
    path = old.bytes(f"{HEAD}\n{LINE}\n".encode() + b"L-2,\xc3\x28\x81,x,y,,\n")
    with pytest.raises(
        BadFile, match=r"cases.csv, line 3: neither UTF-8 \(wrong in line 3\) nor Windows-1252"
    ):
        old.bring(path)
    assert not Case.objects.exists()


@pytest.mark.parametrize("between", [",", ";", "\t", "|"])
def test_the_sign_between_columns_is_told_by_the_header(old, between):
    row = {"number": "L-1", "words": f'Lubang, besar; "sekali"{between} di sini', **{
        key: ROW[key] for key in ("opened_at", "status", "lat", "lon")}}  # fmt: skip
    assert old.bring(old.file(row, between=between)).came == 1
    assert words().startswith('Lubang, besar; "sekali"')


def test_a_spreadsheets_first_line_and_empty_last_columns_are_passed_over(old):
    told = f"sep=;\n{HEAD.replace(',', ';')};;\n{LINE.replace(',', ';')};;\n;;;;;;;\n"
    assert old.bring(old.bytes(told.encode())).came == 1


def test_dates_of_spreadsheets_and_of_people(old):
    given = ("46346.375", "20/11/2026 09:00", "20-11-2026 9.00", "20 Nov 2026 09:00", "Jumat, 20 November 2026 09:00",
             "2026-11-20T01:00:00Z", "2026-11-20 08:00 WIB", "2026-11-20T09:00:00.000+08:00", "20/11/2026 9:00 AM",
             "1795136400", "1795136400000")  # fmt: skip
    result = old.rows(*({"opened_at": told} for told in given))
    assert (result.came, old.said) == (len(given), [])
    assert {str(at) for at in Case.objects.values_list("opened_at", flat=True)} == {
        "2026-11-20 01:00:00+00:00"
    }


def test_month_first_is_said_by_the_mapping(old):
    refused = old.rows({"opened_at": "11/20/2026 09:00"})
    assert refused.came == 0
    assert old.said == [
        "refused line 2, column opened_at: “11/20/2026 09:00” has no month 20; if the file writes it so, "
        'set dates = "month first"'
    ]
    assert old.rows({"opened_at": "11/20/2026 09:00"}, mapping=old.mapping('dates = "month first"')).came == 1


REFUSED = {
    "an empty number": ({"number": ""}, "number: it is empty"),
    "a number with a slash": ({"number": "12/2026"}, "number: “12/2026”: a number is letters"),
    "a rounded number": ({"number": "2,02E+11"}, "number: “2,02E+11” was a longer number"),
    "a long number": ({"number": "9" * 33}, "number: “" + "9" * 33 + "” has 33 signs, at most 32 fit"),
    "no date": ({"opened_at": "kemarin"}, "opened_at: “kemarin” is no time"),
    "the 31st of February": ({"opened_at": "31/02/2026"}, "opened_at: “31/02/2026” is on no calendar"),
    "the year 1": ({"opened_at": "0001-01-01"}, "opened_at: “0001-01-01” would be the year 1"),
    "the year 1899": ({"opened_at": "1899-12-31"}, "opened_at: “1899-12-31” would be the year 1899"),
    "the future": ({"opened_at": "2026-11-25 09:00"}, "opened_at: “2026-11-25 09:00” lies in the future"),
    "an unknown status": ({"status": "entah"}, "status: “entah” is not known here; add it to [status]"),
    "an unknown category": ({"category": "naga"}, "category: “naga” is not known here"),
    "an unknown agency": ({"agency": "Dinas Naga"}, "agency: “Dinas Naga” is not known here"),
    "an unknown area": ({"area": "Atlantis"}, "area: “Atlantis” is not known here"),
    "a spreadsheet's error": ({"category": "#REF!"}, "category: “#REF!” is a spreadsheet's error"),
    "closed without a time": ({"status": "selesai"}, "closed_at: a closed case needs its time"),
    "closed before opened": (
        {"status": "selesai", "closed_at": "2026-11-19 08:00"}, "closed_at: 2026-11-19 00:00 UTC is earlier"
    ),
    "open and closed": ({"closed_at": "2026-11-21"}, "closed_at: the case is open, but has a closing time"),
    "hand-overs out of order": (
        {"handovers": "2026-11-21 > kel-m1.a.1 | 2026-11-20 10:00 > dinas-jalan"},
        "handovers: number 2 is earlier than number 1",
    ),
    "a hand-over before the first word": (
        {"handovers": "2026-11-19 > kel-m1.a.1"}, "handovers: number 1 is earlier than opened_at"
    ),
    "a hand-over without an agency": ({"handovers": "2026-11-21"}, "handovers: “2026-11-21”: write time > agency"),
    "a holder that is another": (
        {"handovers": "2026-11-21 > kel-m1.a.1", "agency": "dinas-jalan"}, "agency: Dinas Jalan dan Penerangan, but"
    ),
    "a strange visibility": ({"visibility": "halb"}, "visibility: “halb” is not known here"),
    "nothing said": ({"words": "", "category": ""}, "words: neither words nor a category"),
}  # fmt: skip


@pytest.mark.parametrize("what", REFUSED)
def test_a_row_that_can_t_be_taken_is_named_with_line_column_and_reason(old, what):
    wrong, reason = REFUSED[what]
    result = old.rows({}, wrong)
    column, _, words = reason.partition(": ")
    assert (result.came, result.counts["refused"]) == (1, 1)
    assert old.said[0].startswith(f"refused line 3, column {column}: {words}")


NOTED = {
    "swapped degrees": ({"lat": "118.01", "lon": "-1.99"}, "lat, lon: swapped; put right"),
    "no number": ({"lat": "NaN", "lon": "118.01"}, "lat, lon: “NaN”, “118.01” is no point on earth"),
    "infinity": ({"lat": "inf", "lon": "118.01"}, "lat, lon: “inf”, “118.01” is no point on earth"),
    "null island": ({"lat": "0", "lon": "0.0"}, "lat, lon: (0, 0) lies in the ocean"),
    "a neighbour's point": ({"lat": "-2.2", "lon": "118.0"}, "lat, lon: outside the city (Kota Kamboja)"),
    "a NUL": ({"words": "Lubang\x00 besar."}, "words: control signs (such as NUL) were left out"),
    "a formula": ({"words": "=HYPERLINK(1)"}, "words: begins like a formula; taken as words"),
    "half a telephone number": ({"phone": "0812"}, "phone: this is no telephone number (too_short)"),
    "half an address": ({"email": "ani@"}, "email: this is no e-mail address"),
    "photos without a folder": ({"photos": "a.jpg"}, "photos: 1 named, but no folder was given by --photos"),
}  # fmt: skip


@pytest.mark.parametrize("what", NOTED)
def test_a_case_comes_although_something_of_it_is_amiss_and_that_is_named(old, what):
    given, note = NOTED[what]
    result = old.rows(given)
    column, _, words = note.partition(": ")
    assert result.came == 1
    assert old.said[0].startswith(f"note line 2, column {column}: {words}")


def test_a_swapped_point_lies_where_it_was_meant(old):
    old.rows({"lat": "118,01", "lon": "-1,99"})
    case = Case.objects.get()
    assert (case.lat, case.lon, case.area.code) == (-1.99, 118.01, "m1.a.1")


def test_the_area_s_name_places_a_case_without_a_point(old):
    bare = {"lat": "", "lon": ""}
    old.rows({**bare, "area": "Kel. Mawar"}, {**bare, "area": "m1.b.1"}, {**bare, "area": "ANGGREKTENGAH"},
             {**bare, "words": "Lubang di kelurahan Dahlia"})  # fmt: skip
    found = list(Case.objects.order_by("number").values_list("area__code", flat=True))
    assert found == ["m1.a.1", "m1.b.1", "m1.b.2", "m1.b.3"]


def test_ragged_rows_and_open_quotation_marks_are_named_and_the_rest_comes(old):
    told = [HEAD, LINE, "L-2,2026-11-20 09:00,proses", LINE.replace("L-1", "L-3") + ",more",
            LINE.replace("L-1", "L-4"), 'L-5,2026-11-20 09:00,proses,"an open mark,-1.99,118.01', "L-6,x"]  # fmt: skip
    result = old.bring(old.bytes("\n".join(told).encode()))
    assert (result.came, result.counts["refused"]) == (2, 3)
    assert old.said == [
        "refused line 3: 3 values where the header has 6",
        "refused line 4: 7 values where the header has 6",
        "refused line 6: the lines 6 to 7 hang together: a quotation mark opens and does not close",
    ]


def test_a_number_that_a_spreadsheet_was_kept_from_rounding_is_unwrapped(old):
    wrapped = LINE.replace("L-1", '"=""00123"""')
    old.bring(old.bytes(f"{HEAD}\n{wrapped}\n".encode()))
    assert Report.objects.get().number == "00123"


@pytest.mark.parametrize(("data", "reason"), [
    (b"", "the file is empty"),
    (b"PK\x03\x04rest", "this is an Excel workbook or an archive; save the sheet as CSV UTF-8"),
    (b"\x1f\x8b\x08rest", "this is packed by gzip"),
    (b"number,status,words\nL-1,proses,x\n", r"line 1: the column 'opened_at' \(opened_at\) is missing"),
    (b"number,number,opened_at,status,words\n", "line 1: the column 'number' stands here twice"),
    (HEAD.encode() + b"\nL-1," + b"x" * (source.LONGEST_LINE + 5), "line 2: a line of more than"),
])  # fmt: skip
def test_a_file_of_which_nothing_can_be_taken_is_refused_whole(old, data, reason):
    with pytest.raises(BadFile, match=reason):
        old.bring(old.bytes(data))
    assert not Event.objects.exists()


NASTY = (
    "", " ", "0", "-1", "1e308", "NaN", "-inf", "0001-01-01", "9999-12-31 23:59 -12:00", "2026-11-20", "46346.375",
    "2026-11-20 09:00 +99:99", "20/11/2026", "closed", "selesai", "menunggu", "proses", "ditolak", "public", "secret",
    "dinas-jalan", "kel-m1.a.1 > x", "2026-11-20 > kel-m1.a.1", "> > >", "|||", "jalan-rusak", "pungutan", "m1.a.1",
    "-1.99", "118.01", "fixed", "5", "confirmed", "../../etc/passwd", "+62812345678901234567890", "ani@melati.test",
    "😀", "e\u0301" * 300, "\u202eabc", "x" * 9000, "\\N", "\\.", "a\tb\\c", "=1+1", "#REF!", "²026-01-01", "{}",
)  # fmt: skip


def test_whatever_stands_in_a_row_it_comes_or_is_refused(old):
    rng = random.Random(10)
    usual = {**dict.fromkeys(maps.COLUMNS, ""), **ROW}
    rows = []
    for place in range(600):
        nasty = {name: rng.choice(NASTY) for name in rng.sample(maps.COLUMNS[1:], rng.randint(1, 6))}
        rows.append({**usual, "number": f"L-{place}", **nasty})
    result = old.bring(old.file(*rows))
    assert result.came + result.counts["refused"] == result.rows == 600
    assert Case.objects.count() == result.came
    assert 50 < result.came < 550


# ---- the mapping ----

MAPPING = """
source = "crm"
[columns]
number = "ID Laporan"
opened_at = "Tanggal"
status = "Status"
words = "Isi Laporan"
category = "Jenis"
agency = "OPD"
area = "Kelurahan"
[status]
"Beres Bos" = "closed"
[category]
"Jalan Jelek" = "jalan-rusak"
"*" = "sampah"
[agency]
"PU" = "dinas-jalan"
[defaults]
visibility = "public"
channel = "loket"
closed_at = "last"
[number]
prefix = "CRM-"
replace = { "/" = "-" }
"""


def test_a_mapping_names_their_columns_and_words(old):
    path = old.file(
        {"id laporan": "12/26", "Tanggal": "2026-11-20", "STATUS": "beres bos", "Isi Laporan": "Lubang.",
         "Jenis": "jalan jelek", "OPD": "PU", "Kelurahan": "Mawar", "Lain": "x"},
        {"id laporan": "13/26", "Tanggal": "2026-11-20", "STATUS": "Menunggu", "Jenis": "apa saja",
         "Isi Laporan": "Kotor.", "Kelurahan": "Mawar"},
    )  # fmt: skip
    result = old.bring(path, mapping=old.mapping(MAPPING))
    assert (result.came, result.source, result.notes) == (2, "crm", ["not read: Lain"])
    told = Case.objects.order_by("number").values_list("number", "status", "category__code", "holder__code",
                                                       "visibility", "channel__code")  # fmt: skip
    assert list(told) == [
        ("CRM-12-26", "CLOSED", "jalan-rusak", "dinas-jalan", "public", "loket"),
        ("CRM-13-26", "ASSIGNED", "sampah", "kel-m1.a.1", "public", "loket"),
    ]
    assert old.said[0].startswith("note line 2, column closed_at: not given; the last time known is taken")


@pytest.mark.parametrize(("told", "reason"), [
    ("[columns", r"mapping.toml: Expected .* at the end of"),
    ("colums = 1", "'colums' is none of source, encoding"),
    ('[columns]\nnumer = "ID"', r"\[columns\]: 'numer' is none of ours"),
    ('[columns]\nnumber = "ID"\nwords = "id"', r"\[columns\]: 'id' can't be two of ours"),
    ('[defaults]\nclosed_at = "now"', r"\[defaults\]: closed_at can only be 'last'"),
    ('dates = "year first"', "dates: 'year first' is neither"),
    ('encoding = "klingon"', "encoding: 'klingon' is not known"),
    ("[status]\nBeres = 1", r"\[status\] Beres: 1 is no text"),
])  # fmt: skip
def test_a_mapping_that_can_t_be_used_says_where(old, told, reason):
    with pytest.raises(maps.BadMapping, match=reason):
        old.mapping(told)


def test_a_mapping_to_what_does_not_exist_is_refused_before_anything_is_read(old):
    with pytest.raises(maps.BadMapping, match=r"\[category\] 'Jalan': there is no category 'jaln' here"):
        old.rows({}, mapping=old.mapping('[category]\nJalan = "jaln"'))
