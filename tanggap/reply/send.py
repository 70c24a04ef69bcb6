"""Sending officers' letters: all that wait for one officer go as one mail. Outside any transaction, because a mail
can't be rolled back: marked `sending`, sent, marked again; a stale `sending` is `unknown` and never sent blindly."""

from datetime import datetime

from django.conf import settings
from django.db import transaction

from tanggap.channels.base import Outgoing
from tanggap.channels.email import send as email
from tanggap.models import Letter


def send(letter: Letter, now: datetime) -> None:
    """A claimed letter: with it go all letters of the same officer that are due."""
    if letter.state == Letter.SENDING:
        Letter.objects.filter(pk=letter.pk, state=Letter.SENDING).update(
            state=Letter.UNKNOWN, settled_at=now, due_at=None
        )
        return
    if letter.state != Letter.QUEUED:
        return  # it went with an earlier one of the same round
    if letter.officer is None or not letter.officer.email:
        settle([letter.id], Letter.FAILED, now, "no address")
        return
    with transaction.atomic():
        rows = list(
            Letter.objects.select_for_update(of=("self",), skip_locked=True)
            .filter(officer=letter.officer, state=Letter.QUEUED, due_at__lte=letter.due_at, parked_at=None)
            .select_related("case")
            .order_by("id")[:50]
        )
        Letter.objects.filter(id__in=[row.id for row in rows]).update(state=Letter.SENDING)
    if not rows:
        return
    result = email.send(compose(rows, letter.officer.email))
    if result.again:
        Letter.objects.filter(id__in=[row.id for row in rows]).update(state=Letter.QUEUED)
        raise ConnectionError(result.reason)
    settle([row.id for row in rows], result.state, now, result.reason)


def settle(ids: list[int], state: str, now: datetime, reason: str = "") -> None:
    Letter.objects.filter(id__in=ids).update(
        state=state, settled_at=now, due_at=None, last_error=reason[:300]
    )


def compose(rows: list[Letter], address: str) -> Outgoing:
    """One letter as it is; several as a list. Each with the link to its case: log-in is asked for there."""
    parts = [
        f"{row.subject}\n{row.text}\n{settings.SITE_URL}/petugas/kasus/{row.case.number}/" for row in rows
    ]
    subject = rows[0].subject
    if len(rows) > 1:
        more = len(rows) - 1
        subject += f" (+{more})"
    return Outgoing(to=address, subject=subject, text="\n\n".join(parts), reference=f"letter-{rows[0].id}")
