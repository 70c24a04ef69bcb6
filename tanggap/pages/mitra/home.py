"""A partner's first page: how many more today, and its numbers with what each opens to everybody."""

from datetime import datetime

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from tanggap import access
from tanggap.intake import quota
from tanggap.models import Reference, Report, local_day
from tanggap.pages.citizen.seen import CLOSED, OPEN, Seen
from tanggap.web.viewer import partner

from . import forms, slip

PAGE = 30


@require_safe
@partner
def home(request: HttpRequest) -> HttpResponse:
    """The newest first, paged by the last row shown. Two statements beside the viewer's."""
    after = request.GET.get("sesudah", "")
    rows: QuerySet[Report] = access.filed(request.partner).order_by("-id")
    if after.isascii() and after.isdecimal() and len(after) < 18:
        rows = rows.filter(id__lt=int(after))
    found = list(rows[: PAGE + 1])
    shown = found[:PAGE]
    today = local_day(request.now)
    numbers = [seen(row) for row in shown]
    return render(request, "mitra/home.html", {
        "partner": request.partner, "left": quota.left_today(request.partner, request.now),
        "today": [one for one in numbers if day(one, today)],
        "earlier": [one for one in numbers if not day(one, today)],
        "after": shown[-1].id if len(found) > PAGE else "", "later": bool(after),
        "hidden": {row.number for row in shown if access.hidden(row)},
        "is_open": forms.channel(request.now) is not None,
        "slips": {row.number for row in shown if slip.is_open(request, row)},
    })  # fmt: skip


def day(one: Seen, today: datetime) -> bool:
    return local_day(one.report.said_at) == today


def seen(row: Report) -> Seen:
    """As anybody sees it who types the number."""
    Reference.get().dress(row.case)
    return Seen(row, OPEN if row.visibility == Report.PUBLIC else CLOSED)
