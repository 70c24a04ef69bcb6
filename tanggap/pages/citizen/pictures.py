"""Photos of a report: before and after, each only to whom it may be shown, and never the file as it was
sent."""

import re
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from tanggap.lib import geo
from tanggap.models import FollowUp, Upload
from tanggap.triage.photos import is_private
from tanggap.web import words
from tanggap.web.headers import keep_private
from tanggap.web.marks import unmarked
from tanggap.web.uploads import picture

from .seen import Seen, opened, own

NAME = re.compile(r"[0-9a-f]{32}\.jpg")  # as lib/files.py makes them


def of(seen: Seen) -> Q:
    """Photos of this report and of accepted work on its case. To others than the reporter only those that
    an officer has released."""
    work = Q(followup__case=seen.case.id, followup__state=FollowUp.ACCEPTED)
    if seen.own:
        return Q(report=seen.report.id) | work
    return (Q(report=seen.report.id) | work) & ~Q(public="")


def pair(seen: Seen, now: datetime) -> dict[str, Any]:
    """Before (the reporter's first) and after (the newest of accepted work), and the others small."""
    rows = list(Upload.objects.filter(of(seen)).select_related("followup__agency").order_by("id"))
    before = [row for row in rows if row.report_id]
    after = [row for row in rows if row.followup_id]
    first, last = (before or [None])[0], (after or [None])[-1]
    done = seen.case.status == "CLOSED"
    return {
        "before": frame(first, seen, _("Before")) or absent(_("No photo came with the report"), _("Before")),
        "after": frame(last, seen, _("After"))
        or absent(
            _("No photo of the work") if done else _("A photo follows when the work is done"), _("After")
        ),
        "caption": caption(first, last, seen, now),
        "more": [frame(row, seen, "") for row in [*before[1:], *after[:-1]]],
        "any": bool(rows),
    }


def frame(row: Upload | None, seen: Seen, tag: str) -> dict[str, Any] | None:
    if row is None:
        return None
    if row.state == Upload.BROKEN:
        return absent(_("We can't read this photo; your report is kept. Send another if you have one."), tag)
    name = _("Photo after the work") if row.followup_id else _("Photo of the problem")
    if seen.own and not row.copy:
        return absent(_("The photo is being prepared"), tag)
    return {"src": address(row, seen), "alt": f"{name}: {seen.title}", "tag": tag}


def small(row: Upload, seen: Seen) -> dict[str, Any]:
    return frame(row, seen, "") or absent("", "")


def absent(words: str, tag: str) -> dict[str, Any]:
    return {"src": None, "alt": words, "tag": tag}


def address(row: Upload, seen: Seen) -> str:
    if seen.own:
        return reverse("own_photo", args=(seen.report.number, row.uuid))
    return reverse("public_photo", args=(row.public.rsplit("/", 1)[-1],))


def caption(before: Upload | None, after: Upload | None, seen: Seen, now: datetime) -> str:
    said = []
    if before:
        said.append(
            _("From the reporter, %(when)s.") % {"when": words.when(before.taken_at or before.at, now)}
        )
    if after and after.followup:
        office, when = after.followup.agency.label, words.when(after.taken_at or after.at, now)
        metres = distance(after, seen)
        if metres is None:
            said.append(_("By %(office)s, %(when)s.") % {"office": office, "when": when})
        else:
            told = {"office": office, "when": when, "metres": words.metres(metres)}
            said.append(_("By %(office)s, %(when)s, %(metres)s from the report's point.") % told)
    return " ".join(said)


def distance(photo: Upload, seen: Seen) -> float | None:
    case = seen.case
    if None in (photo.lat, photo.lon, case.lat, case.lon):
        return None
    return geo.haversine_m(case.lat, case.lon, photo.lat, photo.lon)


def place(seen: Seen) -> str:
    """The place in words: to its reporter as it was written."""
    if seen.own:
        return opened(seen.report, seen.report.place_sealed)
    return unmarked(seen.report.place)


# ---- the files ----


@require_safe
def own_photo(request: HttpRequest, number: str, photo: UUID) -> HttpResponse:
    """To the proven reporter: the copy without metadata of their own photos and of accepted work."""
    seen = own(request, number)
    mine = of(seen) | Q(message__report=seen.report.id)
    row = Upload.objects.filter(mine, uuid=photo, state=Upload.READY).exclude(copy="").first()
    if row is None:
        raise Http404
    response = keep_private(picture(row.copy))
    response["Cache-Control"] = "private, max-age=600"
    return response


@require_safe
def public_photo(request: HttpRequest, name: str) -> HttpResponse:
    """A copy that an officer has released, under its random name. Nothing else has an address here."""
    if not NAME.fullmatch(name):
        raise Http404
    path = f"{name[:2]}/{name[2:4]}/{name}"
    row = Upload.objects.filter(public=path).select_related("report__case", "followup__case").first()
    if row is None or is_private(row):
        raise Http404
    response = get_conditional_response(request, etag=f'"{name}"') or picture(row.public)
    response["ETag"] = f'"{name}"'
    # asked again each time: a copy that is withdrawn must be gone at once, from every cache
    response["Cache-Control"] = "public, no-cache"
    return response
