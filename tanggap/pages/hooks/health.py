"""/healthz: the process lives. /readyz: database, worker, free disk and the oldest event nobody has answered.

Anybody learns whether we are ready; numbers are for this machine itself, or for who brings the status token.
"""

from hmac import compare_digest
from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from tanggap import flow
from tanggap.monitoring import health

TOKEN = "X-Status-Token"


@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """Asks nothing of anybody: an answer is the answer."""
    return JsonResponse({"alive": True})


@require_safe
@never_cache
def readyz(request: HttpRequest) -> HttpResponse:
    found = health.checks(request.now, flow.REACTION)
    ok = all(check["ok"] for check in found.values())
    told = {"ok": ok} | (found if may_see(request) else {})
    return JsonResponse(told, status=200 if ok else 503)


def may_see(request: HttpRequest) -> bool:
    given = request.headers.get(TOKEN, "")
    if settings.STATUS_TOKEN and compare_digest(given.encode(), settings.STATUS_TOKEN.encode()):
        return True
    # a proxy of this machine that we were not told of makes everybody look like loopback
    untold = settings.TRUSTED_HOPS < 1 and (
        "X-Forwarded-For" in request.headers or "Forwarded" in request.headers
    )
    return not untold and is_loopback(request.client_address)


def is_loopback(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False
