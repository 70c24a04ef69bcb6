"""Reporting: photo, place, words on one page. It works without script; nothing that was typed is ever
lost."""

import json
from typing import Any

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.views.decorators.http import require_http_methods, require_POST

from tanggap import door
from tanggap.channels.base import Busy, Receipt, SameIdOtherWords, Submission
from tanggap.models import City, Reference, Report, local_day
from tanggap.triage.locate import at_point, in_words
from tanggap.triage.redact import redact
from tanggap.triage.urgency import is_emergency
from tanggap.web import errors, limits, proven, uploads
from tanggap.web.headers import private
from tanggap.web.uploads import Gathered

from . import way
from .forms import GUESSED_FROM, ReportForm
from .known import nearby

CHANNEL = ACCOUNT = "web"
INVALID, CONFLICT, TOO_MANY, UNAVAILABLE = 422, 409, 429, 503


@private
@require_http_methods(["GET", "HEAD", "POST"])
def report(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        draft = uploads.new()
        return page(request, ReportForm(), Gathered(draft))
    draft = uploads.read(request.POST.get("draft"))
    form = ReportForm(request.POST)
    photos = Gathered(draft)
    try:
        return send(request, form, photos)
    except (Busy, OperationalError, InterfaceError):
        response = page(request, form, photos, UNAVAILABLE, trouble="busy")
        response["Retry-After"] = str(errors.RETRY_SECONDS)
        return response


def send(request: HttpRequest, form: ReportForm, photos: Gathered) -> HttpResponse:
    valid = form.is_valid()
    if (valid or request.FILES) and not limits.allow(request, "report", settings.REPORTS_PER_HOUR):
        uploads.gather_into(photos, request, new_files=False)
        return too_many(request, form, photos)
    uploads.gather_into(photos, request)
    for said in photos.errors:
        form.add_error("photos", said)
    form.check_something_is_said(bool(photos.photos))
    if form.errors:
        return page(request, form, photos, INVALID)
    answer = door.take([submission(request, form, photos)], request.now)[0]
    if isinstance(answer, Receipt):
        return sent(request, answer)
    if isinstance(answer, SameIdOtherWords):
        return changed(request, form, photos, answer.receipt)
    raise answer


def submission(request: HttpRequest, form: ReportForm, photos: Gathered) -> Submission:
    lat, lon = form.point or (None, None)
    return Submission(
        uuid=photos.draft.form, channel=CHANNEL, account=ACCOUNT, external_id=str(photos.draft.form),
        body=body(request, photos), words=form.data["words"], at=request.now, lat=lat, lon=lon,
        place=form.data["place"], category=form.chosen, visibility=form.data["visibility"],
        contacts=form.contacts, language=get_language() or "id", draft=photos.draft.photos, photos=photos.ids,
    )  # fmt: skip


def body(request: HttpRequest, photos: Gathered) -> bytes:
    """The form as it came, before it was made clean: what "the same words" is judged by."""
    raw = {name: request.POST.get(name, "") for name in ReportForm.NAMES}
    return json.dumps(raw | {"photos": photos.hashes}, sort_keys=True).encode()


def sent(request: HttpRequest, receipt: Receipt) -> HttpResponse:
    response = redirect("sent", number=receipt.number)
    response.status_code = 303
    return proven.remember(request, response, (receipt.number, version_of(receipt)))


def version_of(receipt: Receipt) -> int:
    """A new report's secret is its first; one sent again may have been given another meanwhile."""
    if not receipt.again:
        return 1
    return Report.objects.values_list("secret_version", flat=True).get(pk=receipt.report_id)


def changed(request: HttpRequest, form: ReportForm, photos: Gathered, first: Receipt) -> HttpResponse:
    """The form was stored before, with other words: its number, and an offer to send these as a report of
    their own. Whoever holds no token of ours is told nothing about the first."""
    photos.draft, genuine = photos.draft.anew(), photos.draft.genuine
    response = page(request, form, photos, CONFLICT, trouble="changed", first=first.number if genuine else "")
    return proven.remember(request, response, (first.number, version_of(first))) if genuine else response


def too_many(request: HttpRequest, form: ReportForm, photos: Gathered) -> HttpResponse:
    response = page(request, form, photos, TOO_MANY, trouble="many")
    response["Retry-After"] = str(limits.HOUR - int(request.now.timestamp()) % limits.HOUR)
    return response


def page(
    request: HttpRequest,
    form: ReportForm,
    photos: Gathered,
    status: int = 200,
    trouble: str = "",
    first: str = "",
) -> HttpResponse:
    city, known = City.get(), Reference.get()
    keeper = known.agencies.get(city.value("secret_agency", ""))
    return render(
        request, "citizen/report.html",
        {
            "form": form.draw(), "draft": photos.draft, "photos": photos.drawn, "most": settings.MAX_PHOTOS,
            "trouble": trouble, "first": first, "city": city, "secret_keeper": keeper.label if keeper else "",
            "emergency_number": city.value("emergency", {}).get("number", "112"),
            "after": way.ahead(request.now), "notice": known.notice(local_day(request.now)),
            "danger": is_emergency(f"{form.data['words']} {form.data['place']}"),
        }
        | hints(form),
        status=status,
    )  # fmt: skip


# ---- what the page says while somebody is typing ----


@private
@require_POST
def look(request: HttpRequest) -> HttpResponse:
    """Fragments for the form: kinds guessed from the words, the office, what is known nearby, what the
    public will read. Nothing is stored, nothing is logged."""
    form = ReportForm(request.POST)
    form.is_valid()
    return render(request, "citizen/report_hints.html", {"form": form.draw(), "oob": True} | hints(form))


def hints(form: ReportForm) -> dict[str, Any]:
    words, place = form.data["words"][:GUESSED_FROM], form.data["place"][:GUESSED_FROM]
    point = form.point
    found = at_point(*point) if point else in_words(f"{place} . {words}")
    known = Reference.get()
    area = known.areas.get(found.area)
    category = known.categories.get(form.chosen)
    return {
        "area": area,
        "kind": category,
        "neighbour": neighbour(found.outside) if found.outside else None,
        "masked_words": redact(words)[0],
        "near": nearby(point, category) if point and category else [],
    }


def neighbour(name: str) -> dict[str, str]:
    """Who is in charge outside the city, and how to reach them."""
    city = City.get()
    row = next((row for row in city.value("neighbours", []) if row["name"] == name), None)
    reach = (row or city.value("elsewhere", {})).get("reach", "")
    return {"name": row["name"] if row else "", "reach": reach, "city": city.short}
