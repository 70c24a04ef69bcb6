"""What is done to officers: add, correct, give and end roles, stand in, leave, come back. Each deed is one transaction,
needs a reason, and ends in a Change. A changed role ends every session of its officer at the next request."""

from datetime import date, datetime, timedelta
from typing import Any

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction
from django.db.models import F

from tanggap import ledger
from tanggap.access import Viewer
from tanggap.lib.text import clean
from tanggap.models import Agency, AgencyKind, Change, Invitation, Membership, Officer, Role, local_day
from tanggap.models.event import OFFICER, Actor

REASON_LIMIT = 300
REASON_LEAST = 5
LONGEST_LEAVE = timedelta(days=366)


class PeopleRefused(Exception):
    """`code` names the sentence: own, twice, ended, reason_missing, closed, not_closed, name_taken, name_missing,
    no_email, days, days_past, leave_long, deputy_self, deputy_nothing, no_second, same, partner_role, both."""

    def __init__(self, code: str):
        super().__init__(code)
        self.code = code


class NotUndoable(PeopleRefused):
    """`code`: moved_on, undone, is_undo, in_use, account, link, password, second_step, connection, other."""


def check(officer: Officer, by: Viewer, reason: str) -> None:
    """Nobody changes their own powers; every change has a reason."""
    if by.officer is not None and officer.pk == by.officer.pk:
        raise PeopleRefused("own")
    if len(reason.strip()) < REASON_LEAST:
        raise PeopleRefused("reason_missing")


def taken(officer: Officer) -> Officer:
    """The officer's row, locked: two administrators at once do one after the other."""
    return Officer.objects.select_for_update().get(pk=officer.pk)


def thing(officer: Officer) -> str:
    return f"officer:{officer.username}"


def write(officer: Officer, verb: str, before: dict[str, Any], after: dict[str, Any], by: Viewer, now: datetime,
          reason: str) -> Change:  # fmt: skip
    return ledger.change(thing(officer), verb, before=before, after=after, by=by.actor, now=now,
                         reason=reason.strip()[:REASON_LIMIT])  # fmt: skip


def end_sessions(officer: Officer, now: datetime) -> None:
    """Every session ends at its next request, and every link that waits is void: both are made with this number."""
    Officer.objects.filter(pk=officer.pk).update(session_version=F("session_version") + 1)
    void_links(officer, now)


def void_links(officer: Officer, now: datetime) -> None:
    waiting = Invitation.objects.filter(officer=officer, used_at=None, expires_at__gt=now)
    waiting.update(expires_at=now, due_at=None)


# ---- accounts ----


@ledger.deed()
def add(username: str, name: str, email: str, language: str = "id", *, by: Viewer, now: datetime,
        reason: str) -> Officer:  # fmt: skip
    """A new account, without a password and without a role. Raises PeopleRefused("name_taken") where the user name
    exists, however it is written."""
    if len(reason.strip()) < REASON_LEAST:
        raise PeopleRefused("reason_missing")
    username, name = username.strip().lower(), clean(name, 120)
    if not name:
        raise PeopleRefused("name_missing")
    if Officer.objects.filter(username__iexact=username).exists():
        raise PeopleRefused("name_taken")
    try:
        with transaction.atomic():
            officer = Officer.objects.create(username=username, name=name, email=email.strip(),
                                             language=known(language), password=make_password(None))  # fmt: skip
    except IntegrityError:
        raise PeopleRefused("name_taken") from None
    told = {"name": name, "email": officer.email, "language": officer.language}
    write(officer, "add", {}, {"account": officer.id} | told, by, now, reason)
    return officer


def known(language: str) -> str:
    return language if language in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE


@ledger.deed()
def correct(officer: Officer, name: str, email: str, language: str, *, by: Viewer, now: datetime,
            reason: str) -> None:  # fmt: skip
    """Name, address, language. An address is a way in (a link goes there): a new one voids the links that wait."""
    check(officer, by, reason)
    officer = taken(officer)
    before = {"name": officer.name, "email": officer.email, "language": officer.language}
    after = {"name": clean(name, 120), "email": email.strip(), "language": known(language)}
    if not after["name"]:
        raise PeopleRefused("name_missing")
    if before == after:
        raise PeopleRefused("same")
    officer.name, officer.email, officer.language = after["name"], after["email"], after["language"]
    officer.save(update_fields=["name", "email", "language"])
    if before["email"] != after["email"]:
        void_links(officer, now)
    write(officer, "change", before, after, by, now, reason)


