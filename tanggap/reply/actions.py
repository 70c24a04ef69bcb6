"""ask, tell, note, answer; and the two reactions that write letters: `write` to reporters, `alert` to officers."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Prefetch, prefetch_related_objects

from tanggap import access, ledger
from tanggap.access import Viewer
from tanggap.channels import registry
from tanggap.ledger import deed
from tanggap.lib import seal
from tanggap.lib.text import clean
from tanggap.models import (
    Agency,
    Case,
    City,
    Clock,
    Event,
    Inbound,
    Letter,
    Membership,
    Message,
    Officer,
    Reference,
    Report,
    Task,
    Upload,
    local_day,
)
from tanggap.reply import texts, ways
from tanggap.reply.outgoing import BY_VOICE

WORDS_LIMIT = 4000
KEEP_RAW = timedelta(days=90)
# verb of an event -> letter to every reporter of the case
TO_REPORTERS = {
    "case.routed": "arrived",
    "case.referred": "passed_on",
    "case.transferred": "passed_on",
    "case.arbitrated": "passed_on",
    "case.delegated": "delegated",
    "case.refused": "passed_back",
    "case.started": "started",
    "case.estimated": "estimated",
    "case.paused": "paused",
    "case.resumed": "resumed",
    "case.submitted": "checked",
    "case.sent_back": "sent_back",
    "case.closed": "done",
    "case.reopened": "reopened",
    "case.rejected": "rejected",
    "case.clarified": "clarify",
    "case.given_up": "gave_up",
    "case.silent": "silent",
    "case.upheld": "upheld",
}
# verb -> (letter to officers, whose: roles at the holder, or one level up)
TO_OFFICERS = {
    "case.routed": ("officer_new", "holder"),
    "case.divided_from": ("officer_new", "holder"),
    "case.referred": ("officer_handed", "holder"),
    "case.delegated": ("officer_handed", "holder"),
    "case.transferred": ("officer_handed", "holder"),
    "case.arbitrated": ("officer_handed", "holder"),
    "case.refused": ("officer_handed", "holder"),
    "case.reopened": ("officer_handed", "holder"),
    "case.sent_back": ("officer_sent_back", "street"),
    "case.answered": ("officer_answered", "holder"),
    "case.overheard": ("officer_answered", "holder"),
    "case.warned": ("officer_warned", "holder"),
    "case.escalated": ("officer_late", "above"),
}
QUARTER = 15
QUIET_FROM, QUIET_TO = time(21, 0), time(6, 0)


class NothingSaid(Exception):
    """An empty question, answer or note."""


class SaidBefore(Exception):
    """This form was sent before with other words; `message` is what it said then."""

    def __init__(self, message: Message):
        super().__init__("said before")
        self.message = message


# ---- deeds ----


@deed
def ask(case_id: int, words: str, *, by: Viewer, now: datetime, version: int | None = None) -> Case:
    """A question to the citizens, in the channel each of them used; the case says that it waits for them."""
    case = ledger.take(case_id, version)
    relation = access.check_step(by, case, "ask")
    words = spoken(words)
    ledger.move(case, "ask", by=by.actor, now=now, relation=relation, waiting_for=Case.REPORTER)
    post([Said(case, "asked", now, by=by, words=words)])
    return case


@deed
def tell(case_id: int, words: str, *, by: Viewer, now: datetime, version: int | None = None) -> Case:
    """Words to the citizens, previewed by the officer who sends them."""
    case = ledger.take(case_id, version)
    relation = access.check_step(by, case, "tell")
    words = spoken(words)
    ledger.move(case, "tell", by=by.actor, now=now, relation=relation)
    post([Said(case, "told", now, by=by, words=words)])
    return case


@deed
def note(case_id: int, words: str, *, by: Viewer, now: datetime) -> Message:
    """A note inside: never sent to anybody outside."""
    case = ledger.take(case_id)
    relation = access.check_step(by, case, "note")
    message = Message.objects.create(case=case, officer=by.officer, agency=by.agency, note=True, words=spoken(words),
                                     at=now)  # fmt: skip
    ledger.note(case, "note", by=by.actor, now=now, relation=relation, data={"message": message.id})
    return message


@deed
def answer(report_id: int, words: str, *, form: UUID, by: Viewer, now: datetime, photos: Sequence[UUID] = (),
           draft: UUID | None = None) -> Message:  # fmt: skip
    """What a reporter adds later, with staged photos of the form's draft. Sent twice with the same form it is
    one message; raises SaidBefore for other words under the same form."""
    report = Report.objects.select_related("reporter", "channel").get(pk=report_id)
    case = ledger.take(report.case_id)
    relation = access.check_step(by, case, "answer")
    words = spoken(words)
    body = words.encode()
    digest = hashlib.sha256(body).digest()
    keys = seal.Keyring.parse(settings.SEAL_KEYS)
    key = bytes(report.reporter.key)
    inbound, new = Inbound.objects.get_or_create(
        account=f"answer:{report.id}", external_id=str(form),
        defaults={"hash": digest, "body": seal.seal(keys, key, body), "received_at": now,
                  "purge_at": now + KEEP_RAW},
    )  # fmt: skip
    if not new:
        message = Message.objects.get(inbound=inbound)
        if bytes(inbound.hash) != digest:
            raise SaidBefore(message)
        return message
    message = Message.objects.create(case=case, report=report, inbound=inbound, channel=report.channel,
                                     words_sealed=seal.seal(keys, key, words), at=now)  # fmt: skip
    if photos:
        staged = Upload.objects.filter(uuid__in=photos, draft=draft, report=None, followup=None, message=None)
        staged.update(message=message, due_at=now)
    waiting = "" if case.waiting_for == Case.REPORTER else case.waiting_for
    ledger.move(case, "answer", by=by.actor, now=now, relation=relation,
                data={"message": message.id, "report": report.id}, waiting_for=waiting)  # fmt: skip
    return message


def spoken(words: str) -> str:
    words = clean(words, WORDS_LIMIT)
    if not words:
        raise NothingSaid
    return words


# ---- letters to reporters ----


@dataclass(frozen=True)
class Said:
    """What the reporters of a case are to hear: a letter's code, after an event or in an officer's own words. All of
    them, or only those of `reports`."""

    case: Case
    code: str
    at: datetime
    event: Event | None = None
    by: Viewer | None = None
    words: str = ""
    reports: tuple[int, ...] = ()


def write(events: Sequence[Event]) -> None:
    """The letters that events mean for each reporter of their cases."""
    post([said for event in events if (said := what_to_write(event))])


def what_to_write(event: Event) -> Said | None:
    code = TO_REPORTERS.get(event.verb)
    if event.verb == "case.triaged":
        code = first_answer(event)
    if event.verb == "case.escalated" and event.data.get("step") == "resolution":
        code = "late"
    if event.verb == "case.joined":
        into = Case.objects.filter(number=event.data["into"]).order_by("id").first() or event.case
        return Said(into, "joined", event.at, event, reports=tuple(event.data["reports"]))
    if event.verb == "case.set_apart" and event.data.get("tell"):
        return Said(event.case, "apart", event.at, event, reports=(event.data["report"],))
    return Said(event.case, code, event.at, event) if code else None


def first_answer(event: Event) -> str | None:
    """A place outside has its own polite answer. Where one talks, the number goes back, unless it goes with a question;
    at the other doors it was told at once."""
    if event.case.outside:
        return "outside"
    kind = registry.KINDS.get(event.case.channel.kind)
    if kind is None or not kind.talks or not event.data.get("first"):
        return None
    return None if event.case.waiting_for == Case.REPORTER else "received"


def post(told: Sequence[Said]) -> None:
    """One letter for each reporter: on the report's page at once; where the channel has no way back, a person gets a
    task too. Few statements, whatever their number."""
    cases = [said.case for said in told]
    reports = Report.objects.filter(case__in=cases).only(*FOR_A_LETTER).order_by("id")
    prefetch_related_objects(cases, Prefetch("reports", reports), "clocks")
    pairs = [
        (report, said)
        for said in told
        for report in said.case.reports.all()
        if not said.reports or report.id in said.reports
    ]
    first = ways.first_ways([report for report, _ in pairs])
    letters = [letter_to(report, said, first.get(report.reporter_id, "")) for report, said in pairs]
    Letter.objects.bulk_create(letters)
    Task.objects.bulk_create(
        Task(kind=Task.CALL_BACK, case=letter.case, letter=letter, role="counter", opened_at=letter.at,
             data={"report": letter.report_id})
        for letter in letters
        if letter.state == Letter.BY_HAND
    )  # fmt: skip


FOR_A_LETTER = ("case", "number", "language", "reporter", "channel", "sender")


def letter_to(report: Report, said: Said, way: str) -> Letter:
    """`way`: the kind of channel it would go by now; without one it stands on the page, or a person tells it."""
    channel, by = Reference.get().channel_by_id[report.channel_id], said.by
    data = facts(said.case, report, said.event)
    if said.words:
        data["words"] = said.words
    if by is not None and by.agency is not None:
        data["agency"] = by.agency.name
    subject, text = texts.render(said.code, report.language, data)
    by_hand = channel.way_back == "by_hand" and said.code in BY_VOICE
    goes = not by_hand and way and (way not in ways.SPARING or said.code in ways.NEEDED)
    state = Letter.BY_HAND if by_hand else Letter.QUEUED if goes else Letter.ON_PAGE
    return Letter(
        case=said.case, report=report, code=said.code, language=report.language, subject=subject, text=text,
        sender=by.agency if by else speaker(said.event, said.case), by=by.officer if by else None,
        way="by_hand" if by_hand else way if goes else "web", lane=f"r{report.reporter_id}:{channel.kind}",
        state=state, at=said.at, settled_at=None if goes else said.at, due_at=said.at if goes else None,
    )  # fmt: skip


def speaker(event: Event | None, case: Case) -> Agency | None:
    """In whose name a letter speaks: who did it; for the machine's own deeds, the office it was handed to."""
    known = Reference.get()
    if event is not None and event.agency_id:
        return known.agency_by_id.get(event.agency_id)
    return (
        known.agencies.get(event.data.get("to", ""))
        if event is not None and "to" in event.data
        else case.holder
    )


