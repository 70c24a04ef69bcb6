"""One review: two pictures, hints by weight, and the judgement.

Accepting asks the citizens; sending back first shows what it will do.
"""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from tanggap import access, ledger, workflow
from tanggap.followup import actions as followup
from tanggap.models import Case, Finding, FollowUp, Membership, Reason, Report, Upload
from tanggap.monitoring import history, line
from tanggap.pages.desk import words
from tanggap.reply import actions as reply
from tanggap.reply import texts
from tanggap.web.viewer import officer
from tanggap.web.words import when

from . import findings, queue

CLOSE, PREVIEW, SEND_BACK = "close", "preview", "send_back"


class Judgement(forms.Form):
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    reason = forms.ChoiceField(
        label=gettext_lazy("Send back, because"), widget=forms.RadioSelect, required=False
    )
    note = forms.CharField(label=gettext_lazy("Message for the office"), max_length=2000, required=False)

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        rows = Reason.objects.filter(step="send_back").order_by("position", "code")
        self.reasons = {row.code: row for row in rows}
        self.fields["reason"].choices = [(code, code) for code in self.reasons]

    @property
    def chosen(self) -> Reason | None:
        return self.reasons.get(self["reason"].value() or "")


@officer(Membership.REVIEWER)
def review_case(request: HttpRequest, number: str) -> HttpResponse:
    case = access.case(request.viewer, number)
    form = Judgement(request.POST or None, initial={"version": case.version})
    if request.method == "POST" and form.is_valid():
        step = request.POST.get("step", "")
        if step == CLOSE:
            return judge(request, case, form, CLOSE)
        if step in (PREVIEW, SEND_BACK) and form.chosen is None:
            form.add_error("reason", _("Choose why you send it back."))
        elif step == PREVIEW:
            return render(request, "review/send_back.html", consequence(request, case, form))
        elif step == SEND_BACK:
            return judge(request, case, form, SEND_BACK)
    return page(request, case, form)


def judge(request: HttpRequest, case: Case, form: Judgement, step: str) -> HttpResponse:
    common: dict[str, Any] = {"by": request.viewer, "now": request.now, "note": form.cleaned_data["note"],
                              "version": form.cleaned_data["version"] or 0}  # fmt: skip
    voices = case.reports.count()
    try:
        if step == CLOSE:
            followup.close(case.id, **common)
        else:
            followup.send_back(case.id, reason=form.chosen, **common)
    except ledger.Stale as fact:
        return page(request, access.case(request.viewer, case.number), form, happened=fact.events)
    except ledger.NotAllowed:
        return page(request, access.case(request.viewer, case.number), form)
    except followup.FollowUpRefused as fact:
        form.add_error(None, words.refusal(fact.code))
        return page(request, case, form)
    told = ngettext("%(number)s is accepted. %(num)s citizen is asked now.",
                    "%(number)s is accepted. %(num)s citizens are asked now.", voices)  # fmt: skip
    if step == SEND_BACK:
        told = _("%(number)s goes back. The citizens can see why.")
    messages.success(request, told % {"number": case.number, "num": voices})
    return redirect(next_page(request))


def next_page(request: HttpRequest) -> str:
    following = queue.waiting(request.viewer).first()
    return reverse("review_case", args=(following.case.number,)) if following else reverse("review")


def page(request: HttpRequest, case: Case, form: Judgement, happened: Sequence[Any] = ()) -> HttpResponse:
    shown = case.followups.select_related("resolution", "agency", "officer").order_by("-id").first()
    waiting = case.status == workflow.AWAITING_REVIEW and shown is not None
    ahead = list(queue.waiting(request.viewer).values_list("id", "case_id", "risk")[: queue.PAGE * 4])
    place = next((n for n, row in enumerate(ahead, 1) if row[1] == case.id), 0)
    context = {
        "case": case, "form": form, "followup": shown, "waiting": waiting, "place": place,
        "total": len(ahead),
        "refused": why_not(shown, request) if waiting else "",
        "stands": "" if waiting else words.standing(case), "happened": history.lines(happened),
        "stops": so_far(request, case),
        "following": following(request, case), "new_version": case.version, "voices": case.reports.count(),
    }  # fmt: skip
    return render(request, "review/case.html", context | evidence(request, case, shown))


def so_far(request: HttpRequest, case: Case) -> list[dict[str, Any]]:
    """The line up to where the case is now, addressed to the reviewer whose turn it is."""
    stops = line.drawn(case, request.now, formatted=lambda at: when(at, request.now), short=True)
    passed = [stop for stop in stops if stop["kind"] != "next"]
    if case.status == workflow.AWAITING_REVIEW and passed:
        passed[-1]["here"] = [(_("Your turn now."), ""), *passed[-1]["here"][1:]]
    return passed


def why_not(shown: FollowUp, request: HttpRequest) -> str:
    """Four eyes: the sentence that stands where the buttons would, by the same check as the deed's."""
    try:
        followup.check_four_eyes(shown, request.viewer)
    except followup.FollowUpRefused as fact:
        return words.refusal(fact.code)
    return ""


def evidence(request: HttpRequest, case: Case, shown: FollowUp | None) -> dict[str, Any]:
    """The pictures of both sides with their captions, the words of both sides, the hints."""
    reports = list(case.reports.order_by("id")[:5])
    before = list(Upload.objects.filter(report__case=case).exclude(state=Upload.BROKEN).order_by("id")[:6])
    after = list(shown.photos.exclude(state=Upload.BROKEN).order_by("id")) if shown else []
    rows = list(Finding.objects.filter(followup=shown)) if shown else []
    return {
        "reports": reports, "before": before, "after": after,
        "captions": {photo.id: findings.caption(case, photo, request.now) for photo in (*before, *after)},
        "hints": findings.hints(shown, rows, after) if shown else [],
    }  # fmt: skip


def following(request: HttpRequest, case: Case) -> list[FollowUp]:
    return [row for row in queue.waiting(request.viewer)[:4] if row.case_id != case.id][:3]


def consequence(request: HttpRequest, case: Case, form: Judgement) -> dict[str, Any]:
    """What sending back will do, before it is done: the line, the promises, the letter."""
    reason = form.chosen
    report: Report | None = case.reports.order_by("id").first()
    language = request.LANGUAGE_CODE
    facts = reply.facts(case, report, None, language) | {"reason": reason.name(language)}
    subject, text = texts.render("sent_back", language, facts)
    return {
        "case": case, "form": form, "reason": reason, "subject": subject, "text": text,
        "voices": case.reports.count(), "promise": case.clocks.filter(step="resolution").first(),
    }  # fmt: skip
