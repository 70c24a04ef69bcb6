"""One job in three steps: begin, photos, hand in. Danger is one thumb away; honesty never costs the crew."""

from collections.abc import Callable, Sequence
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from tanggap import access, ledger
from tanggap.followup import actions as followup
from tanggap.models import Case, Event, Membership, Reason, Upload
from tanggap.monitoring import history
from tanggap.pages.desk import words
from tanggap.web import uploads
from tanggap.web.viewer import officer

from . import here
from .forms import Pause, Work

BLAMES = {"words_missing": "words", "photo_missing": "photos", "photo_broken": "photos", "date_past": "on",
          "date_far": "on"}  # fmt: skip


@officer(Membership.FIELD)
def field_case(request: HttpRequest, number: str) -> HttpResponse:
    case = access.case(request.viewer, number)
    if case.holder_id not in request.viewer.agencies(Membership.FIELD):
        raise Http404
    steps: dict[str, Callable[[HttpRequest, Case], HttpResponse]] = {
        "start": start, "resume": resume, "keep": keep, "submit": submit, "pause": pause, "danger": pause,
    }  # fmt: skip
    step = steps.get(request.POST.get("step", "")) if request.method == "POST" else None
    if step is None:
        return page(request, case)
    try:
        return step(request, case)
    except ledger.Stale as fact:
        return again(request, number, fact.events)
    except ledger.NotAllowed:
        return again(request, number, list(case.events.order_by("-id")[:1]))


def again(request: HttpRequest, number: str, events: Sequence[Event]) -> HttpResponse:
    """Somebody else was faster: what happened, and the job as it stands, with all that was typed."""
    fresh = access.case(request.viewer, number)
    typed = gathered(request) if request.POST.get("step") in ("keep", "submit") else (None, None)
    return page(request, fresh, work=typed[0], photos=typed[1], happened=history.lines(events))


def version(request: HttpRequest) -> int:
    told = request.POST.get("version", "")
    return int(told) if told.isdecimal() and len(told) < 9 else 0


def start(request: HttpRequest, case: Case) -> HttpResponse:
    followup.start(case.id, by=request.viewer, now=request.now, version=version(request))
    return redirect("field_case", number=case.number)


def resume(request: HttpRequest, case: Case) -> HttpResponse:
    followup.resume(case.id, by=request.viewer, now=request.now, version=version(request))
    return redirect("field_case", number=case.number)


def keep(request: HttpRequest, case: Case) -> HttpResponse:
    """Only the photos: stored at once, so that a lost connection later loses none."""
    form, photos = gathered(request)
    form.errors.clear()
    for said in photos.errors:
        form.add_error("photos", said)
    return page(request, case, work=form, photos=photos)


def gathered(request: HttpRequest) -> tuple[Work, uploads.Gathered]:
    """What was typed and the photos, read once a request: a file can't be read twice."""
    if not hasattr(request, "gathered"):
        photos = uploads.gather(request, uploads.read(request.POST.get("draft")), moment="after")
        form = Work(request.POST)
        form.is_valid()
        request.gathered = form, photos
    return request.gathered


def submit(request: HttpRequest, case: Case) -> HttpResponse:
    form, photos = gathered(request)
    for said in photos.errors:
        form.add_error("photos", said)
    if form.errors:
        return page(request, case, work=form, photos=photos)
    try:
        hand_in(request, case, form, photos)
    except followup.FollowUpRefused as fact:
        form.add_error(BLAMES.get(fact.code), words.refusal(fact.code))
        return page(request, case, work=form, photos=photos)
    messages.success(request, _("%(number)s is handed in. A reviewer looks at it.") % {"number": case.number})
    return redirect("field")


def hand_in(request: HttpRequest, case: Case, form: Work, photos: uploads.Gathered) -> None:
    """A day that is named is announced first; both or neither."""
    data, at = form.cleaned_data, version(request)
    with transaction.atomic():
        if data["on"]:
            at = followup.estimate(
                case.id, data["on"], by=request.viewer, now=request.now, version=at
            ).version
        followup.submit(
            case.id, by=request.viewer, now=request.now, resolution=form.resolutions[data["resolution"]],
            words=data["words"], photos=photos.ids, draft=photos.draft.photos, version=at,
        )  # fmt: skip


def pause(request: HttpRequest, case: Case) -> HttpResponse:
    """Withdraw for danger, or wait for something: the desk sees why, the citizen's clock runs on."""
    form = Pause(request.POST)
    reason: Reason | None = None
    if request.POST.get("step") == "danger":
        reason = form.danger
    elif form.is_valid():
        reason = form.reasons[form.cleaned_data["reason"]]
    if reason is None:
        return page(request, case, pausing=form)
    until = form.until_at() if form.is_bound and form.is_valid() else None
    followup.pause(
        case.id, by=request.viewer, now=request.now, reason=reason, until=until, version=version(request)
    )
    messages.warning(
        request, _("You have withdrawn from %(number)s. Your desk sees why.") % {"number": case.number}
    )
    return redirect("field")


def page(request: HttpRequest, case: Case, *, work: Work | None = None, photos: uploads.Gathered | None = None,
         pausing: Pause | None = None, happened: Sequence[Any] = ()) -> HttpResponse:  # fmt: skip
    photos = photos or uploads.Gathered(uploads.new())
    report = case.reports.order_by("id").first()
    pictures = Upload.objects.filter(report__case=case, state=Upload.READY).order_by("id")[:3]
    back = case.followups.select_related("review__reason").order_by("-id").first() if case.sent_back else None
    return render(request, "field/job.html", {
        "case": case, "report": report, "pictures": list(pictures), "back": back,
        "steps": access.steps(request.viewer, case), "stands": words.standing(case),
        "started": case.events.filter(verb="case.started").order_by("-id").first(),
        "work": work or Work(), "photos": photos, "pausing": pausing or Pause(), "happened": list(happened),
        "away": here.away(here.here(request), case), "reason": case.reason,
    })  # fmt: skip
