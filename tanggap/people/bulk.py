"""Many officers at once, from a list: what would change is worked out first and shown; then all of it happens, or none.

The list is the whole truth about the officers it names: their roles that are not in it end. Officers it does not name
are left alone, and so are deputies' days, which end by themselves.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.contrib.auth.hashers import make_password
from django.db import connection
from django.db.models import F
from django.db.models.functions import Lower

from tanggap import ledger
from tanggap.access import Viewer
from tanggap.models import Agency, Change, Connection, Invitation, Membership, Officer, Role, local_day

from .actions import PeopleRefused, thing, told_of, void_links
from .links import LASTS

BATCH = 500  # changes between two steps of the progress bar
LOCK = 0x7A66_0010  # two lists at once would both see the same officers as new
ADDED, CHANGED, ENDED = "added", "changed", "ended"
Show = Callable[[int, int], None]


@dataclass(frozen=True)
class Wanted:
    """One line of a list: an officer, and one role of theirs (none: the account alone)."""

    line: int
    username: str
    name: str
    email: str
    language: str
    agency: Agency | None = None
    role: Role | None = None
    begins: date | None = None
    ends: date | None = None
    deputy_for: str = ""


@dataclass(frozen=True)
class Step:
    """One thing that the list changes. `row` is the account or the role as it will be."""

    kind: str
    username: str
    words: str
    row: Any = field(compare=False)
    before: dict[str, Any] = field(compare=False, default_factory=dict)


@dataclass
class Plan:
    """What a list comes to. `left`: active officers whom it does not name."""

    steps: list[Step] = field(default_factory=list)
    unchanged: int = 0
    left: int = 0
    officers: dict[str, Officer] = field(default_factory=dict)

    def count(self, kind: str) -> int:
        return sum(step.kind == kind for step in self.steps)


class BadLine(Exception):
    """A line that fits its file but not the tables: `column` and the reason."""

    def __init__(self, line: int, column: str, reason: str):
        super().__init__(reason)
        self.line, self.column, self.reason = line, column, reason


class Moved(PeopleRefused):
    """Somebody has changed these officers since the difference was shown."""

    def __init__(self) -> None:
        super().__init__("moved")


class NobodyLeft(PeopleRefused):
    """After this list nobody would look after people any more."""

    def __init__(self) -> None:
        super().__init__("nobody_left")


# ---- what would change ----


def plan(wanted: Sequence[Wanted], now: datetime) -> Plan:
    """Few statements, whatever the length of the list. Raises BadLine; changes nothing."""
    made, today = Plan(), local_day(now)
    names = {one.username for one in wanted} | {one.deputy_for for one in wanted if one.deputy_for}
    known = Officer.objects.annotate(low=Lower("username")).filter(low__in=names)
    made.officers = {row.low: row for row in known}
    listed = {one.username for one in wanted}
    made.left = Officer.objects.filter(is_active=True).exclude(username__in=listed).count()
    for one in {one.username: one for one in wanted}.values():
        plan_account(made, one)
    held = roles_held(made.officers.values(), today)
    for one in wanted:
        if one.agency is not None and one.role is not None:
            plan_role(made, one, held, today)
    for username in sorted(listed):
        for row in held.get(username, ()):
            if row.deputy_for_id is None and (row.valid_to is None or row.valid_to > today):
                before = told_of(row)
                row.valid_to = max(today, row.valid_from)
                made.steps.append(Step(ENDED, username, said(row), row, before))
    return made


def plan_account(made: Plan, one: Wanted) -> None:
    officer = made.officers.get(one.username)
    if officer is None:
        officer = Officer(username=one.username, name=one.name, email=one.email, language=one.language)
        made.officers[one.username] = officer
        made.steps.append(
            Step(ADDED, one.username, f"{one.name}, {one.email or 'no e-mail address'}", officer)
        )
        return
    if not officer.is_active:
        raise BadLine(
            one.line, "username", f"the account {one.username!r} is closed; open it again on its page first"
        )
    now_is = {"name": one.name, "email": one.email, "language": one.language}
    before = {key: getattr(officer, key) for key in now_is}
    if before == now_is:
        made.unchanged += 1
        return
    for key, value in now_is.items():
        setattr(officer, key, value)
    told = ", ".join(f"{key}: {before[key] or '-'} -> {value or '-'}" for key, value in now_is.items()
                     if before[key] != value)  # fmt: skip
    made.steps.append(Step(CHANGED, one.username, told, officer, before))


def roles_held(officers: Iterable[Officer], today: date) -> dict[str, list[Membership]]:
    known = [row for row in officers if row.pk]
    rows = Membership.objects.filter(officer__in=known).select_related(
        "agency", "role", "officer", "deputy_for"
    )
    found: dict[str, list[Membership]] = {}
    for row in rows.order_by("id"):
        found.setdefault(row.officer.username.lower(), []).append(row)
    return found


def plan_role(made: Plan, one: Wanted, held: dict[str, list[Membership]], today: date) -> None:
    """The row of the same role that still holds, or the very row that has ended already, else a new one."""
    mine = held.get(one.username, [])
    same = [row for row in mine if (row.agency_id, row.role_id) == (one.agency.pk, one.role.pk)
            and (row.deputy_for.username.lower() if row.deputy_for else "") == one.deputy_for]  # fmt: skip
    running = [row for row in same if row.valid_to is None or row.valid_to > today]
    row = next(
        (row for row in running if one.begins in (None, row.valid_from)), running[0] if running else None
    )
    row = row or next(
        (row for row in same if row.valid_to == one.ends and one.begins in (None, row.valid_from)), None
    )
    if row is None:
        plan_new_role(made, one, today)
        return
    mine.remove(row)
    before = told_of(row)
    row.valid_from, row.valid_to = one.begins or row.valid_from, one.ends
    if told_of(row) == before:
        made.unchanged += 1
        return
    made.steps.append(Step(CHANGED, one.username, f"{said(row)} (was {days(before)})", row, before))


def plan_new_role(made: Plan, one: Wanted, today: date) -> None:
    begins = one.begins or today
    if one.ends is not None and one.ends <= max(begins, today):
        late = "is over already" if one.ends <= today else f"is not after from ({begins})"
        raise BadLine(one.line, "to", f"{one.ends} {late}")
    absent = made.officers[one.deputy_for] if one.deputy_for else None
    row = Membership(officer=made.officers[one.username], agency=one.agency, role=one.role, valid_from=begins,
                     valid_to=one.ends, deputy_for=absent)  # fmt: skip
    made.steps.append(Step(ADDED, one.username, said(row), row))


def days(told: dict[str, Any]) -> str:
    return f"from {told['from']}" + (f" to {told['to']}" if told["to"] else "")


def said(row: Membership) -> str:
    told = told_of(row)
    return f"{told['role']} at {told['agency']} {days(told)}" + (
        f" for {told['for']}" if "for" in told else ""
    )


# ---- all of it, or none ----


@ledger.deed()
def apply(wanted: Sequence[Wanted], shown: Plan, *, by: Viewer, now: datetime, reason: str, invite: bool = False,
          show: Show = lambda done, total: None) -> dict[str, int]:  # fmt: skip
    """Does what `shown` says. Raises Moved where that is no longer what the list comes to, or NobodyLeft. Returns how
    many officers were invited, and how many could not be for want of an address."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    list(
        Officer.objects.select_for_update()
        .filter(username__in={one.username for one in wanted})
        .order_by("id")
    )
    ruled = administrators(now)
    made = plan(wanted, now)
    if made.steps != shown.steps:
        raise Moved
    save(made)
    for first in range(0, len(made.steps), BATCH):
        steps = made.steps[first : first + BATCH]
        ledger.change_all(note(step, by, now, reason) for step in steps)
        show(first + len(steps), len(made.steps))
    end_all_sessions(made, now)
    told = invite_all(made, {one.username for one in wanted}, by, now, reason) if invite else {}
    if ruled and not administrators(now):
        raise NobodyLeft
    return told


