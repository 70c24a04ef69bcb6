"""Today's jobs of a crew: what is in its agency's hands, the next one first, and how far."""

from collections import Counter
from datetime import datetime, time
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from tanggap import access, workflow
from tanggap.access import Viewer
from tanggap.models import Case, City, FollowUp, Membership, Reference
from tanggap.monitoring import queries
from tanggap.pages.citizen import ground
from tanggap.web.viewer import officer

from . import here

PAGE = 20
ORDER = ("promise_at", "id")


def jobs(viewer: Viewer) -> QuerySet[Case]:
    mine = viewer.agencies(Membership.FIELD)
    in_hand = (workflow.ASSIGNED, workflow.IN_PROGRESS)
    return access.held(viewer).filter(holder__in=mine, status__in=in_hand)


@officer(Membership.FIELD)
def field(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        here.keep(request)
        return redirect("field")
    point = here.here(request)
    by_road = point is not None and request.GET.get("urut") != "janji"
    key = queries.read_key(request.GET.get("sesudah", ""), ORDER)
    rows = jobs(request.viewer).filter(queries.beyond(ORDER, key)).select_related("reason").order_by(*ORDER)
    found = list(rows[: PAGE + 1])
    shown = [Reference.get().dress(case) for case in found[:PAGE]]
    after = queries.write_key(shown[-1], ORDER) if len(found) > PAGE else ""
    metres = 0.0
    # what is begun goes on first, what waits for somebody stands last
    shown.sort(key=lambda case: (bool(case.waiting_for), case.status != workflow.IN_PROGRESS))
    if by_road:
        shown, metres = here.along(point, shown)
    return render(request, "field/today.html", {
        "jobs": shown, "away": {case.id: here.away(point, case) for case in shown}, "metres": metres,
        "point": point, "by_road": by_road, "after": after, "map": picture(point, shown), "done": done(request),
    })  # fmt: skip


def picture(point: here.Point | None, shown: list[Case]) -> dict[str, Any]:
    """The map: jobs with the numbers of the list, the crew itself without one."""
    pins = [ground.Pin(case.lat, case.lon, "" if number == 1 else "open", number)
            for number, case in enumerate(shown[:9], 1) if case.lat is not None]  # fmt: skip
    if point and pins:
        pins.append(ground.Pin(*point, "me"))
    return ground.drawn(pins, metres=1200, size=(480, 200)) if pins else {}


def done(request: HttpRequest) -> dict[str, int]:
    """What the viewer's agencies handed in today, and what became of it. One statement."""
    zone = City.get().zone
    midnight = datetime.combine(request.now.astimezone(zone).date(), time(), zone)
    rows = FollowUp.objects.filter(agency__in=request.viewer.agencies(Membership.FIELD), at__gte=midnight)
    found = list(rows.values_list("state", "case__confirmation"))
    states = Counter(state for state, _ in found)
    said_yes = sum(word == "confirmed" for _, word in found)
    return {"all": len(found), "passed": states[FollowUp.ACCEPTED], "waiting": states[FollowUp.SUBMITTED],
            "back": states[FollowUp.SENT_BACK], "confirmed": said_yes}  # fmt: skip
