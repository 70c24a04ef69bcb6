"""Where a report stands: the line, the letters, the photos. It renews itself; asking for it changes
nothing."""

import hashlib
from typing import Any

from django.db.models import Max
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from tanggap import access
from tanggap.models import City, Letter, Report, Upload
from tanggap.monitoring import line
from tanggap.web import errors, limits, proven, uploads, words
from tanggap.web.headers import private, secret_address
from tanggap.workflow import CLOSED as STATUS_CLOSED
from tanggap.workflow import OPEN as OPEN_STATUSES

from . import pictures
from .forms import AnswerForm
from .ground import Pin, drawn
from .known import heard
from .news import news
from .report import neighbour
from .seen import CLOSED, OPEN, Seen, no_such, see

MAP_SIZE = (352, 220)
RENEW = 300  # seconds after which words like "3 hours left" are said anew


@private
@require_safe
def track(request: HttpRequest, number: str) -> HttpResponse:
    """The whole page, or with HX-Request the parts that change: nothing (204) while the state is the one
    that the page names in If-None-Match."""
    try:
        seen = see(request, number)
    except Http404:
        return no_such(request)
    tag = f'"{state(seen, request)}"'
    fragment = bool(request.headers.get("HX-Request"))
    if request.headers.get("If-None-Match") == tag:
        # 304 would make htmx swap in an empty page
        return HttpResponse(status=204 if fragment else 304, headers={"ETag": tag})
    template = "citizen/track_live.html" if fragment else "citizen/track.html"
    response = render(
        request, template, parts(seen, request) | {"tag": tag} | ({} if fragment else rest(seen))
    )
    response["ETag"] = tag
    return response


def state(seen: Seen, request: HttpRequest) -> str:
    """Changes whenever the page would: two statements, asked every second and a half by each open page."""
    case, report = seen.case, seen.report
    told = Letter.objects.filter(report=report).aggregate(Max("id"))
    photos = Upload.objects.filter(pictures.of(seen)).values_list("id", "state", "public").order_by("id")
    facts = (
        case.id, case.version, case.changed_at, case.promise_at, case.voices, case.confirmation, report.confirmation,
        report.words, told, list(photos), seen.level, get_language(), int(request.now.timestamp()) // RENEW,
    )  # fmt: skip
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:32]


def parts(seen: Seen, request: HttpRequest) -> dict[str, Any]:
    """What changes while the page is open."""
    case, now = seen.case, request.now
    voices = heard([case.id]).get(case.id, 0) if seen.level == OPEN or seen.own else 0
    ended = case.closed_at or now
    return {
        "seen": seen,
        "case": case,
        "stops": stops(seen, now),
        "elapsed": words.duration(max(ended - case.opened_at, ended - ended)),
        "voices": voices,
        "asked": seen.own and case.waiting_for == case.REPORTER,
        "to_confirm": seen.own and may_speak(seen),
        "news": news(seen) if seen.level != CLOSED else [],
        "pictures": pictures.pair(seen, now) if seen.level != CLOSED else None,
    }


def may_speak(seen: Seen) -> bool:
    return seen.case.status == STATUS_CLOSED and seen.report.confirmation == Report.PENDING


def stops(seen: Seen, now: Any) -> list[dict[str, Any]]:
    """The line as this reader may see it: by the number of a private report offices and times, no more."""
    found = line.drawn(seen.case, now, formatted=lambda at: words.by(at, now), own=seen.own, short=True)
    if seen.level == CLOSED:
        for stop in found[1:]:
            stop["note"] = ""
        found[0]["note"] = words.by(seen.case.opened_at, now)
    return found


def rest(seen: Seen) -> dict[str, Any]:
    """What stays while the page is open: the map, the forms."""
    case, city = seen.case, City.get()
    plot: dict[str, Any] = {}
    lat, lon = (seen.report.lat, seen.report.lon) if seen.own else (case.lat, case.lon)
    if seen.level != CLOSED and lat is not None and lon is not None and not case.outside:
        here = case.area.code if case.area else ""
        plot = drawn([Pin(lat, lon)], metres=1100, here=here, size=MAP_SIZE)
    draft = uploads.new()
    return {
        "plot": plot,
        "lat": lat,
        "lon": lon,
        "approximate": city.approximate,
        "place": pictures.place(seen),
        "neighbour": neighbour(case.outside) if case.outside else None,
        "danger": seen.own and case.emergency and case.status in OPEN_STATUSES,
        "emergency_number": city.value("emergency", {}).get("number", "112"),
        "may_support": seen.level == OPEN and case.status in OPEN_STATUSES,
        "may_answer": seen.own and case.status not in ("JOINED",),
        "form": AnswerForm(),
        "draft": draft,
        "photos": [],
    }


@secret_address
@require_safe
def secret_link(request: HttpRequest, number: str, secret: str) -> HttpResponse:
    """The link of the letter or receipt: puts the proof into this browser and leads on to an address
    without a secret. Opened by a machine first, it has used up nothing."""
    try:
        report = proven.prove(request, number, secret)
    except proven.TooManyGuesses:
        return errors.too_many(request, limits.HOUR)
    if report is None:
        return redirect("data_erased") if access.erased_by_secret(number, secret) else no_such(request)
    return proven.remember(request, redirect("track", number=report.number), report)
