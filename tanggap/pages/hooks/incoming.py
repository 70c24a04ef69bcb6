"""/hooks/<code>/: a provider's requests. Answered only after all that was heard is committed; where it could not be,
503, so that the provider comes again. A wrong signature is 403, and nothing is kept of it."""

import logging
from typing import cast

from django.conf import settings
from django.db import DatabaseError, InterfaceError
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from tanggap import door
from tanggap.channels import registry
from tanggap.channels.base import Account, Answered, Asked, Busy, Kind
from tanggap.models import Channel, ChannelState, City, Reference

log = logging.getLogger("tanggap.hooks")

MOST_BYTES = 4_000_000  # Meta's posts have up to three million
RETRY_SECONDS = 10


@csrf_exempt
def incoming(request: HttpRequest, code: str) -> HttpResponse:
    """No cookie is read: a signature is what lets somebody in."""
    kind, account = line(code)
    body = request.read(MOST_BYTES + 1)
    if len(body) > MOST_BYTES:
        return HttpResponse(status=413)
    assert kind.hook is not None
    try:
        answered = kind.hook(account, asked(request, body))
        if answered.heard:
            door.hear(answered.heard, request.now)
    except (DatabaseError, InterfaceError, Busy) as error:
        log.warning("what %s sent could not be stored: %s", code, type(error).__name__)
        return away()
    return told(answered)


def line(code: str) -> tuple[Kind, Account]:
    """The channel that is spoken to. One that is not set up here, or switched off, is not there."""
    try:
        channel = Reference.get().channels.get(code)
    except City.DoesNotExist:
        raise Http404 from None
    kind = registry.KINDS.get(channel.kind) if channel else None
    account = registry.account(channel.code, channel.kind) if channel and kind and kind.hook else None
    if account is None or not is_on(cast(Channel, channel)):
        raise Http404
    return cast(Kind, kind), account


def is_on(channel: Channel) -> bool:
    return channel.active and not ChannelState.objects.filter(channel=channel, on=False).exists()


def asked(request: HttpRequest, body: bytes) -> Asked:
    return Asked(
        method=request.method or "GET", url=f"{settings.SITE_URL}{request.get_full_path()}",
        query={name: request.GET.get(name, "") for name in request.GET},
        headers={name.lower(): value for name, value in request.headers.items()}, body=body,
    )  # fmt: skip


def told(answered: Answered) -> HttpResponse:
    response = HttpResponse(answered.body, status=answered.status, content_type=answered.content_type)
    response["Cache-Control"] = "no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def away() -> HttpResponse:
    response = HttpResponse(status=503)
    response["Retry-After"] = str(RETRY_SECONDS)
    return response