def administrators(now: datetime) -> int:
    rows = Membership.objects.current(now).filter(role=Membership.ADMINISTRATOR, officer__is_active=True)
    return rows.count()


def save(made: Plan) -> None:
    born = [step.row for step in made.steps if step.kind == ADDED and isinstance(step.row, Officer)]
    for officer in born:
        officer.password = make_password(None)
    Officer.objects.bulk_create(born)
    kept = [step.row for step in made.steps if step.kind == CHANGED and isinstance(step.row, Officer)]
    Officer.objects.bulk_update(kept, ["name", "email", "language"], batch_size=500)
    roles = [step for step in made.steps if isinstance(step.row, Membership)]
    for step in roles:
        step.row.officer_id = step.row.officer.pk  # the account may have been born a moment ago
        step.row.deputy_for_id = step.row.deputy_for.pk if step.row.deputy_for else None
    Membership.objects.bulk_create([step.row for step in roles if step.kind == ADDED])
    other = [step.row for step in roles if step.kind != ADDED]
    Membership.objects.bulk_update(other, ["valid_from", "valid_to"], batch_size=500)


def note(step: Step, by: Viewer, now: datetime, reason: str) -> Change:
    row = step.row
    if isinstance(row, Officer):
        told = {"name": row.name, "email": row.email, "language": row.language}
        after = told | {"account": row.pk} if step.kind == ADDED else told
        verb = "add" if step.kind == ADDED else "change"
        return ledger.changed(
            thing(row), verb, before=step.before, after=after, by=by.actor, now=now, reason=reason
        )
    verb = {ADDED: "add", CHANGED: "change", ENDED: "end"}[step.kind]
    before = step.before | {"role": ""} if step.before else {}
    after = told_of(row) | {"membership": row.pk}
    return ledger.changed(
        thing(row.officer), verb, before=before, after=after, by=by.actor, now=now, reason=reason
    )


