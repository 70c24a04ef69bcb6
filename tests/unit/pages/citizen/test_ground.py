"""The maps' ground: the city's own outlines, small enough, honest about borders that are guessed."""

import re

import pytest

from tanggap.models import City, Reference
from tanggap.pages.citizen import ground
from tests.cast import MAWAR

pytestmark = pytest.mark.django_db


def test_the_whole_city_as_json_has_every_kelurahan_and_can_be_kept_for_good(client):
    answer = client.get("/peta/wilayah.json", {"v": City.get().version})
    city = answer.json()
    assert [row[0] for row in city["areas"]] == [
        "Mawar",
        "Kenanga",
        "Barat Daya",
        "Teratai",
        "Anggrek Tengah",
        "Dahlia",
    ]
    assert all(re.fullmatch(r"(M-?\d+ -?\d+l[-\d ]+z)+", row[1]) for row in city["areas"])
    assert answer["Cache-Control"] == "public, max-age=31536000, immutable"
    assert client.get("/peta/wilayah.json?v=0")["Cache-Control"] == "public, max-age=60"


def test_a_point_of_the_json_lies_where_it_should(client):
    city = client.get("/peta/wilayah.json").json()
    name, _path, x, y = city["areas"][0]
    lat, lon = city["lat"] - y / city["north"], city["lon"] + x / city["east"]
    assert (name, round(lat, 2), round(lon, 2)) == ("Mawar", *MAWAR)


def test_a_small_map_shows_the_area_of_its_pin_and_names_it():
    drawn = ground.drawn([ground.Pin(*MAWAR)], here="m1.a.1")
    assert [land["here"] for land in drawn["land"]].count(True) == 1
    assert drawn["pins"] == [{"x": 216, "y": 142, "look": "", "number": None}]
    assert drawn["dashed"] is False


def test_without_a_pin_or_an_area_there_is_no_map():
    assert ground.drawn([]) == {}
    assert ground.drawn([], here="m1.a.1")["pins"] == []


def test_guessed_borders_are_dashed_and_said_so(client):
    City.objects.update(areas_from="cells", version=99)
    Reference.forget()
    try:
        assert ground.drawn([ground.Pin(*MAWAR)], here="m1.a.1")["dashed"] is True
        assert client.get("/peta/wilayah.json").json()["approximate"] is True
        assert "batas perkiraan" in client.get("/lapor/").content.decode()
    finally:
        Reference.forget()


def test_a_name_under_a_pin_is_left_out():
    pins = [{"x": 100, "y": 100}]
    assert ground.covered({"name": "Mawar", "x": 110, "y": 104}, pins) is True
    assert ground.covered({"name": "Mawar", "x": 110, "y": 160}, pins) is False