@ledger.deed()
def leave(officer: Officer, *, by: Viewer, now: datetime, reason: str) -> None:
    """The account closes, its roles end today, every session ends. The history keeps the name."""
    check(officer, by, reason)
    officer, today = taken(officer), local_day(now)
    if not officer.is_active:
        raise PeopleRefused("closed")
    held = Membership.objects.filter(officer=officer).exclude(valid_to__lte=today)
    ended = {str(row.id): str(row.valid_to or "") for row in held}
    held.update(valid_to=today)
    Officer.objects.filter(pk=officer.pk).update(is_active=False)
    end_sessions(officer, now)
    write(
        officer, "change", {"active": True, "ended": {}}, {"active": False, "ended": ended}, by, now, reason
    )


@ledger.deed()
def come_back(officer: Officer, *, by: Viewer, now: datetime, reason: str) -> None:
    """The account opens again. Roles that ended stay ended: they are given anew."""
    check(officer, by, reason)
    officer = taken(officer)
    if officer.is_active:
        raise PeopleRefused("not_closed")
    Officer.objects.filter(pk=officer.pk).update(is_active=True)
    end_sessions(officer, now)
    write(officer, "change", {"active": False}, {"active": True}, by, now, reason)


@ledger.deed()
def drop_second_step(officer: Officer, *, by: Viewer, now: datetime, reason: str) -> None:
    """The telephone is lost and so are the emergency codes: the second step is set up anew at the next log-in."""
    check(officer, by, reason)
    officer = taken(officer)
    if not Authenticator.objects.filter(user=officer).exists():
        raise PeopleRefused("no_second")
    Authenticator.objects.filter(user=officer).delete()
    end_sessions(officer, now)
    write(officer, "change", {"second_step": "on"}, {"second_step": "off"}, by, now, reason)


@ledger.deed()
def note_second_step(officer: Officer, on: bool, *, now: datetime) -> None:
    """The officer has switched it on or off themselves. Sessions that were begun without it end."""
    end_sessions(taken(officer), now)
    before, after = ("off", "on") if on else ("on", "off")
    ledger.change(thing(officer), "change", before={"second_step": before}, after={"second_step": after},
                  by=Actor(OFFICER, officer.pk), now=now, reason="by the officer")  # fmt: skip


# ---- roles ----


def told_of(row: Membership) -> dict[str, Any]:
    """A role as its Change keeps it."""
    told = {
        "role": row.role_id,
        "agency": row.agency.code,
        "from": str(row.valid_from),
        "to": str(row.valid_to or ""),
    }
    return told | ({"for": row.deputy_for.username} if row.deputy_for else {})


def check_days(begins: date, ends: date | None, today: date) -> None:
    if ends is not None and ends <= begins:
        raise PeopleRefused("days")
    if ends is not None and ends <= today:
        raise PeopleRefused("days_past")


def check_side(officer: Officer, agency: Agency, role: Role, begins: date, ends: date | None) -> None:
    """A partner's role is held at a partner and nowhere else; and an account is an officer's or one partner's, never
    both in the same days: whose name it acts in must be beyond doubt."""
    outside = agency.kind_id == AgencyKind.PARTNER
    if outside != (role.pk == Membership.PARTNER):
        raise PeopleRefused("partner_role")
    rows = Membership.objects.filter(officer=officer).exclude(valid_to__lte=begins)
    rows = rows.filter(valid_from__lt=ends) if ends else rows
    if (rows.exclude(agency=agency) if outside else rows.filter(role=Membership.PARTNER)).exists():
        raise PeopleRefused("both")


