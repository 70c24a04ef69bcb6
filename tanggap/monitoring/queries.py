"""Read-only queries behind the officers' lists: one place, so that a list costs the same number of statements
however long it is.

Lists start at access.py's `held` (the inbox: one indexed condition) or `cases` (what may be read), and page by key.
"""

import base64
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib.postgres.search import SearchQuery
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.utils.dateparse import parse_datetime
from rapidfuzz import fuzz

from tanggap import access, workflow
from tanggap.access import Viewer
from tanggap.lib import geo, text
from tanggap.lib.worktime import Calendar, indonesia
from tanggap.models import (
    Agency,
    Assignment,
    Case,
    Category,
    City,
    Glance,
    Letter,
    Message,
    Reference,
    Report,
    Task,
)

PAGE = 50
MOST = 1000  # tabs count no further: "1.000+" costs the same in a city of any size
LOOKING = timedelta(seconds=60)  # a glance older than this is gone
NEAR_M = 150
LIKELY_M = 80  # an open case about the same matter this near may be the same
RECORD = 500  # hand-overs looked at for an agency's record
IN_HAND = (workflow.ASSIGNED, workflow.IN_PROGRESS)

OURS, LATE, NEAR, WAITING, ELSEWHERE = TABS = ("ours", "late", "near", "waiting", "elsewhere")


# ---- the inbox ----


def at_work(viewer: Viewer) -> QuerySet[Case]:
    """What lies in the viewer's hands; for those who see the whole city, everything open."""
    if viewer.agencies(*access.AT_AN_AGENCY):
        return access.held(viewer).filter(status__in=IN_HAND)
    return access.cases(viewer).filter(status__in=IN_HAND)


def elsewhere(viewer: Viewer) -> QuerySet[Case]:
    """Open cases the viewer's agencies have passed on, oversee or have handed in: somebody else's turn."""
    mine = viewer.agencies(*access.AT_AN_AGENCY)
    if not mine:
        return access.cases(viewer).filter(status=workflow.AWAITING_REVIEW)
    rows = access.cases(viewer).filter(status__in=workflow.OPEN, readers__overlap=mine)
    return rows.exclude(holder__in=mine, status__in=IN_HAND)


def tab(viewer: Viewer, name: str, now: datetime) -> QuerySet[Case]:
    """The cases of one tab of the inbox, without order."""
    if name == ELSEWHERE:
        return elsewhere(viewer)
    return at_work(viewer).filter(conditions(now)[name])


def conditions(now: datetime) -> dict[str, Q]:
    soon = soon_until(now)
    return {
        OURS: ~Q(waiting_for=Case.REPORTER),
        LATE: Q(promise_at__lt=now),
        NEAR: Q(promise_at__gte=now, promise_at__lt=soon),
        WAITING: Q(waiting_for=Case.REPORTER),
    }


def counts(viewer: Viewer, now: datetime) -> dict[str, int]:
    """How many each tab holds, up to MOST + 1. Two statements."""
    # in the order of the promise, so that what is late is always among those counted
    some = at_work(viewer).order_by("promise_at", "id")[: MOST + 1]
    found = some.aggregate(
        **{name: Count("pk", filter=condition) for name, condition in conditions(now).items()}
    )
    return found | {ELSEWHERE: elsewhere(viewer).order_by()[: MOST + 1].count()}


def soon_until(now: datetime) -> datetime:
    """The end of one working day from now: a promise before it is nearly past."""
    calendar = working(City.get())
    return calendar.add(now, minutes_a_day(calendar))


def working(city: City) -> Calendar:
    return indonesia(city.zone)


def minutes_a_day(calendar: Calendar) -> int:
    return (calendar.end.hour - calendar.start.hour) * 60 + calendar.end.minute - calendar.start.minute


def news(viewer: Viewer, since: datetime) -> int:
    """How many cases came into the viewer's hands after a moment."""
    return at_work(viewer).filter(assignment__at__gt=since).order_by()[: MOST + 1].count()


# ---- one page of a list ----

ORDERS: dict[str, tuple[str, ...]] = {
    "promise": ("promise_at", "id"),
    "risk": ("-urgency", "promise_at", "id"),
    "place": ("place", "id"),
    "newest": ("-opened_at", "-id"),
}


@dataclass
class Page:
    """Rows of a list; `after` is the key from which the next page goes on, "" on the last."""

    rows: list[Case]
    after: str = ""
    glances: dict[int, list[Glance]] = field(default_factory=dict)