def facts(case: Case, report: Report | None, event: Event | None, language: str = "") -> dict[str, Any]:
    """What letters may say: numbers, offices, dates and coded reasons, in the reader's language."""
    city, known = City.get(), Reference.get()
    language = language or (report.language if report else "id")
    data = event.data if event else {}
    to, giver = known.agencies.get(data.get("to", "")), known.agencies.get(data.get("from", ""))
    promise = promise_for(case, event)
    neighbours = {row["name"]: row for row in city.value("neighbours", [])}
    resolution = case.resolution
    return {
        "number": report.number if report else case.number,
        "city": city.short,
        "agency": to.name if to else case.holder.name if case.holder else city.name,
        "giver": giver.name if giver else "",
        "category": case.category.name(language) if case.category else "-",
        "area": case.area.name if case.area else "-",
        "promise": texts.moment(promise.promised_at, city.zone, language) if promise else "",
        "estimate": texts.day(case.estimate_on, language),
        "until": texts.moment(case.waiting_until, city.zone, language),
        "confirm_by": texts.moment(case.confirm_by, city.zone, language),
        "days": city.value("days_to_confirm", 5),
        "asks": list(data.get("asks", ())),
        "resolution": resolution.name(language) if resolution else "",
        "reason": reason_name(data.get("reason", ""), language),
        "neighbour": case.outside if case.outside in neighbours else "",
        "reach": neighbours.get(case.outside, city.value("elsewhere", {})).get("reach", "")
        if case.outside
        else "",
        "into": data.get("into", ""),
        "note": appeal_note(case) if event and event.verb == "case.upheld" else "",
    }


