"""Borders are accepted whole or refused whole, with everything that is wrong in them."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import shapely

from tanggap.city.areas import BadAreas, load_areas
from tanggap.city.files import BadFile
from tanggap.city.load import load
from tanggap.models import Area, Change, City, Reference
from tests.cast import MAWAR
from tests.unit.city.conftest import MINICITY

pytestmark = pytest.mark.usefixtures("no_city")
BORDERS = MINICITY / "areas.geojson"


@pytest.fixture
def melati_loaded(no_city: None) -> None:
    load(MINICITY)


def borders(tmp_path: Path, change: Callable[[list[Any]], object]) -> Path:
    """The mini-city's borders with something done to their features."""
    given = json.loads(BORDERS.read_text())
    change(given["features"])
    path = tmp_path / "areas.geojson"
    path.write_text(json.dumps(given))
    return path


def refused(path: Path) -> list[str]:
    with pytest.raises(BadAreas) as bad:
        load_areas(path)
    return bad.value.problems


@pytest.mark.usefixtures("melati_loaded")
class TestAccepted:
    def test_all_kelurahan_get_their_borders(self) -> None:
        version = City.objects.get().version
        assert load_areas(BORDERS) == 6
        city = City.objects.get()
        assert (city.areas_from, city.approximate, city.version) == ("polygons", False, version + 1)
        assert set(Area.objects.values_list("geometry_kind", flat=True)) == {"polygons"}

    def test_a_point_is_found_in_its_kelurahan_and_on_its_island(self) -> None:
        load_areas(BORDERS)
        index = Reference.get().index
        assert index.at(*MAWAR) == "m1.a.1"
        assert index.at(-1.9475, 118.0525) == "m1.b.3"
        assert index.at(-1.9475, 118.045) is None
        assert index.nearest(-1.9475, 118.0485, 500)[0] == "m1.b.3"

    def test_kecamatan_and_kota_are_their_kelurahan_together(self) -> None:
        load_areas(BORDERS)
        shapes = {area.code: shapely.from_wkb(bytes(area.geometry)) for area in Area.objects.all()}
        assert shapes["m1.a"].equals(shapely.box(118.0, -2.0, 118.02, -1.94))
        assert shapes["m1"].area == pytest.approx(shapes["m1.a"].area + shapes["m1.b"].area)

    def test_it_is_written_down_as_a_change(self) -> None:
        load_areas(BORDERS)
        change = Change.objects.latest("id")
        assert (change.object, change.before) == ("city:areas", {"areas_from": "cells"})
        assert (change.after["areas_from"], change.after["areas"]) == ("polygons", 6)

    def test_loading_the_city_again_keeps_them(self) -> None:
        load_areas(BORDERS)
        version = City.objects.get().version
        load(MINICITY)
        city = City.objects.get()
        assert (city.areas_from, city.version) == ("polygons", version)
        assert set(Area.objects.values_list("geometry_kind", flat=True)) == {"polygons"}

    def test_a_kelurahan_younger_than_the_borders_is_counted(self, melati: Path) -> None:
        load_areas(BORDERS)
        with (melati / "areas.csv").open("a") as areas, (melati / "agencies.csv").open("a") as agencies:
            areas.write("m1.a.4,Melur,kelurahan,m1.a,-1.935,118.01,,\n")
            agencies.write("kel-m1.a.4,Kelurahan Melur,,kelurahan,kec-m1.a,m1.a.4,,,,,\n")
        assert load(melati)["unmapped"] == 1

    def test_a_third_dimension_is_dropped(self, tmp_path: Path) -> None:
        def lift(features: list[Any]) -> None:
            ring = features[0]["geometry"]["coordinates"][0]
            features[0]["geometry"]["coordinates"][0] = [[*spot, 12.5] for spot in ring]

        load_areas(borders(tmp_path, lift))
        assert not shapely.has_z(shapely.from_wkb(bytes(Area.objects.get(code="m1.a.1").geometry)))


BOW_TIE = [[[118.0, -2.0], [118.02, -1.98], [118.02, -2.0], [118.0, -1.98], [118.0, -2.0]]]


def put(place: int, geometry: Any) -> Callable[[list[Any]], object]:
    return lambda features: features[place].update(geometry=geometry)


