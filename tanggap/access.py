"""Who may see which case: returns it, or 404; reveal(): the only way to personal data.

A Viewer is whoever asks: an officer with memberships, the holder of a report's secret, an API key, or nobody.
Lists start at `cases(viewer)`, single cases at `case(viewer, ...)`; nothing else hands out cases to a page.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db.models import Q, QuerySet
from django.http import Http404

from tanggap import ledger, workflow
from tanggap.lib import seal
from tanggap.lib.text import clean
from tanggap.models import (
    THE_CLOCK,
    THE_MACHINE,
    Actor,
    Agency,
    Case,
    Event,
    Membership,
    Officer,
    Partner,
    Reason,
    Reference,
    Report,
    Reporter,
    Task,
    Upload,
)
from tanggap.models.event import KEY, OFFICER, REPORTER
from tanggap.workflow import (
    ARBITER,
    AUDITOR,
    CLOCK,
    DESK,
    EARLIER,
    FIELD,
    HOLDER,
    MACHINE,
    PARENT,
    PLACE,
    REVIEWER,
)  # fmt: skip

ROLE_RELATIONS = {
    Membership.TRIAGE: DESK,
    Membership.REVIEWER: REVIEWER,
    Membership.ARBITER: ARBITER,
    Membership.AUDITOR: AUDITOR,
}
CITY_WIDE = frozenset(ROLE_RELATIONS)  # these roles read every case that is not secret
AT_AN_AGENCY = (Membership.DESK, Membership.FIELD, Membership.WATCHER)


@dataclass(frozen=True)
class Viewer:
    """Who looks. `report_id` is a report whose secret was proven; `key_id` an API key."""

    officer: Officer | None = None
    roles: frozenset[str] = frozenset()
    places: frozenset[tuple[int, str]] = frozenset()  # (agency id, role)
    agency: Agency | None = None  # in whose name the officer acts
    report_id: int | None = None
    reporter_id: int | None = None
    key_id: int | None = None
    itself: str = ""  # "machine" or "clock"
    stands: tuple[tuple[int | str, int], ...] = ()  # where they are only a deputy, and whose (see Actor)

    @property
    def actor(self) -> Actor:
        if self.officer is not None:
            return Actor(OFFICER, self.officer.id, self.agency.id if self.agency else None, self.stands)
        if self.key_id is not None:
            return Actor(KEY, self.key_id)
        if self.report_id is not None:
            return Actor(REPORTER, self.reporter_id)
        return THE_CLOCK if self.itself == CLOCK else THE_MACHINE

    def agencies(self, *roles: str) -> list[int]:
        """Ids of the agencies where the officer has one of these roles."""
        return sorted({agency for agency, role in self.places if role in roles})

    def has(self, *roles: str) -> bool:
        return bool(self.roles & set(roles))


NOBODY = Viewer()
THE_MACHINE_ITSELF = Viewer(itself=MACHINE)
THE_CLOCK_ITSELF = Viewer(itself=CLOCK)


def officer_viewer(officer: Officer, now: datetime) -> Viewer:
    """An officer with the memberships that hold today; the agency of the first one is the name they act in. A partner's
    holds as long as the partnership does, and never beside an office's: who files for others reads no cases."""
    held = Membership.objects.current(now).filter(officer=officer)
    held = held.exclude(role=Membership.PARTNER, agency__partner__active=False)
    rows = list(held.select_related("agency__kind", "agency__partner").order_by("id"))
    rows = [row for row in rows if row.role_id != Membership.PARTNER] or rows
    return Viewer(
        officer=officer,
        roles=frozenset(row.role_id for row in rows),
        places=frozenset((row.agency_id, row.role_id) for row in rows),
        agency=rows[0].agency if rows else None,
        stands=standing(rows),
    )


def standing(rows: list[Membership]) -> tuple[tuple[int | str, int], ...]:
    """Where an officer with these memberships acts for somebody on leave: at agencies and in roles of the whole city
    that are not their own as well. They act in their own name; the event says for whom."""
    own: set[int | str] = set()
    lent: dict[int | str, int] = {}
    for row in rows:
        place = ROLE_RELATIONS.get(row.role_id, row.agency_id)
        if row.deputy_for_id is None:
            own.add(place)
        else:
            lent.setdefault(place, row.deputy_for_id)
    return tuple((place, absent) for place, absent in lent.items() if place not in own)


def relations(viewer: Viewer, case: Case) -> frozenset[str]:
    """How this viewer stands to this case; empty means: it does not exist for them."""
    if viewer.itself:
        return frozenset({viewer.itself})
    if viewer.report_id is not None:
        mine = Report.objects.filter(pk=viewer.report_id, case=case).exists()
        return frozenset({workflow.REPORTER}) if mine else frozenset()
    if viewer.officer is None:
        return frozenset()
    if case.visibility == Report.SECRET and not in_circle(viewer, case):
        return frozenset()
    found = {ROLE_RELATIONS[role] for role in viewer.roles if role in ROLE_RELATIONS}
    return frozenset(found | agency_relations(viewer, case))


