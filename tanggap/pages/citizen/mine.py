"""The reports that this browser has proven: what waits for an answer first, then what runs, then what is
fixed."""

from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from tanggap.models import Report, Upload
from tanggap.web import proven
from tanggap.web.headers import private
from tanggap.workflow import CLOSED

from . import pictures, way
from .known import late
from .seen import OWN, Seen


@private
@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    reports = proven.reports(request)
    photos = first_photos(reports)
    rows = [row(report, request, photos.get(report.id)) for report in reports]
    return render(
        request, "citizen/mine.html",
        {
            "waiting": [one for one in rows if one["waiting"]],
            "running": [one for one in rows if not one["waiting"] and one["seen"].case.status != CLOSED],
            "over": [one for one in rows if not one["waiting"] and one["seen"].case.status == CLOSED],
        },
    )  # fmt: skip


def row(report: Report, request: HttpRequest, photo: Upload | None) -> dict[str, Any]:
    seen = Seen(report, OWN)
    case = report.case
    return {
        "seen": seen,
        "photo": pictures.frame(photo, seen, ""),
        "stops": way.small(case, request.now),
        "turn": way.turn(case, report, request.now),
        "late": late(case, request.now),
        "waiting": asks(report),
        "to_confirm": case.status == CLOSED and report.confirmation == Report.PENDING,
    }


def asks(report: Report) -> bool:
    """Does it wait for its reporter: for an answer, or for "is it fixed?" """
    case = report.case
    return case.waiting_for == case.REPORTER or (
        case.status == CLOSED and report.confirmation == Report.PENDING
    )


def first_photos(reports: Any) -> dict[int, Upload]:
    """Each report's first photo. One statement."""
    found: dict[int, Upload] = {}
    for photo in Upload.objects.filter(Q(report__in=[report.id for report in reports])).order_by("-id"):
        found[photo.report_id] = photo
    return found


@private
@require_POST
def forget(request: HttpRequest) -> HttpResponse:
    """A shared computer: this browser knows nothing any more; the secret links still open everything."""
    response = redirect("mine")
    response.status_code = 303
    messages.success(
        request, _("This browser has forgotten your reports. Your secret links still open them.")
    )
    return proven.forget(response)
