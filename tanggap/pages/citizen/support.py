"""Me too: a further voice on a public case."""

from uuid import UUID, uuid4

from django.conf import settings
from django.contrib import messages
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tanggap.followup import support as deeds
from tanggap.web import errors, limits, proven
from tanggap.web.headers import private

from .seen import OPEN, no_such, see

COOKIE = "suara"
SALT = "tanggap.voice"
A_YEAR = 365 * 24 * 3600
VOICES_PER_HOUR = 30


@private
@require_POST
def support(request: HttpRequest, number: str) -> HttpResponse:
    try:
        seen = see(request, number)
    except Http404:
        return no_such(request)
    response = redirect("track", number=seen.report.number)
    response.status_code = 303
    if any(mine.case_id == seen.case.id for mine in proven.reports(request)):
        messages.info(request, _("Your report counts here already."))
        return response
    if seen.level != OPEN:
        return no_such(request)
    if not limits.allow(request, "support", VOICES_PER_HOUR):
        return errors.too_many(request, limits.HOUR)
    voice = whose(request)
    try:
        new = deeds.support(
            seen.case.id, salted_hmac(SALT, voice.hex, algorithm="sha256").digest(), now=request.now
        )
    except deeds.NotOpen:
        messages.info(request, _("This case takes no more voices. If it is broken again, report it anew."))
        return response
    messages.success(
        request,
        _("Your voice counts. The news stands on this page.") if new else _("Your voice counts already."),
    )
    response.set_cookie(COOKIE, signing.dumps(voice.hex, salt=SALT), max_age=A_YEAR, httponly=True, samesite="Lax",
                        secure=settings.HTTPS)  # fmt: skip
    return response


def whose(request: HttpRequest) -> UUID:
    """This browser's own random number, made at its first voice."""
    try:
        return UUID(signing.loads(request.COOKIES.get(COOKIE, ""), salt=SALT, max_age=A_YEAR))
    except (signing.BadSignature, ValueError, TypeError):
        return uuid4()
