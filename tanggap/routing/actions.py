"""Hand-overs: route, refer, delegate, transfer (with approval), arbitrate, refuse (returns), divide."""

from collections.abc import Sequence
from datetime import datetime
from uuid import uuid4

from tanggap import access, ledger, workflow
from tanggap.access import Viewer
from tanggap.ledger import deed
from tanggap.lib.text import clean
from tanggap.models import (
    Agency,
    AgencyKind,
    Assignment,
    Case,
    Category,
    City,
    Event,
    Handover,
    Reason,
    Reference,
    Report,
    Task,
    local_day,
    valid_on,
)
from tanggap.workflow import DELEGATE, REFER, RETURN, ROUTE, TRANSFER

NOTE_LIMIT = 2000
PING_PONG = 3  # hand-overs after the first after which the arbiter gets a task


class RoutingRefused(Exception):
    """A hand-over the facts don't allow. `code` names the sentence, `to` and `rule` fill it."""

    code = "refused"

    def __init__(self, to: Agency | None = None, competent: Agency | None = None):
        super().__init__(f"{self.code}: {to}")
        self.to, self.competent = to, competent


class NotOurUnit(RoutingRefused):
    """Delegation goes only to a unit of one's own agency."""

    code = "not_our_unit"


class NoSuchWay(RoutingRefused):
    """The city's table of hand-overs has no row for these two kinds of agency."""

    code = "no_such_way"


class ToItself(RoutingRefused):
    code = "to_itself"


class ReasonMissing(RoutingRefused):
    """This step needs a coded reason, of this step."""

    code = "reason_missing"


class NotForItself(RoutingRefused):
    """Four eyes: who asked for a transfer does not approve it."""

    code = "not_for_itself"


class AlreadyAsked(RoutingRefused):
    """A transfer of this case is waiting for its answer."""

    code = "already_asked"


# ---- by the machine ----


@deed
def route(events: Sequence[Event]) -> list[Case]:
    """The kelurahan of the place receives first. A secret case goes straight to whoever is competent, in a circle.

    Nothing happens while place or matter is unsure: that is a Task at the triage desk. Each case is routed at its
    event's time; returns them as they are now, in the order of the events.
    """
    known = Reference.get()
    taken = ledger.take_all(event.case_id for event in events)
    ways: list[ledger.Handed] = []
    for event in events:
        case = known.dress(taken[event.case_id])
        if not is_ready(case):
            continue
        agency = first_office(case, event.at)
        if agency is None:
            ask_for_an_office(case, event.at)
            continue
        if case.visibility == Report.SECRET:
            ledger.encircle(case, [agency])
        ways.append(ledger.Handed(case, ROUTE, agency, None, access.THE_MACHINE_ITSELF.actor, event.at))
    ledger.move_all(
        [
            ledger.Move(
                way.case, "route", workflow.MACHINE, way.by, way.at,
                {"to": way.agency.code, "assignment": columns["assignment"].id, "kind": ROUTE}, columns,
            )
            for way, columns in zip(ways, ledger.assign_all(ways), strict=True)
        ]
    )  # fmt: skip
    return [taken[event.case_id] for event in events]


def is_ready(case: Case) -> bool:
    known = bool(case.area and case.category)
    return case.status == workflow.NEW and (known or case.visibility == Report.SECRET)


def first_office(case: Case, now: datetime) -> Agency | None:
    if case.visibility == Report.SECRET:
        return keeper_of_secrets(case, now)
    return Reference.get().office.get(case.area.code)


def ask_for_an_office(case: Case, now: datetime) -> None:
    place = case.area.code if case.area else ""
    Task.objects.create(kind=Task.PLACE, case=case, role="triage", opened_at=now, data={"no_office": place})


def keeper_of_secrets(case: Case, now: datetime) -> Agency | None:
    """For a secret case: the mandated agency of a category that is secret by itself, else the city's own keeper."""
    known = Reference.get()
    if case.category and case.category.visibility == Report.SECRET:
        mandates = known.competent(case.category, case.area, local_day(now))
        if mandates and mandates[0].agency is not None:
            return mandates[0].agency
    return known.agencies.get(City.get().value("secret_agency", "")) or known.agencies.get(
        City.get().value("review_agency", "")
    )


# ---- by officers ----


def check_refer(case: Case, to: Agency, now: datetime) -> Handover:
    """The row of the city's table that allows this referral; raises ToItself or NoSuchWay."""
    return check_way(case, to, REFER, now)


def check_way(case: Case, to: Agency, step: str, now: datetime) -> Handover:
    giver = case.holder
    if giver is None or giver.id == to.id:
        raise ToItself(to)
    rule = Handover.objects.between(step, giver, to, now)
    if rule is None:
        raise (NotOurUnit if step == DELEGATE else NoSuchWay)(to, to.parent)
    return rule


