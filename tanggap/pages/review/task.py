"""One decision: what is asked, who had the case and how long, and the buttons."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tanggap import access, ledger
from tanggap.followup.actions import FollowUpRefused
from tanggap.models import Message, Report, Task
from tanggap.monitoring import history, line
from tanggap.pages.desk import words
from tanggap.routing.actions import RoutingRefused
from tanggap.web.viewer import officer
from tanggap.web.words import when

from .decisions import FORMS, Decision, NoOffice
from .tasks import ROLES, open_tasks

TOLD = {
    "approve": gettext_lazy("%(number)s moves to %(to)s."),
    "deny": gettext_lazy("%(number)s stays where it is."),
    "arbitrate": gettext_lazy("Decided. %(number)s goes on."),
    "grant": gettext_lazy("The appeal is granted. %(number)s is open again."),
    "uphold": gettext_lazy("The answer stands. The citizen hears why."),
}


@officer(*ROLES)
def task(request: HttpRequest, task: int) -> HttpResponse:
    rows = open_tasks(request.viewer).select_related("case", "agency", "target", "reason")
    row = rows.filter(pk=task).first()
    if row is None:
        return gone(request, task)
    row.case = access.case(request.viewer, row.case.number)
    form = FORMS[row.kind](row, request.viewer, request.now, request.POST or None)
    step = request.POST.get("step", "")
    if request.method == "POST" and step in form.steps and form.is_valid():
        return decide(request, row, form, step)
    return page(request, row, form)


def gone(request: HttpRequest, task: int) -> HttpResponse:
    """A task somebody else has decided meanwhile says so; any other does not exist."""
    row = Task.objects.filter(pk=task, role__in=request.viewer.roles, done_at__isnull=False).first()
    if row is None or row.case is None:
        raise Http404
    case = access.case(request.viewer, row.case.number)
    return render(request, "review/task_gone.html", {"row": row, "case": case, "stands": words.standing(case),
                                                     "typed": request.POST.get("note", "")})  # fmt: skip


def decide(request: HttpRequest, row: Task, form: Decision, step: str) -> HttpResponse:
    try:
        form.do(step)
    except ledger.Stale as fact:
        if Task.objects.filter(pk=row.pk, done_at__isnull=False).exists():
            return gone(request, row.pk)
        return page(request, row, form, happened=fact.events)
    except ledger.NotAllowed:
        form.add_error(None, words.standing(access.case(request.viewer, row.case.number)))
        return page(request, row, form)
    except (FollowUpRefused, RoutingRefused) as fact:
        blamed = "note" if fact.code in ("words_missing", "reason_missing") else None
        form.add_error(blamed, _("Say why, in ten letters at least.") if blamed else words.refusal(fact.code))
        return page(request, row, form)
    except NoOffice:
        return page(request, row, form)
    to = row.target.name if row.target else ""
    messages.success(request, str(TOLD[step]) % {"number": row.case.number, "to": to})
    return redirect("tasks")


def page(request: HttpRequest, row: Task, form: Decision, happened: Sequence[Any] = ()) -> HttpResponse:
    case = row.case
    report = Report.objects.filter(pk=row.data.get("report")).first() if row.data.get("report") else None
    reports = [report] if report else list(case.reports.order_by("id")[:3])
    said = Message.objects.filter(report=report).order_by("-id").first() if report else None
    last = case.followups.select_related("resolution", "agency").order_by("-id").first()
    return render(request, "review/task.html", {
        "row": row, "case": case, "form": form, "reports": reports, "said": said, "followup": last,
        "stops": line.drawn(case, request.now, formatted=lambda at: when(at, request.now), short=True),
        "own": row.data.get("asked_by") == request.viewer.officer.id, "happened": history.lines(happened),
    })  # fmt: skip
