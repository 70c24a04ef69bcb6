"""The ground of the citizens' maps: outlines of the kelurahan, drawn by us, no tile of anybody.

Shapes are kept with the reference data, in metres from the city's north-west corner (x east, y south), once
at full precision for the small maps of a place and once coarse for the whole city as JSON."""

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import quantiles
from typing import Any

import numpy as np
import shapely
from django.http import HttpRequest, HttpResponse
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe
from shapely.geometry.base import BaseGeometry

from tanggap.lib import geo
from tanggap.models import Area, City, Reference

UNIT = 20  # metres of one step in the JSON: finer than a finger on the whole city
COARSE = 45  # metres a border may move there
SIZE = (432, 284)  # of a small map, in its own units
PIN = 14  # units, the radius of a pin
WORD = 0.1  # share of a small map that an area must fill to bear its name


@dataclass(frozen=True)
class Ground:
    """All kelurahan of the city, and where its plane lies."""

    lat: float
    lon: float
    east: float  # metres a degree of longitude
    approximate: bool
    codes: tuple[str, ...]
    shapes: np.ndarray
    tree: shapely.STRtree

    def xy(self, lat: float, lon: float) -> tuple[float, float]:
        return (lon - self.lon) * self.east, (self.lat - lat) * geo.DEGREE_M


def ground() -> Ground:
    """Read once a version of the reference data."""
    known = Reference.get()
    kept: Ground | None = getattr(known, "ground", None)
    if kept is None:
        kept = known.ground = read()  # type: ignore[attr-defined]
    return kept


def read() -> Ground:
    rows = Area.objects.filter(level=Area.KELURAHAN).exclude(geometry=None).order_by("code")
    listed = [(code, shapely.from_wkb(bytes(wkb))) for code, wkb in rows.values_list("code", "geometry")]
    shapes = np.array([shape for _, shape in listed], dtype=object)
    west, south, _east, north = shapely.total_bounds(shapes) if listed else (0.0, 0.0, 0.0, 0.0)
    wide = geo.DEGREE_M * math.cos(math.radians((south + north) / 2))
    flat = shapely.transform(shapes, lambda at: (at - [west, north]) * [wide, -geo.DEGREE_M])
    return Ground(
        north,
        west,
        wide,
        City.get().approximate,
        tuple(code for code, _ in listed),
        flat,
        shapely.STRtree(flat),
    )


# ---- the small map of a place ----


@dataclass(frozen=True)
class Pin:
    """A point on a small map. `look`: "" (orange), open, late, yes; `number` is that of the list beside
    it."""

    lat: float
    lon: float
    look: str = ""
    number: int | None = None


def drawn(
    pins: Sequence[Pin], *, metres: float = 1500, here: str = "", size: tuple[int, int] = SIZE
) -> dict[str, Any]:
    """What the macro of map.html draws: at least `metres` wide around the pins, `here` the code of the area
    in white. Empty without any pin or area."""
    plane = ground()
    spots = [plane.xy(pin.lat, pin.lon) for pin in pins]
    if not spots and here in plane.codes:
        centre = plane.shapes[plane.codes.index(here)].centroid
        spots = [(centre.x, centre.y)]
    if not spots:
        return {}
    scale, left, top = frame(spots, metres, size)
    box = shapely.box(left, top, left + size[0] / scale, top + size[1] / scale)
    land, names = [], []
    for index in sorted(plane.tree.query(box)):
        # cut beyond the edge, so that the cut is never seen as a border
        part = shapely.clip_by_rect(plane.shapes[index], *box.buffer(30 / scale).bounds)
        if part.is_empty:
            continue
        code = plane.codes[index]
        land.append({"d": path(part.simplify(0.7 / scale), scale, left, top), "here": here in ("", code)})
        names += name_of(code, shapely.intersection(part, box), box, scale, left, top)
    marks = [
        {
            "x": round((x - left) * scale),
            "y": round((y - top) * scale),
            "look": pin.look,
            "number": pin.number,
        }
        for (x, y), pin in zip(spots, pins, strict=False)
    ]
    return {
        "size": size,
        "land": sorted(land, key=lambda one: one["here"]),
        "names": [name for name in names if not covered(name, marks)],
        "dashed": plane.approximate,
        "pins": marks,
    }


def frame(
    spots: Sequence[tuple[float, float]], metres: float, size: tuple[int, int]
) -> tuple[float, float, float]:
    """(units a metre, left, top) so that all spots lie inside with room around them."""
    xs, ys = [x for x, _ in spots], [y for _, y in spots]
    wide = max(metres, (max(xs) - min(xs)) * 1.3, (max(ys) - min(ys)) * 1.3 * size[0] / size[1])
    scale = size[0] / wide
    return scale, (min(xs) + max(xs) - wide) / 2, (min(ys) + max(ys) - size[1] / scale) / 2


