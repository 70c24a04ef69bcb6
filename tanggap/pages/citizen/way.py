"""The way of a report as stops: before it is sent (a description), and small in a list (without a query)."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from tanggap.models import Case, Report
from tanggap.web.words import by
from tanggap.workflow import ASSIGNED, AWAITING_REVIEW, CLOSED, IN_PROGRESS, JOINED, NEW

from .promises import spans

Stops = list[dict[str, Any]]
AFTER_OFFICES = 4  # worked on, checked, done, the citizens' word


def whole(now: datetime) -> Stops:
    """The first page's: all is passed, the last stop is the citizen's."""
    within = spans(now)
    return [
        stop(_("You report"), _("You get the number at once")),
        stop(_("The kelurahan reads it"), within_time(within["first_response"])),
        stop(_("Dinas and its unit receive it"), after_time(within["coordination"])),
        stop(_("Officers do the work"), work_time(within["resolution"])),
        stop(_("A reviewer judges"), _("somebody else than who did it")),
        stop(_("You decide"), _("“Is it fixed?” Not yet means we do it again")) | {"yes": True},
    ]


def ahead(now: datetime) -> Stops:
    """Beside the form: everything is still to come."""
    within = spans(now)
    reads = _("reads it, does it or passes it on")
    if within["first_response"]:
        reads = _("reads it within %(time)s, does it or passes it on") % {"time": within["first_response"]}
    most = _("at most %(time)s") % {"time": within["resolution"]} if within["resolution"] else ""
    return [
        stop(_("Received"), _("The number appears on your screen"), "next"),
        stop(_("Kelurahan of the place"), reads, "next"),
        stop(_("Dinas, then its own unit"), _("if it is their task"), "next"),
        stop(_("Worked on"), most, "next"),
        stop(_("You decide"), _("“Is it fixed?”"), "next"),
    ]


def stop(title: str, note: str = "", kind: str = "done") -> dict[str, Any]:
    return {"title": title, "note": note, "kind": kind}


def within_time(span: str) -> str:
    return _("within %(time)s") % {"time": span} if span else ""


def after_time(span: str) -> str:
    return _("at most %(time)s later") % {"time": span} if span else ""


def work_time(span: str) -> str:
    if not span:
        return _("with photos before and after")
    return _("at most %(time)s, with photos before and after") % {"time": span}


# ---- small, in a list ----


def small(case: Case, now: datetime) -> Stops:
    """The stops of a case from its own columns: received, each hand-over, work, review, done, the citizens'
    word."""
    offices = 1 + case.handovers
    here = place(case, offices)
    kinds = ["done"] * here + ["now"] + ["next"] * (offices + AFTER_OFFICES - here)
    late = case.promise_at is not None and case.promise_at < now and case.status != CLOSED
    stops = [stop("", kind=kind) for kind in kinds]
    stops[here] |= {"late": late or case.confirmation == Report.CONTESTED}
    stops[here] |= {"yes": case.confirmation == Report.CONFIRMED}
    return stops


def place(case: Case, offices: int) -> int:
    """Index of the stop where the case stands."""
    if case.status in (NEW, JOINED):
        return 0
    at = {ASSIGNED: offices, IN_PROGRESS: offices + 1, AWAITING_REVIEW: offices + 2, CLOSED: offices + 4}
    return at[case.status]


def turn(case: Case, report: Report, now: datetime) -> str:
    """Whose turn it is and until when, in one sentence."""
    if case.status == NEW:
        return _("Our desk is looking where it belongs")
    if case.status == JOINED:
        return _("Joined with another case")
    if case.status == CLOSED:
        return said(report, case, now)
    if case.waiting_for == Case.REPORTER:
        return _("Waits for your answer")
    office = case.holder.label if case.holder else ""
    if case.status == AWAITING_REVIEW:
        return _("A reviewer is looking at the work of %(office)s") % {"office": office}
    if case.promise_at is None:
        return _("It is the turn of %(office)s") % {"office": office}
    if case.promise_at < now:
        return _("It is the turn of %(office)s. We have told their superiors.") % {"office": office}
    return _("It is the turn of %(office)s, by %(when)s") % {
        "office": office,
        "when": by(case.promise_at, now),
    }


def said(report: Report, case: Case, now: datetime) -> str:
    """The last stop: what this reporter has said, or not yet."""
    if report.confirmation == Report.CONFIRMED and report.confirmed_at:
        return _("You said it is fixed, %(when)s") % {"when": by(report.confirmed_at, now)}
    if report.confirmation == Report.CONTESTED:
        return _("You said it is not fixed")
    if report.confirmation == Report.SILENT:
        return _("Done, not confirmed")
    if report.confirmation == Report.PENDING:
        return _("Last stop: your word")
    return _("Closed")
