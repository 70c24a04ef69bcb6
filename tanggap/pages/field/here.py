"""Where the crew is, as it told us: kept in its session for half an hour, nowhere else, and never in an address."""

from datetime import datetime, timedelta

from django.http import HttpRequest

from tanggap.lib import geo
from tanggap.models import Case

KEY = "here"
HOLDS = timedelta(minutes=30)
Point = tuple[float, float]


def keep(request: HttpRequest) -> None:
    """A point that is none clears what was kept."""
    point = geo.valid_point(request.POST.get("lat"), request.POST.get("lon"))
    request.session[KEY] = [*point, request.now.isoformat()] if point else None


def here(request: HttpRequest) -> Point | None:
    kept = request.session.get(KEY)
    if not kept or request.now - datetime.fromisoformat(kept[2]) > HOLDS:
        return None
    return kept[0], kept[1]


def away(point: Point | None, case: Case) -> float | None:
    """Metres from the crew to a case; None where either place is unknown."""
    if point is None or case.lat is None or case.lon is None:
        return None
    return geo.haversine_m(*point, case.lat, case.lon)


def along(point: Point, cases: list[Case]) -> tuple[list[Case], float]:
    """The cases as a walk, always to the nearest next one, and its length in metres; placeless ones last."""
    left = [case for case in cases if case.lat is not None]
    rest = [case for case in cases if case.lat is None]
    walk, metres, spot = [], 0.0, point
    while left:
        nearest = min(left, key=lambda case: geo.haversine_m(*spot, case.lat, case.lon))
        metres += geo.haversine_m(*spot, nearest.lat, nearest.lon)
        spot = (nearest.lat, nearest.lon)
        left.remove(nearest)
        walk.append(nearest)
    return walk + rest, metres
