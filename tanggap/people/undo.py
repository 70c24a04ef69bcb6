"""Taking a Change back. What was done stays in the history; undoing it is a Change of its own. Where something else has
happened since, or nothing can be taken back, the refusal says why."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from tanggap import ledger
from tanggap.access import Viewer
from tanggap.models import Change, Membership, Officer, local_day

from . import partners, rules
from .actions import REASON_LEAST, NotUndoable, PeopleRefused, end_sessions, taken, told_of, write

UNDO = "undo"


NEVER = {
    "account": "account", "invited": "link", "reset_asked": "link", "password_at": "password",
    "password": "password", "second_step": "second_step", "connection": "connection",
}  # fmt: skip
CORRECTED = frozenset({"name", "email", "language"})


Way = Callable[[Change, datetime], dict[str, Any] | None]
"""Puts back what a Change did, and tells what is so now. None: something else has happened since."""
NO_MORE: Mapping[str, Way] = {}


def check_undo(change: Change, more: Mapping[str, Way] = NO_MORE) -> None:
    """Raises NotUndoable where this Change can't be taken back, whatever has happened since."""
    code = why_not([change], more)[change.id]
    if code:
        raise NotUndoable(code)


def why_not(changes: list[Change], more: Mapping[str, Way] = NO_MORE) -> dict[int, str]:
    """Change -> why it can't be undone ("" where it can). `more`: the ways of other rooms, by the kind of thing. One
    statement for all of them."""
    objects = {change.object for change in changes}
    undone = set(Change.objects.filter(object__in=objects, verb=UNDO).values_list("after__undo", flat=True))
    found = {}
    for change in changes:
        never = [code for key, code in NEVER.items() if key in change.after] if of_officer(change) else []
        if change.id in undone:
            found[change.id] = "undone"
        elif change.verb == UNDO:
            found[change.id] = "is_undo"
        else:
            found[change.id] = never[0] if never else "" if way_back(change, more) else "other"
    return found


def of_officer(change: Change) -> bool:
    return change.object.startswith("officer:")


def way_back(change: Change, more: Mapping[str, Way] = NO_MORE) -> Way | None:
    kind = change.object.partition(":")[0]
    if kind in more and "id" in change.after:
        return more[kind]
    if kind == "officer":
        if "membership" in change.after:
            return end_given if change.verb == "add" else revive
        if "active" in change.after:
            return reopen if change.after["active"] is False else close
        if set(change.after) and set(change.after) <= CORRECTED:
            return correct_back
    if kind in ("agency", "handover") and "id" in change.after:
        return rules.undo
    if kind == "partner" and "id" in change.after:
        return partners.undo
    return None


@ledger.deed()
def undo(
    change: Change, *, by: Viewer, now: datetime, reason: str, more: Mapping[str, Way] = NO_MORE
) -> None:
    """Raises NotUndoable, or PeopleRefused ("own", "reason_missing")."""
    if len(reason.strip()) < REASON_LEAST:
        raise PeopleRefused("reason_missing")
    officer = officer_of(change)
    if officer is not None:
        if by.officer is not None and officer.pk == by.officer.pk:
            raise PeopleRefused("own")
        taken(officer)
    check_undo(change, more)
    back = way_back(change, more)
    assert back is not None
    told = back(change, now)
    if told is None:
        raise NotUndoable("moved_on")
    after = told | {"undo": change.id}
    if officer is not None:
        end_sessions(officer, now)
        write(officer, UNDO, {}, after, by, now, reason)
        return
    ledger.change(
        change.object, UNDO, before={}, after=after, by=by.actor, now=now, reason=reason.strip()[:300]
    )


def officer_of(change: Change) -> Officer | None:
    username = change.object.partition(":")[2]
    return Officer.objects.filter(username=username).first() if of_officer(change) else None


def membership_of(change: Change) -> Membership:
    rows = Membership.objects.select_for_update(of=("self",)).select_related("agency", "deputy_for")
    row = rows.filter(pk=change.after["membership"]).first()
    if row is None:
        raise NotUndoable("moved_on")
    return row


def end_given(change: Change, now: datetime) -> dict[str, Any]:
    """A role that was given ends: today, or before it began."""
    row, today = membership_of(change), local_day(now)
    if row.valid_to is not None and row.valid_to <= today:
        raise NotUndoable("moved_on")
    row.valid_to = max(today, row.valid_from)
    row.save(update_fields=["valid_to"])
    return told_of(row)


def revive(change: Change, now: datetime) -> dict[str, Any]:
    """A role that was ended goes on as long as it would have."""
    row = membership_of(change)
    if str(row.valid_to or "") != change.after.get("to", ""):
        raise NotUndoable("moved_on")
    row.valid_to = day(change.before.get("to", ""))
    row.save(update_fields=["valid_to"])
    return told_of(row)


def day(told: str) -> date | None:
    return date.fromisoformat(told) if told else None


def reopen(change: Change, now: datetime) -> dict[str, Any]:
    """Whoever left is back, with the roles that ended that day and nobody has touched since."""
    officer = officer_of(change)
    if officer is None or officer.is_active:
        raise NotUndoable("moved_on")
    Officer.objects.filter(pk=officer.pk).update(is_active=True)
    left_on, back = local_day(change.at), 0
    for key, ended in change.after.get("ended", {}).items():
        back += Membership.objects.filter(pk=int(key), valid_to=left_on).update(valid_to=day(ended))
    return {"active": True, "roles": back}


def close(change: Change, now: datetime) -> dict[str, Any]:
    officer = officer_of(change)
    if officer is None or not officer.is_active:
        raise NotUndoable("moved_on")
    Officer.objects.filter(pk=officer.pk).update(is_active=False)
    return {"active": False}


def correct_back(change: Change, now: datetime) -> dict[str, Any]:
    officer = officer_of(change)
    if officer is None or any(getattr(officer, key) != value for key, value in change.after.items()):
        raise NotUndoable("moved_on")
    for key in change.after:
        setattr(officer, key, change.before.get(key, ""))
    officer.save(update_fields=list(change.after))
    return {key: change.before.get(key, "") for key in change.after}
