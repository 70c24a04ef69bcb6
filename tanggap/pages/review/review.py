"""The reviewer's queue: what has been handed in as done, the riskiest first."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from tanggap.models import Finding, FollowUp, Membership
from tanggap.web.viewer import officer

from . import findings, queue


@officer(Membership.REVIEWER)
def review(request: HttpRequest) -> HttpResponse:
    waiting = queue.waiting(request.viewer)
    rows = list(queue.after(waiting, request.GET.get("sesudah", ""))[: queue.PAGE + 1])
    shown = rows[: queue.PAGE]
    hints: dict[int, list[findings.Hint]] = {}
    for row in Finding.objects.filter(followup__in=[row.id for row in shown]).order_by("-weight", "id"):
        hints.setdefault(row.followup_id, []).append(findings.said(row))
    return render(request, "review/review.html", {
        "rows": shown, "hints": hints, "own": set(request.viewer.agencies("desk", "field")),
        "after": queue.key_of(shown[-1]) if len(rows) > queue.PAGE else "",
        "total": FollowUp.objects.filter(pk__in=waiting.values("pk")).count(),
    })  # fmt: skip
