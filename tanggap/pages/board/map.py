"""The city's map for a board: an outline for each kelurahan, drawn once a version of the reference data."""

from dataclasses import dataclass

import numpy as np
import shapely

from tanggap.lib import geo
from tanggap.models import Area, Reference
from tanggap.pages.citizen import ground

COARSE = 60  # metres a border may move
WIDE = 640
NEAR = 4000  # metres an area may lie outside the view that the crowd of areas gives


@dataclass(frozen=True)
class Outline:
    code: str
    name: str
    path: str


@dataclass(frozen=True)
class CityMap:
    """`islands`: kelurahan far off the view; they stand beside the map as a list."""

    width: int
    height: int
    areas: list[Outline]
    islands: list[Outline]
    names: list[tuple[int, int, str]]
    dashed: bool


def city_map() -> CityMap:
    known = Reference.get()
    kept: CityMap | None = getattr(known, "board_map", None)
    if kept is None:
        kept = known.board_map = drawn(known)  # type: ignore[attr-defined]
    return kept


def drawn(known: Reference) -> CityMap:
    plane = ground.ground()
    shapes = shapely.coverage_simplify(plane.shapes, COARSE) if len(plane.shapes) else plane.shapes
    left, top, wide, high = (side * ground.UNIT for side in ground.home(plane, known.areas.values()))
    scale = WIDE / max(1, wide)
    view = shapely.box(left, top, left + wide, top + high).buffer(NEAR)
    inside = [bool(view.intersects(shape.centroid)) for shape in shapes]
    near = np.array(inside, dtype=bool)
    if near.any():
        left, top, right, bottom = shapely.total_bounds(np.asarray(shapes)[near])
        wide, high = right - left, bottom - top
        scale = WIDE / max(1, wide)
    areas, islands = [], []
    for code, shape, here in zip(plane.codes, shapes, inside, strict=True):
        path = geo.svg_path(shape, lambda x, y: ((x - left) * scale, (y - top) * scale)) if here else ""
        (areas if here else islands).append(Outline(code, known.areas[code].name, path))
    names = []
    for area in known.areas.values():
        if area.level == Area.KOTA:
            x, y = plane.xy(area.label_lat, area.label_lon)
            office = known.office.get(area.code)
            name = office.label if office else area.name
            names.append((round((x - left) * scale), round((y - top) * scale), name))
    shown = [(x, y, name) for x, y, name in names if 0 <= x <= WIDE and 0 <= y <= high * scale]
    return CityMap(WIDE, round(high * scale), areas, islands, shown, plane.approximate)
