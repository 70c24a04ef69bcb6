"""The facts of reference/jakarta: what the sources say, and what the house relies on."""

import csv
import re
from collections import Counter
from datetime import UTC, date, datetime

import pytest

from tanggap.city import load as loading
from tanggap.city.load import load
from tanggap.models import Agency, AgencyKind, Area, Category, City, Handover, Mandate, Promise, Reference
from tanggap.sla.clocks import ruling
from tanggap.triage.classify import classify
from tanggap.triage.locate import at_point, in_words
from tanggap.triage.urgency import is_emergency
from tests.unit.city.conftest import JAKARTA

NOW = datetime(2026, 11, 24, tzinfo=UTC)


@pytest.fixture
def jakarta(no_city: None) -> None:
    load(JAKARTA)


def rows(name: str) -> list[dict[str, str]]:
    with (JAKARTA / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def by_code(name: str) -> dict[str, dict[str, str]]:
    return {row["code"]: row for row in rows(name)}


# ---- the files ----


def test_six_kota_forty_four_kecamatan_two_hundred_and_sixty_seven_kelurahan() -> None:
    assert Counter(row["level"] for row in rows("areas")) == {"kota": 6, "kecamatan": 44, "kelurahan": 267}
    kelurahan = Counter(row["code"][:5] for row in rows("areas") if row["level"] == "kelurahan")
    assert kelurahan == {"31.01": 6, "31.71": 44, "31.72": 31, "31.73": 56, "31.74": 65, "31.75": 65}


@pytest.mark.parametrize(
    ("kelurahan", "kecamatan"),
    [
        ("Jatinegara", "Cakung"), ("Jatinegara Kaum", "Pulogadung"), ("Cilandak Timur", "Pasar Minggu"),
        ("Grogol Utara", "Kebayoran Lama"), ("Grogol", "Grogol Petamburan"),
        ("Gandaria Utara", "Kebayoran Baru"),
        ("Gandaria Selatan", "Cilandak"), ("Menteng Dalam", "Tebet"), ("Menteng Atas", "Setiabudi"),
        ("Kramat", "Senen"), ("Kramat Pela", "Kebayoran Baru"), ("Sukabumi Utara", "Kebon Jeruk"),
    ],
)  # fmt: skip
def test_traps_of_the_map(kelurahan: str, kecamatan: str) -> None:
    areas = by_code("areas")
    found = [row for row in areas.values() if (row["name"], row["level"]) == (kelurahan, "kelurahan")]
    assert [areas[row["parent"]]["name"] for row in found] == [kecamatan]


def test_the_old_system_spells_some_names_differently() -> None:
    aliases = {alias.upper(): row["name"] for row in rows("areas") for alias in row["aliases"].split("|")}
    spelt = ("KALI BARU", "PAL MERIAM", "KAMPUNG TENGAH", "SETIA BUDI")
    assert [aliases[name] for name in spelt] == ["Kalibaru", "Palmeriam", "Tengah", "Setiabudi"]


def test_an_alias_means_one_place_of_its_level() -> None:
    meant = Counter(
        (row["level"], name.lower())
        for row in rows("areas")
        for name in {row["name"], *filter(None, row["aliases"].split("|"))}
    )
    assert [name for name, times in meant.items() if times > 1] == []


def test_every_area_has_its_office() -> None:
    prefix = {"kelurahan": "kel-", "kecamatan": "kec-", "kota": "kota-"}
    offices = {row["area"]: row["code"] for row in rows("agencies") if row["kind"] in prefix}
    assert offices == {row["code"]: prefix[row["level"]] + row["code"] for row in rows("areas")}


def test_every_city_has_a_suku_dinas_of_each_dinas_that_has_any() -> None:
    places = Counter((row["parent"], row["area"]) for row in rows("agencies") if row["kind"] == "sudin")
    dinas = {parent for parent, _ in places}
    assert len(dinas) == 21
    assert {area for _, area in places} == {"31.01", "31.71", "31.72", "31.73", "31.74", "31.75"}
    assert len(places) == len(dinas) * 6
    assert {key for key, times in places.items() if times > 1} == {
        ("dinas-dik", f"31.7{city}") for city in range(1, 6)  # Pendidikan Wilayah I and II
    }  # fmt: skip


def test_satpol_goes_from_the_province_over_the_kota_to_the_kecamatan() -> None:
    agencies = by_code("agencies")
    assert agencies["satpol-31.74.01"]["parent"] == "satpol-selatan"
    assert agencies["satpol-selatan"]["parent"] == "satpol"
    assert Counter(row["kind"] for row in agencies.values() if row["kind"].startswith("satpol")) == {
        "satpol": 1, "satpol-kota": 6, "satpol-kec": 44
    }  # fmt: skip


def test_companies_of_the_city_hang_under_bp_bumd() -> None:
    assert {row["parent"] for row in rows("agencies") if row["kind"] == "bumd"} == {"badan-bpbumd"}


def test_no_address_is_invented() -> None:
    assert {row["email"] for row in rows("agencies")} == {""}


def test_codes_are_ascii_and_unique() -> None:
    for name in ("areas", "agencies", "categories", "groups", "reasons", "resolutions", "roles", "channels"):
        codes = [row["code"] for row in rows(name)]
        assert len(codes) == len(set(codes)), name
        assert all(code.isascii() and code == code.lower() for code in codes), name


def test_sources_are_words_not_addresses() -> None:
    for file in (file for file in JAKARTA.rglob("*") if file.is_file()):
        assert not re.search(r"https?://", file.read_text(encoding="utf-8")), file.name


def test_the_thirteen_official_channels_and_the_two_of_the_past() -> None:
    channels = by_code("channels")
    past = {code for code, row in channels.items() if row["active"] == "0"}
    ours = {code for code, row in channels.items() if row["group"] == "Tanggap"}
    assert (past, ours) == ({"qlue", "balai-warga"}, {"web", "open311", "mitra", "sms", "telegram"})
    assert len(set(channels) - past - ours) == 13
    placed = {code for code, row in channels.items() if row["geotag"] == "1"}
    assert placed == {"web", "open311", "jaki", "qlue", "mitra"}
    by_hand = {code for code, row in channels.items() if row["way_back"] == "by_hand"}
    assert by_hand == {
        "balai-kota", "wali-kota", "kecamatan", "kelurahan", "inspektorat", "media-massa", *past
    }  # fmt: skip


def test_groups_are_few_enough_to_choose_from_and_none_is_empty() -> None:
    used = Counter(row["group"] for row in rows("categories"))
    assert set(used) == {row["code"] for row in rows("groups")}
    assert len(used) <= 16


def test_the_house_knows_no_line_from_kelurahan_to_sudin() -> None:
    ways = {(row["from_kind"], row["to_kind"], row["step"]) for row in rows("handovers")}
    assert ("kelurahan", "dinas", "refer") in ways
    assert not {way for way in ways if way[:2] == ("kelurahan", "sudin")}
    delegated = [row for row in rows("handovers") if row["step"] == "delegate"]
    assert {row["own_unit"] for row in delegated} == {"1"}
    transfers = [row for row in rows("handovers") if row["step"] == "transfer"]
    assert {row["approval_role"] for row in transfers} == {"reviewer"}


# ---- loaded ----


@pytest.mark.usefixtures("jakarta")
def test_handovers_as_the_city_uses_them() -> None:
    agency = {row.code: row for row in Agency.objects.all()}

    def way(step: str, giver: str, taker: str) -> bool:
        return Handover.objects.between(step, agency[giver], agency[taker], NOW) is not None

    pluit = "kel-31.72.01.1001"
    assert {
        "kelurahan refers to the dinas": way("refer", pluit, "dinas-tamhut"),
        "kelurahan refers to BP BUMD": way("refer", pluit, "badan-bpbumd"),
        "kelurahan refers to Satpol PP": way("refer", pluit, "satpol"),
        "kelurahan refers to the sudin": way("refer", pluit, "sudin-tamhut-utara"),
        "dinas delegates to its sudin": way("delegate", "dinas-sda", "sudin-sda-utara"),
        "dinas delegates to another's sudin": way("delegate", "dinas-sda", "sudin-bm-utara"),
        "BP BUMD delegates to its company": way("delegate", "badan-bpbumd", "bumd-jakpro"),
        "a dinas delegates to a company": way("delegate", "dinas-bm", "bumd-jakpro"),
        "dinas is moved to another badan": way("transfer", "dinas-tamhut", "badan-bpad"),
        "sudin is moved by itself": way("transfer", "sudin-sda-utara", "satpol"),
        "Biro refers outside": way("refer", "biro-pemerintahan", "ext-pln"),
        "kelurahan refers outside": way("refer", pluit, "ext-pln"),
    } == {
        "kelurahan refers to the dinas": True,
        "kelurahan refers to BP BUMD": True,
        "kelurahan refers to Satpol PP": True,
        "kelurahan refers to the sudin": False,
        "dinas delegates to its sudin": True,
        "dinas delegates to another's sudin": False,
        "BP BUMD delegates to its company": True,
        "a dinas delegates to a company": False,
        "dinas is moved to another badan": True,
        "sudin is moved by itself": False,
        "Biro refers outside": True,
        "kelurahan refers outside": False,
    }


HANDLERS = {
    "jalan": "dinas-bm", "trotoar": "dinas-bm", "pju": "dinas-bm", "kabel-udara": "dinas-bm",
    "marka-jalan": "dinas-bm",
    "parkir-liar": "dinas-hub", "lalu-lintas": "dinas-hub", "lampu-lalin": "dinas-hub", "pkl": "satpol",
    "reklame": "satpol", "kdm": "satpol", "kebisingan": "satpol", "pajak-reklame": "badan-bapenda",
    "pohon": "dinas-tamhut", "tpu": "dinas-tamhut", "saluran": "dinas-sda", "banjir": "dinas-sda",
    "sampah": "kel-31.74.01.1001", "coretan": "kel-31.74.01.1001", "bakar-sampah": "dinas-lh",
    "bangunan": "dinas-cktrp", "rusun": "dinas-prkp", "pmks": "dinas-sos", "bansos": "dinas-sos",
    "hewan": "dinas-kpkp", "dbd": "dinas-kes", "kebakaran": "dinas-gulkarmat", "kjp": "dinas-dik",
    "ktp": "dinas-dukcapil", "hubungan-kerja": "dinas-naker", "tempat-hiburan": "dinas-parekraf",
    "air-bersih": "badan-bpbumd", "pasar": "badan-bpbumd", "bank-dki": "badan-bpbumd",
    "listrik": "biro-pemerintahan", "tol-pusat": "biro-pemerintahan", "asn": "inspektorat",
}  # fmt: skip


@pytest.mark.usefixtures("jakarta")
def test_categories_go_to_those_who_handled_them() -> None:
    place = Area.objects.get(code="31.74.01.1001")

    def handler(code: str) -> str:
        mandates = Mandate.objects.competent(Category.objects.get(code=code), place, NOW)
        return mandates[0].holder_for(place).code

    assert {code: handler(code) for code in HANDLERS} == HANDLERS


@pytest.mark.usefixtures("jakarta")
def test_promises_are_dated() -> None:
    def promised(step: str, day: date, channel: str = "web") -> tuple[int, str] | None:
        found = ruling(Promise.objects.all(), step, day, None, channel)
        return (found.amount, found.unit) if found else None

    assert promised("first_response", date(2017, 12, 31)) is None
    assert promised("first_response", date(2018, 9, 1)) == (24, "hours")
    assert promised("coordination", date(2018, 9, 1)) is None
    assert promised("coordination", date(2019, 9, 1)) == (6, "hours")
    assert promised("resolution", date(2025, 4, 30)) == (7, "days")
    assert promised("resolution", date(2025, 5, 1)) == (6, "days")
    assert promised("first_response", date(2026, 1, 1), "balai-kota") == (3, "days")
    assert promised("confirm", date(2026, 1, 1)) == (5, "days")


@pytest.mark.usefixtures("jakarta")
def test_the_city_and_its_parts() -> None:
    city = City.objects.get()
    assert (city.prefix, city.time_zone, city.data["languages"]) == ("JK", "Asia/Jakarta", ["id", "en"])
    assert (city.data["default_visibility"], city.data["emergency"]["number"]) == ("private", "112")
    assert AgencyKind.objects.count() == 18
    assert Agency.objects.get(code="sudin-bm-selatan").label == "Sudin Bina Marga Jakarta Selatan"
    names = {area.name for area in Area.objects.filter(level="kelurahan")}
    assert set(city.data["ordinary_words"]) - names == set()


@pytest.mark.usefixtures("jakarta")
def test_cells_find_every_kelurahan_and_the_neighbours_are_outside() -> None:
    index = Reference.get().index
    missed = [
        area.name
        for area in Area.objects.filter(level="kelurahan")
        if index.at(area.label_lat, area.label_lon) != area.code
    ]
    assert missed == []
    towns = {
        "Kota Depok": (-6.402, 106.794),
        "Kota Tangerang Selatan": (-6.300, 106.680),
        "Kota Tangerang": (-6.178, 106.630),
        "Kota Bekasi": (-6.248, 107.000),
        "Kota Bogor": (-6.595, 106.800),
        "Kabupaten Bogor": (-6.480, 106.850),
        "elsewhere": (-7.797, 110.370),
    }
    assert {name: at_point(*point).outside for name, point in towns.items()} == {name: name for name in towns}


SENTENCES = {
    "Jalan berlubang di depan halte Tebet Timur Raya": "jalan",
    "Lubang di tikungan, motor sering jatuh": "jalan",
    "jalanan rusak parah dan bergelombang": "jalan",
    "There is a pothole in front of my house": "jalan",
    "Trotoar ambles depan sekolah": "trotoar",
    "Lampu jalan mati tiga tiang": "pju",
    "PJU padam sudah seminggu, gelap banget": "pju",
    "Parkir liar di trotoar depan minimarket": "parkir-liar",
    "mobil parkir sembarangan di depan rumah saya nutup gerbang": "parkir-liar",
    "illegal parking on the sidewalk": "parkir-liar",
    "lampu merah mati di perempatan matraman": "lampu-lalin",
    "motor lawan arah tiap pagi": "lalu-lintas",
    "zebra cross sudah pudar": "marka-jalan",
    "JPO gelap dan lantainya bolong": "jpo-halte",
    "PKL menutup trotoar siang malam": "pkl",
    "Spanduk liar dipasang di pohon": "reklame",
    "Musik keras dari karaoke sampai jam 2 pagi": "kebisingan",
    "orang merokok di halte transjakarta": "kdm",
    "tawuran anak sekolah tiap malam minggu": "gangguan-tertib",
    "Saluran mampet, air meluap ke gang": "saluran",
    "Got penuh daun depan posyandu": "saluran",
    "Tali air tersumbat, jalan tergenang": "tali-air",
    "Tutup saluran hilang di trotoar": "tutup-saluran",
    "manhole terbuka bahaya": "tutup-saluran",
    "Banjir setinggi lutut di RW 05": "banjir",
    "air pam mati sudah 3 hari": "air-bersih",
    "Sampah menumpuk di samping pasar": "sampah",
    "warga bakar sampah tiap sore asapnya masuk rumah": "bakar-sampah",
    "Coretan di dinding puskesmas": "coretan",
    "Pohon miring ke arah kabel": "pohon",
    "Dahan menutup lampu jalan": "pohon",
    "mohon pemangkasan pohon di depan rumah karena sudah rimbun": "pohon",
    "kabel semrawut menjuntai di jalan": "kabel-udara",
    "bekas galian kabel tidak dirapikan": "galian",
    "bangunan tanpa PBG 4 lantai": "bangunan",
    "ada odgj mengamuk di jalan": "pmks",
    "Bansos saya belum cair dari bulan lalu": "bansos",
    "Minta pengasapan, ada warga demam berdarah RW 03": "dbd",
    "kucing liar banyak banget di komplek": "hewan",
    "KTP belum jadi sudah 3 bulan": "ktp",
    "KJP anak saya belum cair": "kjp",
    "petugas minta pungli saat urus surat": "pungli",
    "listrik mati dari pagi": "listrik",
    "halo": "",
}


@pytest.mark.usefixtures("jakarta")
def test_the_lexicon_understands_what_people_write() -> None:
    assert {said: classify(said).code for said in SENTENCES} == SENTENCES


PLACES = {
    "di kelurahan Jatinegara, dekat pasar": "Jatinegara < Cakung",
    "kel. Kartini": "Kartini < Sawah Besar",
    "Kel. Baru, Pasar Rebo": "Baru < Pasar Rebo",
    "Jl Cilandak Timur raya": "Cilandak Timur < Pasar Minggu",
    "grogol utara": "Grogol Utara < Kebayoran Lama",
    "kelurahan Menteng": "Menteng < Menteng",
    "Menteng Dalam dekat kuburan": "Menteng Dalam < Tebet",
    "PAL MERIAM": "Palmeriam < Matraman",
    "pulau pramuka": "Pulau Panggang < Kepulauan Seribu Utara",
    "di jatinegara": "",
    "jalan baru di bawah jembatan": "",
    "harga karet dan gunung sampah": "",
    "tebet barat atau tebet timur": "",
}


@pytest.mark.usefixtures("jakarta")
def test_places_in_words_and_their_traps() -> None:
    areas = Reference.get().areas

    def place(said: str) -> str:
        code = in_words(said).area
        return f"{areas[code].name} < {areas[code].parent.name}" if code else ""

    assert {said: place(said) for said in PLACES} == PLACES


EMERGENCIES = {
    "Ada kebakaran di gang, api membesar, tolong!": True,
    "kabel listrik putus, anak kesetrum": True,
    "pengendara motor jatuh, luka parah": True,
    "bau gas menyengat dari rumah tetangga": True,
    "there is a house fire next door": True,
    "exposed wire at the bus stop": True,
    "ular kobra masuk rumah": True,
    "Minta pengasapan, ada warga demam berdarah": False,
    "hidran untuk pemadam kebakaran tertutup parkir": False,
    "jalan gelap rawan kebakaran": False,
    "jalan berlubang, takut terjadi kecelakaan": False,
    "warga bakar sampah tiap sore": False,
    "lampu jalan mati, mati lampu juga": False,
    "pohon miring, takut tertimpa pohon": False,
    "Parkir liar dekat rel kereta api": False,
    "fire hydrant is broken": False,
}


@pytest.mark.usefixtures("jakarta")
def test_words_of_danger_and_their_false_friends() -> None:
    assert {said: is_emergency(said) for said in EMERGENCIES} == EMERGENCIES


def test_all_files_fit_together() -> None:
    city, given = loading.read(JAKARTA)
    assert city["name"] == "Jakarta"
    assert len(given["categories"]) == 147
