"""Around every request: its moment, its number, its language, and the headers Django leaves out."""

import logging
from collections.abc import Callable
from ipaddress import ip_address

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils import translation as language
from django.utils.cache import patch_vary_headers
from django.utils.crypto import get_random_string

log = logging.getLogger("tanggap.web")

READABLE = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # no 0/O, 1/I: it is read out over the telephone
LANGUAGE = "bahasa"  # ?bahasa=en, and the name of the cookie
YEAR = 365 * 24 * 3600
PERMISSIONS = (
    "camera=(self), geolocation=(self), microphone=(self), "
    "accelerometer=(), browsing-topics=(), display-capture=(), gyroscope=(), magnetometer=(), payment=(), "
    "usb=()"
)

Answer = Callable[[HttpRequest], HttpResponse]


def client_address(meta: dict, hops: int) -> str:
    """Where a request came from, through `hops` proxies of our own.

    Each of them appends the address it was called from to X-Forwarded-For, so with n of them the n-th from
    the right is the only one nobody outside could write. With none the header is a claim and is not read.
    """
    nearest = meta.get("REMOTE_ADDR", "")
    if hops < 1:
        return nearest
    claims = [part.strip() for part in meta.get("HTTP_X_FORWARDED_FOR", "").split(",") if part.strip()]
    if len(claims) < hops:
        return nearest
    try:
        return str(ip_address(claims[-hops]))
    except ValueError:
        return nearest


class RequestMiddleware:
    """Sets `request.now`, `request.reference` (for error pages and the log) and `client_address`."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.now = timezone.now()
        request.reference = get_random_string(6, READABLE)
        request.client_address = client_address(request.META, settings.TRUSTED_HOPS)
        response = self.get_response(request)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS)
        response.headers.setdefault("X-Request-Id", request.reference)
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> None:
        if isinstance(exception, Http404):
            return  # an answer like any other
        # the route, not the path: a path may hold a citizen's secret
        route = request.resolver_match.route if request.resolver_match else "?"
        log.error("%s %s %s: %s", request.reference, request.method, route, type(exception).__name__)


class LanguageMiddleware:
    """Indonesian unless the reader chose otherwise. A link ?bahasa=en stores the choice and leads back to the
    same page, so that it works without script and the address stays clean."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response
        self.known = {code for code, _ in settings.LANGUAGES}

    def __call__(self, request: HttpRequest) -> HttpResponse:
        wish = request.GET.get(LANGUAGE)
        if wish in self.known and request.method in ("GET", "HEAD"):
            return self.remember(request, wish)
        kept = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
        code = kept if kept in self.known else settings.LANGUAGE_CODE
        with language.override(code):
            request.LANGUAGE_CODE = code
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", code)
        patch_vary_headers(response, ("Cookie",))
        return response

    def remember(self, request: HttpRequest, code: str) -> HttpResponse:
        query = request.GET.copy()
        del query[LANGUAGE]
        # own path only, and never "//elsewhere": the address cannot be made to lead away
        path = "/" + request.path.lstrip("/\\")
        response = HttpResponseRedirect(path + ("?" + query.urlencode() if query else ""))
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            code,
            max_age=YEAR,
            samesite="Lax",
            secure=settings.HTTPS,
            httponly=True,
        )
        return response