def path(shape: BaseGeometry, scale: float, left: float, top: float) -> str:
    return geo.svg_path(shape, lambda x, y: ((x - left) * scale, (y - top) * scale))


def name_of(
    code: str, part: BaseGeometry, box: BaseGeometry, scale: float, left: float, top: float
) -> list[dict[str, Any]]:
    """The area's name, where it fills enough of the map to bear one."""
    if part.area < WORD * box.area:
        return []
    spot = shapely.point_on_surface(part)
    return [{"x": round((spot.x - left) * scale), "y": round((spot.y - top) * scale), "name": label(code)}]


def covered(name: dict[str, Any], pins: Sequence[dict[str, Any]]) -> bool:
    """Would a pin lie on this name?"""
    wide = 4 * len(name["name"]) + PIN
    return any(abs(pin["x"] - name["x"]) < wide and abs(pin["y"] - name["y"] + 4) < PIN + 6 for pin in pins)


def label(code: str) -> str:
    area = Reference.get().areas.get(code)
    return area.name if area else ""


# ---- the whole city, for the script of the report's form ----


@gzip_page
@require_safe
def areas(request: HttpRequest) -> HttpResponse:
    """Outlines of all kelurahan as JSON; public data, the same for everybody, under an address that changes
    with it."""
    response = HttpResponse(city_json(), content_type="application/json")
    version = str(City.get().version)
    fresh = request.GET.get("v") == version
    response["Cache-Control"] = "public, max-age=31536000, immutable" if fresh else "public, max-age=60"
    response["ETag"] = f'"{version}"'
    return response


def city_json() -> str:
    known = Reference.get()
    kept: str | None = getattr(known, "city_json", None)
    if kept is None:
        kept = known.city_json = json.dumps(city(), separators=(",", ":"), ensure_ascii=False)  # type: ignore[attr-defined]
    return kept


def city() -> dict[str, Any]:
    """lat, lon: the corner; east, north: steps a degree; home: the first view; areas: [name, path, x, y];
    names: of the kecamatan at their label points. All lengths in steps of UNIT metres."""
    plane, known = ground(), Reference.get()
    coarse = shapely.coverage_simplify(plane.shapes, COARSE) if len(plane.shapes) else plane.shapes
    return {
        "approximate": plane.approximate,
        "lat": plane.lat,
        "lon": plane.lon,
        "east": round(plane.east / UNIT, 3),
        "north": round(geo.DEGREE_M / UNIT, 3),
        "home": home(plane, known.areas.values()),
        "areas": [
            [known.areas[code].name, steps(shape), *spot(plane, known.areas[code])]
            for code, shape in zip(plane.codes, coarse, strict=True)
        ],
        "names": [
            [area.name, *spot(plane, area)] for area in known.areas.values() if area.level == Area.KECAMATAN
        ],
    }


def spot(plane: Ground, area: Area) -> list[int]:
    """Where an area's name stands."""
    return [round(at / UNIT) for at in plane.xy(area.label_lat, area.label_lon)]


def home(plane: Ground, listed: Iterable[Area]) -> list[int]:
    """x, y, width, height of the first view: where the city's label points crowd. Far islands are found by
    moving there, or the city would be a speck."""
    spots = [plane.xy(area.label_lat, area.label_lon) for area in listed if area.level == Area.KELURAHAN]
    if len(spots) < 2:
        return [0, 0, 100, 100]
    edges = [(cut[0], cut[-1]) for cut in (quantiles(axis, n=34) for axis in zip(*spots, strict=True))]
    (left, right), (top, bottom) = edges
    margin = 0.12 * max(right - left, bottom - top)
    box = (left - margin, top - margin, right - left + 2 * margin, bottom - top + 2 * margin)
    return [round(side / UNIT) for side in box]


def steps(shape: BaseGeometry) -> str:
    """A path of whole steps, each from the one before: a third of the size of absolute ones."""
    said = []
    for part in getattr(shape, "geoms", [shape]):
        if part.geom_type != "Polygon" or part.is_empty:
            continue
        spots = [(round(x / UNIT), round(y / UNIT)) for x, y in part.exterior.coords][:-1]
        moves = [(b[0] - a[0], b[1] - a[1]) for a, b in pairwise(spots)]
        drawn_moves = " ".join(f"{x} {y}" for x, y in moves if x or y)
        if drawn_moves:  # an islet smaller than a step has no shape left
            said.append(f"M{spots[0][0]} {spots[0][1]}l{drawn_moves}z")
    return "".join(said)
