"""Agencies and hand-overs, changed by page: each with a day, a reason and a way back. The city's files stay the
source: whoever changes a rule here writes it there too, or the next load of changed files brings the old one back."""

from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, models, transaction
from django.db.models import F

from tanggap import ledger
from tanggap.access import Viewer
from tanggap.lib.text import clean
from tanggap.models import Agency, AgencyKind, Case, City, Handover, Membership, Reference, Role, local_day
from tanggap.workflow import OPEN

from .actions import REASON_LEAST, NotUndoable, PeopleRefused

STEPS = ("refer", "delegate", "transfer", "return")
AGENCY = ("name", "short", "email", "parent", "valid_from", "valid_to")


class RuleRefused(PeopleRefused):
    """`code`: code_taken, days, same, ended, holds_cases, last_office, circle, step, partner."""


def change_rule(
    row: models.Model, verb: str, before: dict[str, Any], by: Viewer, now: datetime, reason: str
) -> None:
    """Written down, and every process reads the rules anew."""
    after = values(row)
    differs = any(before.get(key) != value for key, value in after.items())
    if verb == "change" and not differs:
        raise RuleRefused("same")
    ledger.change(thing(row), verb, before=before, after=after | {"id": row.pk}, by=by.actor, now=now,
                  reason=reason.strip()[:300])  # fmt: skip
    read_anew()


def read_anew() -> None:
    City.objects.update(version=F("version") + 1)
    transaction.on_commit(Reference.forget)


def thing(row: models.Model) -> str:
    if isinstance(row, Agency):
        return f"agency:{row.code}"
    return f"handover:{row.from_kind_id}.{row.step}.{row.to_kind_id}"[:120]


def values(row: Any) -> dict[str, Any]:
    """A row as its Change keeps it."""
    days = {"valid_from": str(row.valid_from), "valid_to": str(row.valid_to or "")}
    if isinstance(row, Agency):
        parent = row.parent.code if row.parent else ""
        return {"name": row.name, "short": row.short, "email": row.email, "parent": parent} | days
    return {"own_unit": row.own_unit, "approval_role": row.approval_role, "legal": row.legal} | days


def check(reason: str, begins: date, ends: date | None) -> None:
    if len(reason.strip()) < REASON_LEAST:
        raise RuleRefused("reason_missing")
    if ends is not None and ends <= begins:
        raise RuleRefused("days")


@ledger.deed()
def add_agency(code: str, name: str, kind: AgencyKind, *, parent: Agency | None, begins: date, by: Viewer,
               now: datetime, reason: str, short: str = "", email: str = "") -> Agency:  # fmt: skip
    check(reason, begins, None)
    if kind.code == AgencyKind.PARTNER:
        raise RuleRefused("partner")  # it has a quota, and its own page
    try:
        with transaction.atomic():
            row = Agency.objects.create(code=code, name=clean(name, 120), short=clean(short, 60), kind=kind,
                                        parent=parent, email=email.strip(), valid_from=begins,
                                        source="added by page")  # fmt: skip
    except IntegrityError:
        raise RuleRefused("code_taken") from None
    change_rule(row, "add", {}, by, now, reason)
    return row


@ledger.deed()
def change_agency(row: Agency, *, name: str, short: str, email: str, parent: Agency | None, begins: date,
                  ends: date | None, by: Viewer, now: datetime, reason: str) -> Agency:  # fmt: skip
    """Name, address, place in the house, and the days it exists. Nobody's work is left with an agency that ends."""
    check(reason, begins, ends)
    row = Agency.objects.select_for_update(of=("self",)).select_related("parent", "area").get(pk=row.pk)
    before = values(row)
    if parent is not None and row.pk in {parent.pk, *(above.pk for above in parent.parents())}:
        raise RuleRefused("circle")
    if ends is not None and ends != row.valid_to:
        check_end(row, ends, now)
    row.name, row.short, row.email, row.parent = clean(name, 120), clean(short, 60), email.strip(), parent
    row.valid_from, row.valid_to = begins, ends
    row.save(update_fields=list(AGENCY))
    change_rule(row, "end" if ends and before["valid_to"] != str(ends) else "change", before, by, now, reason)
    return row


def check_end(row: Agency, ends: date, now: datetime) -> None:
    if ends <= local_day(now) and Case.objects.filter(holder=row, status__in=OPEN).exists():
        raise RuleRefused("holds_cases")
    others = Agency.objects.filter(area=row.area, kind=row.kind, valid_to=None).exclude(pk=row.pk)
    if row.area_id and row.kind_id == row.area.level and not others.exists():
        raise RuleRefused("last_office")


@ledger.deed()
def add_handover(giver: AgencyKind, step: str, taker: AgencyKind, *, own_unit: bool, approval_role: str, begins: date,
                 ends: date | None, legal: str, by: Viewer, now: datetime, reason: str) -> Handover:  # fmt: skip
    """A way that was closed until now. Raises RuleRefused("twice") where such a row holds in these days."""
    check(reason, begins, ends)
    if AgencyKind.PARTNER in (giver.code, taker.code):
        raise RuleRefused("partner")
    if step not in STEPS or (approval_role and not Role.objects.filter(code=approval_role).exists()):
        raise RuleRefused("step")
    same = Handover.objects.filter(from_kind=giver, step=step, to_kind=taker, own_unit=own_unit)
    same = same.exclude(valid_to__lte=begins)
    if (same.filter(valid_from__lt=ends) if ends else same).exists():
        raise RuleRefused("twice")
    row = Handover.objects.create(from_kind=giver, step=step, to_kind=taker, own_unit=own_unit, legal=clean(legal, 200),
                                  approval_role=approval_role, valid_from=begins, valid_to=ends)  # fmt: skip
    change_rule(row, "add", {}, by, now, reason)
    return row


@ledger.deed()
def end_handover(row: Handover, *, ends: date, by: Viewer, now: datetime, reason: str) -> None:
    """From that day nobody hands this way any more; what was handed stays where it is."""
    row = Handover.objects.select_for_update().get(pk=row.pk)
    check(reason, row.valid_from, None)
    if row.valid_to is not None and row.valid_to <= local_day(now):
        raise RuleRefused("ended")
    before = values(row)
    row.valid_to = max(ends, row.valid_from)
    row.save(update_fields=["valid_to"])
    change_rule(row, "end", before, by, now, reason)


def undo(change: Any, now: datetime) -> dict[str, Any]:
    """The row as it was; what was added ends today. Raises NotUndoable where it has changed since."""
    model = Agency if change.object.startswith("agency:") else Handover
    row = model.objects.filter(pk=change.after["id"]).select_for_update(of=("self",)).first()
    told = {key: value for key, value in change.after.items() if key != "id"}
    if row is None or any(values(row).get(key) != value for key, value in told.items()):
        raise NotUndoable("moved_on")
    if change.verb == "add":
        if isinstance(row, Agency) and in_use(row, now):
            raise NotUndoable("in_use")
        row.valid_to = max(local_day(now), row.valid_from)
    for key, value in change.before.items() if change.verb != "add" else ():
        put_back(row, key, value)
    row.save()
    read_anew()
    return values(row)


def in_use(row: Agency, now: datetime) -> bool:
    held = Case.objects.filter(holder=row, status__in=OPEN).exists()
    return held or Membership.objects.current(now).filter(agency=row).exists()


def put_back(row: Any, key: str, value: Any) -> None:
    if key in ("valid_from", "valid_to"):
        setattr(row, key, date.fromisoformat(value) if value else None)
    elif key == "parent":
        row.parent = Agency.objects.filter(code=value).first()
    else:
        setattr(row, key, value)