def targets(case: Case, step: str, now: datetime) -> list[Agency]:
    """Agencies this case may go to by this step, for the page: the same rule as the check."""
    if case.holder is None:
        return []
    rules = list(Handover.objects.filter(valid_on(local_day(now)), step=step, from_kind=case.holder.kind_id))
    found = []
    for agency in Reference.get().agencies.values():
        if agency.id == case.holder_id or (agency.valid_to and agency.valid_to <= local_day(now)):
            continue
        for rule in rules:
            if rule.to_kind_id == agency.kind_id and (
                not rule.own_unit or agency.parent_id == case.holder_id
            ):
                found.append(agency)
                break
    return sorted(found, key=lambda agency: agency.name)


@deed
def refer(case_id: int, to: Agency, *, by: Viewer, now: datetime, version: int | None = None,
          note: str = "") -> Case:  # fmt: skip
    """koordinasi: to another agency. The kelurahan refers to the dinas; a dinas's unit can't be reached directly."""
    return hand_over(case_id, to, "refer", REFER, by=by, now=now, version=version, note=note)


@deed
def delegate(case_id: int, to: Agency, *, by: Viewer, now: datetime, version: int | None = None,
             note: str = "") -> Case:  # fmt: skip
    """disposisi: to a unit of one's own agency, and to no other."""
    return hand_over(case_id, to, "delegate", DELEGATE, by=by, now=now, version=version, note=note)


def hand_over(case_id: int, to: Agency, step: str, kind: str, *, by: Viewer, now: datetime, version: int | None,
              note: str) -> Case:  # fmt: skip
    case = ledger.take(case_id, version)
    relation = access.check_step(by, case, step)
    rule = check_way(case, to, kind, now)
    give(case, to, step, kind, by=by, now=now, relation=relation, note=note, data={"handover": rule.id})
    return case


def give(case: Case, to: Agency, step: str, kind: str, *, by: Viewer, now: datetime, relation: str, note: str = "",
         reason: Reason | None = None, data: dict | None = None, **changes: object) -> None:  # fmt: skip
    """End the current Assignment, begin the next, one event; a secret case takes its new holder into the circle."""
    check_no_partner(to)
    giver = case.holder
    if case.visibility == Report.SECRET:
        ledger.encircle(case, [to])
    columns = ledger.assign(case, kind, to, giver=giver, by=by.actor, now=now, reason=reason,
                            note=clean(note, NOTE_LIMIT))  # fmt: skip
    ledger.move(
        case, step, by=by.actor, now=now, relation=relation,
        data={"from": giver.code if giver else "", "to": to.code, "kind": kind,
              "assignment": columns["assignment"].id, **({"reason": reason.code} if reason else {}), **(data or {})},
        **{**columns, "waiting_for": "", **changes},
    )  # fmt: skip
    Task.objects.filter(case=case, kind=Task.TRANSFER, done_at=None).update(
        done_at=now, done_by=by.officer, outcome="overtaken"
    )
    if columns["handovers"] >= PING_PONG:
        call_arbiter(case, now)


def check_no_partner(to: Agency) -> None:
    """A partner files for others and does no work of the city, whatever an arbiter or a coordinator wishes."""
    if to.kind_id == AgencyKind.PARTNER:
        raise NoSuchWay(to)


def call_arbiter(case: Case, now: datetime) -> None:
    """Handed on too often: an arbiter decides. One open task a case."""
    if not Task.objects.filter(case=case, kind=Task.ARBITER, done_at=None).exists():
        Task.objects.create(kind=Task.ARBITER, case=case, role="arbiter", opened_at=now,
                            data={"handovers": case.handovers})  # fmt: skip


@deed
def request_transfer(case_id: int, to: Agency, *, by: Viewer, now: datetime, note: str,
                     version: int | None = None, reason: Reason | None = None) -> Task:  # fmt: skip
    """pemindahan: asks the approver to move the case; meanwhile the holder stays and its clock runs."""
    case = ledger.take(case_id, version)
    relation = access.check_step(by, case, "request_transfer")
    rule = check_way(case, to, TRANSFER, now)
    if Task.objects.filter(case=case, kind=Task.TRANSFER, done_at=None).exists():
        raise AlreadyAsked(to)
    if not note.strip():
        raise ReasonMissing(to)
    task = Task.objects.create(
        kind=Task.TRANSFER, case=case, role=rule.approval_role or "reviewer", agency=case.holder, target=to,
        reason=reason, note=clean(note, NOTE_LIMIT), opened_at=now, data={"asked_by": by.officer.id},
    )  # fmt: skip
    ledger.move(case, "request_transfer", by=by.actor, now=now, relation=relation,
                data={"to": to.code, "task": task.id})  # fmt: skip
    return task


