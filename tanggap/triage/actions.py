"""triage (locate, classify, deduplicate, redact, urgency, in that order), settle by a person, join, split, redact."""

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings

from tanggap import access, ledger, workflow
from tanggap.access import Viewer
from tanggap.ledger import deed
from tanggap.lib import geo, rows, seal, text
from tanggap.models import (
    Area,
    Assignment,
    Case,
    Category,
    Event,
    Message,
    Reference,
    Report,
    Task,
    local_day,
)
from tanggap.triage import deduplicate
from tanggap.triage.look import Look, looks_at
from tanggap.triage.photos import hide_photos
from tanggap.triage.redact import MARK, redact, title

TRIAGE_ROLE = "triage"


class NotTheSame(Exception):
    """These two cases can't be joined; `code` says why."""

    def __init__(self, code: str):
        super().__init__(code)
        self.code = code


@deed
def triage(events: Sequence[Event]) -> list[Case]:
    """The machine's look at newborn cases, each at its event's time; what it isn't sure of becomes a Task at the triage
    desk. Returns the cases as they are now, in the order of the events."""
    known = Reference.get()
    taken = ledger.take_all(event.case_id for event in events)
    at = {event.case_id: event.at for event in events}
    cases = [known.dress(taken[event.case_id]) for event in events]
    looks = looks_at([case for case in cases if case.status == workflow.NEW])
    mask_reports(looks)
    ledger.move_all([seen(look, at[look.case.id]) for look in looks])
    Task.objects.bulk_create(
        Task(kind=kind, case=look.case, role=TRIAGE_ROLE, opened_at=at[look.case.id], data=data)
        for look in looks
        if look.case.visibility != Report.SECRET
        for kind, data in look.unsure
    )
    hint_at_duplicates(looks)
    return cases


def mask_reports(looks: Sequence[Look]) -> None:
    masked = [(look.report.id, *look.masked, look.stems) for look in looks]
    rows.update(Report, ("words", "place", "stems"), masked)


def seen(look: Look, now: datetime) -> ledger.Move:
    """The step that writes down what a look saw."""
    place, case = look.located, look.case
    visibility = keep_secret(case, look.category)
    sure = visibility == Report.SECRET or not look.unsure
    return ledger.Move(
        case, "triage", workflow.MACHINE, access.THE_MACHINE_ITSELF.actor, now,
        {"how": place.how, "sure": sure, "confidence": look.guess.confidence, "first": True},
        {"visibility": visibility, "area": look.area, "category": look.category,
         "outside": place.outside, "title": look.title, "place": look.masked[1], "urgency": look.urgency,
         "suggestion": look.suggestion(now)},
    )  # fmt: skip


def hint_at_duplicates(looks: Sequence[Look]) -> None:
    """Older open cases of the same matter close by, for the desk to look at: written after the moves, so that those of
    one batch see each other too."""
    asks = [
        deduplicate.Ask(look.case.lat, look.case.lon, look.category, words=look.words, before=look.case.id)
        for look in looks
    ]
    hinted = []
    for look, near in zip(looks, deduplicate.close_by(asks), strict=True):
        if near:
            look.case.suggestion = {**look.case.suggestion, "near": [row.case_id for row in near]}
            hinted.append((look.case.id, look.case.suggestion))
    rows.update(Case, ("suggestion",), hinted)


def keep_secret(case: Case, category: Category | None) -> str:
    """A matter that is secret by itself (levies, misconduct) makes the case and its reports secret, whatever was
    chosen at the door. Nobody outside the circle reads it then, the triage desk neither."""
    if category is None or category.visibility != Report.SECRET:
        return case.visibility
    Report.objects.filter(case=case).update(visibility=Report.SECRET)
    hide_photos(case)
    return Report.SECRET


@deed
def settle(
    case_id: int, *, by: Viewer, now: datetime, version: int | None = None, area: Area | None = None,
    category: Category | None = None, lat: float | None = None, lon: float | None = None,
) -> Case:  # fmt: skip
    """A person at the triage desk says where and what; open doubts about it are done. The rest follows by itself."""
    case = ledger.take(case_id, version)
    relation = access.check_step(by, case, "triage")
    changes: dict = {}
    if case.waiting_for == Case.REPORTER:
        changes |= {"waiting_for": "", "waiting_until": None}
    if area is not None:
        changes |= {"area": area, "outside": ""}
    if category is not None:
        changes |= {"category": category, "visibility": keep_secret(case, category)}
    if lat is not None and lon is not None:
        changes |= {"lat": lat, "lon": lon, "cell": geo.cell(lat, lon)}
    new_area, new_category = changes.get("area", case.area), changes.get("category", case.category)
    if new_category is not None and new_area is not None:
        known = Reference.get()
        mandates = known.competent(new_category, new_area, local_day(now))
        holder = known.holder(mandates[0], new_area) if mandates else None
        changes["suggestion"] = {**case.suggestion, "agency": holder.code if holder else "", "by_hand": True}
    sure = new_area is not None and new_category is not None
    data = {"how": "person", "sure": sure, "area": new_area.code if new_area else "",
            "category": new_category.code if new_category else ""}  # fmt: skip
    ledger.move(case, "triage", by=by.actor, now=now, relation=relation, data=data, **changes)
    kinds = ([Task.PLACE, Task.OUTSIDE] if area else []) + ([Task.MATTER] if category else [])
    case.tasks.filter(kind__in=kinds, done_at=None).update(done_at=now, done_by=by.officer, outcome="settled")
    if sure:
        case.tasks.filter(kind=Task.REFUSED, done_at=None).update(
            done_at=now, done_by=by.officer, outcome="settled"
        )
    return case


