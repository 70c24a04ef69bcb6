"""The first page: report without an account, find a number, the way of a report, and the city's honest
day."""

import time
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from tanggap.lib.geo import valid_point
from tanggap.lib.text import clean
from tanggap.models import Area, Case, City, Event, FollowUp, Reference, Report, Upload
from tanggap.triage.locate import at_point, in_words
from tanggap.web.headers import private
from tanggap.workflow import NEW, OPEN

from . import way
from .ground import Pin, drawn
from .known import FEW, heard, late, listed
from .seen import status_word

NEARBY = 5
KEEP_SECONDS = 20.0
SEVEN_DAYS = timedelta(days=7)
TODAY = {"case.received": "received", "case.closed": "closed", "case.confirmed": "confirmed"}
_kept: dict[str, tuple[float, dict[str, Any]]] = {}


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    asked = clean(request.GET.get("di", ""), 80)
    area = named(asked) if asked else None
    near = nearby(area, request.now)
    city = City.get()
    return render(
        request, "citizen/home.html",
        {
            "city": city, "emergency_number": city.value("emergency", {}).get("number", "112"),
            "way": way.whole(request.now), "asked": asked, "area": area, "near": near,
            "plot": drawn_near(area, near), "approximate": city.approximate, "today": today(request.now),
            "finished": finished(area), "channels": channels(request.now),
        },
    )  # fmt: skip


def named(said: str) -> Area | None:
    """The kelurahan somebody typed, or its code; None when it is none or several."""
    known = Reference.get().areas
    if said in known and known[said].level == Area.KELURAHAN:
        return known[said]
    found = in_words(f"kelurahan {said}").area or in_words(said).area
    return known.get(found)


# ---- public cases around ----


def nearby(area: Area | None, now: datetime) -> list[dict[str, Any]]:
    """The newest public cases, of one kelurahan where one is named. Three statements."""
    rows: QuerySet[Case] = listed().filter(lat__isnull=False)
    if area is not None:
        rows = rows.filter(area=area)
    cases = list(rows.order_by("-opened_at", "-id")[:NEARBY])
    voices = heard(case.id for case in cases)
    return [
        {"case": case, "voices": voices.get(case.id, 1), "word": status_word(case), "late": late(case, now)}
        for case in cases
    ]


def drawn_near(area: Area | None, near: list[dict[str, Any]]) -> dict[str, Any]:
    pins = [
        Pin(one["case"].lat, one["case"].lon, look(one), number)
        for number, one in enumerate(near, 1)
        if one["case"].lat is not None and not one["case"].outside
    ]
    return drawn(pins, here=area.code if area else "", metres=2200 if area else 3000)


def look(one: dict[str, Any]) -> str:
    """How a pin looks; the same is said by the word beside its number."""
    if one["late"]:
        return "late"
    if one["word"] == "confirmed":
        return "yes"
    return "open" if one["case"].status == NEW else ""


def finished(area: Area | None) -> dict[str, Any] | None:
    """The newest public case that citizens confirmed, with both photos released. Two statements at most."""
    rows = listed().filter(status="CLOSED", confirmation="confirmed")
    if area is not None:
        rows = rows.filter(area=area)
    cases = {case.id: case for case in rows.order_by("-closed_at", "-id")[:10]}
    if not cases:
        return None
    shown = ~Q(public="") & (
        Q(report__case__in=cases, report__visibility="public")
        | Q(followup__case__in=cases, followup__state=FollowUp.ACCEPTED)
    )
    before: dict[int, Upload] = {}
    after: dict[int, Upload] = {}
    for photo in Upload.objects.filter(shown).select_related("report", "followup").order_by("-id"):
        if photo.report:
            before[photo.report.case_id] = photo
        elif photo.followup:
            after.setdefault(photo.followup.case_id, photo)
    both = next((key for key in cases if key in before and key in after), None)
    if both is None:
        return None
    names = {"before": before[both], "after": after[both]}
    return {"case": cases[both]} | {key: row.public.rsplit("/", 1)[-1] for key, row in names.items()}


# ---- today ----


def today(now: datetime) -> dict[str, Any]:
    """The day's counts, kept for some seconds: the first page must stay cheap when everybody looks at it."""
    kept = _kept.get(City.get().name)
    if kept is None or time.monotonic() - kept[0] > KEEP_SECONDS or now < kept[1]["at"]:
        kept = _kept[City.get().name] = (time.monotonic(), count(now))
    return kept[1]


def count(now: datetime) -> dict[str, Any]:
    """What was received, closed and confirmed today, what is late now, and what citizens said of a week's
    ends. Three statements, each on an index."""
    midnight = now.astimezone(City.get().zone).replace(hour=0, minute=0, second=0, microsecond=0)
    rows = Event.objects.filter(verb__in=TODAY, at__gte=midnight, at__lte=now)
    rows = rows.exclude(case__visibility=Report.SECRET).values_list("verb")
    told = dict.fromkeys(TODAY.values(), 0) | {TODAY[verb]: n for verb, n in rows.annotate(Count("id"))}
    # a secret case is in no public figure, however many there are
    cases = Case.objects.exclude(visibility=Report.SECRET)
    told["late"] = cases.filter(status__in=OPEN, promise_at__lt=now).count()
    week = cases.filter(status="CLOSED", closed_at__gte=now - SEVEN_DAYS, parent=None)
    ends = dict(week.values_list("confirmation").annotate(Count("id")))
    ends["contested"] = (
        ends.get("contested", 0)
        + cases.filter(reopened__gt=0, status__in=OPEN, changed_at__gte=now - SEVEN_DAYS).count()
    )
    return {name: tellable(number) for name, number in told.items()} | {"at": now, "week": week_of(ends)}


def tellable(number: int) -> int | str:
    """Private reports are among them: fewer than five are not told apart."""
    return number if number == 0 or number >= FEW else f"< {FEW}"


def week_of(ends: dict[str, int]) -> dict[str, int]:
    """Confirmed, contested and unanswered of the cases that ended within seven days; empty below five."""
    total = sum(ends.values())
    if total < FEW:
        return {}
    confirmed, contested = ends.get("confirmed", 0), ends.get("contested", 0)
    return {
        "all": total,
        "confirmed": confirmed,
        "contested": contested,
        "open": total - confirmed - contested,
    }


ICONS = {"counter": "building", "email": "letter", "whatsapp": "chat", "sms": "chat", "jaki": "mobile", "press": "file",
         "georeport": "file"}  # fmt: skip


def channels(now: datetime) -> list[dict[str, Any]]:
    """The city's other ways in, by group, as its table of channels lists them."""
    day = now.astimezone(City.get().zone).date()
    groups: dict[str, dict[str, Any]] = {}
    for row in Reference.get().channels.values():
        over = row.valid_to is not None and row.valid_to <= day
        if not row.active or over or row.kind in ("web", "open311", "history", "partner"):
            continue
        group = groups.setdefault(
            row.group, {"group": row.group, "names": [], "icon": ICONS.get(row.kind, "social")}
        )
        group["names"].append(row.name)
    return list(groups.values())


@private
@require_POST
def around(request: HttpRequest) -> HttpResponse:
    """A phone's own position to its kelurahan: by POST, so that no address and no log holds where somebody
    is."""
    point = valid_point(request.POST.get("lat"), request.POST.get("lon"))
    found = at_point(*point) if point else None
    response = redirect("home")
    response.status_code = 303
    response["Location"] += f"?di={found.area}#sekitar" if found and found.area else "?di=?#sekitar"
    return response
