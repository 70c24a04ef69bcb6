"""Around every request: its moment, its number, its language, and the headers Django leaves out."""

import logging
import re
from bisect import bisect_left
from collections.abc import Callable
from ipaddress import ip_address
from time import perf_counter

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils import translation as language
from django.utils.cache import patch_vary_headers
from django.utils.crypto import get_random_string

from tanggap.lib import tally

from .logs import current

log = logging.getLogger("tanggap.request")

READABLE = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # no 0/O, 1/I: it is read out over the telephone
LANGUAGE = "bahasa"  # ?bahasa=en, and the name of the cookie
YEAR = 365 * 24 * 3600
PERMISSIONS = (
    "camera=(self), geolocation=(self), microphone=(self), "
    "accelerometer=(), browsing-topics=(), display-capture=(), gyroscope=(), magnetometer=(), payment=(), "
    "usb=()"
)

# as proxies make them: hexadecimal, and never only digits, which could be somebody's number
REQUEST_ID = re.compile(r"(?=[0-9-]*[a-f])[0-9a-f-]{20,64}", re.IGNORECASE)
STEPS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)  # seconds: the edges of the histogram
UNWATCHED = {"healthz", "readyz"}  # asked by machines each few seconds: no line for each

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


def request_id(meta: dict, hops: int, reference: str) -> str:
    """The number a proxy of ours gave this request, else our own reference: one search finds both their lines."""
    given = meta.get("HTTP_X_REQUEST_ID", "")
    return given.lower() if hops > 0 and REQUEST_ID.fullmatch(given) else reference


class RequestMiddleware:
    """Sets `request.now`, `request.reference` (for error pages and the log), `request_id` and `client_address`;
    counts what was asked and how long it took."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        began = perf_counter()
        request.now = timezone.now()
        request.reference = get_random_string(6, READABLE)
        request.request_id = request_id(request.META, settings.TRUSTED_HOPS, request.reference)
        request.client_address = client_address(request.META, settings.TRUSTED_HOPS)
        mark = current.set(request)
        try:
            response = self.get_response(request)
            response.headers.setdefault("Permissions-Policy", PERMISSIONS)
            response.headers.setdefault("X-Request-Id", request.request_id)
            note(request, response.status_code, perf_counter() - began)
        finally:
            current.reset(mark)
        return response


def note(request: HttpRequest, status: int, seconds: float) -> None:
    """One request in the counts and, where wanted, in the log: the route's name, never its address."""
    match = request.resolver_match
    if match:
        name = match.view_name or "other"
    else:
        name = "static" if request.path_info.startswith(settings.STATIC_URL) else "unknown"
    if settings.METRICS_PORT:
        edge = bisect_left(STEPS, seconds)
        tally.add("requests", name, f"{status // 100}xx")
        tally.add("seconds", name, str(STEPS[edge]) if edge < len(STEPS) else "+Inf")
        tally.add("seconds_sum", name, n=seconds)
    if settings.LOG_REQUESTS and name not in UNWATCHED:
        ms = round(seconds * 1000, 1)
        log.info("%s %s %s ms", name, status, ms, extra={"status": status, "ms": ms})


def language_of(request: HttpRequest) -> str:
    """What the reader chose before, else the city's own."""
    kept = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
    return kept if kept in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE


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
        code = language_of(request)
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