def in_circle(viewer: Viewer, case: Case) -> bool:
    mine = viewer.agencies(*AT_AN_AGENCY, *CITY_WIDE)
    return case.circle.filter(agency__in=mine).exists()


def agency_relations(viewer: Viewer, case: Case) -> set[str]:
    found: set[str] = set()
    mine = set(viewer.agencies(*AT_AN_AGENCY))
    if case.holder_id and case.holder_id in mine:
        if case.holder_id in viewer.agencies(Membership.DESK):
            found.add(HOLDER)
        if case.holder_id in viewer.agencies(Membership.FIELD):
            found.add(FIELD)
        found.add(EARLIER)  # a watcher at the holder reads
    holder = Reference.get().agency_by_id.get(case.holder_id or 0)
    if holder is not None and {agency.id for agency in holder.parents()} & mine:
        found.add(PARENT)
    here = {agency.id for agency in place_offices(case)}
    if here & set(viewer.agencies(Membership.DESK)):
        found.add(PLACE)
    if here & mine:
        found.add(EARLIER)  # a watcher or a crew of the place reads
    if mine & set(case.readers):
        found.add(EARLIER)
    return found


def place_offices(case: Case) -> list[Agency]:
    """Kelurahan, kecamatan and kota of the place: they read, and may add a part; they never move it."""
    known = Reference.get()
    return known.offices_of(known.area_by_id.get(case.area_id or 0))


WITH_ALL = (
    "category",
    "area__parent__parent",
    "holder__kind",
    "holder__parent__parent",
    "assignment",
    "channel",
)


def cases(viewer: Viewer) -> QuerySet[Case]:
    """All cases this officer may read. Secret ones only for their circle; administrators see none."""
    if viewer.officer is None:
        return Case.objects.none()
    mine = viewer.agencies(*AT_AN_AGENCY)
    circle = viewer.agencies(*AT_AN_AGENCY, *CITY_WIDE)
    open_to_me = Q(visibility__in=(Report.PUBLIC, Report.PRIVATE))
    if not viewer.roles & CITY_WIDE:
        open_to_me &= Q(readers__overlap=mine)
    return Case.objects.filter(open_to_me | Q(visibility=Report.SECRET, circle__agency__in=circle))


def held(viewer: Viewer) -> QuerySet[Case]:
    """Cases in the hands of the officer's agencies: the inbox. One indexed condition, however many cases exist."""
    mine = viewer.agencies(*AT_AN_AGENCY)
    circle = viewer.agencies(*AT_AN_AGENCY, *CITY_WIDE)
    secret = Q(visibility=Report.SECRET) & ~Q(circle__agency__in=circle)
    return Case.objects.filter(holder__in=mine).exclude(secret)


def case(viewer: Viewer, number: str) -> Case:
    """The case by the number officers call it by. What may not be known does not exist: Http404."""
    found = Case.objects.select_related(*WITH_ALL).filter(number=typed(number)).order_by("id").first()
    if found is None:
        raise Http404
    if not relations(viewer, found):
        raise Http404
    return found


def check_step(viewer: Viewer, case: Case, step: str) -> str:
    """The relation by which this viewer may take this step now; raises ledger.NotAllowed, or 404 for a stranger."""
    mine = relations(viewer, case)
    if not mine:
        raise Http404
    relation = workflow.allowed(step, case.status, mine)
    if relation is None:
        raise ledger.NotAllowed(step, case.status)
    return relation


def steps(viewer: Viewer, case: Case) -> list[str]:
    """Names of the steps this viewer may take now: what the page draws buttons from."""
    return workflow.steps_for(case.status, relations(viewer, case))


def typed(number: str) -> str:
    """A number as somebody typed it or put it in an address: PostgreSQL takes no NUL. Numbers are written in capitals,
    so that one is found by its index however it was typed."""
    return clean(number, 40).upper()


# ---- the reporter's own door ----


def named(number: str) -> Q:
    """Reports of this number, or of this claim code with or without its hyphen."""
    said = typed(number)
    return Q(number=said) | Q(claim=said.replace("-", ""))


def report_by_secret(number: str, secret: str) -> Report | None:
    """The report of this number or claim code, when the secret is its own. Compared in constant time; the caller limits
    tries."""
    reports: list[Report | None] = list(
        Report.objects.select_related("case", "reporter").filter(named(number))[:3]
    )
    found = None
    # what does not exist is compared too: how long an answer takes tells nothing
    for report in reports or [None]:
        uuid, version = (report.uuid, report.secret_version) if report else (UUID(int=0), 1)
        right = seal.secret_matches(settings.TRACKING_KEY, uuid, version, secret)
        # nobody's own any more once the person is erased, whichever secret a receipt may still print
        if right and report is not None and report.reporter.erased_at is None:
            found = report
    return found


