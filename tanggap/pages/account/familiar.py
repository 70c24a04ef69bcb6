"""Browsers in which an officer's password was right before. Such a one has its own count of wrong tries, so that
strangers who guess can't lock the owner out; it opens nothing, and says nothing to anybody without our key."""

from typing import Any

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import get_random_string

COOKIE = "peramban"
SALT = "tanggap.familiar"
DAYS = 180
NAMES = 8  # desks share computers


def read(request: HttpRequest) -> dict[str, Any]:
    try:
        told = signing.loads(request.COOKIES.get(COOKIE, ""), salt=SALT, max_age=DAYS * 86400)
    except signing.BadSignature:
        return {"id": "", "names": []}
    return told


def browser_of(request: HttpRequest, username: str) -> str:
    """This browser's id where it is known to the officer, else ""."""
    told = read(request)
    return told["id"] if username.lower() in told["names"] else ""


def remember(request: HttpRequest, response: HttpResponse, username: str) -> HttpResponse:
    told = read(request)
    names = [username.lower(), *(name for name in told["names"] if name != username.lower())][:NAMES]
    kept = signing.dumps({"id": told["id"] or get_random_string(16), "names": names}, salt=SALT)
    response.set_cookie(COOKIE, kept, max_age=DAYS * 86400, httponly=True, samesite="Lax", secure=settings.HTTPS,
                        path="/masuk/")  # fmt: skip
    return response
