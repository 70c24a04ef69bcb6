"""`tanggap load-areas FILE.geojson`: real borders of the kelurahan.

A file is accepted whole or refused whole, with all that is wrong in it.
"""

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import shapely
from django.db import connection, transaction
from shapely.geometry import shape as to_shape
from shapely.geometry.base import BaseGeometry

from tanggap import ledger
from tanggap.city import cells
from tanggap.city.files import read_text
from tanggap.city.load import LOCK
from tanggap.models import THE_MACHINE, Actor, Area, City, Reference

KIND = "polygons"
EDGE = 0.05  # degrees beyond the city's bounds that are still believed


class Crooked(ValueError):
    """One feature that can't be used, and why."""


class BadAreas(Exception):
    """A file of borders that can't be loaded. `problems` is everything found, one sentence each."""

    def __init__(self, file: str, problems: list[str]):
        super().__init__(f"{file}: {len(problems)} problems. " + " ".join(problems[:20]))
        self.file, self.problems = file, problems


def load_areas(path: Path | str, *, by: Actor = THE_MACHINE, now: datetime | None = None) -> int:
    """Load a GeoJSON FeatureCollection: a polygon for each kelurahan (property `code`), in degrees.

    Kecamatan and kota are put together from their kelurahan. Returns their number. Raises BadFile for
    what can't be read at all and BadAreas for what is in it; then nothing has changed.
    """
    path = Path(path)
    words = read_text(path)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        city = City.objects.select_for_update().first()
        if city is None:
            raise BadAreas(path.name, ["No city is loaded yet."])
        found = Area.objects.defer("geometry").select_related("parent__parent")
        areas = {area.code: area for area in found}
        shapes = read(path.name, words, areas, city.data["bounds"])
        write(areas, shapes)
        before = {"areas_from": city.areas_from}
        city.areas_from = KIND
        city.version += 1
        city.save()
        after = {
            "areas_from": KIND,
            "areas": len(shapes),
            "sha256": hashlib.sha256(words.encode()).hexdigest(),
        }
        ledger.change("city:areas", "change", before=before, after=after, by=by, now=now or datetime.now(UTC),
                      reason=f"load-areas {path.name}"[:300])  # fmt: skip
    Reference.forget()
    return len(shapes)


def read(file: str, words: str, areas: dict[str, Area], bounds: dict[str, float]) -> dict[str, BaseGeometry]:
    """code -> shape of every kelurahan; raises BadAreas with all problems of the file."""
    shapes: dict[str, BaseGeometry] = {}
    problems, tried = [], set()
    for number, feature in enumerate(features(file, words), 1):
        try:
            code = read_code(feature, areas)
            if code in tried:
                raise Crooked(f"{code} stands here twice")
            tried.add(code)
            shapes[code] = checked(code, read_shape(code, feature.get("geometry")), bounds)
        except Crooked as error:
            problems.append(f"Feature {number}: {error}.")
    for code, area in areas.items():
        if area.level == Area.KELURAHAN and code not in tried:
            problems.append(f"No shape for {code} {area.name}.")
    if problems:
        raise BadAreas(file, problems)
    return shapes


def features(file: str, words: str) -> list[Any]:
    try:
        given = json.loads(words)
    except (ValueError, RecursionError) as error:
        raise BadAreas(file, [f"This is no JSON: {error}."]) from None
    if not isinstance(given, dict) or not isinstance(given.get("features"), list):
        raise BadAreas(file, ["This is no GeoJSON FeatureCollection."])
    return given["features"]


def read_code(feature: Any, areas: dict[str, Area]) -> str:
    properties = feature.get("properties") if isinstance(feature, dict) else None
    code = properties.get("code") if isinstance(properties, dict) else None
    if not isinstance(code, str):
        raise Crooked("it has no property code")
    if code not in areas:
        raise Crooked(f"the code {code!r} is unknown")
    if areas[code].level != Area.KELURAHAN:
        raise Crooked(f"{code} is a {areas[code].level}; only shapes of kelurahan are loaded")
    return code


def read_shape(code: str, geometry: Any) -> BaseGeometry:
    if not isinstance(geometry, dict) or geometry.get("type") not in ("Polygon", "MultiPolygon"):
        raise Crooked(f"{code} is neither a Polygon nor a MultiPolygon")
    try:
        return shapely.force_2d(to_shape(geometry))
    except (ValueError, TypeError, LookupError, AttributeError, shapely.errors.ShapelyError):
        raise Crooked(f"the coordinates of {code} can't be read") from None


def checked(code: str, shape: BaseGeometry, bounds: dict[str, float]) -> BaseGeometry:
    if shape.is_empty:
        raise Crooked(f"{code} is empty")
    if not shapely.is_valid(shape):
        raise Crooked(f"{code} is invalid: {shapely.is_valid_reason(shape)}")
    west, south, east, north = shape.bounds
    inside = (
        bounds["min_lon"] - EDGE <= west and east <= bounds["max_lon"] + EDGE
        and bounds["min_lat"] - EDGE <= south and north <= bounds["max_lat"] + EDGE
    )  # fmt: skip
    if not inside:
        raise Crooked(f"{code} reaches out of the city's bounds (latitude and longitude swapped?)")
    return shape


def write(areas: dict[str, Area], shapes: dict[str, BaseGeometry]) -> None:
    kecamatan = cells.united({code: areas[code].parent.code for code in shapes}, shapes)
    kota = cells.united({code: areas[code].parent.parent.code for code in shapes}, shapes)
    drawn = []
    for code, shape in (shapes | kecamatan | kota).items():
        areas[code].geometry, areas[code].geometry_kind = shapely.to_wkb(shape), KIND
        drawn.append(areas[code])
    Area.objects.bulk_update(drawn, ["geometry", "geometry_kind"], batch_size=100)
