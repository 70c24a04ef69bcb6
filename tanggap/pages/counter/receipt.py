"""The receipt: number, secret code, what comes next and by when. On the roll of a counter printer or on A5.

It may be printed again on the same day, by the officer who keyed it in: it holds the citizen's secret.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import segno
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from tanggap import access
from tanggap.lib.text import clean
from tanggap.models import City, Membership, Promise, Reference, Report
from tanggap.sla.clocks import due, ruling
from tanggap.web import errors
from tanggap.web.nav import link
from tanggap.web.viewer import officer
from tanggap.web.words import by

from .counter import LAST, midnight
from .forms import FOR_WHOM, REACH

PAPERS = ("a5", "roll")
PAPER = "paper"


@require_safe
@officer(Membership.COUNTER)
def receipt(request: HttpRequest, number: str) -> HttpResponse:
    rows = Report.objects.select_related("case", "channel", "keyed_by")
    row = rows.filter(number=clean(number, 40), keyed_by=request.user).first()
    if row is None:
        raise Http404
    if row.received_at < midnight(request.now):
        words = _("It holds the citizen's secret code, so it is printed on the day itself only. They can see "
                  "everything with the receipt they have.")  # fmt: skip
        title = _("This receipt can't be printed any more")
        return errors.page(request, 410, title, words, href=link("counter"), action=_("To the counter"))
    paper = request.GET.get("kertas") or request.session.get(PAPER) or PAPERS[0]
    if paper in PAPERS and paper != request.session.get(PAPER):
        request.session[PAPER] = paper
    return render(request, "counter/receipt.html", context(request, row) | {
        "paper": paper if paper in PAPERS else PAPERS[0]})  # fmt: skip


def context(request: HttpRequest, row: Report) -> dict[str, Any]:
    secret = access.secret_of(row)
    address = f"{settings.SITE_URL}{link('secret_link', row.number, secret) or f'/l/{row.number}/{secret}/'}"
    told = request.session.get(LAST, {})
    fresh = told if told.get("number") == row.number else {}
    case = Reference.get().dress(row.case)
    office = case.holder or Reference.get().office.get(case.area.code if case.area else "")
    return {
        "row": row, "case": case, "qr": code(address), "secret": grouped(secret.upper()),
        "claim": f"{row.claim[:4]}-{row.claim[4:]}", "site": settings.SITE_URL.split("//")[-1],
        "about": case.title or fresh.get("about", ""), "place": case.place or fresh.get("place", ""),
        "office": office.name if office else "", "area": fresh.get("area", ""),
        "whom": dict(FOR_WHOM).get(row.answers.get("whom", ""), ""),
        "reach": dict(REACH).get(row.answers.get("reach", ""), ""), "ahead": ahead(row, request.now),
        "emergency": City.get().value("emergency", {}).get("number", "112"),
        "again": (request.now - row.received_at).total_seconds() > 120,
    }  # fmt: skip


@dataclass(frozen=True)
class Code:
    """A QR code as one SVG path: no style, so that the page's policy lets it be."""

    size: int
    path: str


def code(text: str) -> Code:
    matrix = [bytes(row) for row in segno.make(text, error="m", micro=False).matrix]
    parts = [f"M{x} {y}h1v1h-1z" for y, row in enumerate(matrix) for x, dark in enumerate(row) if dark]
    return Code(len(matrix), "".join(parts))


def grouped(secret: str) -> str:
    return "-".join(secret[start : start + 4] for start in range(0, len(secret), 4))


def ahead(row: Report, now: datetime) -> list[tuple[str, str]]:
    """When, and what: from the dated promises of this counter, so that paper never promises another thing."""
    day = row.said_at.astimezone(City.get().zone).date()
    steps = [
        (Promise.FIRST_RESPONSE, _("The kelurahan has looked at it and answered")),
        (Promise.COORDINATION, _("Passed on, if it is somebody else's task")),
        (Promise.RESOLUTION, _("Done, or you know why not")),
    ]
    found = []
    for step, said in steps:
        rule = ruling(Reference.get().promises, step, day, row.case.category_id, row.channel.code)
        if rule is not None:
            found.append((due(rule, row.said_at, City.get().time_zone), said))
    lines = [(by(at, now), said) for at, said in sorted(found, key=lambda pair: pair[0])]
    return [*lines, (_("After that"), _("You say whether it is fixed"))]
