"""Partners: written down, changed, ended and begun again. Each deed has a reason, is a Change, and can be undone."""

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from tanggap import ledger
from tanggap.access import Viewer
from tanggap.lib.text import clean
from tanggap.models import Agency, AgencyKind, Area, Change, Membership, Officer, Partner, local_day

from .actions import REASON_LEAST, REASON_LIMIT, NotUndoable, PeopleRefused, end_sessions
from .rules import read_anew

MOST_A_DAY = 1_000


class PartnerRefused(PeopleRefused):
    """`code`: reason_missing, name_missing, code_taken, quota, kind, same, ended, not_ended."""


def thing(row: Partner) -> str:
    return f"partner:{row.agency.code}"


def values(row: Partner) -> dict[str, Any]:
    """A partner as its Change keeps it."""
    return {
        "name": row.agency.name, "kind": row.kind, "daily_quota": row.daily_quota,
        "area": row.area.code if row.area else "", "contact": row.contact, "active": row.active,
    }  # fmt: skip


def check(reason: str, name: str, kind: str, quota: int) -> None:
    if len(reason.strip()) < REASON_LEAST:
        raise PartnerRefused("reason_missing")
    if not clean(name, 120):
        raise PartnerRefused("name_missing")
    if kind not in Partner.KINDS:
        raise PartnerRefused("kind")
    if not 1 <= quota <= MOST_A_DAY:
        raise PartnerRefused("quota")


def taken(row: Partner) -> Partner:
    """The partner's row, locked: two administrators at once do one after the other, and no report comes between."""
    rows = Partner.objects.select_for_update(of=("self",)).select_related("agency", "area")
    return rows.get(pk=row.pk)


@ledger.deed()
def add(code: str, name: str, kind: str, *, quota: int, area: Area | None, contact: str, by: Viewer, now: datetime,
        reason: str) -> Partner:  # fmt: skip
    """An organisation with nobody in it yet. Raises PartnerRefused("code_taken") where an agency has this code."""
    check(reason, name, kind, quota)
    try:
        with transaction.atomic():
            agency = Agency.objects.create(
                code=code, name=clean(name, 120), kind_id=AgencyKind.PARTNER, valid_from=local_day(now),
                source="added by page",
            )  # fmt: skip
    except IntegrityError:
        raise PartnerRefused("code_taken") from None
    row = Partner.objects.create(
        agency=agency, kind=kind, daily_quota=quota, area=area, contact=clean(contact, 200)
    )
    write(row, "add", {}, by, now, reason)
    return row


@ledger.deed()
def change(row: Partner, *, name: str, kind: str, quota: int, area: Area | None, contact: str, by: Viewer,
           now: datetime, reason: str) -> Partner:  # fmt: skip
    """What it is called, how many reports a day it may file, where it is at home. Holds from its next form on."""
    check(reason, name, kind, quota)
    row = taken(row)
    before = values(row)
    row.agency.name, row.kind, row.daily_quota = clean(name, 120), kind, quota
    row.area, row.contact = area, clean(contact, 200)
    if values(row) == before:
        raise PartnerRefused("same")
    save(row)
    write(row, "change", before, by, now, reason)
    return row


@ledger.deed()
def end(row: Partner, *, by: Viewer, now: datetime, reason: str) -> None:
    """Nobody files in its name any more, and all who did are logged out at once. What was filed goes its way."""
    switch(row, on=False, by=by, now=now, reason=reason)


@ledger.deed()
def begin_again(row: Partner, *, by: Viewer, now: datetime, reason: str) -> None:
    """The accounts that still have their role file again."""
    switch(row, on=True, by=by, now=now, reason=reason)


def switch(row: Partner, *, on: bool, by: Viewer, now: datetime, reason: str) -> None:
    row = taken(row)
    check(reason, row.agency.name, row.kind, row.daily_quota)
    if row.active is on:
        raise PartnerRefused("not_ended" if on else "ended")
    before = values(row)
    row.active = on
    save(row)
    end_all_sessions(row, now)
    write(row, "change" if on else "end", before, by, now, reason)


def save(row: Partner) -> None:
    row.agency.save(update_fields=["name"])
    row.save()


def end_all_sessions(row: Partner, now: datetime) -> None:
    for officer in Officer.objects.filter(
        memberships__in=Membership.objects.filter(agency=row.agency_id)
    ).distinct():
        end_sessions(officer, now)


def write(row: Partner, verb: str, before: dict[str, Any], by: Viewer, now: datetime, reason: str) -> None:
    ledger.change(thing(row), verb, before=before, after=values(row) | {"id": row.pk}, by=by.actor, now=now,
                  reason=reason.strip()[:REASON_LIMIT])  # fmt: skip
    read_anew()


def undo(given: Change, now: datetime) -> dict[str, Any]:
    """The partner as it was; one that was added ends. Raises NotUndoable where it has changed since."""
    row = Partner.objects.filter(pk=given.after["id"]).first()
    row = taken(row) if row is not None else None
    told = {key: value for key, value in given.after.items() if key != "id"}
    if row is None or any(values(row)[key] != value for key, value in told.items()):
        raise NotUndoable("moved_on")
    was = {"active": False} if given.verb == "add" else given.before
    for key, value in was.items():
        put_back(row, key, value)
    save(row)
    if "active" in was:
        end_all_sessions(row, now)
    read_anew()
    return values(row)


def put_back(row: Partner, key: str, value: Any) -> None:
    if key == "name":
        row.agency.name = value
    elif key == "area":
        row.area = Area.objects.filter(code=value).first()
    else:
        setattr(row, key, value)
