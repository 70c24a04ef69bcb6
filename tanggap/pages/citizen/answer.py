"""What a reporter adds to a report: words and photos, to the officers who have the case."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tanggap import access, ledger
from tanggap.reply import actions as reply
from tanggap.web import errors, limits, uploads
from tanggap.web.headers import private
from tanggap.web.uploads import Gathered

from .forms import AnswerForm
from .seen import Seen, no_such, own
from .track import parts, rest, state

ANSWERS_PER_HOUR = 60


@private
@require_POST
def answer(request: HttpRequest, number: str) -> HttpResponse:
    try:
        seen = own(request, number)
    except Http404:
        return no_such(request)
    draft = uploads.read(request.POST.get("draft"))
    form = AnswerForm(request.POST)
    if not limits.allow(request, "answer", ANSWERS_PER_HOUR):
        return again(request, seen, form, uploads.gather(request, draft, new_files=False), 429)
    photos = uploads.gather(request, draft)
    for said in photos.errors:
        form.add_error("photos", said)
    if not form.is_valid():
        return again(request, seen, form, photos, 422)
    try:
        reply.answer(
            seen.report.id, form.cleaned_data["words"], form=draft.form, by=access.reporter_viewer(seen.report),
            now=request.now, photos=photos.ids, draft=draft.photos,
        )  # fmt: skip
    except (ledger.NotAllowed, reply.NothingSaid, reply.SaidBefore):
        return again(request, seen, form, photos, 409)
    messages.success(request, _("Sent. Whoever has your report reads it."))
    response = redirect("track", number=seen.report.number)
    response.status_code = 303
    return response


def again(request: HttpRequest, seen: Seen, form: AnswerForm, photos: Gathered, status: int) -> HttpResponse:
    """The page as it stands now, with what was typed."""
    form.is_valid()
    told = parts(seen, request) | rest(seen)
    told |= {"form": form, "draft": photos.draft, "photos": photos.drawn, "tag": f'"{state(seen, request)}"'}
    response = render(request, "citizen/track.html", told, status=status)
    if status == 429:
        response["Retry-After"] = str(errors.RETRY_SECONDS * 60)
    return response
