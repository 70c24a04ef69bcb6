"""Borders to go on with: each kelurahan is the cell of points nearer to its label point than to any other.

Cut to the buffered hull of its kota, so that a cell on the edge doesn't reach to the horizon. The city says
"batas perkiraan" wherever it shows them, until real borders are loaded (areas.py).
"""

import math
from collections import defaultdict

import shapely
from shapely.geometry import MultiPoint, Point
from shapely.geometry.base import BaseGeometry

from tanggap.models import Area

KIND = "cells"
Points = dict[str, tuple[float, float]]  # code -> (lon, lat)


def draw() -> bool:
    """Write cells for all areas, unless they are there already. True if anything changed."""
    areas = {area.code: area for area in Area.objects.select_related("parent__parent")}
    villages = {code: area for code, area in areas.items() if area.level == Area.KELURAHAN}
    points = {code: (area.label_lon, area.label_lat) for code, area in sorted(villages.items())}
    shapes = cells(points, {code: area.parent.parent.code for code, area in villages.items()})
    shapes |= united({code: area.parent.code for code, area in villages.items()}, shapes)
    shapes |= united({code: area.parent.parent.code for code, area in villages.items()}, shapes)
    changed = []
    for code, shape in shapes.items():
        wkb = shapely.to_wkb(shape)
        if areas[code].geometry_kind != KIND or bytes(areas[code].geometry or b"") != wkb:
            areas[code].geometry, areas[code].geometry_kind = wkb, KIND
            changed.append(areas[code])
    Area.objects.bulk_update(changed, ["geometry", "geometry_kind"], batch_size=200)
    return bool(changed)


def cells(points: Points, kota: dict[str, str]) -> dict[str, BaseGeometry]:
    """code -> cell in degrees. `kota` says to which city each point belongs."""
    if not points:
        return {}
    middle = sum(lat for _, lat in points.values()) / len(points)
    wide = math.cos(math.radians(middle))  # a degree east is shorter than one north: measure in a plane
    flat = {code: Point(lon * wide, lat) for code, (lon, lat) in points.items()}
    by_kota = defaultdict(list)
    for code, point in flat.items():
        by_kota[kota[code]].append(point)
    reach = spacing(list(flat.values()))
    hulls = {name: MultiPoint(inside).convex_hull.buffer(reach) for name, inside in by_kota.items()}
    whole = shapely.union_all(list(hulls.values()))
    nearer = voronoi(flat, whole)
    cut = {code: shapely.intersection(nearer[code], hulls[kota[code]]) for code in flat}
    return {code: shapely.transform(shape, lambda xy: xy / [wide, 1]) for code, shape in cut.items()}


def voronoi(points: dict[str, Point], whole: BaseGeometry) -> dict[str, BaseGeometry]:
    if len(points) == 1:
        return dict.fromkeys(points, whole)
    spots = MultiPoint(list(points.values()))
    drawn = shapely.voronoi_polygons(spots, extend_to=whole.envelope.buffer(1), ordered=True)
    return dict(zip(points, drawn.geoms, strict=True))


def spacing(points: list[Point]) -> float:
    """The usual distance to the next point: how far beyond the outermost ones the city may reach."""
    if len(points) < 2:
        return 0.01
    _, distances = shapely.STRtree(points).query_nearest(
        points, exclusive=True, return_distance=True, all_matches=False
    )
    return float(sorted(distances)[len(distances) // 2])


def united(above: dict[str, str], shapes: dict[str, BaseGeometry]) -> dict[str, BaseGeometry]:
    """The shape of each parent: its parts together."""
    parts = defaultdict(list)
    for code, parent in above.items():
        parts[parent].append(shapes[code])
    return {parent: shapely.union_all(inside) for parent, inside in parts.items()}