@deed
def reject(case_id: int, *, by: Viewer, now: datetime, reason: "object", version: int | None = None) -> Case:
    """Not a report the city can work on (outside, not a report, in court): closed honestly with a coded reason."""
    case = ledger.take(case_id, version)
    relation = access.check_step(by, case, "reject")
    ledger.move(
        case, "reject", by=by.actor, now=now, relation=relation, data={"reason": reason.code},
        reason=reason, resolution_id="rejected", closed_at=now,
    )  # fmt: skip
    case.tasks.filter(done_at=None).update(done_at=now, done_by=by.officer, outcome="rejected")
    return case


@deed
def join(case_id: int, into_id: int, *, by: Viewer, now: datetime, version: int | None = None) -> Case:
    """Two cases are one problem: the reports move to the older case, this one ends as JOINED, undoable.

    Raises NotTheSame for itself, another part, a secret one, or two of different places.
    """
    first, second = sorted((case_id, into_id))  # one order of locks for everybody
    locked = {row.id: row for row in (ledger.take(first), ledger.take(second))}
    case, into = locked[case_id], locked[into_id]
    if version is not None and case.version != version:
        ledger.take(case_id, version)
    check_join(case, into)
    relation = access.check_step(by, case, "join")
    other = access.check_step(by, into, "take_in")
    Assignment.objects.filter(case=case, ended_at=None).update(ended_at=now)
    moved = list(case.reports.values_list("id", flat=True))
    Report.objects.filter(id__in=moved).update(case=into)
    ledger.move(
        case, "join", by=by.actor, now=now, relation=relation, data={"into": into.number, "reports": moved},
        joined_into=into, voices=0, holder=None,
    )  # fmt: skip
    ledger.move(
        into, "take_in", by=by.actor, now=now, relation=other, data={"case": case.number, "reports": moved},
        voices=into.reports.count() + into.supports.count(),
    )  # fmt: skip
    case.tasks.filter(done_at=None).update(done_at=now, done_by=by.officer, outcome="joined")
    return into


def check_join(case: Case, into: Case) -> None:
    if case.id == into.id:
        raise NotTheSame("itself")
    if "secret" in (case.visibility, into.visibility):
        raise NotTheSame("secret")
    if case.parent_id or into.parent_id or case.parts.exists():
        raise NotTheSame("part")
    if case.opened_at < into.opened_at:
        raise NotTheSame("older")


@deed
def split(case_id: int, *, by: Viewer, now: datetime) -> Case:
    """Undo a join: the reports go back to their own case, which returns to who held it, or to the triage desk."""
    case = ledger.take(case_id)
    into = ledger.take(case.joined_into_id) if case.joined_into_id else None
    if into is None:
        raise NotTheSame("not_joined")
    relation = access.check_step(by, into, "take_in") if by.officer else workflow.MACHINE
    moved = case.events.filter(verb="case.joined").latest("id").data["reports"]
    Report.objects.filter(id__in=moved, case=into).update(case=case)
    last = case.assignments.order_by("-position").select_related("agency").first()
    changes: dict = {"joined_into": None, "voices": len(moved)}
    if last is not None:
        changes |= ledger.assign(case, last.kind, last.agency, giver=last.giver, by=by.actor, now=now)
    step = "split" if last is not None else "split_to_desk"
    ledger.move(case, step, by=by.actor, now=now, relation=relation, data={"from": into.number}, **changes)
    ledger.move(
        into, "take_in", by=by.actor, now=now, relation=relation, data={"back": case.number, "reports": moved},
        voices=max(1, into.reports.count() + into.supports.count()),
    )  # fmt: skip
    return case


@deed
def redact_words(report_id: int, start: int, end: int, *, by: Viewer, now: datetime) -> Report:
    """An officer covers what the rules missed: signs start..end of the masked words become a mark."""
    report = Report.objects.select_related("case").get(pk=report_id)
    case = ledger.take(report.case_id)
    relation = access.check_step(by, case, "redact")
    if not 0 <= start < end <= len(report.words):
        raise ValueError("outside the words")
    report.words = report.words[:start] + MARK.format("hand") + report.words[end:]
    report.stems = text.stems(f"{report.words} {report.place}")
    report.save(update_fields=["words", "stems"])
    changes = {"title": title(report.words)} if report.own_case_id == case.id else {}
    ledger.move(
        case, "redact", by=by.actor, now=now, relation=relation, data={"report": report.id}, **changes
    )
    return report


def mask_message(message_id: int) -> None:
    """A later message of a citizen: masked like a report, before anybody reads it."""
    message = Message.objects.select_related("report__reporter").get(pk=message_id)
    reporter = message.report.reporter if message.report else None
    if message.words or message.words_sealed is None or reporter is None or reporter.key is None:
        return
    keys = seal.Keyring.parse(settings.SEAL_KEYS)
    said = seal.open_sealed(keys, bytes(reporter.key), bytes(message.words_sealed)).decode()
    message.words, _ = redact(said)
    message.save(update_fields=["words"])
