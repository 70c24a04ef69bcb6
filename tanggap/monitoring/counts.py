"""Read-only counts for the boards, one statement for each figure; its table is drawn from the same answer.

What is public counts reports that are not secret, and says a number of private ones only from five up (`told`).
Cohorts are counted by the day of arrival, so that what is late can't vanish.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import wraps
from time import monotonic
from typing import Any

from django.db.models import Count, Exists, F, Max, Min, OuterRef, Q, QuerySet
from django.db.models.functions import ExtractHour, TruncDate

from tanggap import workflow
from tanggap.models import (
    Area,
    Case,
    Channel,
    City,
    Clock,
    Letter,
    Message,
    Reference,
    Report,
    Resolution,
)

FEW = 5  # the least number of private things that may be told (house rule: k >= 5)
KEEP_SECONDS = 15.0
QUIET = timedelta(days=3)
USUAL_DAYS = 28
BURNING, BURNING_FROM = 4, 3


def told(number: int) -> int | None:
    """A public number: none and five or more as they are, what lies between only as "fewer than five"."""
    return number if number == 0 or number >= FEW else None


def kept(count: Callable[..., Any]) -> Callable[..., Any]:
    """The same answer for some seconds and arguments other than `now`: a board is asked for more often than a
    city changes. Each process keeps its own; a city just loaded is asked anew."""
    held: dict[tuple[Any, ...], tuple[float, Any]] = {}

    @wraps(count)
    def asked(now: datetime, *more: Any) -> Any:
        key = (City.get().pk, City.get().version, local_midnight(now), *more)
        at, found = held.get(key, (0.0, None))
        if found is None or monotonic() - at > KEEP_SECONDS:
            held.clear()
            found = count(now, *more)
            held[key] = (monotonic(), found)
        return found

    asked.fresh = count  # type: ignore[attr-defined]
    HELD.append(held)
    return asked


HELD: list[dict[Any, Any]] = []


def forget() -> None:
    """Count anew at the next question: for tests."""
    for held in HELD:
        held.clear()


def local_midnight(now: datetime) -> datetime:
    zone = City.get().zone
    return datetime.combine(now.astimezone(zone).date(), time(), zone)


def days_ago(now: datetime, days: int) -> datetime:
    """Midnight of the first of the last `days` days, today among them."""
    return local_midnight(now) - timedelta(days=days - 1)


def counted() -> QuerySet[Report]:
    """Reports that public figures count: none that is secret."""
    return Report.objects.exclude(visibility=Report.SECRET).exclude(case__visibility=Report.SECRET)


# ---- the public board ----

CLOSED = Q(case__status=workflow.CLOSED)
DONE = CLOSED & ~Q(case__resolution="rejected")
OPEN = Q(case__status__in=workflow.OPEN)


@dataclass(frozen=True)
class Day:
    """What happened today. `waiting` is what waits for a citizen's word now."""

    received: int
    confirmed: int
    done: int
    contested: int
    silent: int
    waiting: int


@kept
def today(now: datetime) -> Day:
    start = local_midnight(now)
    said = Q(confirmed_at__gte=start)
    wanted = Q(received_at__gte=start) | said | Q(case__closed_at__gte=start) | Q(confirmation=Report.PENDING)
    ran_out = Q(confirmation=Report.SILENT, case__confirm_by__gte=start, case__confirm_by__lte=now)
    found = counted().filter(wanted | ran_out).aggregate(
        received=Count("pk", filter=Q(received_at__gte=start)),
        confirmed=Count("pk", filter=said & Q(confirmation=Report.CONFIRMED)),
        contested=Count("pk", filter=said & Q(confirmation=Report.CONTESTED)),
        done=Count("pk", filter=DONE & Q(case__closed_at__gte=start)),
        silent=Count("pk", filter=ran_out),
        waiting=Count("pk", filter=CLOSED & Q(confirmation=Report.PENDING)),
    )  # fmt: skip
    return Day(**found)


@dataclass(frozen=True)
class Cohort:
    """Reports that arrived in some days, and where they stand now."""

    name: str
    received: int = 0
    done: int = 0
    confirmed: int = 0
    contested: int = 0
    silent: int = 0
    pending: int = 0
    rejected: int = 0
    open: int = 0
    late: int = 0


SUMS = ("received", "done", "confirmed", "contested", "silent", "pending", "rejected", "open", "late")


@dataclass(frozen=True)
class Word:
    """The whole city's cohort and its kota by the alphabet, from one statement."""

    city: Cohort
    areas: list[Cohort]


