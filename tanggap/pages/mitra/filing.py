"""File for somebody: stored by the same door as everybody's report, counted against the partner's quota of the day.
What was typed stays, whatever the answer is."""

import json
from typing import Any
from uuid import uuid5

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from tanggap import door
from tanggap.channels.base import Busy, Receipt, SameIdOtherWords, Submission
from tanggap.intake import quota
from tanggap.models import Channel, City, Reference, local_day
from tanggap.triage.urgency import is_emergency
from tanggap.web import errors, limits, uploads
from tanggap.web.nav import link
from tanggap.web.uploads import Gathered
from tanggap.web.viewer import partner

from . import slip
from .forms import FiledForm, channel

INVALID, CONFLICT, TOO_MANY, UNAVAILABLE = 422, 409, 429, 503
TRIES_PER_HOUR = 300  # forms of one partner, also those that come back with an error: photos cost room


@require_http_methods(["GET", "HEAD", "POST"])
@partner
def file(request: HttpRequest) -> HttpResponse:
    way = channel(request.now)
    if way is None:
        return closed(request)
    if request.method != "POST":
        return page(request, FiledForm(), Gathered(uploads.new()))
    form, photos = FiledForm(request.POST), Gathered(uploads.read(request.POST.get("draft")))
    try:
        return send(request, way, form, photos)
    except (Busy, OperationalError, InterfaceError):
        response = page(request, form, photos, UNAVAILABLE, trouble="busy")
        response["Retry-After"] = str(errors.RETRY_SECONDS)
        return response


def send(request: HttpRequest, way: Channel, form: FiledForm, photos: Gathered) -> HttpResponse:
    valid = form.is_valid()
    if not limits.allow_for("partner", str(request.partner.pk), TRIES_PER_HOUR, request.now):
        uploads.gather_into(photos, request, new_files=False)
        return page(request, form, photos, TOO_MANY, trouble="many")
    uploads.gather_into(photos, request)
    for said in photos.errors:
        form.add_error("photos", said)
    form.check_something_is_said(bool(photos.photos))
    if not valid or form.errors:
        return page(request, form, photos, INVALID)
    answer = door.take([submission(request, way, form, photos)], request.now)[0]
    if isinstance(answer, quota.QuotaUsed):
        return page(request, form, photos, TOO_MANY, trouble="quota")
    if isinstance(answer, SameIdOtherWords):
        photos.draft = photos.draft.anew()
        return page(request, form, photos, CONFLICT, trouble="changed", first=answer.receipt.number)
    if not isinstance(answer, Receipt):
        raise answer
    slip.open_once(request, answer.number)
    response = redirect("partner_sent", number=answer.number)
    response.status_code = 303
    return response


def submission(request: HttpRequest, way: Channel, form: FiledForm, photos: Gathered) -> Submission:
    """One partner's form ids are its own: whoever types another's can neither take its place nor hear of it."""
    lat, lon = form.point or (None, None)
    account, draft = f"{way.code}:{request.partner.pk}"[:60], photos.draft
    raw = {name: request.POST.get(name, "") for name in FiledForm.NAMES} | {"photos": photos.hashes}
    return Submission(
        uuid=uuid5(draft.form, account), channel=way.code, account=account, external_id=str(draft.form),
        body=json.dumps(raw, sort_keys=True).encode(), words=form.data["words"], at=request.now, lat=lat, lon=lon,
        place=form.data["place"], category=form.chosen, visibility=form.data["visibility"], name=form.data["name"],
        contacts=form.contacts, language=get_language() or "id", draft=draft.photos, photos=photos.ids,
        keyed_by=request.user.id, partner=request.partner.pk,
    )  # fmt: skip


def closed(request: HttpRequest) -> HttpResponse:
    title = _("This city takes no reports from partners at present")
    words = _("Citizens report by themselves, as always.")
    return errors.page(request, 404, title, words, href=link("report"), action=_("To the citizens' form"))


def page(request: HttpRequest, form: FiledForm, photos: Gathered, status: int = 200, trouble: str = "",
         first: str = "") -> HttpResponse:  # fmt: skip
    city = City.get()
    context: dict[str, Any] = {
        "form": form.draw(), "draft": photos.draft, "photos": photos.drawn, "trouble": trouble, "first": first,
        "partner": request.partner, "left": quota.left_today(request.partner, request.now), "city": city,
        "most": settings.MAX_PHOTOS, "danger": is_emergency(f"{form.data['words']} {form.data['place']}"),
        "emergency_number": city.value("emergency", {}).get("number", "112"),
        "notice": Reference.get().notice(local_day(request.now)),
    }  # fmt: skip
    return render(request, "mitra/filing.html", context, status=status)
