"""Telling apps what became of their users' reports: to an address of theirs, signed, tried again for three days, in
order for each report, and written down, so that nothing fails in silence.

What is told is what anybody may know of a number: an event, the public word, the time. Words are asked for with the
key, at servicerequestupdates.
"""

import hmac
import json
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Q

from tanggap import access, ledger
from tanggap.ledger import deed
from tanggap.lib import outside, seal
from tanggap.models import Actor, ApiKey, Case, Event, Hook, HookCall, Refusal, Report
from tanggap.models.event import KEY

# what apps are told of: the same that they may ask for
TOLD = frozenset({
    "case.received", "case.routed", "case.referred", "case.delegated", "case.transferred", "case.arbitrated",
    "case.refused", "case.started", "case.estimated", "case.paused", "case.resumed", "case.submitted",
    "case.sent_back", "case.closed", "case.rejected", "case.given_up", "case.clarified", "case.reopened",
    "case.confirmed", "case.contested", "case.asked", "case.told", "case.answered",
})  # fmt: skip
# seconds before the next try; together three days
AGAIN = (10, 60, 300, 1800, 7200, 6 * 3600, *([12 * 3600] * 5))
REST = timedelta(minutes=5)  # a receiver that fails is left alone for so long
KEEP = timedelta(days=90)
PURPOSE = b"hook"


class BadAddress(Exception):
    """No address of the open network that we could send to; `code` says why."""

    def __init__(self, code: str):
        super().__init__(code)
        self.code = code


# ---- what an app sets ----


@deed
def set_hook(key: ApiKey, url: str, *, now: datetime) -> str:
    """Where this app is told; a new secret each time, given once. Raises BadAddress."""
    url = url.strip()
    try:
        outside.look(url, settings.HOOK_HOSTS)
    except outside.NotAsked as error:
        raise BadAddress(str(error)) from error
    if len(url) > 500:
        raise BadAddress("too long")
    secret = secrets.token_urlsafe(32)
    before = Hook.objects.select_for_update().filter(api_key=key).first()
    row, _ = Hook.objects.update_or_create(
        api_key=key,
        defaults={"url": url, "secret_sealed": seal.seal_direct(access.ring(), secret, PURPOSE), "on": True,
                  "made_at": now, "failing_since": None, "down_until": None},
    )  # fmt: skip
    by = Actor(KEY, key.id)
    ledger.change(f"hook:{row.id}", "change" if before else "add", by=by, now=now,
                  before={"url": before.url} if before else {}, after={"url": url})  # fmt: skip
    return secret


@deed
def end_hook(key: ApiKey, *, now: datetime) -> None:
    row = Hook.objects.select_for_update().filter(api_key=key, on=True).first()
    if row is None:
        return
    Hook.objects.filter(pk=row.pk).update(on=False)
    HookCall.objects.filter(hook=row, state=HookCall.QUEUED).update(state=HookCall.FAILED, due_at=None)
    ledger.change(f"hook:{row.id}", "end", before={"url": row.url}, after={}, by=Actor(KEY, key.id), now=now)


@deed
def replay(key: ApiKey, *, now: datetime) -> int:
    """Everything that never arrived goes again, and what rests is tried at once. How many."""
    rows = HookCall.objects.filter(hook__api_key=key, hook__on=True)
    Hook.objects.filter(api_key=key).update(down_until=None)
    lost = rows.filter(Q(state=HookCall.FAILED) | Q(state=HookCall.QUEUED))
    return lost.update(state=HookCall.QUEUED, due_at=now, attempts=0, parked_at=None)


# ---- news ----


