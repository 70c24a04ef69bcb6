"""The only writer of Case.status and of Event rows (and of Change).

Every step of a case passes through `move`; it asks workflow.py, moves the status, raises the version, writes the
Event and, beside it, the Reaction that makes flow.py answer. All in the caller's transaction.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, models, transaction

from tanggap import workflow
from tanggap.lib import rows
from tanggap.models import Actor, Agency, Assignment, Case, Change, Circle, Event, Reference, Report

deed = transaction.atomic  # a deed is one transaction: all of it happened, or none
WAKE = "tanggap_due"  # the NOTIFY channel that wakes workers, after a commit


# events that leave the version as it is: nobody's page is out of date because of them
QUIET = (
    "case.noted",
    "case.revealed",
    "case.photo_opened",
    "case.photo_released",
    "case.photo_withdrawn",
    "case.warned",
    "case.escalated",
    "case.file_refused",
    "case.resent",
)


class NotAllowed(Exception):
    """This relation may not take this step from this status."""

    def __init__(self, step: str, status: str):
        super().__init__(f"{step} is not possible while the case is {status}")
        self.step, self.status = step, status


class Stale(Exception):
    """Another officer was faster. `events` is what happened since the version the page was drawn from."""

    def __init__(self, case: Case, events: list[Event]):
        super().__init__("the case has changed")
        self.case, self.events = case, events


def take(case_id: int, version: int | None = None) -> Case:
    """Lock a case for a step. With a version, the case must still be at it, else Stale: nothing is overwritten."""
    case = Case.objects.select_for_update(of=("self",)).get(pk=case_id)
    if version is not None and case.version != version:
        behind = max(1, case.version - version)
        moved = case.events.exclude(verb__in=QUIET).select_related("agency")
        events = list(moved.order_by("-id")[: min(behind, 10)])
        raise Stale(case, events)
    return case


def take_all(case_ids: Iterable[int]) -> dict[int, Case]:
    """Lock many cases, always in the order of their ids, so that two who lock many never wait for each other."""
    locked = Case.objects.select_for_update(of=("self",)).filter(pk__in=list(case_ids))
    return {case.id: case for case in locked.order_by("id")}


@dataclass(frozen=True)
class Move:
    """One step of one case: what `move` is told."""

    case: Case
    step: str
    relation: str
    by: Actor
    at: datetime
    data: dict[str, Any]
    changes: dict[str, Any]


def move(
    case: Case,
    step: str,
    *,
    by: Actor,
    now: datetime,
    relation: str,
    data: dict[str, Any] | None = None,
    **changes: Any,
) -> Event:
    """Take a step: status as the table says, `changes` to other columns of the case, one Event.

    `case` must come from `take`. Raises NotAllowed when workflow.py has no such row for this status and relation.
    """
    return move_all([Move(case, step, relation, by, now, data or {}, changes)])[0]


def move_all(moves: Sequence[Move]) -> list[Event]:
    """Steps of many cases, each its own; all of them, or none. Few statements, whatever their number."""
    groups: dict[tuple[str, ...], list[Move]] = {}
    for one in moves:
        if workflow.allowed(one.step, one.case.status, {one.relation}) is None:
            raise NotAllowed(one.step, one.case.status)
        groups.setdefault(tuple(sorted(one.changes)), []).append(one)
    # before the holder changes: it is the present one's desk that somebody stands in for
    absents = [standing_in(one.by, one.relation, one.case) for one in moves]
    for changed, group in groups.items():
        write_moves(changed, group)
    return record(
        [
            Event(
                case=one.case,
                verb=workflow.BY_NAME[one.step].verb,
                at=one.at,
                **who(one.by),
                data=one.data | absent,
            )
            for one, absent in zip(moves, absents, strict=True)
        ]
    )


def write_moves(changed: tuple[str, ...], moves: Sequence[Move]) -> None:
    """Move the status, raise the version, set the `changed` columns, of cases that are still at the version read."""
    fields = [field for field in Case._meta.concrete_fields if {field.name, field.attname} & set(changed)]
    names = ["status", "version", "changed_at", *(field.attname for field in fields)]
    written = []
    for one in moves:
        case, before = one.case, one.case.version
        case.status = workflow.BY_NAME[one.step].to or case.status
        case.version, case.changed_at = before + 1, one.at
        for name, value in one.changes.items():
            setattr(case, name, value)
        written.append((case.id, before, *(getattr(case, name) for name in names)))
    done = rows.update(Case, names, written, was="version")
    for one in moves:
        if one.case.id not in done:
            raise Stale(one.case, [])


def note(
    case: Case, step: str, *, by: Actor, now: datetime, relation: str, data: dict | None = None
) -> Event:
    """An Event that changes nothing on the case (a photo opened, a name revealed): no version, no waiting."""
    row = workflow.BY_NAME[step]
    if row.to or workflow.allowed(step, case.status, {relation}) is None:
        raise NotAllowed(step, case.status)
    told = (data or {}) | standing_in(by, relation, case)
    return record([Event(case=case, verb=row.verb, at=now, **who(by), data=told)])[0]


def standing_in(by: Actor, relation: str, case: Case) -> dict[str, int]:
    """What an event's data says of a deputy: for whom they acted."""
    absent = by.stands_for(relation, case.holder_id) if by.stands else None
    return {"for": absent} if absent else {}


