"""The counter: keyed in without a mouse, stored by the same door as everybody's report, printed at once."""

import json
from datetime import datetime, time
from typing import Any

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language

from tanggap import door
from tanggap.channels.base import Busy, Receipt, SameIdOtherWords, Submission
from tanggap.models import City, Membership, Report
from tanggap.triage.redact import redact, title
from tanggap.triage.urgency import is_emergency
from tanggap.web import errors, uploads
from tanggap.web.uploads import Gathered
from tanggap.web.viewer import officer

from . import call, known
from .forms import WalkIn, counters, desk_of, usual

LOOK = "look"
LAST = "counter"  # session: the counter used last, and what stands on the last receipt
INVALID, CONFLICT, UNAVAILABLE = 422, 409, 503


@officer(Membership.COUNTER)
def counter(request: HttpRequest) -> HttpResponse:
    channels, agency = counters(request.now), desk_of(request.viewer)
    first = usual(channels, agency, request.session.get(LAST, {}).get("channel", ""))
    if request.method != "POST":
        return page(request, WalkIn(channels, None, first), Gathered(uploads.new()))
    form = WalkIn(channels, request.POST, first)
    photos = uploads.gather(request, uploads.read(request.POST.get("draft")))
    valid = form.is_valid()
    if request.POST.get("step") == LOOK:
        return look(request, form, photos)
    for said in photos.errors:
        form.add_error("photos", said)
    form.check_something_is_said(bool(photos.photos))
    if not valid or form.errors:
        return page(request, form, photos, INVALID)
    try:
        answer = door.take([submission(request, form, photos)], request.now)[0]
    except (Busy, OperationalError, InterfaceError):
        response = page(request, form, photos, UNAVAILABLE, trouble="busy")
        response["Retry-After"] = str(errors.RETRY_SECONDS)
        return response
    if isinstance(answer, SameIdOtherWords):
        photos.draft = photos.draft.anew()
        return page(request, form, photos, CONFLICT, trouble="changed", first=answer.receipt.number)
    if not isinstance(answer, Receipt):
        raise answer
    remember(request, form, answer)
    return redirect("receipt", number=answer.number)


def look(request: HttpRequest, form: WalkIn, photos: Gathered) -> HttpResponse:
    """What is known already, while it is being typed: nothing is stored. By script a fragment, else the page."""
    form.errors.clear()
    if request.htmx:
        return render(
            request, "counter/heard.html", {"form": form, "heard": heard(request, form), "oob": True}
        )
    return page(request, form, photos)


def submission(request: HttpRequest, form: WalkIn, photos: Gathered) -> Submission:
    data, draft = form.cleaned_data, photos.draft
    raw = {name: request.POST.get(name, "") for name in WalkIn.NAMES} | {"photos": photos.hashes}
    answers = {"whom": data["whom"], "reach": data["reach"]} | (
        {"same": data["same"]} if data["same"] else {}
    )
    return Submission(
        uuid=draft.form, channel=data["channel"], account=f"counter:{data['channel']}",
        external_id=str(draft.form), body=json.dumps(raw, sort_keys=True).encode(), words=data["words"],
        at=request.now, place=data["place"], category=data["category"], name=data["name"],
        contacts=form.contacts, language=get_language() or "id", answers=answers, draft=draft.photos,
        photos=photos.ids, keyed_by=request.user.id,
    )  # fmt: skip


def remember(request: HttpRequest, form: WalkIn, receipt: Receipt) -> None:
    """For the receipt, before triage has read the report: masked words only."""
    area = heard(request, form).area
    data = form.cleaned_data
    request.session[LAST] = {
        "channel": data["channel"], "number": receipt.number, "about": title(redact(data["words"])[0]),
        "place": redact(data["place"])[0], "area": area.name if area else "",
    }  # fmt: skip


def heard(request: HttpRequest, form: WalkIn) -> known.Heard:
    return known.listen(form.said("words")[:2000], form.said("place"), form.said("category"), form.contacts,
                        request.now)  # fmt: skip


def midnight(now: datetime) -> datetime:
    zone = City.get().zone
    return datetime.combine(now.astimezone(zone).date(), time(), zone)


def page(request: HttpRequest, form: WalkIn, photos: Gathered, status: int = 200, trouble: str = "",
         first: str = "") -> HttpResponse:  # fmt: skip
    today = Report.objects.filter(keyed_by=request.user, received_at__gte=midnight(request.now))
    numbers = list(today.order_by("-id").values_list("number", flat=True)[:200])
    context: dict[str, Any] = {
        "form": form, "photos": photos, "heard": heard(request, form), "trouble": trouble, "first": first,
        "agency": desk_of(request.viewer), "served": len(numbers), "last": numbers[0] if numbers else "",
        "calls": list(call.waiting(request.viewer)[:8]), "city": City.get(),
        "danger": is_emergency(f"{form.said('words')} {form.said('place')}"),
        "emergency": City.get().value("emergency", {}).get("number", "112"),
    }  # fmt: skip
    return render(request, "counter/counter.html", context, status=status)
