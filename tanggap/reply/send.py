"""Sending letters outside any transaction, because what went can't be rolled back: marked `sending`, sent, marked
again; a stale `sending` is `unknown` and never sent blindly. Citizens' letters go one by one (outgoing.py); all that
wait for one officer go as one mail."""

from datetime import datetime

from django.conf import settings
from django.db import transaction

from tanggap import due
from tanggap.channels.base import Outgoing
from tanggap.channels.email import send as email
from tanggap.models import City, Invitation, Letter
from tanggap.reply import outgoing, texts


class NoAddress(due.Never):
    """The officer's account has no e-mail address. Its name is what an administrator reads of a parked row."""


class AddressRefused(due.Never):
    """The mail server takes no letter for this address."""


def send(letter: Letter, now: datetime) -> None:
    """A claimed letter: with it go all letters of the same officer that are due."""
    if letter.state == Letter.SENDING:
        Letter.objects.filter(pk=letter.pk, state=Letter.SENDING).update(
            state=Letter.UNKNOWN, settled_at=now, due_at=None
        )
        return
    if letter.state != Letter.QUEUED:
        return  # it went with an earlier one of the same round
    if letter.officer_id is None:
        outgoing.send(letter, now)
        return
    if not letter.officer.email:
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


# ---- links that set a password ----


def invite(row: Invitation, now: datetime) -> None:
    """Sends a link; one that is void or too old is not sent any more. Sent twice after a crash it is the same link:
    unlike a citizen's letter nothing is said twice by it, so it needs no `sending`."""
    row = Invitation.objects.select_related("officer", "by").get(pk=row.pk)
    if row.used_at or row.expires_at <= now or not row.officer.is_active:
        Invitation.objects.filter(pk=row.pk).update(due_at=None)
        return
    if not row.officer.email:
        raise NoAddress
    result = email.send(link_letter(row))
    if result.again:
        raise ConnectionError(result.reason)
    if result.state != Letter.SENT:
        raise AddressRefused
    Invitation.objects.filter(pk=row.pk).update(sent_at=now, due_at=None, last_error="")


def link_letter(row: Invitation) -> Outgoing:
    """The one text that holds a secret: made when it is sent, stored nowhere."""
    city, officer = City.get(), row.officer
    code = "invitation" if row.kind == Invitation.INVITE else "reset"
    subject, text = texts.render(code, officer.language, {
        "name": officer.name, "username": officer.username, "city": city.name, "link": settings.SITE_URL + row.path,
        "by": row.by.name if row.by else "", "until": texts.moment(row.expires_at, city.zone, officer.language),
    })  # fmt: skip
    return Outgoing(to=officer.email, subject=subject, text=text, reference=f"link-{row.pk}")