def promise_for(case: Case, event: Event | None) -> Clock | None:
    """The promise a letter names: the whole one, or the step's own where the event is about a step."""
    clocks = sorted(case.clocks.all(), key=lambda clock: clock.id)
    step = "resolution"
    if event is not None and event.verb in ("case.routed", "case.warned", "case.escalated"):
        step = event.data.get("step", "first_response")
    mine = [clock for clock in clocks if clock.step == step] or [c for c in clocks if c.step == "resolution"]
    return mine[-1] if mine else None


def reason_name(code: str, language: str) -> str:
    row = Reference.get().reasons.get(code)
    return row.name(language) if row else ""


def appeal_note(case: Case) -> str:
    task = case.tasks.filter(kind=Task.APPEAL).order_by("-id").first()
    return task.note if task else ""


# ---- letters to officers ----


def alert(events: Sequence[Event]) -> None:
    """E-mail to the officers whose turn it is: batched to the quarter hour, at night kept until six, danger at once."""
    named = [(event, *TO_OFFICERS[event.verb]) for event in events if event.verb in TO_OFFICERS]
    prefetch_related_objects([event.case for event, _, _ in named], "clocks")
    seats = seats_at([event.case.holder for event, _, _ in named])
    letters = []
    for event, code, whose in named:
        case = event.case
        urgent = case.urgency >= 2 and code in ("officer_new", "officer_handed")
        for officer in readers_of(case, whose, event.at, seats):
            subject, text = texts.render(code, officer.language, facts(case, None, event, officer.language))
            letters.append(
                Letter(case=case, officer=officer, code=code, language=officer.language, subject=subject, text=text,
                       way="email", lane=f"o{officer.id}:email", state=Letter.QUEUED, urgent=urgent, at=event.at,
                       due_at=event.at if urgent else next_round(event.at))
            )  # fmt: skip
    Letter.objects.bulk_create(letters)