def who(by: Actor) -> dict[str, Any]:
    return {"by_kind": by.kind, "by_id": by.id, "agency_id": by.agency_id}


def open_cases(cases: list[Case]) -> list[Case]:
    """Write newborn cases (status NEW), one statement. Their `case.received` follows by `record`."""
    return Case.objects.bulk_create(cases)


RECORD = """
WITH born AS (
  INSERT INTO tanggap_event (case_id, verb, at, by_kind, by_id, agency_id, data, salt)
  SELECT * FROM unnest(%s::bigint[], %s::text[], %s::timestamptz[], %s::text[], %s::bigint[], %s::bigint[],
                       %s::jsonb[], %s::bytea[])
  RETURNING id, case_id, at)
INSERT INTO tanggap_reaction (event_id, case_id, due_at, name, attempts, last_error, urgent)
SELECT id, case_id, at, '', 0, '', case_id = ANY(%s::bigint[]) FROM born ORDER BY id RETURNING event_id"""


def record(events: list[Event]) -> list[Event]:
    """Write events and, for each, the one due Reaction that flow.py will answer: one statement for any number."""
    columns: list[Any] = [
        [event.case_id for event in events],
        [event.verb for event in events],
        [event.at for event in events],
        [event.by_kind for event in events],
        [event.by_id for event in events],
        [event.agency_id for event in events],
        [json.dumps(event.data) for event in events],
        [event.salt for event in events],
        sorted({event.case_id for event in events if event.case.emergency}),
    ]
    with connection.cursor() as cursor:
        cursor.execute(RECORD, columns)
        ids = sorted(row[0] for row in cursor.fetchall())  # given in the order of the list
    for event, event_id in zip(events, ids, strict=True):
        event.id = event_id
    return events


def received(case: Case, by: Actor, at: datetime, data: dict[str, Any]) -> Event:
    """The unsaved `case.received` of a newborn case, for `record`."""
    return Event(case=case, verb=workflow.BY_NAME["receive"].verb, at=at, **who(by), data=data)


@dataclass(frozen=True)
class Handed:
    """One hand-over: what `assign` is told."""

    case: Case
    kind: str
    agency: Agency
    giver: Agency | None
    by: Actor
    at: datetime
    reason: Any = None
    note: str = ""


def assign(case: Case, kind: str, agency: Agency, *, giver: Agency | None, by: Actor, now: datetime,
           reason: Any = None, note: str = "") -> dict[str, Any]:  # fmt: skip
    """End the current Assignment and begin the next; returns the case's columns for `move`.

    The number of hand-overs counts all but the first: it is the ping-pong the citizen sees.
    """
    return assign_all([Handed(case, kind, agency, giver, by, now, reason, note)])[0]


def assign_all(handed: Sequence[Handed]) -> list[dict[str, Any]]:
    """`assign` for many cases; the columns come in the order given."""
    born = Assignment.objects.bulk_create(
        Assignment(
            case=one.case, position=next_position(one.case, one.at), kind=one.kind, giver=one.giver,
            agency=one.agency, at=one.at, officer_id=one.by.id if one.by.kind == "officer" else None,
            reason=one.reason, note=one.note,
        )
        for one in handed
    )  # fmt: skip
    return [
        {
            "holder": one.agency,
            "assignment": assignment,
            "handovers": assignment.position - 1,
            "readers": readers(one.case, one.agency),
            "sent_back": False,
        }
        for one, assignment in zip(handed, born, strict=True)
    ]


def next_position(case: Case, at: datetime) -> int:
    """The place of a case's next Assignment; the current one ends."""
    if case.assignment_id is not None:
        Assignment.objects.filter(case=case, ended_at=None).update(ended_at=at)
    # a case that nobody has read yet has no assignment behind it
    return Assignment.objects.filter(case=case).count() + 1 if case.readers else 1


def release(case: Case, now: datetime) -> dict[str, Any]:
    """Nobody holds the case any more: it goes back to the triage desk."""
    Assignment.objects.filter(case=case, ended_at=None).update(ended_at=now)
    return {"holder": None, "assignment": None}


def readers(case: Case, holder: Agency | None) -> list[int]:
    """Agencies that may read: the holder and those above it, all earlier ones, the offices of the place."""
    known = Reference.get()
    found = set(case.readers)
    if holder is not None:
        holder = known.agency_by_id[holder.id]
        found |= {holder.id, *(above.id for above in holder.parents())}
    found |= {office.id for office in known.offices_of(known.area_by_id.get(case.area_id or 0))}
    return sorted(found)


