"""/healthz: the process lives. /readyz: database, worker, free disk and the oldest event nobody has answered.

Anybody learns whether we are ready; numbers are for this machine itself, or for who brings the status token.
"""

from datetime import datetime, timedelta
from hmac import compare_digest
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from tanggap import due, flow
from tanggap.lib import files
from tanggap.models import Beat, City

TOKEN = "X-Status-Token"
BEAT = timedelta(seconds=30)  # a worker says every five seconds that it lives
BEHIND = timedelta(minutes=2)  # an event unanswered for longer means that the workers don't keep up
FREE_MB = 200  # below, PostgreSQL is about to stop by itself


@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """Asks nothing of anybody: an answer is the answer."""
    return JsonResponse({"alive": True})


@require_safe
@never_cache
def readyz(request: HttpRequest) -> HttpResponse:
    found = checks(request.now)
    ok = all(check["ok"] for check in found.values())
    told = {"ok": ok} | (found if may_see(request) else {})
    return JsonResponse(told, status=200 if ok else 503)


def checks(now: datetime) -> dict[str, dict[str, Any]]:
    """Each with `ok` and what was measured. With the database away, what needs it is not ready either."""
    free = files.free_mb(Path(settings.DATA))
    disk = {"ok": free >= FREE_MB, "free_mb": free}
    try:
        return {"database": database(), "worker": worker(now), "events": events(now), "disk": disk}
    except (DatabaseError, InterfaceError, OSError) as error:
        away = {"ok": False, "error": type(error).__name__}
        return {"database": away, "worker": {"ok": False}, "events": {"ok": False}, "disk": disk}


def database() -> dict[str, Any]:
    city = City.objects.values_list("name", flat=True).first()
    return {"ok": city is not None, "city": city or "not loaded"}


def worker(now: datetime) -> dict[str, Any]:
    rows = list(Beat.objects.order_by("-at").values_list("name", "at")[:20])
    age = round((now - rows[0][1]).total_seconds(), 1) if rows else None
    living = [name for name, at in rows if now - at < BEAT]
    return {"ok": bool(living), "living": len(living), "last_beat_s": age}


def events(now: datetime) -> dict[str, Any]:
    waiting = due.oldest(flow.REACTION, now)
    seconds = round(waiting.total_seconds(), 1) if waiting else 0.0
    return {"ok": waiting is None or waiting < BEHIND, "oldest_s": seconds}


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
