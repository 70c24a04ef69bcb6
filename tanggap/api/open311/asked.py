"""Parameters of a list -> the reports it means, newest first: at most 1,000, of at most 90 days."""

import math
from datetime import datetime, timedelta

from django.contrib.postgres.search import SearchQuery
from django.db.models import Case as When_
from django.db.models import DateTimeField, F, Q, QuerySet, When
from django.db.models.lookups import LessThanOrEqual
from django.utils.translation import gettext as _

from tanggap.api.open311.errors import Problem
from tanggap.api.open311.reading import Said, number
from tanggap.lib import geo
from tanggap.lib.text import stems
from tanggap.models import Report
from tanggap.workflow import CLOSED

MOST = 1000
LONGEST = timedelta(days=90)
RADIUS_M, FARTHEST_M = 500.0, 50_000.0
STATES = {"open": ~Q(case__status=CLOSED), "closed": Q(case__status=CLOSED)}
# the only columns an order may name: what is asked never reaches SQL
ORDERS = {
    "requested_datetime": "received_at",
    "updated_datetime": "updated_at",
    "service_code": "case__category__code",
    "status": "case__status",
}
UPDATED = When_(
    When(case__status=CLOSED, case__closed_at__isnull=False, then=F("case__closed_at")),
    default=F("case__changed_at"),
    output_field=DateTimeField(),
)


def filtered(reports: QuerySet[Report], said: Said, now: datetime) -> QuerySet[Report]:
    """All filters of a list. Raises Problem for one that can't be read."""
    rows = reports.annotate(updated_at=UPDATED).filter(requested(said, now))
    if codes := said.listed("service_code"):
        rows = rows.filter(case__category__code__in=codes)
    rows = rows.filter(state(said), updated(said), box(said), around(said))
    if q := said.get("q", 200):
        rows = rows.filter(search=SearchQuery(stems(q), config="simple", search_type="plain"))
    return rows.order_by(*order(said))


def window(
    said: Said, now: datetime, names: tuple[str, str] = ("start_date", "end_date")
) -> tuple[datetime, datetime]:
    """From, and where it is over: what was asked, or the 90 days that end with it. Problem beyond 90."""
    start, end = said.span(names[0]), said.span(names[1])
    if start is None:
        over = end[1] if end else now + timedelta(seconds=1)
        return over - LONGEST, over
    over = end[1] if end else start[0] + LONGEST
    if over - start[0] > LONGEST + timedelta(days=1):  # an end given as a day counts whole
        raise Problem(_("Ask for 90 days at most, from start_date to end_date."))
    return start[0], over


def requested(said: Said, now: datetime) -> Q:
    """When it was requested. Asked for what changed since, the age of a report doesn't matter."""
    if said.get("updated_after") and not (said.get("start_date") or said.get("end_date")):
        return Q()
    start, over = window(said, now)
    return Q(received_at__gte=start, received_at__lt=over)


def updated(said: Said) -> Q:
    after, before = said.span("updated_after"), said.span("updated_before")
    found = Q(updated_at__gte=after[0]) if after else Q()
    return found & Q(updated_at__lt=before[1]) if before else found


def state(said: Said) -> Q:
    wanted = {word.lower() for word in said.listed("status")}
    if not wanted <= set(STATES):
        raise Problem(_("status must be open, closed, or both with a comma between."))
    return STATES[wanted.pop()] if len(wanted) == 1 else Q()


def box(said: Said) -> Q:
    """bbox=min long,min lat,max long,max lat."""
    if not said.get("bbox"):
        return Q()
    sides = [number(side) for side in said.listed("bbox")]
    if len(sides) != 4 or None in sides:
        raise Problem(_("bbox must be four numbers: west, south, east, north."))
    west, south, east, north = sides
    return Q(lon__gte=west, lat__gte=south, lon__lte=east, lat__lte=north)


def around(said: Said) -> Q:
    """Within `radius` metres of lat/long. At a city's size the ground is flat enough for Pythagoras."""
    lat, lon, radius = said.number("lat"), said.number("long"), said.number("radius")
    if lat is None or lon is None:
        return Q()
    if geo.valid_point(lat, lon) is None:
        raise Problem(_("lat and long must be a place on earth."))
    metres = min(max(radius if radius is not None else RADIUS_M, 0.0), FARTHEST_M)
    up, over = geo.DEGREE_M, geo.DEGREE_M * math.cos(math.radians(lat))
    reach, side = metres / up, metres / max(over, 1.0)
    near = Q(lat__range=(lat - reach, lat + reach), lon__range=(lon - side, lon + side))
    north, east = (F("lat") - lat) * up, (F("lon") - lon) * over
    return near & Q(LessThanOrEqual(north * north + east * east, metres**2))


def order(said: Said) -> tuple[str, str]:
    """sort=-updated_datetime: a name of ORDERS, descending behind a minus."""
    given = said.get("sort").lower() or "-requested_datetime"
    name = given.lstrip("-+")
    if name not in ORDERS or len(given) - len(name) > 1:
        raise Problem(
            _("sort must be one of: %(names)s; a minus before it turns it round.")
            % {"names": ", ".join(ORDERS)}
        )
    sign = "-" if given.startswith("-") else ""
    return f"{sign}{ORDERS[name]}", f"{sign}id"


def piece(said: Said) -> slice:
    """page (from 1; 0 is 1) and page_size, or limit and offset. Never more than 1,000."""
    sizes = [size for name in ("page_size", "limit", "max_requests", "count") if (size := said.whole(name))]
    size = min([*sizes, MOST]) if sizes else MOST
    page, offset = said.whole("page") or 1, said.whole("offset") or 0
    start = offset + (page - 1) * size
    return slice(start, start + size)