@kept
def citizens_word(now: datetime, days: int) -> Word:
    rows = counted().filter(received_at__gte=days_ago(now, days))
    figures = {
        "received": Count("pk"),
        "done": Count("pk", filter=DONE),
        "rejected": Count("pk", filter=CLOSED & Q(case__resolution="rejected")),
        "open": Count("pk", filter=OPEN),
        "late": Count("pk", filter=OPEN & Q(case__promise_at__lt=now)),
    } | {
        word: Count("pk", filter=CLOSED & Q(confirmation=word))
        for word in (Report.CONFIRMED, Report.CONTESTED, Report.SILENT, Report.PENDING)
    }  # fmt: skip
    found = rows.values(kota=F("case__area__parent__parent")).annotate(**figures)
    by_id = {row["kota"]: {name: row[name] for name in SUMS} for row in found}
    whole = {name: sum(row[name] for row in by_id.values()) for name in SUMS}
    known, none = Reference.get(), dict.fromkeys(SUMS, 0)
    kotas = [area for area in known.areas.values() if area.level == Area.KOTA]
    named = sorted((known.office[area.code].label if area.code in known.office else area.name, area.id)
                   for area in kotas)  # fmt: skip
    areas = [Cohort(name, **by_id.get(area_id, none)) for name, area_id in named]
    if None in by_id:
        areas.append(Cohort("", **by_id[None]))
    return Word(Cohort(City.get().short, **whole), areas)


@kept
def endings(now: datetime, days: int) -> list[tuple[Resolution, int]]:
    """How reports of these days ended, in the order of the city's list; one statement and the list's own."""
    rows = counted().filter(CLOSED, received_at__gte=days_ago(now, days)).exclude(case__resolution=None)
    found = dict(rows.values_list("case__resolution").annotate(Count("pk")))
    return [(row, found.get(row.code, 0)) for row in Resolution.objects.order_by("position")]


@dataclass(frozen=True)
class DayLine:
    day: date
    received: int
    closed: int


@kept
def day_by_day(now: datetime, days: int) -> list[DayLine]:
    """Arrived and closed on each of the last days: two statements, for they are two different days."""
    since, zone = days_ago(now, days), City.get().zone
    came = Counter(dict(
        counted().filter(received_at__gte=since).values_list(TruncDate("received_at", tzinfo=zone))
        .annotate(Count("pk"))
    ))  # fmt: skip
    went = Counter(dict(
        counted().filter(CLOSED, case__closed_at__gte=since)
        .values_list(TruncDate("case__closed_at", tzinfo=zone)).annotate(Count("pk"))
    ))  # fmt: skip
    first = since.astimezone(zone).date()
    line = [first + timedelta(days=number) for number in range(days)]
    return [DayLine(day, came[day], went[day]) for day in line]


# ---- the city board, for officers ----


@dataclass(frozen=True)
class Ignored:
    """What nobody may ignore: each ought to be nought."""

    untouched: int
    late: int
    quiet: int
    unanswered: int


@kept
def ignored(now: datetime) -> Ignored:
    """Two statements: cases by their own columns, citizens' words that nobody has answered."""
    untouched = Q(
        status__in=(workflow.NEW, workflow.ASSIGNED), promise_at__lt=now, promise_step="first_response"
    )
    found = Case.objects.filter(status__in=workflow.OPEN).aggregate(
        untouched=Count("pk", filter=untouched),
        late=Count("pk", filter=Q(promise_at__lt=now)),
        quiet=Count("pk", filter=Q(changed_at__lt=now - QUIET, waiting_for="")),
    )
    answered = Letter.objects.filter(case=OuterRef("case"), by__isnull=False, at__gte=OuterRef("at"))
    words = Message.objects.filter(report__isnull=False, case__status__in=workflow.OPEN)
    unread = words.filter(~Exists(answered)).aggregate(n=Count("case", distinct=True))["n"]
    return Ignored(unanswered=unread, **found)


@dataclass(frozen=True)
class Burning:
    """Many reports about one matter in one kelurahan within a day; `usual` is what a day brings there."""

    category: str
    area: str
    count: int
    usual: float
    since: datetime


