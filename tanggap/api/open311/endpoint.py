"""Around every view here: method, jurisdiction, language, and what goes wrong in the standard's shape."""

import logging
from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from tanggap.api.open311.errors import Away, NoKey, OurFault, Problem, Unknown, WrongMethod
from tanggap.api.open311.formats import respond
from tanggap.api.open311.reading import SHORT, Said, form_of
from tanggap.channels.base import Busy
from tanggap.lib import limit
from tanggap.lib.text import clean
from tanggap.models import ApiKey, City
from tanggap.reply import hooks
from tanggap.web.headers import keep_private
from tanggap.web.keys import find_key

log = logging.getLogger("tanggap.api")

REFUSALS_A_DAY, DAY = 500, 24 * 3600
AWAY = (OperationalError, InterfaceError, Busy, City.DoesNotExist)
View = Callable[..., tuple[str, Any]]


def endpoint(*methods: str, any_city: bool = False) -> Callable[[View], Callable[..., HttpResponse]]:
    """A view gets the request (with `said`, the parameters) and gives XML's root name and the data.

    No cookie is read here, so there is nothing a foreign page could make a browser do: no CSRF check.
    """

    def wrap(view: View) -> Callable[..., HttpResponse]:
        @csrf_exempt
        @wraps(view)
        def guarded(request: HttpRequest, form: str, **parts: str) -> HttpResponse:
            with translation.override(language_of(request.GET.get("locale", ""))):
                try:
                    check_method(request, methods)
                    response = answer(request, form, view, parts, any_city)
                except Exception as failure:
                    found = problem(request, failure)
                    response = found.answer(form)
                    write_down(request, found)
            response["Access-Control-Allow-Origin"] = "*"
            return response

        return guarded

    return wrap


def answer(
    request: HttpRequest, form: str, view: View, parts: dict[str, str], any_city: bool
) -> HttpResponse:
    post = request.method == "POST"
    request.said = Said(request.GET, form_of(request) if post else None)
    language = language_of(request.said.get("locale"))
    # an address may hold signs that no database takes
    clean_parts = {name: clean(part, SHORT) for name, part in parts.items()}
    with translation.override(language):
        if not any_city:
            check_city(request.said)
        response = respond(*view(request, **clean_parts), form)
    response["Content-Language"] = language
    return keep_private(response) if post or request.said.get("api_key") else response


def problem(request: HttpRequest, failure: Exception) -> Problem:
    """Whatever was raised, as the standard says it."""
    if isinstance(failure, Problem):
        return failure
    if isinstance(failure, Http404):
        return Unknown()
    return Away() if isinstance(failure, AWAY) else our_fault(request, failure)


def write_down(request: HttpRequest, refusal: Problem) -> None:
    """What an app sent and we did not take, for its makers' page: nothing fails in silence. A flood is told once."""
    said = getattr(request, "said", None)
    if request.method != "POST" or said is None or not 400 <= refusal.status < 500:
        return
    try:
        key = find_key(said.get("api_key"))
        if key is not None and limit.allow(f"refusals:{key.id}", REFUSALS_A_DAY, DAY, request.now):
            hooks.refused(key, refusal.status, [words for _code, words in refusal.errors], request.now)
    except AWAY as error:
        log.warning("a refusal could not be written down: %s", type(error).__name__)


def check_method(request: HttpRequest, methods: tuple[str, ...]) -> None:
    if ("GET" if request.method == "HEAD" else request.method) not in methods:
        raise WrongMethod(methods)


def language_of(locale: str) -> str:
    """`locale=en`, or what the city speaks. "en-US" is English."""
    code = locale[:2].lower()
    return code if code in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE


def check_city(said: Said) -> None:
    """One city answers here. Its name, its numbers' prefix or its host may be given; another's is unknown."""
    given = said.get("jurisdiction_id").lower()
    if not given:
        return
    city = City.get()
    own = {city.short.lower(), city.name.lower(), city.prefix.lower()}
    if given not in own | {urlsplit(settings.SITE_URL).hostname} and not own & set(given.split(".")):
        raise Unknown(_("This jurisdiction_id is not known here."))


def key_of(said: Said) -> ApiKey | None:
    """The caller's key, where one is given and holds; reading needs none."""
    return find_key(said.get("api_key"))


def key_needed(said: Said) -> ApiKey:
    given = said.get("api_key")
    if not given:
        raise NoKey(_("An api_key is needed to send anything."))
    key = find_key(given)
    if key is None:
        raise NoKey(_("This api_key is not known here, or has ended."))
    return key


def our_fault(request: HttpRequest, error: Exception) -> OurFault:
    reference = getattr(request, "reference", "")
    route = request.resolver_match.route if request.resolver_match else "?"
    # our lines say where it broke and never the exception's own text: it may carry a citizen's words
    log.error("%s %s /%s: %s", reference, request.method, route, type(error).__name__, exc_info=error)
    return OurFault(reference)
