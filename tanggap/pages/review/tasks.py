"""What waits for a decision: moves to approve, appeals, cases handed on too often. Oldest first."""

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from tanggap import access
from tanggap.access import Viewer
from tanggap.models import Membership, Reference, Task
from tanggap.web.viewer import officer

PAGE = 50
ROLES = (Membership.REVIEWER, Membership.ARBITER)
KINDS = (Task.TRANSFER, Task.APPEAL, Task.ARBITER)


def open_tasks(viewer: Viewer) -> QuerySet[Task]:
    """Open tasks of the viewer's roles, about cases they may read."""
    mine = sorted(viewer.roles & set(ROLES))
    rows = Task.objects.filter(role__in=mine, kind__in=KINDS, done_at=None)
    return rows.filter(case__in=access.cases(viewer).values("pk"))


@officer(*ROLES)
def tasks(request: HttpRequest) -> HttpResponse:
    rows = open_tasks(request.viewer).select_related("case", "agency", "target", "reason").order_by("id")
    key = request.GET.get("sesudah", "")
    found = list(rows.filter(id__gt=int(key) if key.isdecimal() and len(key) < 18 else 0)[: PAGE + 1])
    shown = found[:PAGE]
    for row in shown:
        Reference.get().dress(row.case)
    return render(request, "review/tasks.html", {
        "rows": shown, "after": shown[-1].id if len(found) > PAGE else "", "total": rows.count(),
    })  # fmt: skip