@deed
def answer_transfer(task_id: int, *, approve: bool, by: Viewer, now: datetime, note: str = "") -> Case:
    """The approver's word on a transfer. Four eyes: not by the officer who asked."""
    task = Task.objects.select_related("target", "case").get(pk=task_id, kind=Task.TRANSFER)
    case = ledger.take(task.case_id)
    step = "transfer" if approve else "deny_transfer"
    relation = access.check_step(by, case, step)
    task = Task.objects.select_for_update(of=("self",)).select_related("target").get(pk=task_id)
    if task.done_at is not None:
        raise ledger.Stale(case, [])
    if task.data.get("asked_by") == by.officer.id:
        raise NotForItself(task.target)
    task.done_at, task.done_by, task.outcome = now, by.officer, "approved" if approve else "denied"
    task.data |= {"answer": clean(note, NOTE_LIMIT)}
    task.save(update_fields=["done_at", "done_by", "outcome", "data"])
    if approve:
        give(
            case,
            task.target,
            step,
            TRANSFER,
            by=by,
            now=now,
            relation=relation,
            note=note,
            data={"task": task.id},
        )
    else:
        ledger.move(case, step, by=by.actor, now=now, relation=relation,
                    data={"to": task.target.code, "task": task.id})  # fmt: skip
    return case


@deed
def arbitrate(
    case_id: int, to: Agency, *, by: Viewer, now: datetime, note: str, version: int | None = None
) -> Case:
    """penengah: the arbiter says who does it, whatever the table of hand-overs says."""
    case = ledger.take(case_id, version)
    relation = access.check_step(by, case, "arbitrate")
    if not note.strip():
        raise ReasonMissing(to)
    give(case, to, "arbitrate", TRANSFER, by=by, now=now, relation=relation, note=note)
    close_tasks(case, Task.ARBITER, by, now)
    return case


@deed
def refuse(case_id: int, *, by: Viewer, now: datetime, reason: Reason, note: str = "",
           version: int | None = None) -> Case:  # fmt: skip
    """Not ours, with a coded legal reason: back to whoever handed it over; a routed one to the triage desk."""
    case = ledger.take(case_id, version)
    back_to = giver_of(case)
    step = "refuse" if back_to is not None else "refuse_to_desk"
    relation = access.check_step(by, case, step)
    if reason.step != "refuse":
        raise ReasonMissing
    if back_to is not None:
        give(case, back_to, step, RETURN, by=by, now=now, relation=relation, note=note, reason=reason)
        return case
    holder = case.holder
    changes = ledger.release(case, now)
    ledger.move(case, step, by=by.actor, now=now, relation=relation,
                data={"from": holder.code if holder else "", "reason": reason.code}, **changes)  # fmt: skip
    Task.objects.create(kind=Task.REFUSED, case=case, role="triage", agency=holder, reason=reason,
                        note=clean(note, NOTE_LIMIT), opened_at=now)  # fmt: skip
    return case


def giver_of(case: Case) -> Agency | None:
    """Who handed this case to its holder; None when the desk routed it."""
    current = Assignment.objects.filter(case=case, ended_at=None).select_related("giver__kind").first()
    return current.giver if current else None


@deed
def divide(case_id: int, to: Agency, title: str, *, by: Viewer, now: datetime, category: Category | None = None,
           version: int | None = None) -> Case:  # fmt: skip
    """Work for several agencies: a child case with a holder of its own; the parent stays with its coordinator and
    can't close over it. The kelurahan of the place may add one; it never moves the parent."""
    parent = ledger.take(case_id, version)
    relation = access.check_step(by, parent, "divide")
    if parent.parent_id:
        raise NoSuchWay(to)
    check_no_partner(to)
    if not title.strip():
        raise ReasonMissing(to)
    number = f"{parent.number}/{parent.parts.count() + 1}"
    child = Case(
        uuid=uuid4(), number=number, status=workflow.ASSIGNED, visibility=parent.visibility, parent=parent,
        category=category or parent.category, area=parent.area, place=parent.place, lat=parent.lat, lon=parent.lon,
        cell=parent.cell, title=clean(title, 110), channel=parent.channel, opened_at=parent.opened_at,
        changed_at=now, urgency=parent.urgency, voices=0, readers=parent.readers,
    )  # fmt: skip
    ledger.open_cases([child])
    if child.visibility == Report.SECRET:
        ledger.encircle(child, [to, *[row.agency for row in parent.circle.all()]])
    columns = ledger.assign(child, REFER, to, giver=parent.holder, by=by.actor, now=now)
    Case.objects.filter(pk=child.pk).update(**columns)
    for name, value in columns.items():
        setattr(child, name, value)
    data = {"to": to.code, "parent": parent.number, "assignment": columns["assignment"].id}
    ledger.record([Event(case=child, verb=workflow.BY_NAME["divide_child"].verb, at=now,
                         **ledger.who(by.actor), data=data)])  # fmt: skip
    ledger.move(
        parent, "divide", by=by.actor, now=now, relation=relation, data={"part": number, "to": to.code}
    )
    return child


def close_tasks(case: Case, kind: str, by: Viewer, now: datetime) -> None:
    Task.objects.filter(case=case, kind=kind, done_at=None).update(
        done_at=now, done_by=by.officer, outcome="done"
    )