def overlapping(officer: Officer, agency: Agency, role: Role, begins: date, ends: date | None,
                deputy_for: Officer | None = None) -> bool:  # fmt: skip
    rows = Membership.objects.filter(officer=officer, agency=agency, role=role, deputy_for=deputy_for)
    rows = rows.exclude(valid_to__lte=begins)
    return (rows.filter(valid_from__lt=ends) if ends else rows).exists()


@ledger.deed()
def give_role(officer: Officer, agency: Agency, role: Role, *, by: Viewer, now: datetime, reason: str,
              begins: date | None = None, ends: date | None = None) -> Membership:  # fmt: skip
    """A role at an agency from a day (today) to a day (open). It holds at its first request after midnight."""
    check(officer, by, reason)
    officer, today = taken(officer), local_day(now)
    if not officer.is_active:
        raise PeopleRefused("closed")
    begins = begins or today
    check_days(begins, ends, today)
    check_side(officer, agency, role, begins, ends)
    if overlapping(officer, agency, role, begins, ends):
        raise PeopleRefused("twice")
    row = Membership.objects.create(
        officer=officer, agency=agency, role=role, valid_from=begins, valid_to=ends
    )
    if officer.has_usable_password() or officer.connections.exists():
        end_sessions(officer, now)  # whoever never logged in has none, and their invitation goes on working
    write(officer, "add", {}, told_of(row) | {"membership": row.id}, by, now, reason)
    return row


@ledger.deed()
def end_role(row: Membership, *, by: Viewer, now: datetime, reason: str, ends: date | None = None) -> None:
    """Ends on a day to come, or today, at once."""
    check(row.officer, by, reason)
    officer, today = taken(row.officer), local_day(now)
    row = (
        Membership.objects.select_for_update(of=("self",))
        .select_related("agency", "deputy_for")
        .get(pk=row.pk)
    )
    if row.valid_to is not None and row.valid_to <= today:
        raise PeopleRefused("ended")
    if ends is not None and ends < today:
        raise PeopleRefused("days_past")
    before = told_of(row)
    # a role that would have begun later never does
    row.valid_to = max(ends or today, row.valid_from) if row.valid_from > today else ends or today
    row.save(update_fields=["valid_to"])
    end_sessions(officer, now)
    # the role itself must stay readable in a Change that keeps what differs
    write(officer, "end", before | {"role": ""}, told_of(row) | {"membership": row.id}, by, now, reason)


@ledger.deed()
def deputise(officer: Officer, absent: Officer, *, begins: date, ends: date, by: Viewer, now: datetime,
             reason: str) -> list[Membership]:  # fmt: skip
    """`officer` stands in for `absent` on these days: the roles that `absent` holds in that time, in the deputy's own
    name. What is done so says for whom. A deputy's own roles stay as they are."""
    check(officer, by, reason)
    if by.officer is not None and absent.pk == by.officer.pk:
        raise PeopleRefused("own")  # an administrator hands their own powers on by another administrator
    officer, today = taken(officer), local_day(now)
    if officer.pk == absent.pk:
        raise PeopleRefused("deputy_self")
    if not officer.is_active:
        raise PeopleRefused("closed")
    check_days(begins, ends, today)
    if ends - begins > LONGEST_LEAVE:
        raise PeopleRefused("leave_long")
    # deputies of deputies would hide whose work it is
    held = Membership.objects.filter(officer=absent, deputy_for=None, valid_from__lt=ends).exclude(
        valid_to__lte=begins
    )
    born = []
    for row in held.select_related("agency", "role").order_by("id"):
        check_side(officer, row.agency, row.role, begins, ends)
        if overlapping(officer, row.agency, row.role, begins, ends, absent):
            raise PeopleRefused("twice")
        first, last = max(begins, row.valid_from), min(ends, row.valid_to or ends)
        born.append(Membership(officer=officer, agency=row.agency, role=row.role, deputy_for=absent,
                               valid_from=first, valid_to=last))  # fmt: skip
    if not born:
        raise PeopleRefused("deputy_nothing")
    for row in Membership.objects.bulk_create(born):
        write(officer, "add", {}, told_of(row) | {"membership": row.id}, by, now, reason)
    end_sessions(officer, now)
    return born