BAD: dict[str, tuple[Callable[[list[Any]], object], list[str]]] = {
    "a ring that crosses itself": (
        put(0, {"type": "Polygon", "coordinates": BOW_TIE}),
        ["Feature 1: m1.a.1 is invalid: Self-intersection[118.01 -1.99]."],
    ),
    "an unknown code": (
        lambda features: features[1]["properties"].update(code="m9"),
        ["Feature 2: the code 'm9' is unknown.", "No shape for m1.a.2 Kenanga."],
    ),
    "no code": (
        lambda features: features[1]["properties"].clear(),
        ["Feature 2: it has no property code.", "No shape for m1.a.2 Kenanga."],
    ),
    "properties that are none": (
        lambda features: features[1].update(properties=[]),
        ["Feature 2: it has no property code.", "No shape for m1.a.2 Kenanga."],
    ),
    "a feature that is none": (
        lambda features: features.append(None),
        ["Feature 7: it has no property code."],
    ),
    "a code twice": (
        lambda features: features.append(features[0]),
        ["Feature 7: m1.a.1 stands here twice."],
    ),
    "a shape missing": (lambda features: features.pop(), ["No shape for m1.b.3 Dahlia."]),
    "a shape of a kecamatan": (
        lambda features: features.append({**features[0], "properties": {"code": "m1.a"}}),
        ["Feature 7: m1.a is a kecamatan; only shapes of kelurahan are loaded."],
    ),
    "a line": (
        put(0, {"type": "LineString", "coordinates": [[118.0, -2.0], [118.1, -2.0]]}),
        ["Feature 1: m1.a.1 is neither a Polygon nor a MultiPolygon."],
    ),
    "no geometry": (put(0, None), ["Feature 1: m1.a.1 is neither a Polygon nor a MultiPolygon."]),
    "an empty shape": (put(0, {"type": "Polygon", "coordinates": []}), ["Feature 1: m1.a.1 is empty."]),
    "coordinates that are words": (
        put(0, {"type": "Polygon", "coordinates": [["a", "b"]]}),
        ["Feature 1: the coordinates of m1.a.1 can't be read."],
    ),
    "two corners": (
        put(0, {"type": "Polygon", "coordinates": [[[118.0, -2.0], [118.02, -2.0]]]}),
        ["Feature 1: the coordinates of m1.a.1 can't be read."],
    ),
    "latitude before longitude": (
        put(0, {"type": "Polygon", "coordinates": [[[-2, 118], [-2, 118.1], [-1.9, 118.1], [-2, 118]]]}),
        ["Feature 1: m1.a.1 reaches out of the city's bounds (latitude and longitude swapped?)."],
    ),
    "several things at once": (
        lambda features: (
            features[0].update(geometry={"type": "Polygon", "coordinates": BOW_TIE}),
            features[2]["properties"].update(code="x"),
            features.pop(),
        ),
        [
            "Feature 1: m1.a.1 is invalid: Self-intersection[118.01 -1.99].",
            "Feature 3: the code 'x' is unknown.",
            "No shape for m1.a.3 Barat Daya.",
            "No shape for m1.b.3 Dahlia.",
        ],
    ),
}


@pytest.mark.parametrize("what", BAD)
@pytest.mark.usefixtures("melati_loaded")
def test_bad_borders_are_refused_with_all_that_is_wrong(what: str, tmp_path: Path) -> None:
    change, problems = BAD[what]
    assert sorted(refused(borders(tmp_path, change))) == sorted(problems)
    assert set(Area.objects.values_list("geometry_kind", flat=True)) == {"cells"}
    assert City.objects.get().areas_from == "cells"


@pytest.mark.parametrize("word", ["NaN", "Infinity", "1e400"])
@pytest.mark.usefixtures("melati_loaded")
def test_numbers_that_are_none_are_refused(word: str, tmp_path: Path) -> None:
    path = tmp_path / "areas.geojson"
    path.write_text(BORDERS.read_text().replace("[118.0, -2.0]", f"[{word}, -2.0]", 1))
    (problem,) = refused(path)
    assert problem.startswith("Feature 1: ")
    assert "m1.a.1" in problem


@pytest.mark.usefixtures("melati_loaded")
class TestUnreadable:
    def test_no_json(self, tmp_path: Path) -> None:
        path = tmp_path / "areas.geojson"
        path.write_text("{")
        assert refused(path)[0].startswith("This is no JSON: ")

    def test_json_of_some_other_kind(self, tmp_path: Path) -> None:
        path = tmp_path / "areas.geojson"
        path.write_text('{"type": "Topology"}')
        assert refused(path) == ["This is no GeoJSON FeatureCollection."]

    def test_a_thousand_brackets(self, tmp_path: Path) -> None:
        path = tmp_path / "areas.geojson"
        path.write_text("[" * 100_000)
        assert refused(path)[0].startswith("This is no JSON: ")

    def test_no_file(self, tmp_path: Path) -> None:
        with pytest.raises(BadFile, match=r"areas.geojson: the file is missing"):
            load_areas(tmp_path / "areas.geojson")


def test_borders_need_a_city() -> None:
    assert refused(BORDERS) == ["No city is loaded yet."]