def end_all_sessions(made: Plan, now: datetime) -> None:
    """Of those whose roles have changed; whoever never logged in keeps the invitation that waits."""
    touched = {
        step.row.officer.pk: step.row.officer for step in made.steps if isinstance(step.row, Membership)
    }
    elsewhere = connected(touched)
    old = [pk for pk, officer in touched.items() if pk in elsewhere or officer.has_usable_password()]
    Officer.objects.filter(pk__in=old).update(session_version=F("session_version") + 1)
    Invitation.objects.filter(officer__in=old, used_at=None, expires_at__gt=now).update(
        expires_at=now, due_at=None
    )
    for step in made.steps:
        if step.kind == CHANGED and isinstance(step.row, Officer) and step.before["email"] != step.row.email:
            void_links(step.row, now)


def connected(ids: Iterable[int]) -> set[int]:
    """Of these officers those who log in with an account elsewhere."""
    return set(Connection.objects.filter(officer__in=list(ids)).values_list("officer_id", flat=True))


def invite_all(made: Plan, listed: set[str], by: Viewer, now: datetime, reason: str) -> dict[str, int]:
    """Everybody of the list who has no way in yet and no invitation that waits."""
    mine = [made.officers[username] for username in sorted(listed)]
    waiting = set(
        Invitation.objects.filter(
            officer__in=mine, kind=Invitation.INVITE, used_at=None, expires_at__gt=now
        ).values_list("officer_id", flat=True)
    )
    elsewhere = connected(row.pk for row in mine)
    without = [row for row in mine if not row.has_usable_password() and row.pk not in waiting | elsewhere]
    ready = [row for row in without if row.email]
    lasts = LASTS[Invitation.INVITE]
    Invitation.objects.bulk_create(
        Invitation(
            officer=row,
            kind=Invitation.INVITE,
            by=by.officer,
            made_at=now,
            expires_at=now + lasts,
            due_at=now,
        )
        for row in ready
    )
    after = {"invited": now.isoformat()}
    ledger.change_all(
        ledger.changed(
            thing(row), "change", before={"invited": ""}, after=after, by=by.actor, now=now, reason=reason
        )
        for row in ready
    )
    return {"invited": len(ready), "without_address": len(without) - len(ready)}