@kept
def burning(now: datetime, language: str) -> list[Burning]:
    """The four places with most reports of one kind within 24 hours, beside their usual day. One statement."""
    day, before = now - timedelta(days=1), now - timedelta(days=1 + USUAL_DAYS)
    recent = Q(opened_at__gte=day)
    rows = Case.objects.filter(opened_at__gte=before, category__isnull=False, area__isnull=False)
    rows = rows.exclude(visibility=Report.SECRET).exclude(status=workflow.JOINED).values("category", "area")
    rows = rows.annotate(n=Count("pk", filter=recent), old=Count("pk", filter=~recent),
                         since=Min("opened_at", filter=recent))  # fmt: skip
    known = Reference.get()
    found = []
    for row in rows.filter(n__gte=BURNING_FROM).order_by("-n", "category", "area")[:BURNING]:
        category, area = known.category_by_id[row["category"]], known.area_by_id[row["area"]]
        usual = row["old"] / USUAL_DAYS
        found.append(Burning(category.name(language), area.name, row["n"], usual, row["since"]))
    return found


def dangers(now: datetime, most: int = 8) -> list[Case]:
    """Open cases with danger, the youngest first; without words. One statement."""
    rows = Case.objects.filter(status__in=workflow.OPEN, urgency=2).exclude(visibility=Report.SECRET)
    known = Reference.get()
    return [known.dress(case) for case in rows.order_by("-opened_at")[:most]]


@dataclass(frozen=True)
class Hours:
    """What came in today by the hour, and what a usual day brings in that hour."""

    today: list[int]
    usual: list[float]

    @property
    def total(self) -> int:
        return sum(self.today)

    def so_far(self, hour: int) -> int:
        """What a usual day has brought until the end of this hour."""
        return round(sum(self.usual[: hour + 1]))


@kept
def by_hour(now: datetime) -> Hours:
    """One statement over today and the four weeks before it."""
    start, zone = local_midnight(now), City.get().zone
    rows = Report.objects.filter(received_at__gte=start - timedelta(days=USUAL_DAYS))
    rows = rows.annotate(hour=ExtractHour("received_at", tzinfo=zone)).values("hour")
    found = rows.annotate(
        new=Count("pk", filter=Q(received_at__gte=start)), old=Count("pk", filter=Q(received_at__lt=start)),
        first=Min("received_at"),
    )  # fmt: skip
    by_number = {row["hour"]: row for row in found}
    # a young city has fewer days behind it than four weeks
    oldest = min((row["first"] for row in by_number.values()), default=start)
    days = max(1, min(USUAL_DAYS, (start - local_midnight(oldest)).days))
    hours = [by_number.get(hour, {"new": 0, "old": 0}) for hour in range(24)]
    return Hours([row["new"] for row in hours], [row["old"] / days for row in hours])


@dataclass(frozen=True)
class ChannelLine:
    channel: Channel
    last: datetime | None
    today: int
    open: int


@kept
def channels(now: datetime) -> list[ChannelLine]:
    """Each channel: when it was last heard, what it brought today, what of it is open. One statement."""
    start = local_midnight(now)
    rows = Report.objects.values("channel").annotate(
        last=Max("received_at"),
        new=Count("pk", filter=Q(received_at__gte=start)),
        still=Count("pk", filter=Q(case__status__in=workflow.OPEN)),
    )
    found = {row["channel"]: (row["last"], row["new"], row["still"]) for row in rows}
    known = sorted(Reference.get().channels.values(), key=lambda row: row.id)
    return [
        ChannelLine(row, *found.get(row.id, (None, 0, 0))) for row in known if row.active or row.id in found
    ]


@dataclass(frozen=True)
class Ringing:
    """Promises that end within the hour, by agency and step."""

    agency: str
    step: str
    count: int
    first: datetime


@dataclass
class Rings:
    rows: list[Ringing] = field(default_factory=list)

    @property
    def total(self) -> int:
        return sum(row.count for row in self.rows)


@kept
def ringing(now: datetime) -> Rings:
    """One statement: running clocks whose promise ends within an hour, whoever holds the case now."""
    rows = Clock.objects.filter(
        stopped_at=None, promised_at__gt=now, promised_at__lte=now + timedelta(hours=1)
    )
    rows = rows.filter(case__status__in=workflow.OPEN).exclude(case__visibility=Report.SECRET)
    found = rows.values_list("case__holder", "step").annotate(Count("pk"), Min("promised_at"))
    known = Reference.get().agency_by_id
    lines = [
        Ringing(known[holder].label if holder in known else "", step, count, first)
        for holder, step, count, first in found
    ]
    return Rings(sorted(lines, key=lambda row: (row.first, row.agency)))


@kept
def open_by_area(now: datetime) -> dict[str, int]:
    """Open cases in each kelurahan, by its code. One statement."""
    rows = Case.objects.filter(status__in=workflow.OPEN, area__isnull=False).exclude(visibility=Report.SECRET)
    known = Reference.get().area_by_id
    return {known[area].code: count for area, count in rows.values_list("area").annotate(Count("pk"))}