def encircle(case: Case, agencies: Iterable[Agency]) -> None:
    """Let these agencies into a secret case's circle."""
    Circle.objects.bulk_create([Circle(case=case, agency=agency) for agency in agencies])


def derive_confirmation(case: Case) -> str:
    """The citizens' word on a case: contested if any, else confirmed if any, else pending if any, else silent."""
    said = set(Report.objects.filter(case=case).values_list("confirmation", flat=True))
    order = (Report.CONTESTED, Report.CONFIRMED, Report.PENDING, Report.SILENT)
    return next((word for word in order if word in said), "")


def change(
    object: str, verb: str, *, before: dict, after: dict, by: Actor, now: datetime, reason: str = ""
) -> Change:
    """Write down what was done to people, roles, mandates or reference data: only what differs."""
    made = changed(object, verb, before=before, after=after, by=by, now=now, reason=reason)
    made.save(force_insert=True)
    return made


def changed(
    object: str, verb: str, *, before: dict, after: dict, by: Actor, now: datetime, reason: str = ""
) -> Change:
    """An unsaved `change`, for `change_all`."""
    keys = [key for key in {**before, **after} if before.get(key) != after.get(key)]
    return Change(
        object=object,
        verb=verb,
        before={key: before[key] for key in keys if key in before},
        after={key: after[key] for key in keys if key in after},
        at=now,
        by_kind=by.kind,
        by_id=by.id,
        reason=reason,
    )


def change_all(rows: Iterable[Change]) -> None:
    """Many changes, few statements."""
    Change.objects.bulk_create(rows, batch_size=1000)


def wake() -> None:
    """Tell workers that something is due. Called once after a commit: inside it costs two thirds of the rate."""
    with connection.cursor() as cursor:
        cursor.execute(f"NOTIFY {WAKE}")


# ---- in bulk ----


@dataclass
class Copied:
    """Rows of one table as PostgreSQL's COPY text, ids chosen beforehand (`first`..`last`)."""

    model: type[models.Model]
    columns: Sequence[str]
    text: Iterable[str]
    first: int
    last: int


class BadHistory(Exception):
    """Histories that the rules don't know: nothing of the batch was written."""


@deed
def restore(tables: Sequence[Copied], *, source: str, by: Actor, now: datetime) -> None:
    """Whole histories at once, by COPY: from an old system, or of the demo. The one way besides `move` and `record`
    that writes cases and events; they bring their own times, no reaction follows, and every history is marked: its
    first event says `restored` in its data, and one Change names the source and the range.

    Raises BadHistory for a status or verb that workflow.py does not have, a case without its first event, or one
    that is not marked. The caller vouches for references between the rows it brings.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('is_superuser') = 'on'")
        unchecked = cursor.fetchone()[0]
        if unchecked:
            # a look-up for every reference of every row would take longer than the rows
            cursor.execute("SET LOCAL session_replication_role = replica")
        for table in tables:
            columns = ", ".join(f'"{column}"' for column in table.columns)
            with cursor.copy(f'COPY "{table.model._meta.db_table}" ({columns}) FROM STDIN') as copy:
                for block in table.text:
                    copy.write(block)
        if unchecked:
            cursor.execute("SET LOCAL session_replication_role = origin")
    ranges = {table.model: (table.first, table.last) for table in tables}
    cases, events = ranges[Case], ranges[Event]
    check_restored(cases, events, source)
    change(f"ledger:{source}"[:120], "add", before={}, after={"cases": list(cases), "events": list(events)}, by=by,
           now=now, reason="restored")  # fmt: skip


FIRST_EVENTS = tuple(step.verb for step in workflow.STEPS if workflow.BORN in step.sources)
STRANGE = """
SELECT 'status ' || status FROM tanggap_case WHERE id BETWEEN %(c1)s AND %(c2)s AND status <> ALL(%(statuses)s)
UNION ALL
SELECT 'verb ' || verb FROM tanggap_event WHERE id BETWEEN %(e1)s AND %(e2)s AND verb <> ALL(%(verbs)s)
UNION ALL
SELECT 'case ' || c.id FROM tanggap_case c WHERE c.id BETWEEN %(c1)s AND %(c2)s AND NOT EXISTS (
  SELECT 1 FROM tanggap_event e
  WHERE e.case_id = c.id AND e.verb = ANY(%(first)s) AND e.data ->> 'restored' = %(source)s)
LIMIT 1"""


def check_restored(cases: tuple[int, int], events: tuple[int, int], source: str) -> None:
    given: dict[str, Any] = {
        "c1": cases[0], "c2": cases[1], "e1": events[0], "e2": events[1], "source": source,
        "statuses": [str(status) for status in workflow.Status], "verbs": list(workflow.BY_VERB),
        "first": list(FIRST_EVENTS),
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(STRANGE, given)
        strange = cursor.fetchone()
    if strange:
        raise BadHistory(strange[0])
