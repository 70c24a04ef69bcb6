"""Who opened my data? Every look at a reporter's personal data, to the reporter."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from tanggap import access
from tanggap.models import Reference
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
    reasons, language = Reference.get().reasons, get_language() or "id"
    looks = []
    for event in access.who_opened(seen.report).order_by("-id")[:MOST]:
        reason = reasons.get(event.data.get("reason", ""))
        looks.append({"office": event.agency.name if event.agency else "", "at": event.at,
                      "reason": reason.name(language) if reason else ""})  # fmt: skip
    return render(request, "citizen/who.html", {"seen": seen, "looks": looks})
