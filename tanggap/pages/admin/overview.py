"""What needs a person: rows the machine has parked, channels that are silent, rules that end soon."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib import messages
from django.db import connection
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from tanggap import ledger
from tanggap.models import Change, Mandate, local_day
from tanggap.monitoring import counts

from . import deeds
from .frame import administrator, page
from .person import FAILURES
from .told import tell

MOST = 50
QUIET = timedelta(days=1)
PARKED = " UNION ALL ".join(
    f"SELECT '{name}' AS kind, r.id, r.parked_at, r.attempts, r.last_error, {more} FROM tanggap_{name} r {join} "
    "WHERE r.parked_at IS NOT NULL"
    for name, more, join in (
        ("reaction", "c.number, coalesce(nullif(r.name, ''), e.verb)",
         "JOIN tanggap_event e ON e.id = r.event_id JOIN tanggap_case c ON c.id = r.case_id"),
        ("letter", "c.number, r.code", "LEFT JOIN tanggap_case c ON c.id = r.case_id"),
        ("clock", "c.number, r.step", "JOIN tanggap_case c ON c.id = r.case_id"),
        ("upload", "'', r.kind", ""),
        ("job", "'', r.kind", ""),
        ("invitation", "'', o.username", "JOIN tanggap_officer o ON o.id = r.officer_id"),
    )
) + " ORDER BY parked_at, kind, id LIMIT %s"  # fmt: skip


@dataclass(frozen=True)
class Parked:
    kind: str
    id: int
    at: datetime
    attempts: int
    error: str
    number: str
    what: str


def parked() -> list[Parked]:
    """The rows that wait for a person, the oldest first. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(PARKED, [MOST])
        return [Parked(*row) for row in cursor.fetchall()]


@require_safe
@administrator
def admin(request: HttpRequest) -> HttpResponse:
    today = local_day(request.now)
    soon = Mandate.objects.aggregate(
        ending=Count("pk", filter=Q(valid_to__gt=today, valid_to__lte=today + timedelta(days=31))),
    )["ending"]
    lines = counts.channels(request.now)
    silent = {row.channel.code for row in lines if row.last is not None and request.now - row.last > QUIET}
    changes = tell(Change.objects.order_by("-id")[:10])
    return page(request, "admin/overview.html", {
        "parked": parked(), "channels": lines, "silent": silent, "ending": soon, "changes": changes, "most": MOST,
        "failures": FAILURES,
    })  # fmt: skip


@require_POST
@administrator
def parked_again(request: HttpRequest) -> HttpResponse:
    kind, _sep, row_id = request.POST.get("row", "").partition(":")
    if kind not in deeds.KINDS or not row_id.isdecimal() or len(row_id) > 18:
        raise Http404
    if deeds.try_again(kind, int(row_id), by=request.viewer, now=request.now):
        ledger.wake()
        messages.success(request, _("It is tried again within a second."))
    else:
        messages.info(request, _("It is parked no more."))
    return redirect("admin")
