"""Call-backs: who came to the counter hears by telephone, and what they answer is written down as their word."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tanggap import access, ledger
from tanggap.access import Viewer
from tanggap.followup import actions as followup
from tanggap.models import Membership, Reference, Report, Task
from tanggap.pages.citizen.forms import MESSAGE_LIMIT, KeptForm, Words
from tanggap.pages.desk import words
from tanggap.reply import actions as reply
from tanggap.web import uploads
from tanggap.web.viewer import officer
from tanggap.workflow import CLOSED

TOLD, YES, NO, SILENT = "told", "yes", "no", "nobody"
TRIES = 3


def waiting(viewer: Viewer) -> QuerySet[Task]:
    """Calls of the counters at which this officer sits; those nobody keyed in are anybody's."""
    mine = viewer.agencies(Membership.COUNTER)
    keyed = Q(letter__report__keyed_by__memberships__agency__in=mine,
              letter__report__keyed_by__memberships__role=Membership.COUNTER)  # fmt: skip
    ours = Task.objects.filter(keyed | Q(letter__report__keyed_by=None), role=Membership.COUNTER)
    rows = Task.objects.filter(pk__in=ours.filter(kind=Task.CALL_BACK, done_at=None).values("pk"))
    return rows.select_related("letter__report__case", "letter__report__channel", "case").order_by("id")


class Outcome(KeptForm):
    NAMES = ("outcome", "words")
    outcome = forms.ChoiceField(
        label=gettext_lazy("How did it go?"), widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose how it went.")},
    )  # fmt: skip
    words = Words(
        MESSAGE_LIMIT, label=gettext_lazy("What the citizen said"), widget=forms.Textarea,
        help_text=gettext_lazy("In their words. The office reads it, with names and numbers covered."),
    )  # fmt: skip

    def __init__(self, report: Report, post: Any = None):
        super().__init__(post)
        rows = [(TOLD, _("Reached, and told")), (SILENT, _("Nobody answered"))]
        if report.case.status == CLOSED and report.confirmation == Report.PENDING:
            rows[:1] = [(YES, _("Says: it is fixed")), (NO, _("Says: it is not fixed")), *rows[:1]]
        self.fields["outcome"].choices = rows


@officer(Membership.COUNTER)
def call_back(request: HttpRequest, task: int) -> HttpResponse:
    row = waiting(request.viewer).filter(pk=task).first()
    if row is None or row.letter is None or row.letter.report is None:
        raise Http404
    report = row.letter.report
    step = request.POST.get("step", "")
    if request.method == "POST" and step == "open":
        person = access.reveal_to_call(row, by=request.viewer, now=request.now)
        return page(request, row, Outcome(report), person)
    form = Outcome(report, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        return settle(request, row, form)
    return page(request, row, form)


def settle(request: HttpRequest, row: Task, form: Outcome) -> HttpResponse:
    """The citizen's own word counts as theirs; that this officer heard it stands in the task."""
    report, outcome = row.letter.report, form.cleaned_data["outcome"]
    try:
        with ledger.deed():
            if outcome != SILENT:
                pass_on(request, report, outcome, form.cleaned_data["words"])
            finish(row, outcome, request)
    except followup.FollowUpRefused as fact:
        form.add_error(None, words.refusal(fact.code))
        return page(request, row, form)
    except ledger.NotAllowed:
        form.add_error(None, words.standing(access_case(report)))
        return page(request, row, form)
    said = _("Tried; it stays on the list.") if not row.done_at else _("Written down.")
    messages.success(request, said)
    return redirect("counter")


def pass_on(request: HttpRequest, report: Report, outcome: str, said: str) -> None:
    reporter = access.reporter_viewer(report)
    if outcome == YES:
        check_not_own(request.viewer, report)
        followup.confirm(report.id, by=reporter, now=request.now)
    if said.strip():
        form = uploads.read(request.POST.get("draft")).form
        reply.answer(report.id, said, form=UUID(str(form)), by=reporter, now=request.now)
    if outcome == NO:
        followup.contest(report.id, by=reporter, now=request.now)


def check_not_own(viewer: Viewer, report: Report) -> None:
    """A yes to one's own office's work is heard by somebody of another office."""
    last = report.case.followups.order_by("-id").first()
    if last is not None and last.agency_id in viewer.agencies(Membership.DESK, Membership.FIELD):
        raise followup.FollowUpRefused("own_agency")


def finish(row: Task, outcome: str, request: HttpRequest) -> None:
    """Reached, it is done; not reached, it is done after the third try and says so."""
    tried = row.data.get("tried", 0) + (outcome == SILENT)
    row.data = row.data | {"tried": tried}
    if outcome != SILENT or tried >= TRIES:
        row.done_at, row.done_by = request.now, request.viewer.officer
        row.outcome = "unreached" if outcome == SILENT else outcome
    row.save(update_fields=["data", "done_at", "done_by", "outcome"])


def access_case(report: Report):
    return Report.objects.select_related("case__holder", "case__joined_into").get(pk=report.pk).case


def page(request: HttpRequest, row: Task, form: Outcome, person: access.Person | None = None) -> HttpResponse:
    report = row.letter.report
    Reference.get().dress(report.case)
    draft = uploads.read(request.POST.get("draft")) if request.method == "POST" else uploads.new()
    return render(request, "counter/call.html", {
        "row": row, "report": report, "form": form, "person": person, "draft": draft,
        "stands": words.standing(access_case(report)), "tried": row.data.get("tried", 0), "most": TRIES,
        "reach": report.answers.get("reach", ""),
    })  # fmt: skip