def write(events: Sequence[Event]) -> None:
    """A call for each app that has a report on these cases. One statement in a city without such apps."""
    hooks = {row.api_key_id: row for row in Hook.objects.filter(on=True)}
    told = [event for event in events if event.verb in TOLD]
    if not hooks or not told:
        return
    reports: dict[int, list[Report]] = {}
    rows = Report.objects.filter(case__in={event.case_id for event in told}, api_key__in=list(hooks))
    rows = rows.exclude(visibility=Report.SECRET).exclude(case__visibility=Report.SECRET)
    for row in rows.only("case", "api_key").order_by("id"):
        reports.setdefault(row.case_id, []).append(row)
    HookCall.objects.bulk_create(
        [
            HookCall(hook=hooks[report.api_key_id], report=report, event=event, at=event.at, due_at=event.at)
            for event in told
            for report in reports.get(event.case_id, ())
        ],
        ignore_conflicts=True,
    )


def send(call: HookCall, now: datetime) -> None:
    """A claimed call. It marks itself: tried again later, arrived, or given up after three days."""
    call = HookCall.objects.select_related("hook", "report", "event__case__assignment").get(pk=call.pk)
    hook, mine = call.hook, HookCall.objects.filter(pk=call.pk, state=HookCall.QUEUED)
    if hook.down_until and hook.down_until > now:
        mine.update(due_at=hook.down_until, attempts=max(0, call.attempts - 1))
        return
    body = json.dumps(news(call)).encode()
    try:
        answer = outside.ask_given("POST", hook.url, hosts=settings.HOOK_HOSTS, body=body, limit=100_000,
                                   headers=signed(hook, call, body, now))  # fmt: skip
        status, reason = answer.status, "" if 200 <= answer.status < 300 else f"answered {answer.status}"
    except (outside.NotAsked, outside.NoAnswer) as error:
        status, reason = None, str(error)
    if not reason:
        mine.update(state=HookCall.SENT, status=status, sent_at=now, due_at=None, last_error="")
        Hook.objects.filter(pk=hook.pk).update(failing_since=None, down_until=None)
        return
    failed(call, status, reason, now)


def failed(call: HookCall, status: int | None, reason: str, now: datetime) -> None:
    over = call.attempts > len(AGAIN) or status == 410  # gone: they want no more of it
    wait = timedelta(seconds=AGAIN[min(call.attempts, len(AGAIN)) - 1])
    HookCall.objects.filter(pk=call.pk).update(
        state=HookCall.FAILED if over else HookCall.QUEUED, due_at=None if over else now + wait, status=status,
        last_error=reason[:300],
    )  # fmt: skip
    hook = call.hook
    Hook.objects.filter(pk=hook.pk).update(
        failing_since=hook.failing_since or now,
        down_until=now + min(wait, REST),
        on=hook.on and status != 410,
    )


def news(call: HookCall) -> dict[str, Any]:
    case: Case = call.event.case
    return {
        "service_request_id": call.report.number, "event": call.event.verb.removeprefix("case."),
        "status": case.public_word,
        "updated_datetime": call.event.at.isoformat(), "delivery": call.id,
    }  # fmt: skip


def signed(hook: Hook, call: HookCall, body: bytes, now: datetime) -> dict[str, str]:
    """Over the time and the bytes, so that an old one can't be played again: HMAC-SHA256 of "<time>.<body>"."""
    secret = seal.open_direct(access.ring(), bytes(hook.secret_sealed), PURPOSE)
    at = str(int(now.timestamp()))
    digest = hmac.digest(secret, at.encode() + b"." + body, "sha256").hex()
    return {"Content-Type": "application/json", "Tanggap-Signature": f"t={at},v1={digest}",
            "Tanggap-Delivery": str(call.id)}  # fmt: skip


# ---- refusals ----


def refused(key: ApiKey, status: int, reasons: Sequence[str], now: datetime) -> None:
    Refusal.objects.create(api_key=key, at=now, status=status, reason=" ".join(reasons)[:500])


def sweep(now: datetime) -> None:
    """What nobody needs any more goes."""
    Refusal.objects.filter(at__lt=now - KEEP).delete()
    HookCall.objects.filter(at__lt=now - KEEP).exclude(state=HookCall.QUEUED).delete()