TO_WHOM = {
    "holder": ({Membership.DESK}, set()),
    "street": ({Membership.DESK, Membership.FIELD}, set()),
    "above": ({Membership.DESK}, {Membership.DESK, Membership.WATCHER}),
}  # roles at the holder, roles one level up


def seats_at(holders: Sequence[Agency | None]) -> list[Membership]:
    """All who may get mail at these agencies and one level up."""
    offices = {office for holder in holders if holder for office in (holder.id, holder.parent_id) if office}
    if not offices:
        return []
    seats = Membership.objects.filter(agency__in=offices, officer__is_active=True).exclude(officer__email="")
    wanted = ("agency", "role", "valid_from", "valid_to", "officer__language")
    return list(seats.select_related("officer").only(*wanted).order_by("id"))


def readers_of(case: Case, whose: str, at: datetime, seats: Sequence[Membership]) -> list[Officer]:
    if case.holder is None:
        return []
    here, above = TO_WHOM[whose]
    found = {
        seat.officer_id: seat.officer
        for seat in seats
        if seat.holds_on(local_day(at))
        and (
            (seat.agency_id == case.holder_id and seat.role_id in here)
            or (seat.agency_id == case.holder.parent_id and seat.role_id in above)
        )
    }
    return list(found.values())


def next_round(at: datetime) -> datetime:
    """The next quarter of an hour; in quiet hours six in the morning, in the city's time."""
    local = at.astimezone(City.get().zone).replace(second=0, microsecond=0)
    local += timedelta(minutes=QUARTER - local.minute % QUARTER)
    if local.time() >= QUIET_FROM:
        local = (local + timedelta(days=1)).replace(hour=QUIET_TO.hour, minute=0)
    elif local.time() < QUIET_TO:
        local = local.replace(hour=QUIET_TO.hour, minute=0)
    return local