def page(
    rows: QuerySet[Case], order: str, after: str, viewer: Viewer, now: datetime, size: int = PAGE
) -> Page:
    """One page: two statements, whatever its length. Each row knows the citizen's latest unanswered words."""
    keys = ORDERS[order]
    known = Reference.get()
    wanted = rows.filter(beyond(keys, read_key(after, keys))).order_by(*keys)
    found = list(with_answers(wanted.select_related("assignment"))[: size + 1])
    shown = [known.dress(case) for case in found[:size]]
    more = write_key(shown[-1], keys) if len(found) > size else ""
    return Page(shown, more, glances([case.id for case in shown], viewer, now))


def with_answers(rows: QuerySet[Case]) -> QuerySet[Case]:
    """Annotates `answer`, `answered_at` (a reporter's latest message) and `told_at` (an officer's latest letter)."""
    said = Message.objects.filter(case=OuterRef("pk"), report__isnull=False).order_by("-at")
    told = Letter.objects.filter(case=OuterRef("pk"), report__isnull=False, by__isnull=False).order_by("-at")
    return rows.annotate(
        answer=Subquery(said.values("words")[:1]),
        answered_at=Subquery(said.values("at")[:1]),
        told_at=Subquery(told.values("at")[:1]),
    )


def waits_for_us(case: Case) -> bool:
    """Has a citizen answered, and has nobody written to them since?"""
    return case.answered_at is not None and (case.told_at is None or case.told_at < case.answered_at)


def glances(case_ids: Sequence[int], viewer: Viewer, now: datetime) -> dict[int, list[Glance]]:
    """Who else is looking at these cases."""
    rows = (
        Glance.objects.filter(case__in=case_ids, at__gte=now - LOOKING)
        .select_related("officer")
        .order_by("id")
    )
    found: dict[int, list[Glance]] = {}
    for row in rows:
        if viewer.officer is None or row.officer_id != viewer.officer.id:
            found.setdefault(row.case_id, []).append(row)
    return found


def beyond(keys: Sequence[str], values: list[Any] | None) -> Q:
    """Rows behind a key, in the order of `keys`; a missing value stands last, as PostgreSQL sorts it."""
    if values is None:
        return Q()
    found, same = Q(pk__in=[]), Q()
    for key, value in zip(keys, values, strict=True):
        name, down = key.removeprefix("-"), key.startswith("-")
        if value is None:
            same &= Q(**{f"{name}__isnull": True})
            continue
        behind = Q(**{f"{name}__{'lt' if down else 'gt'}": value})
        found |= same & (behind if down else behind | Q(**{f"{name}__isnull": True}))
        same &= Q(**{name: value})
    return found


def write_key(case: Case, keys: Sequence[str]) -> str:
    values = [getattr(case, key.removeprefix("-")) for key in keys]
    told = json.dumps([value.isoformat() if isinstance(value, datetime) else value for value in values])
    return base64.urlsafe_b64encode(told.encode()).decode().rstrip("=")


def read_key(told: str, keys: Sequence[str]) -> list[Any] | None:
    """The values of a key; None (the first page) for one that is empty or was tampered with."""
    try:
        values = json.loads(base64.urlsafe_b64decode(told + "=" * (-len(told) % 4)))
        if not told or len(values) != len(keys):
            return None
        return [read_value(key.removeprefix("-"), value) for key, value in zip(keys, values, strict=True)]
    except (ValueError, TypeError, OverflowError, RecursionError):  # the last: JSON nested without end
        return None


def read_value(name: str, value: Any) -> Any:
    if value is None:
        return None
    if name.endswith("_at"):
        moment = parse_datetime(value)
        if moment is None or moment.tzinfo is None:
            raise ValueError(name)
        return moment.astimezone(UTC)
    wanted = str if name == "place" else int
    if type(value) is not wanted or (wanted is int and abs(value) > 2**62):
        raise ValueError(name)
    return text.clean(value, 300) if wanted is str else value


# ---- one case and what is around it ----


@dataclass(frozen=True)
class Neighbour:
    """Another case near this one. `likely`: open, the same matter and close enough to be the same problem."""

    case: Case
    metres: int
    likeness: float
    likely: bool


