"""Where? Words and points on Jakarta's own data, with the traps of its names."""

import pytest

from tanggap.models import Area, Reference
from tanggap.triage.locate import at_point, in_words
from tanggap.triage.urgency import is_emergency
from tests.cast import move_to_jakarta

pytestmark = pytest.mark.django_db


@pytest.fixture
def jakarta():
    move_to_jakarta()
    yield
    Reference.forget()


def place(code: str) -> str:
    area = Area.objects.select_related("parent").get(code=code)
    return f"{area.name}, {area.parent.name}"


def test_names_in_words(jakarta):
    sure = {
        "Jalan rusak di Tebet Timur dekat halte": "Tebet Timur, Tebet",
        "kelurahan Jatinegara banjir": "Jatinegara, Cakung",
        "lampu mati di Jatinegara Kaum": "Jatinegara Kaum, Pulo Gadung",
        "sampah di Cilandak Timur": "Cilandak Timur, Pasar Minggu",
        "Grogol Selatan got mampet": "Grogol Selatan, Kebayoran Lama",
        "di Menteng Dalam ada pohon tumbang": "Menteng Dalam, Tebet",
        "Menteng Atas macet": "Menteng Atas, Setiabudi",
        "kel. Kartini, trotoar rusak": "Kartini, Sawah Besar",
        "Sukabumi Selatan, Kebon Jeruk": "Sukabumi Selatan, Kebon Jeruk",
    }
    found = {words: in_words(words).area for words in sure}
    assert {
        words: code and place(code).replace("Pulogadung", "Pulo Gadung") for words, code in found.items()
    } == sure


def test_words_that_name_no_place_for_sure(jakarta):
    for words in (
        "jalan baru rusak di tengah",  # Baru and Tengah are kelurahan too
        "acara hari Kartini bikin macet",
        "Jatinegara macet",  # the kecamatan, or the kelurahan in Cakung
        "tolong dibantu",
        "",
    ):
        assert in_words(words).area == "", words


def test_points(jakarta):
    assert Area.objects.get(code=at_point(-6.110388, 106.783166).area).name == "Pluit"
    swapped = at_point(106.783166, -6.110388)
    assert (Area.objects.get(code=swapped.area).name, swapped.how) == ("Pluit", "polygon")
    assert at_point(-6.40, 106.82).outside == "Kota Depok"
    assert at_point(0.0, 0.0).outside == "elsewhere"


def test_words_of_danger_and_their_false_friends(jakarta):
    for words in ("Rumah kebakaran di gang 3", "ada orang kesetrum di tiang listrik", "banyak korban luka"):
        assert is_emergency(words), words
    for words in ("mobil pemadam kebakaran parkir sembarangan", "warga kena demam berdarah", "jalan rusak"):
        assert not is_emergency(words), words
