"""A case on one screen: who had it and how long, what was said, what may be done, what is ringing."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tanggap import access, workflow
from tanggap.models import Case, Clock, Promise, Reference, Report, Upload
from tanggap.monitoring import history, line, queries
from tanggap.routing.actions import PING_PONG
from tanggap.triage.photos import RELEASE
from tanggap.web.viewer import officer
from tanggap.web.words import by, duration, left, nearness, when

from . import glance, letters, talk, words
from .talking import Tell

LATEST = 4  # lines of the history that stand open
SPOKEN = 3  # things said that stand open
VOICES = 50


@officer()
def case(request: HttpRequest, number: str) -> HttpResponse:
    """The page. What may not be known does not exist: 404."""
    viewer, now = request.viewer, request.now
    found = access.case(viewer, number)
    glance.look(viewer, found, now)
    near = queries.around(viewer, found)
    reports = glance.reports_of(found, VOICES)
    post = talk.letters_of(found)
    said = talk.talk(found, post)
    may, done = access.steps(viewer, found), work(found)
    events = history.lines(found.events.order_by("-id")[:200])
    context = {
        "case": found,
        **letters.shown(post, may),
        "words": words,
        "stops": stops(found, now),
        "others": glance.others(viewer, found, now),
        "report": reports[0] if reports else None,
        "voices": reports[1:],
        "photos": photos(reports),
        "work": done,
        "to_release": to_release(found, reports, done, may),
        "map": glance.picture(found, near),
        "near": near,
        "likely": [row for row in near if row.likely],
        "guess": glance.guess(found),
        "said": said[-SPOKEN:],
        "earlier": said[:-SPOKEN],
        "lines": [row for row in events if not row.quiet][:LATEST],
        "all_lines": events,
        "history_rows": lambda rows: [[when(row.at, now), row.words, row.who] for row in rows],
        "buttons": glance.buttons(viewer, found, now),
        "may": may,
        "clocks": clocks(found, now),
        "note": handovers(found),
        "tell": Tell(found, viewer, now),
        "parts": found.parts.select_related("holder").order_by("id"),
        "joined": found.joined.order_by("-changed_at")[:20],
    }
    return render(request, "desk/case.html", context)


@require_POST
@officer()
def presence(request: HttpRequest, number: str) -> HttpResponse:
    """The page's own sign of life: notes that somebody looks or writes, says who else does, and whether the case
    has changed since the page was drawn."""
    viewer, now = request.viewer, request.now
    found = access.case(viewer, number)
    glance.look(viewer, found, now, writing=request.POST.get("writing") == "1")
    changed = request.POST.get("version", "") != str(found.version)
    context = {
        "case": found,
        "others": glance.others(viewer, found, now),
        "changed": history.moves(found) if changed else [],
        "buttons": glance.buttons(viewer, found, now) if changed else [],
    }
    return render(request, "desk/presence.html", context)


def stops(case: Case, now: datetime) -> list[dict[str, Any]]:
    """The line across: whose turn and until when in one line of the stop where it is now."""
    known = Reference.get().agencies
    found = []
    for stop in line.stops(case, now, formatted=lambda at: when(at, now)):
        found.append(stop.drawn())
        if stop.agency in known:
            found[-1]["title"] = known[stop.agency].label
    found[0]["note"] = when(case.opened_at, now)
    turn = case.holder is not None and case.status in (workflow.ASSIGNED, workflow.IN_PROGRESS)
    for stop in found:
        if stop["kind"] == "now" and turn and not case.waiting_for:
            until = _("until %(when)s") % {"when": when(case.promise_at, now)} if case.promise_at else ""
            stop["here"] = [(_("Turn of the %(office)s") % {"office": words.kind_name(case.holder)}, until)]
    return found


def photos(reports: list[Any]) -> list[Upload]:
    return [photo for report in reports for photo in report.shown]


def work(case: Case) -> list[dict[str, Any]]:
    """What was handed in: each statement with its photos, the newest first. Two statements."""
    rows = (
        case.followups.select_related("resolution", "review__reason")
        .prefetch_related("photos")
        .order_by("-id")
    )
    return [
        {"row": row, "photos": [photo for photo in row.photos.all() if photo.state != Upload.BROKEN]}
        for row in rows[:10]
    ]


def to_release(case: Case, reports: list[Report], done: list[dict[str, Any]], may: list[str]) -> set[int]:
    """Ids of the photos that this officer may show to the public: those of public reports, and of the work on them."""
    public = [report for report in reports if report.visibility == Report.PUBLIC]
    if RELEASE not in may or case.visibility == Report.SECRET or not public:
        return set()
    shown = [*photos(public), *(photo for statement in done for photo in statement["photos"])]
    return {photo.id for photo in shown if photo.state == Upload.READY}


def clocks(case: Case, now: datetime) -> list[tuple[str, str, str]]:
    """(promise, how it stands, class): the citizen's clock first, then what runs, then what was kept or broken."""
    opened = _("The citizen's clock, since %(when)s") % {"when": when(case.opened_at, now)}
    rows = sorted(case.clocks.all(), key=lambda clock: (clock.stopped_at is not None, clock.promised_at))
    return [(opened, words.since(case, now), ""), *(clock_row(row, now) for row in rows)]


def clock_row(clock: Clock, now: datetime) -> tuple[str, str, str]:
    name = str(words.PROMISES[clock.step])
    name = name[:1].upper() + name[1:]
    if clock.stopped_at is None:
        said = _("%(promise)s, by %(when)s") % {"promise": name, "when": by(clock.promised_at, now)}
        return (
            said,
            left(clock.promised_at, now, clock.step != Promise.CONFIRM),
            nearness(clock.promised_at, now),
        )
    took = duration(clock.stopped_at - clock.started_at, short=True)
    if clock.broken(now):
        return _("%(promise)s, broken") % {"promise": name}, took, "late"
    return name, took, ""


def handovers(case: Case) -> str:
    """How often it was handed on, and when an arbiter is called."""
    if case.status not in (workflow.ASSIGNED, workflow.IN_PROGRESS):
        return ""
    if case.handovers >= PING_PONG:
        return _("%(count)s hand-overs: an arbiter has been called.") % {"count": case.handovers}
    return _("%(count)s hand-overs; number %(most)s calls an arbiter.") % {
        "count": case.handovers,
        "most": PING_PONG,
    }
