"""Points, cells, areas."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import LineString, MultiPolygon, Point, Polygon, box

from tanggap.lib import geo

JAKARTA = (-6.1754, 106.8272)


def test_a_degree_of_latitude_is_about_111_km():
    assert geo.haversine_m(0, 0, 1, 0) == pytest.approx(111_195, abs=1)


def test_a_point_is_no_distance_from_itself():
    assert geo.haversine_m(*JAKARTA, *JAKARTA) == 0


@pytest.mark.parametrize(
    ("lat", "lon", "point"),
    [
        ("-6.2", "106.8", (-6.2, 106.8)),
        (0, 0, (0.0, 0.0)),
        (math.nan, 106.8, None),
        ("nan", "106.8", None),
        (-6.2, math.inf, None),
        (106.8, -6.2, None),
        (-6.2, 180.1, None),
        ("Pluit", 1, None),
        (None, None, None),
        ("9" * 400, 1, None),
    ],
)
def test_only_points_on_earth_are_valid(lat, lon, point):
    assert geo.valid_point(lat, lon) == point


def test_a_cell_fits_a_bigint():
    assert 0 < geo.cell(*JAKARTA) < 2**63


@given(
    lat=st.floats(-10, 6),
    lon=st.floats(95, 141),
    metres=st.floats(1, 600),
    away=st.floats(0, 0.999),
    bearing=st.floats(0, 2 * math.pi),
)
def test_near_cells_hold_every_point_within_the_distance(lat, lon, metres, away, bearing):
    lat2 = lat + math.cos(bearing) * away * metres / geo.DEGREE_M
    lon2 = lon + math.sin(bearing) * away * metres / geo.DEGREE_M / math.cos(math.radians(lat))
    assert geo.cell(lat2, lon2) in geo.near_cells(lat, lon, metres)


def test_near_cells_are_few():
    assert len(geo.near_cells(*JAKARTA, 100)) <= 7


AREAS = geo.AreaIndex(
    [
        ("b", box(106.80, -6.20, 106.81, -6.19)),
        ("a", box(106.81, -6.20, 106.82, -6.19)),
        ("island", MultiPolygon([box(106.90, -6.10, 106.91, -6.09), box(106.95, -6.10, 106.96, -6.09)])),
    ]
)


def test_a_point_lies_in_its_area():
    assert AREAS.at(-6.195, 106.805) == "b"
    assert AREAS.at(-6.095, 106.955) == "island"
    assert AREAS.at(-6.0, 106.0) is None


def test_a_border_belongs_to_the_first_code():
    assert AREAS.at(-6.195, 106.81) == "a"


def test_the_nearest_area_is_found_within_a_distance():
    code, metres = AREAS.nearest(-6.1890, 106.805, 200)
    assert code == "b"
    assert metres == pytest.approx(geo.haversine_m(-6.1890, 106.805, -6.19, 106.805), rel=0.005)
    assert AREAS.nearest(-6.1890, 106.805, 50) is None
    assert AREAS.nearest(-6.195, 106.815, 10) == ("a", 0.0)


def test_eastward_distance_is_not_stretched():
    _, metres = AREAS.nearest(-6.195, 106.825, 1000)
    assert metres == pytest.approx(geo.haversine_m(-6.195, 106.825, -6.195, 106.82), rel=0.005)


def test_an_empty_index_holds_nothing():
    empty = geo.AreaIndex([])
    assert empty.at(*JAKARTA) is None
    assert empty.nearest(*JAKARTA, 1e6) is None


def _flip(lon, lat):
    return lon * 10, -lat * 10


@pytest.mark.parametrize(
    ("shape", "path"),
    [
        (box(0, 0, 1, 1), "M10.0,-0.0L10.0,-10.0L0.0,-10.0L0.0,-0.0Z"),
        (LineString([(0, 0), (1, 1)]), "M0.0,-0.0L10.0,-10.0"),
        (LineString([(0, 0), (0.001, 0), (1, 1)]), "M0.0,-0.0L10.0,-10.0"),
        (Point(1, 1), ""),
        (Polygon(), ""),
    ],
)
def test_shapes_are_drawn_as_paths(shape, path):
    assert geo.svg_path(shape, _flip) == path


def test_holes_and_parts_are_drawn():
    holed = Polygon([(0, 0), (9, 0), (9, 9), (0, 9)], [[(3, 3), (6, 3), (6, 6), (3, 6)]])
    assert geo.svg_path(MultiPolygon([holed, box(20, 20, 21, 21)]), _flip).count("Z") == 3
