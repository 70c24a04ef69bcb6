"""The citizen's word: fixed, not fixed, or an appeal. Only its own reporter gives it; silence is never a
yes."""

from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from tanggap import access, ledger
from tanggap.followup import actions as followup
from tanggap.followup.actions import FollowUpRefused
from tanggap.models import City, Report
from tanggap.reply import actions as reply
from tanggap.web import uploads
from tanggap.web.headers import private
from tanggap.web.uploads import Gathered
from tanggap.workflow import CLOSED

from . import pictures
from .forms import AppealForm, KeptForm, NotYetForm, YesForm
from .seen import Seen, own
from .track import stops

SOFT = ("unproven", "rejected", "passed_outside")  # endings that may be appealed at once
FORMS: dict[str, type[KeptForm]] = {"yes": YesForm, "not_yet": NotYetForm, "appeal": AppealForm}


@private
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest, number: str) -> HttpResponse:
    try:
        seen = own(request, number)
    except Http404:
        # for every number alike: whether it exists is nobody's business here
        return redirect_to_proof(number)
    if request.method != "POST":
        return page(request, seen, {}, Gathered(uploads.new()))
    said = request.POST.get("say", "")
    draft = uploads.read(request.POST.get("draft"))
    if said not in FORMS:
        return page(request, seen, {}, Gathered(draft), 422)
    form = FORMS[said](request.POST)
    photos = uploads.gather(request, draft) if said == "not_yet" else Gathered(draft)
    for sentence in photos.errors:
        form.add_error("photos", sentence)
    if not form.is_valid():
        return page(request, seen, {said: form}, photos, 422)
    try:
        DEEDS[said](request, seen, form, photos)
    except FollowUpRefused as refused:
        form.add_error(None, refusals()[refused.code])
        return page(request, own(request, number), {said: form}, photos, 409)
    except ledger.NotAllowed:
        # closed, reopened or answered meanwhile: the page says how it stands now
        return page(request, own(request, number), {}, photos, 409)
    response = redirect("track", number=seen.report.number)
    response.status_code = 303
    return response


def redirect_to_proof(number: str) -> HttpResponse:
    response = redirect("lookup")
    response["Location"] += (
        f"?code=1&n={number}" if number.replace("-", "").isalnum() and number.isascii() else "?code=1"
    )
    return response


# ---- three words ----


def say_yes(request: HttpRequest, seen: Seen, form: KeptForm, photos: Gathered) -> None:
    viewer = access.reporter_viewer(seen.report)
    followup.confirm(seen.report.id, by=viewer, now=request.now, stars=form.cleaned_data["stars"])
    messages.success(request, _("Thank you. Now it counts as fixed: because you say so."))


def say_not_yet(request: HttpRequest, seen: Seen, form: KeptForm, photos: Gathered) -> None:
    """The contest, and what is still wrong as a message: both or neither."""
    viewer = access.reporter_viewer(seen.report)
    words = form.said or (_("Photo of how it is now") if photos.ids else "")
    with ledger.deed():
        followup.contest(seen.report.id, by=viewer, now=request.now)
        if words:
            reply.answer(seen.report.id, words, form=photos.draft.form, by=viewer, now=request.now, photos=photos.ids,
                         draft=photos.draft.photos)  # fmt: skip
    messages.success(request, _("We open it again. The clock still runs from your first report."))


def appeal(request: HttpRequest, seen: Seen, form: KeptForm, photos: Gathered) -> None:
    viewer = access.reporter_viewer(seen.report)
    words = form.cleaned_data["words"]
    with ledger.deed():
        followup.appeal(seen.report.id, by=viewer, now=request.now, words=words)
        reply.answer(seen.report.id, words, form=photos.draft.form, by=viewer, now=request.now)
    messages.success(
        request, _("Your appeal has arrived. Somebody who had no part in it reads it from the start.")
    )


DEEDS = {"yes": say_yes, "not_yet": say_not_yet, "appeal": appeal}


def refusals() -> dict[str, str]:
    return {
        "too_late": _(
            "The time to answer is over. If it is broken again, report it anew: we see the earlier case."
        ),
        "appeal_instead": _("It has been opened again once already. Now you can appeal."),
        "appealed_already": _("You have appealed once; that is as often as it goes."),
        "contest_first": _("First say that it is not fixed; after that you can appeal."),
        "words_missing": _("Tell us in a sentence why."),
        "stars": _("Choose one to five stars, or none."),
    }


# ---- the page ----


def page(
    request: HttpRequest, seen: Seen, forms: dict[str, KeptForm], photos: Gathered, status: int = 200
) -> HttpResponse:
    case, report, city = seen.case, seen.report, City.get()
    resolution = case.resolution.name(get_language() or "id") if case.resolution else ""
    told = {
        "seen": seen, "case": case, "report": report, "pictures": pictures.pair(seen, request.now),
        "stops": stops(seen, request.now), "forms": {name: forms.get(name) or kind() for name, kind in FORMS.items()},
        "errors": next(iter(forms.values()), None), "draft": photos.draft, "photos": photos.drawn,
        "resolution": resolution, "reason": case.reason.name(get_language() or "id") if case.reason else "",
        "days": city.value("days_to_confirm", 5), "statement": statement(seen),
    }  # fmt: skip
    return render(request, "citizen/confirm.html", told | choices(seen, request.now), status=status)


def choices(seen: Seen, now: datetime) -> dict[str, Any]:
    """What may still be said: the same rules as the deeds'."""
    case, report = seen.case, seen.report
    window = timedelta(days=City.get().value("window_to_reopen_days", 30))
    in_time = case.status == CLOSED and case.closed_at is not None and now <= case.closed_at + window
    open_word = in_time and report.confirmation in (Report.PENDING, Report.SILENT)
    return {
        "may_say": open_word and not case.appealed,
        "may_contest": open_word and not case.reopened and not case.appealed,
        "may_appeal": in_time and not case.appealed and (bool(case.reopened) or case.resolution_id in SOFT),
        "too_late": case.status == CLOSED and not in_time,
    }


def statement(seen: Seen) -> Any:
    """What those who did the work say about it: the newest accepted one."""
    return seen.case.followups.filter(state="accepted").select_related("agency").order_by("-id").first()
