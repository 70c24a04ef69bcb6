"""Points, distances, cells and areas.

Degrees are WGS 84, distances metres, pairs (lat, lon) unless a name says otherwise.
"""

import math
from collections.abc import Callable, Iterable
from functools import lru_cache

import numpy as np
import shapely
from h3.api import basic_int as h3
from shapely.geometry.base import BaseGeometry

EARTH_M = 6_371_008.8
DEGREE_M = EARTH_M * math.pi / 180


def haversine_m(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    """The distance of two points along the ground."""
    up, over = math.radians(lat2 - lat1), math.radians(lon2 - lon1)
    a = (
        math.sin(up / 2) ** 2
        + math.cos(math.radians(lat1)) * math.cos(math.radians(lat2)) * math.sin(over / 2) ** 2
    )
    return 2 * EARTH_M * math.asin(min(1.0, math.sqrt(a)))


def valid_point(lat: object, lon: object) -> tuple[float, float] | None:
    """The pair as numbers, or None for what is no point on earth: NaN, infinity, words, out of range."""
    try:
        pair = float(lat), float(lon)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return None
    good = all(map(math.isfinite, pair)) and -90 <= pair[0] <= 90 and -180 <= pair[1] <= 180
    return pair if good else None


def cell(lat: float, lon: float, res: int = 10) -> int:
    """The h3 cell of a point (at 10 an edge is about 76 m).

    Fits a bigint, as the highest bit is never set.
    """
    return h3.latlng_to_cell(lat, lon, res)


def near_cells(lat: float, lon: float, metres: float, res: int = 10) -> list[int]:
    """Cells that together hold every point within `metres`, and some farther ones."""
    home = cell(lat, lon, res)
    # a ring of hexagons adds at least 1.5 edges; 0.9 allows for the neighbours' being smaller
    ring_m = 1.5 * 0.9 * _shortest_edge_m(home)
    return h3.grid_disk(home, math.ceil(metres / ring_m))


@lru_cache(maxsize=4096)
def _shortest_edge_m(home: int) -> float:
    corners = h3.cell_to_boundary(home)
    return min(haversine_m(*a, *b) for a, b in zip(corners, (*corners[1:], corners[0]), strict=True))


class AreaIndex:
    """Which area holds a point, in microseconds.

    Built once from (code, geometry in degrees lon/lat); inside it works in a plane where a degree east is as
    long as a degree north, good to a few per thousand over a province.
    """

    def __init__(self, areas: Iterable[tuple[str, BaseGeometry]]):
        listed = list(areas)
        self.codes = [code for code, _ in listed]
        shapes = np.array([shape for _, shape in listed], dtype=object)
        bounds = shapely.total_bounds(shapes) if listed else (0.0, 0.0, 0.0, 0.0)
        self._shrink = np.array([math.cos(math.radians((bounds[1] + bounds[3]) / 2)), 1.0])
        self._tree = shapely.STRtree(shapely.transform(shapes, self._flatten) if listed else [])

    def at(self, lat: float, lon: float) -> str | None:
        """The code of the area that holds the point; on a border the first in the order of codes."""
        hits = self._tree.query(self._point(lat, lon), predicate="intersects")
        return min((self.codes[hit] for hit in hits), default=None)

    def nearest(self, lat: float, lon: float, max_m: float) -> tuple[str, float] | None:
        """(code, metres) of the closest area within `max_m`; 0 metres inside one."""
        hits, distances = self._tree.query_nearest(
            self._point(lat, lon), max_distance=max(max_m, 0.001) / DEGREE_M, return_distance=True
        )
        found = [
            (distance * DEGREE_M, self.codes[hit]) for hit, distance in zip(hits, distances, strict=True)
        ]
        return (min(found)[1], min(found)[0]) if found else None

    def _flatten(self, points: np.ndarray) -> np.ndarray:
        return points * self._shrink

    def _point(self, lat: float, lon: float) -> BaseGeometry:
        return shapely.points(lon * self._shrink[0], lat)


def svg_path(shape: BaseGeometry, project: Callable[[float, float], tuple[float, float]]) -> str:
    """The `d` of an SVG path; `project` turns (lon, lat) into the drawing's (x, y). Points have no path."""
    drawn = []
    for line in _lines(shape):
        spots = [project(lon, lat) for lon, lat, *_ in line.coords]
        closed = len(spots) > 1 and line.is_closed
        steps = [f"{x:.1f},{y:.1f}" for x, y in (spots[:-1] if closed else spots)]
        kept = [step for step, before in zip(steps, [None, *steps], strict=False) if step != before]
        drawn.append("M" + "L".join(kept) + ("Z" if closed else ""))
    return "".join(drawn)


def _lines(shape: BaseGeometry) -> Iterable[BaseGeometry]:
    if shape.is_empty:
        return
    if shape.geom_type == "Polygon":
        yield shape.exterior
        yield from shape.interiors
    elif shape.geom_type in {"LineString", "LinearRing"}:
        yield shape
    else:
        for part in getattr(shape, "geoms", ()):
            yield from _lines(part)
