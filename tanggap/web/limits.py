"""How often one network address may do a thing. The address itself is never stored: its HMAC counts."""

from datetime import datetime
from ipaddress import ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from tanggap.lib import limit, tally

HOUR = 3600
SALT = "tanggap.limits"


def neighbourhood(address: str) -> str:
    """The address, or for IPv6 its /64: one household has 2^64 of those and would never meet a limit."""
    try:
        given = ip_address(address)
    except ValueError:
        return "unknown"
    return str(ip_network(f"{given}/64", strict=False)) if given.version == 6 else str(given)


def key(what: str, who: str) -> str:
    return f"{what}:{salted_hmac(SALT, who, algorithm='sha256').hexdigest()[:32]}"


def allow(request: HttpRequest, what: str, most: int) -> bool:
    """Counts one more try of this address; False when that makes more than `most` in the running hour."""
    return allow_for(what, neighbourhood(request.client_address), most, request.now)


def spent(request: HttpRequest, what: str, most: int) -> bool:
    """Has this address used all its tries? Counts nothing."""
    return spent_for(what, neighbourhood(request.client_address), most, request.now)


def allow_for(what: str, who: str, most: int, now: datetime) -> bool:
    allowed = limit.allow(key(what, who), most, HOUR, now)
    if not allowed and settings.METRICS_PORT:
        tally.add("refused", what)
    return allowed


def spent_for(what: str, who: str, most: int, now: datetime) -> bool:
    return limit.spent(key(what, who), most, HOUR, now)
