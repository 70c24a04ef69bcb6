"""After filing: the number, and the slip with the citizen's secret code. It is theirs: it can be shown for a quarter of
an hour, by who filed it, until it is handed over. From then on the partner sees what the number opens to everybody."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from tanggap import access
from tanggap.intake import quota
from tanggap.models import City, Reference, Report
from tanggap.pages.citizen.seen import CLOSED, OPEN, Seen
from tanggap.pages.citizen.sent import qr, secret_address_of
from tanggap.pages.counter.receipt import PAPERS, ahead, grouped
from tanggap.web.viewer import partner

SHOWN_FOR = timedelta(minutes=15)
SLIPS = "slips"  # session: number -> OPENED or HANDED
OPENED, HANDED = "open", "handed"
KEPT = 50


def open_once(request: HttpRequest, number: str) -> None:
    """This session has just filed it. A form that is sent again opens no slip that was handed over."""
    slips = request.session.get(SLIPS, {})
    slips.setdefault(number, OPENED)
    request.session[SLIPS] = dict(list(slips.items())[-KEPT:])


def is_open(request: HttpRequest, row: Report) -> bool:
    mine = row.keyed_by_id == request.user.pk and request.session.get(SLIPS, {}).get(row.number) == OPENED
    return mine and request.now < until(row)


def until(row: Report) -> datetime:
    return row.received_at + SHOWN_FOR


def filed(request: HttpRequest, number: str) -> Report:
    """A report of this partner; 404 for every other number, whether it exists or not."""
    rows = access.filed(request.partner).select_related("case__assignment", "channel", "partner__agency")
    row = rows.filter(number=access.typed(number)).first()
    if row is None:
        raise Http404
    Reference.get().dress(row.case)
    return row


@require_safe
@partner
def sent(request: HttpRequest, number: str) -> HttpResponse:
    row = filed(request, number)
    shown = is_open(request, row)
    address = secret_address_of(row) if shown else ""
    return render(request, "mitra/sent.html", {
        "row": row, "seen": Seen(row, OPEN if row.visibility == Report.PUBLIC else CLOSED),
        "hidden": access.hidden(row), "shown": shown, "until": until(row), "qr": qr(address) if shown else None,
        "secret": grouped(access.secret_of(row).upper()) if shown else "",
        "left": quota.left_today(request.partner, request.now), "danger": shown and row.case.emergency,
        "emergency_number": emergency(),
    })  # fmt: skip


@require_safe
@partner
def slip(request: HttpRequest, number: str) -> HttpResponse:
    """On paper. Over: back to the number, without a code."""
    row = filed(request, number)
    if not is_open(request, row):
        return redirect("partner_sent", number=row.number)
    paper = request.GET.get("kertas", "")
    context: dict[str, Any] = {
        "row": row, "qr": qr(secret_address_of(row)), "secret": grouped(access.secret_of(row).upper()),
        "claim": f"{row.claim[:4]}-{row.claim[4:]}", "ahead": ahead(row, request.now),
        "site": settings.SITE_URL.split("//")[-1], "emergency": emergency(),
        "paper": paper if paper in PAPERS else PAPERS[0],
        "office": row.case.holder or Reference.get().office.get(row.case.area.code if row.case.area else ""),
    }  # fmt: skip
    return render(request, "mitra/slip.html", context)


@require_POST
@partner
def handed(request: HttpRequest, number: str) -> HttpResponse:
    row = filed(request, number)
    request.session[SLIPS] = request.session.get(SLIPS, {}) | {row.number: HANDED}
    messages.success(
        request, _("The slip is closed. What you see of this number now is what everybody sees.")
    )
    response = redirect("partner")
    response.status_code = 303
    return response


def emergency() -> str:
    return City.get().value("emergency", {}).get("number", "112")
