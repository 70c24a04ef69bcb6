"""What a reader gets when something goes wrong: what happened, whether anything was lost, what to do."""

import logging
import sys
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template import loader
from django.utils import translation as language
from django.utils.translation import gettext as _

from tanggap.channels.base import Busy
from tanggap.lib.files import is_full

from .headers import keep_private
from .middleware import language_of
from .words import duration

log = logging.getLogger("tanggap.web")
RETRY_SECONDS = 15


def spoken(answer: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """In the reader's language also where the fault was met before the middleware that sets it."""

    @wraps(answer)
    def told(request: HttpRequest, *more: Any, **named: Any) -> HttpResponse:
        with language.override(language_of(request)):
            return answer(request, *more, **named)

    return told


def page(request: HttpRequest, status: int, title: str, words: str, **more: Any) -> HttpResponse:
    """The error page. Drawn without database or session; when even that fails, bare words."""
    reference = getattr(request, "reference", "")
    told = {
        "title": title,
        "words": words,
        "href": "",
        "action": "",
        "drawing": "line",
        "reference": "",
        **more,
    }
    try:
        body = loader.render_to_string("error.html", told, request, using="jinja2")
    except Exception:
        # an error page that raises would hide the first error behind a second one
        log.exception("%s: the error page itself failed", reference)
        body = f"{title}. {words} {reference}"
    return keep_private(HttpResponse(body, status=status))


@spoken
def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    title = _("We could not read this request")
    words = _(
        "The address or the form arrived damaged. Go back and send it again; what you wrote is still there."
    )
    return page(request, 400, title, words, href="/", action=_("To the first page"), drawing="cut")


@spoken
def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    title = _("This page is not yours to open")
    words = _("Log in with the account that may, or ask your administrator.")
    return page(request, 403, title, words, href="/", action=_("To the first page"), drawing="nostop")


@spoken
def csrf(request: HttpRequest, reason: str = "") -> HttpResponse:
    title = _("This form has been open for too long")
    words = _("Nothing was sent. Press back, reload the page and send again.")
    return page(request, 403, title, words, drawing="cut")


@spoken
def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    title = _("There is no such page, or it isn't public")
    words = _("Check the number or the address again.")
    return page(request, 404, title, words, href="/", action=_("To the first page"), drawing="nostop")


@spoken
def server_error(request: HttpRequest) -> HttpResponse:
    fault = sys.exc_info()[1]
    # the database, the queue or the disk: nothing can be stored now, and trying again makes sense
    if isinstance(fault, OperationalError | InterfaceError | Busy) or is_full(fault):
        return unavailable(request)
    title = _("Something went wrong on our side")
    words = _("What we have received is not lost. Try again in a moment.")
    words += " " + _("If it happens again, tell us the reference below: it leads us to what happened.")
    reference = getattr(request, "reference", "")
    return page(
        request, 500, title, words, href="/", action=_("Try again"), drawing="cut", reference=reference
    )


@spoken
def too_many(request: HttpRequest, seconds: int) -> HttpResponse:
    """429: more tries from one address than a person makes."""
    title = _("Too many tries from this network")
    words = _("Try again in %(time)s. Nothing that you sent before is lost.") % {
        "time": duration(-(-seconds // 60))
    }
    response = page(request, 429, title, words, drawing="cut")
    response["Retry-After"] = str(seconds)
    return response


@spoken
def unavailable(request: HttpRequest) -> HttpResponse:
    """503: we cannot store anything now, so nothing may be told received."""
    title = _("We can't take anything for a moment")
    words = _("Nothing was stored just now. Wait a quarter of a minute, press back and send again.")
    reference = getattr(request, "reference", "")
    response = page(request, 503, title, words, drawing="cut", reference=reference)
    response["Retry-After"] = str(RETRY_SECONDS)
    return response
