"""Known already? Open cases near a point about the same matter. A hint: joining is a person's deed."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection
from rapidfuzz import fuzz

from tanggap.lib import geo
from tanggap.models import Category
from tanggap.workflow import OPEN

NEAR_M = 80
MOST = 5


@dataclass(frozen=True)
class Ask:
    """What is looked for: cases about `category` (any matter where it is None) near a point; with `before`, those born
    before the case of that id."""

    lat: float | None
    lon: float | None
    category: Category | None
    words: str = ""
    before: int | None = None


# the newest few of each ask: a thousand reports of one spot must not make the next one slow
CLOSE_BY = """
SELECT a.n, c.id, c.lat, c.lon, c.title
FROM unnest(%s::integer[], %s::text[], %s::bigint[], %s::bigint[]) AS a(n, cells, category, before)
CROSS JOIN LATERAL (
  SELECT id, lat, lon, title FROM tanggap_case
  WHERE cell = ANY(a.cells::bigint[]) AND (a.category IS NULL OR category_id = a.category)
    AND status = ANY(%s) AND visibility <> 'secret' AND (a.before IS NULL OR id < a.before)
  ORDER BY opened_at DESC LIMIT %s) c
ORDER BY a.n, c.id DESC"""


@dataclass(frozen=True)
class Near:
    case_id: int
    metres: int
    likeness: float  # 0..1 of the words


def close_by(asks: Sequence[Ask]) -> list[list[Near]]:
    """For each ask the open, not secret cases within NEAR_M metres, the nearest first. One statement for all."""
    found: list[list[Near]] = [[] for _ in asks]
    rows = [
        (n, cells(ask.lat, ask.lon), ask.category.id if ask.category else None, ask.before)
        for n, ask in enumerate(asks)
        if ask.lat is not None and ask.lon is not None
    ]
    if not rows:
        return found
    with connection.cursor() as cursor:
        cursor.execute(CLOSE_BY, [*map(list, zip(*rows, strict=True)), list(OPEN), MOST * 4])
        for n, case_id, lat, lon, title in cursor.fetchall():
            metres = round(geo.haversine_m(asks[n].lat, asks[n].lon, lat, lon))
            if metres <= NEAR_M:
                likeness = round(fuzz.token_set_ratio(asks[n].words, title) / 100, 2)
                found[n].append(Near(case_id, metres, likeness))
    return [sorted(rows, key=lambda row: (row.metres, -row.likeness))[:MOST] for rows in found]


def cells(lat: float, lon: float) -> str:
    """As PostgreSQL's text of an array: arrays of arrays would be taken apart."""
    return "{" + ",".join(map(str, geo.near_cells(lat, lon, NEAR_M))) + "}"
