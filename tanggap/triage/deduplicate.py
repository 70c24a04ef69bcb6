"""Known already? Open cases near a point about the same matter. A hint: joining is a person's deed."""

from dataclasses import dataclass

from rapidfuzz import fuzz

from tanggap.lib import geo
from tanggap.models import Case, Category
from tanggap.workflow import OPEN

NEAR_M = 80
MOST = 5


@dataclass(frozen=True)
class Near:
    case: Case
    metres: int
    likeness: float  # 0..1 of the words


def near(lat: float | None, lon: float | None, category: Category | None, *, words: str = "",
         but: int | None = None) -> list[Near]:  # fmt: skip
    """Open, not secret cases within NEAR_M metres about the same matter (any matter where it is unknown)."""
    if lat is None or lon is None:
        return []
    rows = Case.objects.filter(cell__in=geo.near_cells(lat, lon, NEAR_M), status__in=OPEN)
    rows = rows.exclude(visibility="secret").exclude(pk=but or 0)
    if category is not None:
        rows = rows.filter(category=category)
    found = []
    for case in rows.only("id", "number", "uuid", "lat", "lon", "title", "visibility", "holder", "category",
                          "voices", "status").order_by("-opened_at")[:MOST * 4]:  # fmt: skip
        metres = round(geo.haversine_m(lat, lon, case.lat, case.lon))
        if metres <= NEAR_M:
            found.append(Near(case, metres, round(fuzz.token_set_ratio(words, case.title) / 100, 2)))
    return sorted(found, key=lambda row: (row.metres, -row.likeness))[:MOST]
