"""The inbox: what rings first, in one glance; decide at the right without leaving."""

from datetime import UTC, datetime
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as lazy

from tanggap import access
from tanggap.access import Viewer
from tanggap.models import Membership
from tanggap.monitoring import queries
from tanggap.web import nav
from tanggap.web.viewer import officer

from . import glance, words

HERE = frozenset({Membership.DESK, Membership.WATCHER, Membership.ARBITER, Membership.AUDITOR})
# the first page of who has no inbox: where the log-in leads them
HOMES = (
    (Membership.FIELD, "field"),
    (Membership.TRIAGE, "triage"),
    (Membership.REVIEWER, "review"),
    (Membership.COUNTER, "counter"),
    (Membership.ADMINISTRATOR, "admin"),
)
TABS = (
    (queries.OURS, lazy("Our turn"), ""),
    (queries.LATE, lazy("Past the promise"), "late"),
    (queries.NEAR, lazy("Nearly past"), "due"),
    (queries.WAITING, lazy("Waiting for citizens"), ""),
    (queries.ELSEWHERE, lazy("At other offices"), ""),
)
# who has no office of their own sees the whole city
CITY_TABS = {queries.OURS: lazy("At work"), queries.ELSEWHERE: lazy("Awaiting review")}
SORTS = (("promise", lazy("promise")), ("risk", lazy("risk")), ("place", lazy("place")))


@officer()
def inbox(request: HttpRequest) -> HttpResponse:
    """The list. At most eight statements, however many cases there are."""
    viewer = request.viewer
    if not viewer.has(*HERE):
        return HttpResponseRedirect(home(viewer))
    name, order = asked(request)
    rows = queries.tab(viewer, name, request.now)
    page = queries.page(rows, order, request.GET.get("sesudah", ""), viewer, request.now)
    chosen = request.GET.get("kasus", "")
    context = {
        "tabs": tabs(viewer, name, request.now),
        "tab": name,
        "order": order,
        "sorts": [(key, label, address(tab=name, urut=key)) for key, label in SORTS],
        "page": page,
        "more": address(tab=name, urut=order, sesudah=page.after) if page.after else "",
        "first": "" if not request.GET.get("sesudah") else address(tab=name, urut=order),
        "picking": name != queries.ELSEWHERE and viewer.has(Membership.DESK),
        "since": request.now,
        "chosen": chosen,
        "preview": glance.facts(viewer, access.case(viewer, chosen), request.now) if chosen else None,
        "words": words,
        "waits": queries.waits_for_us,
        "doing": glance.doing,
    }
    return render(request, "desk/inbox.html", context)


@officer(*HERE)
def news(request: HttpRequest) -> HttpResponse:
    """The strip above the list, asked for by the page itself: what came since, and how the promises stand now."""
    name, order = asked(request)
    since = moment(request.GET.get("sejak", "")) or request.now
    ids = [int(one) for one in request.GET.getlist("id")[: queries.PAGE] if one.isdecimal() and len(one) < 18]
    context = {
        "since": since,
        "count": queries.news(request.viewer, since),
        "address": address(tab=name, urut=order),
        "rows": queries.tab(request.viewer, name, request.now).filter(pk__in=ids) if ids else [],
        "words": words,
    }
    return render(request, "desk/news.html", context)


@officer(*HERE)
def preview(request: HttpRequest, number: str) -> HttpResponse:
    """The selected case at the right of the list, as a fragment."""
    case = access.case(request.viewer, number)
    context = {"preview": glance.facts(request.viewer, case, request.now), "words": words}
    return render(request, "desk/preview.html", context)


def asked(request: HttpRequest) -> tuple[str, str]:
    """Tab and order of the address; what is unknown is the first."""
    name, order = request.GET.get("tab", ""), request.GET.get("urut", "")
    return (
        name if name in queries.TABS else queries.OURS,
        order if order in dict(SORTS) else SORTS[0][0],
    )


def tabs(viewer: Viewer, here: str, now: datetime) -> list[tuple[Any, ...]]:
    """The tabs as `p.tabs` takes them: label, address, count, here, class."""
    counted = queries.counts(viewer, now)
    own = bool(viewer.agencies(*access.AT_AN_AGENCY))
    return [
        (label if own else CITY_TABS.get(name, label), address(tab=name), counted[name], name == here,
         look if counted[name] else "")
        for name, label, look in TABS
    ]  # fmt: skip


def address(**query: str) -> str:
    """An address of the inbox, without what is the default anyway."""
    kept = {
        key: value
        for key, value in query.items()
        if value and (key, value) not in (("tab", queries.OURS), ("urut", SORTS[0][0]))
    }
    return reverse("inbox") + ("?" + urlencode(kept) if kept else "")


def moment(told: str) -> datetime | None:
    try:
        found = parse_datetime(told)
        # in UTC a moment at the edge of the calendar may be none
        return found.astimezone(UTC) if found is not None and found.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None


def home(viewer: Viewer) -> str:
    """Where an officer without an inbox begins."""
    for role, name in HOMES:
        if viewer.has(role) and (found := nav.link(name)):
            return found
    return nav.link("account") or "/"
