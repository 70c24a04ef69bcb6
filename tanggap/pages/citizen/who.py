"""Who opened my data? Every look at a reporter's personal data and photos, to the reporter."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from tanggap.rights.held import Plain, openings
from tanggap.web.headers import private

from .seen import no_such, own

MOST = 200


@private
@require_safe
def who_opened(request: HttpRequest, number: str) -> HttpResponse:
    """Office, time and coded reason; the officer's name stays inside the office."""
    try:
        seen = own(request, number)
    except Http404:
        return no_such(request)
    found = openings(seen.report, get_language() or "id")
    looks = [row | {"told": told(row)} for row in found[:MOST]]
    return render(
        request, "citizen/who.html", {"seen": seen, "looks": looks, "more": len(found) - len(looks)}
    )


def told(row: Plain) -> str:
    if row["what"] == "photo":
        return _("Looked at a photo, as a copy without the camera's data")
    return _("Opened name, contact or own words: %(reason)s") % {"reason": row["reason"] or "-"}
