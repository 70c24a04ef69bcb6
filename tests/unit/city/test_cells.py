"""Until borders are loaded, each kelurahan is the cell around its label point."""

import pytest
import shapely
from shapely.geometry import Point

from tanggap.city import cells
from tanggap.city.load import load
from tanggap.models import Area, City, Reference
from tests.unit.city.conftest import MINICITY
from tests.unit.city.test_load import replace

SQUARE = {"a": (100.0, 0.0), "b": (100.1, 0.0), "c": (100.0, 0.1), "d": (100.1, 0.1)}
ONE_KOTA = dict.fromkeys(SQUARE, "k")


def test_every_point_lies_in_its_own_cell_and_cells_share_only_edges() -> None:
    drawn = cells.cells(SQUARE, ONE_KOTA)
    for code, (lon, lat) in SQUARE.items():
        holders = [other for other, shape in drawn.items() if shape.covers(Point(lon, lat))]
        assert holders == [code]
    overlap = sum(
        drawn[one].intersection(drawn[other]).area for one in drawn for other in drawn if one < other
    )
    assert overlap == pytest.approx(0, abs=1e-12)
    assert all(shapely.is_valid(shape) for shape in drawn.values())


def test_a_cell_ends_within_one_spacing_of_the_hull() -> None:
    drawn = shapely.union_all(list(cells.cells(SQUARE, ONE_KOTA).values()))
    west, south, east, north = drawn.bounds
    assert (west, south, east, north) == pytest.approx((99.9, -0.1, 100.2, 0.2), abs=1e-3)


def test_cells_of_one_kota_do_not_reach_into_anothers_hull_beyond_half_way() -> None:
    points = {"a": (100.0, 0.0), "b": (100.1, 0.0), "c": (100.3, 0.0), "d": (100.4, 0.0)}
    drawn = cells.cells(points, {"a": "west", "b": "west", "c": "east", "d": "east"})
    west = shapely.union_all([drawn["a"], drawn["b"]])
    east = shapely.union_all([drawn["c"], drawn["d"]])
    assert west.intersection(east).area == pytest.approx(0, abs=1e-12)


def test_far_north_a_degree_east_is_shorter() -> None:
    # 0.2 degrees east are less than 0.15 degrees north up here: the nearer neighbour decides the spacing
    drawn = cells.cells({"a": (25.0, 60.0), "b": (25.2, 60.0)}, {"a": "k", "b": "k"})
    _, south, _, north = shapely.union_all(list(drawn.values())).bounds
    assert north - south == pytest.approx(0.2, abs=0.01)


def test_one_kelurahan_is_a_city_too() -> None:
    assert cells.cells({"a": (100.0, 0.0)}, {"a": "k"})["a"].covers(Point(100, 0))
    assert cells.cells({}, {}) == {}


@pytest.mark.usefixtures("no_city")
class TestLoaded:
    def test_load_draws_cells_for_every_level(self) -> None:
        load(MINICITY)
        assert City.objects.get().areas_from == "cells"
        assert set(Area.objects.values_list("geometry_kind", flat=True)) == {"cells"}
        shapes = {area.code: shapely.from_wkb(bytes(area.geometry)) for area in Area.objects.all()}
        parts = shapely.union_all([shapes[code] for code in ("m1.a.1", "m1.a.2", "m1.a.3")])
        assert shapes["m1.a"].equals(parts)
        assert shapes["m1"].covers(shapely.union_all([shapes["m1.a"], shapes["m1.b"]]).buffer(-1e-9))

    def test_every_label_point_is_found_in_its_own_kelurahan(self) -> None:
        load(MINICITY)
        index = Reference.get().index
        for area in Area.objects.filter(level="kelurahan"):
            assert index.at(area.label_lat, area.label_lon) == area.code

    def test_a_moved_label_point_moves_its_cell(self, melati) -> None:
        load(melati)
        version, before = City.objects.get().version, bytes(Area.objects.get(code="m1.a.1").geometry)
        replace(melati / "areas.csv", "-1.99,118.01", "-1.992,118.011")
        load(melati)
        assert bytes(Area.objects.get(code="m1.a.1").geometry) != before
        assert City.objects.get().version == version + 1