def around(viewer: Viewer, case: Case, metres: int = NEAR_M) -> list[Neighbour]:
    """Cases the viewer may read within some metres, likely duplicates first. One statement."""
    if case.lat is None or case.lon is None:
        return []
    known = Reference.get()
    rows = access.cases(viewer).filter(cell__in=geo.near_cells(case.lat, case.lon, metres))
    rows = rows.exclude(pk=case.pk).exclude(visibility=Report.SECRET).exclude(status=workflow.JOINED)
    rows = rows.exclude(parent=case.parent_id or case.pk).exclude(pk=case.parent_id or 0)
    found = []
    for other in rows.order_by("-opened_at")[:60]:
        away = round(geo.haversine_m(case.lat, case.lon, other.lat, other.lon))
        if away <= metres:
            likely = (
                other.status in workflow.OPEN and other.category_id == case.category_id and away <= LIKELY_M
            )
            likeness = round(fuzz.token_set_ratio(case.title, other.title) / 100, 2)
            found.append(Neighbour(known.dress(other), away, likeness, likely))
    return sorted(found, key=lambda row: (not row.likely, row.metres, -row.likeness))


@dataclass(frozen=True)
class Record:
    """How an agency took what was referred to it about a matter."""

    given: int
    kept: int


def record(agency: Agency, category: Category | None) -> Record | None:
    """Of the latest referrals of this matter to this agency, how many it did not hand back. None when too few."""
    if category is None:
        return None
    back = Assignment.objects.filter(case=OuterRef("case"), kind=workflow.RETURN, giver=OuterRef("agency"))
    rows = Assignment.objects.filter(agency=agency, kind=workflow.REFER, case__category=category).order_by(
        "-id"
    )
    returned = list(rows.annotate(back=Exists(back)).values_list("back", flat=True)[:RECORD])
    return Record(len(returned), returned.count(False)) if len(returned) >= 5 else None


# ---- the triage desk ----


@dataclass
class Doubt:
    """A case the machine was unsure of, with its open tasks of the triage desk."""

    case: Case
    tasks: list[Task]

    @property
    def kinds(self) -> set[str]:
        return {task.kind for task in self.tasks}

    @property
    def first(self) -> Task:
        return self.tasks[0]


TRIAGE_KINDS = (Task.PLACE, Task.MATTER, Task.OUTSIDE, Task.REFUSED)


def doubts(viewer: Viewer, most: int = 200) -> list[Doubt]:
    """What waits at the triage desk, the most dangerous and then the oldest first; several doubts about one case
    are one."""
    rows = Task.objects.filter(
        role="triage", done_at=None, kind__in=TRIAGE_KINDS, case__in=access.cases(viewer)
    )
    known = Reference.get()
    found: dict[int, Doubt] = {}
    for task in rows.select_related("case", "agency", "reason").order_by("opened_at", "id")[:most]:
        doubt = found.setdefault(task.case_id, Doubt(known.dress(task.case), []))
        doubt.tasks.append(task)
    return sorted(
        found.values(), key=lambda doubt: (-doubt.case.urgency, doubt.first.opened_at, doubt.first.id)
    )


# ---- search ----


def search(viewer: Viewer, wanted: str) -> QuerySet[Case]:
    """Cases the viewer may read by a number (or its beginning), by the claim code of an offline receipt, or by words of
    what was said and of the place."""
    wanted = text.clean(wanted, 200)
    number = wanted.upper().replace(" ", "")
    if looks_like_number(number):
        # one list of ids: an "or" over two tables would read them whole
        begun = Case.objects.filter(number__startswith=number).order_by().values("id")
        said = Report.objects.filter(number=number).order_by().values("case_id")
        return access.cases(viewer).filter(pk__in=begun.union(said))
    stems = text.stems(wanted)
    if not stems:
        return Case.objects.none()
    said = Report.objects.filter(search=SearchQuery(stems, config="simple", search_type="plain")).order_by()
    found = said.values("case_id")
    if any(sign.isdigit() for sign in number):
        # another system's number, of a case that was moved in
        found = found.union(Report.objects.filter(number=number).order_by().values("case_id"))
    claim = number.replace("-", "")
    if CLAIM.fullmatch(claim):
        # eight letters may be a word too
        found = found.union(Report.objects.filter(claim=claim).order_by().values("case_id"))
    return access.cases(viewer).filter(pk__in=found)


CLAIM = re.compile("[A-Z2-7]{8}")  # see lib.seal.claim_code


def looks_like_number(said: str) -> bool:
    """The city's prefix and some digits: the beginning of a number as it is read out."""
    return said.startswith(City.get().prefix) and len(said) >= 5 and any(sign.isdigit() for sign in said)
