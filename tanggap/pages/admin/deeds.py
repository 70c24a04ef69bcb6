"""What an administrator does to people and to parked rows. Each deed is one transaction, needs a reason, and ends
in a Change; a changed role ends all sessions of its officer."""

from datetime import datetime

from django.db.models import F

from tanggap import due, flow, ledger
from tanggap.access import Viewer
from tanggap.models import Agency, Membership, Officer, Role, local_day

REASON_LIMIT = 300


class AdminRefused(Exception):
    """`code` names the sentence: own, twice, ended, reason_missing."""

    def __init__(self, code: str):
        super().__init__(code)
        self.code = code


def check(officer: Officer, by: Viewer, reason: str) -> None:
    """Nobody changes their own powers; every change has a reason."""
    if by.officer is not None and officer.pk == by.officer.pk:
        raise AdminRefused("own")
    if len(reason.strip()) < 5:
        raise AdminRefused("reason_missing")


@ledger.deed()
def add(
    officer: Officer, agency: Agency, role: Role, *, by: Viewer, now: datetime, reason: str
) -> Membership:
    check(officer, by, reason)
    if Membership.objects.current(now).filter(officer=officer, agency=agency, role=role).exists():
        raise AdminRefused("twice")
    row = Membership.objects.create(officer=officer, agency=agency, role=role, valid_from=local_day(now))
    written(
        officer,
        "add",
        {},
        {"role": role.code, "agency": agency.code, "from": str(row.valid_from)},
        by,
        now,
        reason,
    )
    return row


@ledger.deed()
def end(row: Membership, *, by: Viewer, now: datetime, reason: str) -> None:
    """Ends today, at once."""
    check(row.officer, by, reason)
    row = (
        Membership.objects.select_for_update(of=("self",)).select_related("officer", "agency").get(pk=row.pk)
    )
    if row.valid_to is not None and row.valid_to <= local_day(now):
        raise AdminRefused("ended")
    before = {"role": row.role_id, "agency": row.agency.code, "to": str(row.valid_to or "")}
    row.valid_to = local_day(now)
    row.save(update_fields=["valid_to"])
    written(row.officer, "end", before, before | {"to": str(row.valid_to)}, by, now, reason)


@ledger.deed()
def activate(officer: Officer, active: bool, *, by: Viewer, now: datetime, reason: str) -> None:
    """Close an account, or open it again. Roles stay as they are."""
    check(officer, by, reason)
    Officer.objects.filter(pk=officer.pk).update(is_active=active)
    written(officer, "change", {"active": not active}, {"active": active}, by, now, reason)


def written(
    officer: Officer, verb: str, before: dict, after: dict, by: Viewer, now: datetime, reason: str
) -> None:
    Officer.objects.filter(pk=officer.pk).update(session_version=F("session_version") + 1)
    # a Change keeps what differs; the role itself must stay readable in it
    told = {**before, "role": ""} if verb != "change" else before
    ledger.change(f"officer:{officer.username}", verb, before=told, after=after, by=by.actor, now=now,
                  reason=reason.strip()[:REASON_LIMIT])  # fmt: skip


KINDS: dict[str, due.Kind] = {kind.model.__name__.lower(): kind for kind in flow.KINDS}


@ledger.deed()
def try_again(name: str, row_id: int, *, by: Viewer, now: datetime) -> bool:
    """A parked row is due again, with all its tries; False when it is parked no more."""
    model = KINDS[name].model
    done = model.objects.filter(pk=row_id, parked_at__isnull=False).update(
        parked_at=None, attempts=0, due_at=now
    )
    if done:
        ledger.change(f"{name}:{row_id}", "change", before={"parked": True}, after={"parked": False}, by=by.actor,
                      now=now, reason="try again")  # fmt: skip
    return bool(done)
