"""Links by which an officer sets a password: the invitation of a new one, and the reset asked for at the log-in."""

from datetime import datetime, timedelta

from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.db.models import Q

from tanggap import ledger
from tanggap.access import Viewer
from tanggap.models import Connection, Invitation, Officer
from tanggap.models.event import OFFICER, Actor

from .actions import PeopleRefused, check, end_sessions, taken, thing, void_links, write

LASTS = {Invitation.INVITE: timedelta(days=7), Invitation.RESET: timedelta(hours=1)}
RESETS_AN_HOUR = 3
# what is compared where there is no such link: the answer takes as long, and is the same
NOBODY = Invitation(pk=0, kind=Invitation.RESET, officer=Officer(pk=0, is_active=False),
                    expires_at=datetime.fromtimestamp(0).astimezone())  # fmt: skip


class NoSuchLink(Exception):
    """Used, too old, made void by a change, or never made: nobody is told which."""


@ledger.deed()
def invite(officer: Officer, *, by: Viewer, now: datetime, reason: str, by_mail: bool = True) -> Invitation:
    """A link that works once within seven days; an earlier one that waits is void. The worker sends it, unless the
    caller hands it over in another way (`by_mail` False: the terminal)."""
    check(officer, by, reason)
    officer = taken(officer)
    if not officer.is_active:
        raise PeopleRefused("closed")
    if by_mail and not officer.email:
        raise PeopleRefused("no_email")
    row = make(officer, Invitation.INVITE, now, by.officer, by_mail)
    write(officer, "change", {"invited": ""}, {"invited": now.isoformat()}, by, now, reason)
    return row


def make(
    officer: Officer, kind: str, now: datetime, by: Officer | None = None, by_mail: bool = True
) -> Invitation:
    void_links(officer, now)
    return Invitation.objects.create(officer=officer, kind=kind, by=by, made_at=now, expires_at=now + LASTS[kind],
                                     due_at=now if by_mail else None)  # fmt: skip


@ledger.deed()
def ask_for_reset(who: str, now: datetime) -> None:
    """A reset letter for the account with this user name or address, at most three an hour. Nobody hears whether
    there is one: the worker does this, after the page has answered."""
    found = Officer.objects.filter(Q(username__iexact=who) | Q(email__iexact=who), is_active=True).exclude(
        email=""
    )
    for officer in found.order_by("id")[:5]:
        officer = taken(officer)
        recent = Invitation.objects.filter(
            officer=officer, kind=Invitation.RESET, made_at__gt=now - timedelta(hours=1)
        )
        if recent.count() < RESETS_AN_HOUR:
            make(officer, Invitation.RESET, now)
            ledger.change(thing(officer), "change", before={"reset_asked": ""}, after={"reset_asked": now.isoformat()},
                          by=Actor(OFFICER, officer.id), now=now, reason="asked at the log-in")  # fmt: skip


def find(pk: int, secret: str, now: datetime, *, lock: bool = False) -> Invitation:
    """The link that this secret opens. Raises NoSuchLink."""
    rows = Invitation.objects.select_related("officer")
    row = rows.filter(pk=pk).first() if 0 < pk < 2**63 else None
    if row is not None and lock:
        # the officer first, as every deed does: two at once never wait for each other
        officer = taken(row.officer)
        row = Invitation.objects.select_for_update().get(pk=pk)
        row.officer = officer
    opens = (row or NOBODY).opens(secret, now)
    if row is None or not opens:
        raise NoSuchLink
    return row


@ledger.deed()
def set_password(pk: int, secret: str, password: str, *, now: datetime) -> Officer:
    """Uses the link up: the new password holds, every session and every other link of the officer ends. Raises
    NoSuchLink, or Django's ValidationError for a weak password (the link then still works)."""
    row = find(pk, secret, now, lock=True)
    officer = row.officer
    validate_password(password, officer)
    keep_password(officer, password, now)
    use_up(row, now)
    return officer


def keep_password(officer: Officer, password: str, now: datetime) -> None:
    officer.password = make_password(password)
    officer.save(update_fields=["password"])
    ledger.change(thing(officer), "change", before={"password_at": ""}, after={"password_at": now.isoformat()},
                  by=Actor(OFFICER, officer.id), now=now, reason="by a link")  # fmt: skip


def use_up(row: Invitation, now: datetime) -> None:
    row.used_at, row.due_at = now, None
    row.save(update_fields=["used_at", "due_at"])
    end_sessions(row.officer, now)
    row.officer.refresh_from_db(fields=["session_version", "password"])


# ---- accounts elsewhere (OpenID Connect) ----


class ConnectedOtherwise(Exception):
    """This account elsewhere belongs to another officer, or this officer has another one there."""


@ledger.deed()
def connect(officer: Officer, issuer: str, subject: str, *, now: datetime) -> bool:
    """Lets this account elsewhere log in as this officer, who has just proven to be themselves (a session begun by
    password, or `connect_by_link`). False: it was so already. Raises ConnectedOtherwise."""
    officer = taken(officer)
    held = Connection.objects.select_for_update().filter(
        Q(officer=officer) | Q(subject=subject), issuer=issuer
    )
    for row in held:
        if (row.officer_id, row.subject) != (officer.pk, subject):
            raise ConnectedOtherwise
        return False
    Connection.objects.create(officer=officer, issuer=issuer, subject=subject, made_at=now)
    end_sessions(officer, now)
    ledger.change(thing(officer), "add", before={}, after={"connection": issuer}, by=Actor(OFFICER, officer.id),
                  now=now, reason="by the officer")  # fmt: skip
    return True


@ledger.deed()
def connect_by_link(pk: int, secret: str, issuer: str, subject: str, *, now: datetime) -> Officer:
    """An invitation answered by the account elsewhere instead of a password: its link is used up, and whatever
    password was there before is void (reliability.md S02). A reset link sets passwords only."""
    row = find(pk, secret, now, lock=True)
    if row.kind != Invitation.INVITE:
        raise NoSuchLink
    connect(row.officer, issuer, subject, now=now)
    Officer.objects.filter(pk=row.officer_id).update(password=make_password(None))
    use_up(row, now)
    return row.officer


@ledger.deed()
def disconnect(officer: Officer, issuer: str, *, by: Viewer, now: datetime) -> bool:
    """The account elsewhere opens this one no more; sessions end, for one of them may have begun there."""
    officer = taken(officer)
    if not Connection.objects.filter(officer=officer, issuer=issuer).delete()[0]:
        return False
    end_sessions(officer, now)
    write(officer, "end", {"connection": issuer}, {"connection": ""}, by, now, "by the officer")
    return True