def erased_by_secret(number: str, secret: str) -> bool:
    """Was this the secret of a report whose person has been erased since? Then its page says goodbye."""
    gone = Report.objects.filter(named(number), reporter__erased_at__isnull=False)[:3]
    return any(
        seal.secret_matches(settings.TRACKING_KEY, row.uuid, version, secret)
        for row in gone
        for version in (row.secret_version - 1, row.secret_version)
    )


def secret_of(report: Report) -> str:
    """The derived secret: for the letter and the receipt of its own reporter, nowhere else."""
    return seal.secret_for(settings.TRACKING_KEY, report.uuid, report.secret_version)


def reporter_viewer(report: Report) -> Viewer:
    return Viewer(report_id=report.id, reporter_id=report.reporter_id)


def public_report(number: str) -> Report:
    """What the number alone opens: a report that is not secret (404 for the rest). What may be shown of a private
    one is the page's field list, not this row."""
    report = (
        Report.objects.select_related(
            "case__category", "case__area__parent", "case__holder", "case__assignment"
        )
        .exclude(visibility=Report.SECRET)
        .exclude(case__visibility=Report.SECRET)
        .filter(number=typed(number))
        .first()
    )
    if report is None:
        raise Http404
    return report


def filed(partner: Partner) -> QuerySet[Report]:
    """What a partner has handed in for others. The rows tell numbers apart: of each, the partner's pages show no more
    than its number alone opens to anybody (`hidden`: nothing)."""
    return Report.objects.filter(partner=partner).select_related("case__assignment")


def hidden(report: Report) -> bool:
    """Does its number alone open nothing?"""
    return Report.SECRET in (report.visibility, report.case.visibility)


def public_cases() -> QuerySet[Case]:
    """Cases anybody may list: every report on them is public and their words are masked."""
    return Case.objects.filter(visibility=Report.PUBLIC).exclude(title="")


# ---- personal data ----


CALLING = "call_citizen"  # the coded reason of a call-back


class ReasonNeeded(Exception):
    """A look at personal data needs one of the coded reasons."""


@dataclass(frozen=True)
class Person:
    """What `reveal` shows. Never stored, never logged."""

    name: str
    contacts: list[tuple[str, str]]
    words: str


def ring() -> seal.Keyring:
    return seal.Keyring.parse(settings.SEAL_KEYS)


def reveal(report: Report, *, by: Viewer, reason: str, now: datetime) -> Person:
    """Open a reporter's name, contacts and original words; writes case.revealed. `reason` is a coded Reason of the
    step "reveal", so that no person's words end in the ledger. Raises ReasonNeeded, ledger.NotAllowed or Http404."""
    relation = check_step(by, report.case, "reveal")
    if not Reason.objects.filter(code=reason, step="reveal").exists():
        raise ReasonNeeded
    data = {"report": report.id, "reason": reason}
    ledger.note(report.case, "reveal", by=by.actor, now=now, relation=relation, data=data)
    return person(report.reporter, report)


def reveal_to_call(task: Task, *, by: Viewer, now: datetime) -> Person:
    """Whom a counter officer has to telephone: name and contacts, no words. Written down like every look."""
    report = task.letter.report if task.letter else None
    if task.kind != Task.CALL_BACK or task.done_at or report is None or not by.has(Membership.COUNTER):
        raise Http404
    data = {"report": report.id, "reason": CALLING}
    ledger.note(report.case, "reveal", by=by.actor, now=now, relation=workflow.COUNTER, data=data)
    return replace(person(report.reporter), words="")


def person(reporter: Reporter, report: Report | None = None) -> Person:
    """Unsealed, for the person themselves and for `reveal`. Empty when the key was destroyed."""
    if reporter.key is None:
        return Person("", [], "")
    keys, key = ring(), bytes(reporter.key)

    def opened(sealed: bytes | memoryview | None) -> str:
        return seal.open_sealed(keys, key, bytes(sealed)).decode() if sealed else ""

    contacts = [(row.channel, opened(row.sealed)) for row in reporter.identities.all()]
    return Person(opened(reporter.name_sealed), contacts, opened(report.words_sealed) if report else "")


def who_opened(report: Report) -> QuerySet[Event]:
    """ "Siapa yang pernah membuka data saya?": every look at this report's personal data, and at its photos, on each
    case it has been on."""
    cases = {report.case_id, report.own_case_id}
    joined = Event.objects.filter(case=report.own_case_id, verb="case.joined").values_list(
        "data__into", flat=True
    )
    cases |= set(Case.objects.filter(number__in=list(joined)).values_list("id", flat=True))
    photos = Upload.objects.filter(Q(report=report) | Q(message__report=report)).values_list(
        "uuid", flat=True
    )
    looks = Q(verb="case.revealed", data__report=report.id)
    looks |= Q(verb="case.photo_opened", data__photo__in=[str(photo) for photo in photos])
    return Event.objects.filter(looks, case__in=cases).select_related("agency")
