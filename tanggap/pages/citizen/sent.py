"""Received: the number, the secret link, what happens next and by when. Only for the browser that sent it."""

from typing import Any

import segno
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from markupsafe import Markup

from tanggap import access
from tanggap.models import City, Report
from tanggap.web.headers import private
from tanggap.web.words import by, when

from .promises import first_answer_by
from .report import neighbour
from .seen import Seen, own


@private
@require_safe
def sent(request: HttpRequest, number: str) -> HttpResponse:
    try:
        seen = own(request, number)
    except Http404:
        return redirect("track", number=number)
    case, city = seen.case, City.get()
    link = secret_address_of(seen.report)
    return render(
        request, "citizen/sent.html",
        {
            "seen": seen, "case": case, "link": link, "qr": qr(link), "deadline": deadline(seen),
            "stops": ahead(seen, request), "neighbour": neighbour(case.outside) if case.outside else None,
            "danger": case.emergency, "emergency_number": city.value("emergency", {}).get("number", "112"),
            "secret": seen.report.visibility == Report.SECRET,
        },
    )  # fmt: skip


def secret_address_of(report: Report) -> str:
    """The link that opens everything. Its host is the configured one, whatever the request claimed."""
    path = reverse("secret_link", args=(report.number, access.secret_of(report)))
    return f"{settings.SITE_URL}{path}"


def qr(address: str) -> dict[str, Any]:
    """A QR code as one path without style: a dark square for each module."""
    code = segno.make(address, error="m")
    rows = enumerate(code.matrix_iter(border=0))
    squares = "".join(f"M{x} {y}h1v1h-1z" for y, row in rows for x, dark in enumerate(row) if dark)
    return {"path": Markup(squares), "size": code.symbol_size(border=0)[0]}


def deadline(seen: Seen) -> Any:
    return seen.case.promise_at or first_answer_by(seen.case.opened_at)


def ahead(seen: Seen, request: HttpRequest) -> list[dict[str, Any]]:
    """Received, the kelurahan now, the rest to come."""
    case = seen.case
    office = (
        _("Kelurahan %(name)s") % {"name": seen.area.name} if seen.area else _("Our desk finds the place")
    )
    if seen.report.visibility == Report.SECRET:
        office = _("The circle that may open it")
    promised = deadline(seen)
    here = [_("By %(when)s") % {"when": by(promised, request.now)}] if promised else []
    via = _("by %(channel)s") % {"channel": seen.report.channel.name}
    return [
        {"title": _("Received"), "kind": "done", "note": f"{when(case.opened_at, request.now)}, {via}"},
        {"title": office, "kind": "now", "here": here},
        {"title": _("The office in charge"), "kind": "next"},
        {"title": _("Worked on"), "kind": "next"},
        {"title": _("We ask you: is it fixed?"), "kind": "next"},
    ]
