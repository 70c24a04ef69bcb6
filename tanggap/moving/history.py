"""A case of the old system as the rows that our own deeds would have written: report, person, hand-overs, events,
clocks. Written by nobody here: `ledger.restore` copies them."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.db import models

from tanggap import ledger, workflow
from tanggap.intake.receive import KEEP_RAW
from tanggap.lib import copied, geo, seal, text
from tanggap.lib.copied import Plain
from tanggap.models import (
    Agency,
    Assignment,
    Case,
    Circle,
    City,
    Clock,
    Event,
    FollowUp,
    Identity,
    Inbound,
    Message,
    Reference,
    Report,
    Reporter,
    Review,
    Task,
)
from tanggap.models.event import CLOCK, MACHINE, REPORTER, new_salt
from tanggap.moving import clocks
from tanggap.moving.old import (
    ASSIGNED,
    AWAITING_REVIEW,
    CLOSED,
    IN_PROGRESS,
    NEW,
    REJECTED,
    SENT_BACK,
    Hand,
    Old,
)
from tanggap.routing.actions import keeper_of_secrets
from tanggap.triage.redact import redact, title

MODELS = (
    Inbound, Reporter, Identity, Case, Report, Assignment, Circle, Message, Event, FollowUp, Review, Clock, Task,
)  # fmt: skip
STATUS = {
    NEW: workflow.NEW, ASSIGNED: workflow.ASSIGNED, IN_PROGRESS: workflow.IN_PROGRESS, SENT_BACK: workflow.IN_PROGRESS,
    AWAITING_REVIEW: workflow.AWAITING_REVIEW, CLOSED: workflow.CLOSED, REJECTED: workflow.CLOSED,
}  # fmt: skip
VERBS = {
    workflow.ROUTE: "case.routed", workflow.REFER: "case.referred", workflow.DELEGATE: "case.delegated",
    workflow.TRANSFER: "case.transferred", workflow.RETURN: "case.refused",
}  # fmt: skip
DONE = (CLOSED, AWAITING_REVIEW, SENT_BACK)  # something was handed in
WORKED = (IN_PROGRESS, SENT_BACK)


def account(source: str) -> str:
    """Of the Inbound rows: with the old number it makes a case once."""
    return f"import:{source}"


@dataclass
class Told:
    """One event to be: where its time is the same as another's, they stay in the order in which they were told."""

    at: datetime
    verb: str
    data: dict[str, Any]
    by_kind: str = MACHINE
    by_id: int | None = None
    agency: Agency | None = None
    held: Agency | None = None


class Binder:
    """Binds a batch of old cases into rows. Ids are taken beforehand, some too many: gaps hurt nobody."""

    def __init__(self, source: str, now: datetime, olds: list[Old]):
        self.source, self.now, self.known, self.city = source, now, Reference.get(), City.get()
        self.keys = seal.Keyring.parse(settings.SEAL_KEYS)
        self.rows: dict[type[models.Model], list[Any]] = defaultdict(list)
        self.first = {model: copied.take_ids(model, count) for model, count in needed(olds).items() if count}
        self.following = dict(self.first)
        # of each case what its photos hang on: the report, and what was handed in
        self.bound: dict[str, tuple[UUID, int, int | None]] = {}
        self.confirm = timedelta(days=self.city.value("days_to_confirm", 5))
        self.fallback = self.known.agencies[self.city["triage_agency"]]
        for old in olds:
            Bound(self, old).write()

    def add(self, row: Plain) -> Any:
        row.id = self.following[row.of]
        self.following[row.of] += 1
        self.rows[row.of].append(row)
        return row

    def tables(self) -> list[ledger.Copied]:
        return [
            ledger.Copied(model, [field.column for field in copied.columns(model)], copied.lines(self.rows[model]),
                          self.first[model], self.following[model] - 1)
            for model in MODELS
            if self.rows[model]
        ]  # fmt: skip


def needed(olds: list[Old]) -> dict[type[models.Model], int]:
    """At most so many rows of each table."""
    hands, count = sum(len(old.hands) + 1 for old in olds), len(olds)
    return {
        Inbound: count, Reporter: count, Identity: sum(len(old.contacts) for old in olds), Case: count, Report: count,
        Assignment: hands, Circle: hands, Message: count, Event: hands + 9 * count, FollowUp: count, Review: count,
        Clock: 5 * count, Task: 2 * count,
    }  # fmt: skip


class Bound:
    """One case on its way into rows."""

    def __init__(self, binder: Binder, old: Old):
        self.binder, self.old, self.add = binder, old, binder.add
        self.known, self.now, self.keys = binder.known, binder.now, binder.keys
        self.told: list[Told] = []
        self.secret = old.visibility == Report.SECRET

    def write(self) -> None:
        old, uuid = self.old, uuid4()
        self.masked, self.place = redact(old.words)[0], redact(old.place)[0][:300]
        self.person()
        self.case = self.add(self.newborn(uuid))
        self.report = self.add(self.said(uuid))
        self.case_is_told()
        self.hand_on(self.hands())
        followup = self.work()
        self.end()
        events = self.events()
        if old.end_known:
            for clock in clocks.wind(self.case, events, self.now):
                self.add(clock)
        self.case.version = max(1, len(events))
        self.case.changed_at = events[-1][0].at
        self.binder.bound[old.number] = (uuid, self.report.pk, followup.pk if followup else None)

    # ---- who and what ----

    def person(self) -> None:
        old, keys = self.old, self.keys
        key = self.key = seal.new_person_key(keys)
        name = seal.seal(keys, key, old.name) if old.name else None
        self.reporter = self.add(
            Plain(Reporter, key=key, name_sealed=name, language=old.language, created_at=old.opened_at)
        )
        for kind, address in old.contacts:
            lookup = seal.lookup(keys, f"{kind}:{address}")
            self.add(Plain(Identity, reporter_id=self.reporter.pk, channel=kind, lookup=lookup,
                              sealed=seal.seal(keys, key, address)))  # fmt: skip
        self.inbound = self.add(
            Plain(Inbound,
                account=account(self.binder.source), external_id=old.number, hash=old.digest,
                body=seal.seal(keys, key, old.body), by_person=True, received_at=self.now,
                purge_at=self.now + KEEP_RAW,
            )
        )  # fmt: skip

    def newborn(self, uuid: UUID) -> Plain:
        old = self.old
        has_point, area = old.lat is not None and old.lon is not None, old.area
        case = Plain(
            Case, number=old.number, uuid=uuid, status=STATUS[old.status], visibility=old.visibility,
            title=title(self.masked), lat=old.lat, lon=old.lon, place=self.place, outside=old.located.outside,
            cell=geo.cell(old.lat, old.lon) if has_point else None, opened_at=old.opened_at,
            estimate_on=old.estimate_on, sent_back=old.status == SENT_BACK, closed_at=old.closed_at,
            reason_id=old.reason if old.over else None, resolution_id=old.resolution if old.over else None,
            suggestion={"near": []}, category_id=old.category.pk if old.category else None,
            area_id=area.pk if area else None, channel_id=old.channel.pk, readers=[],
        )  # fmt: skip
        # not copied: what the promises and the ledger ask a case for
        case.category, case.area, case.channel, case.holder = old.category, area, old.channel, None
        return case

    def said(self, uuid: UUID) -> Plain:
        old, keys = self.old, self.keys
        return Plain(Report,
            uuid=uuid, number=old.number, inbound_id=self.inbound.pk, reporter_id=self.reporter.pk,
            case_id=self.case.pk, own_case_id=self.case.pk, channel_id=old.channel.pk, visibility=old.visibility,
            claim=seal.claim_code(uuid), words_sealed=seal.seal(keys, self.key, old.words), words=self.masked,
            place=self.place, stems=text.stems(f"{self.masked} {self.place}"),
            place_sealed=seal.seal(keys, self.key, old.place) if old.place else None,
            category_id=old.category.pk if old.category else None, lat=old.lat, lon=old.lon, said_at=old.opened_at,
            received_at=old.opened_at, language=old.language, stars=old.stars,
        )  # fmt: skip

    def case_is_told(self) -> None:
        old = self.old
        data = {"report": self.report.pk, "channel": old.channel.code, "restored": self.binder.source}
        self.tell(old.opened_at, "case.received", data, by_kind=REPORTER, by_id=self.reporter.pk)
        sure = bool(old.category and old.located.area)
        self.tell(old.opened_at, "case.triaged", {"how": old.located.how, "sure": sure})

    # ---- hand-overs ----

    def hands(self) -> list[Hand]:
        """The old system's hand-overs; an open case that it hands to nobody goes where a new one would go."""
        old = self.old
        if old.hands or old.over:
            return old.hands
        office = (
            keeper_of_secrets(self.case, self.now) if self.secret else self.known.office.get(old.located.area)
        )
        if office is None:
            self.at_the_triage_desk()
            return []
        if old.status == NEW:
            self.case.status = workflow.ASSIGNED
        return [Hand(old.opened_at, office, workflow.ROUTE)]

    def at_the_triage_desk(self) -> None:
        """Whose it is nobody can tell by machine: a person looks."""
        old = self.old
        self.case.status = workflow.NEW
        if old.located.outside:
            self.doubt(Task.OUTSIDE, {"neighbour": old.located.outside})
            return
        self.doubt(Task.PLACE, {"candidates": list(old.located.candidates)})
        if old.category is None:
            self.doubt(Task.MATTER, {"best": "", "confidence": 0, "second": ""})

    def doubt(self, kind: str, data: dict) -> None:
        self.add(Plain(Task, kind=kind, case_id=self.case.pk, role="triage", opened_at=self.now, data=data))

    def hand_on(self, hands: list[Hand]) -> None:
        case, giver = self.case, None
        case.readers = ledger.readers(case, None)
        for place, hand in enumerate(hands, 1):
            ended = hands[place].at if place < len(hands) else None
            row = self.add(
                Plain(Assignment, case_id=case.pk, position=place, kind=hand.kind, agency_id=hand.agency.pk, at=hand.at,
                           giver_id=giver.pk if giver else None, ended_at=ended)
            )  # fmt: skip
            data = {"to": hand.agency.code, "kind": hand.kind, "assignment": row.pk}
            if giver is not None:
                data["from"] = giver.code
            self.tell(hand.at, VERBS[hand.kind], data, agency=giver, held=hand.agency)
            case.holder, case.holder_id, case.assignment_id = hand.agency, hand.agency.pk, row.pk
            giver = hand.agency
            case.readers = ledger.readers(case, hand.agency)
        case.handovers = max(0, len(hands) - 1)
        if self.secret:
            inside = {hand.agency.pk for hand in hands} or {keeper.pk for keeper in [keeper_of_secrets(case, self.now)]
                                                           if keeper}  # fmt: skip
            for agency in sorted(inside):
                self.add(Plain(Circle, case_id=case.pk, agency_id=agency))

    # ---- work and its end ----

    def doer(self) -> Agency:
        """In whose name work was told of: who holds it, else the office of the place, else the triage desk's."""
        return self.case.holder or self.known.office.get(self.old.located.area) or self.binder.fallback

    def work(self) -> Plain | None:
        old, doer = self.old, self.doer()
        last = old.last_known()
        started = old.started_at or (last if old.status in WORKED and old.submitted_at is None else None)
        if started:
            self.tell(started, "case.started", {}, agency=doer)
        if old.estimate_on:
            self.tell(started or last, "case.estimated", {"on": old.estimate_on.isoformat()}, agency=doer)
        if old.status not in DONE:
            self.note(old.closed_at or last, doer)
            return None
        at = old.submitted_at or old.closed_at or last
        state = {CLOSED: FollowUp.ACCEPTED, SENT_BACK: FollowUp.SENT_BACK}.get(old.status, FollowUp.SUBMITTED)
        row = self.add(
            Plain(FollowUp, case_id=self.case.pk, agency_id=doer.pk, resolution_id=old.resolution,
                     words=redact(old.answer)[0], at=at, state=state)
        )  # fmt: skip
        self.tell(at, "case.submitted", {"followup": row.pk, "resolution": old.resolution}, agency=doer)
        if state != FollowUp.SUBMITTED:
            judged = old.closed_at or at
            reason = old.reason if state == FollowUp.SENT_BACK else None
            self.add(
                Plain(
                    Review,
                    followup_id=row.pk,
                    accepted=state == FollowUp.ACCEPTED,
                    reason_id=reason,
                    at=judged,
                )
            )
        if state == FollowUp.SENT_BACK:
            self.tell(at, "case.sent_back", {"followup": row.pk})
        return row

    def note(self, at: datetime, doer: Agency) -> None:
        """What was answered while nothing was handed in: a note inside."""
        if self.old.answer:
            row = self.add(Plain(Message, case_id=self.case.pk, agency_id=doer.pk, note=True, at=at,
                                   words=redact(self.old.answer)[0]))  # fmt: skip
            self.tell(at, "case.noted", {"message": row.pk}, agency=doer)

    def end(self) -> None:
        old, case, report = self.old, self.case, self.report
        if old.status == REJECTED:
            self.tell(old.closed_at, "case.rejected", {"reason": old.reason or ""})
        if old.status != CLOSED:
            return
        self.tell(old.closed_at, "case.closed", {"resolution": old.resolution})
        if old.confirmation == Report.CONFIRMED:
            report.confirmed_at = old.closed_at
            said = {"report": report.pk, "stars": old.stars}
            self.tell(old.closed_at, "case.confirmed", said, by_kind=REPORTER, by_id=self.reporter.pk)
        elif old.end_known and old.confirmation != Report.SILENT:
            case.confirm_by = old.closed_at + self.binder.confirm
            if case.confirm_by <= self.now:
                self.tell(case.confirm_by, "case.silent", {"reports": 1}, by_kind=CLOCK)
        waits = case.confirm_by is not None and case.confirm_by > self.now
        report.confirmation = old.confirmation or (Report.PENDING if waits else Report.SILENT)
        case.confirmation = report.confirmation

    # ---- events ----

    def tell(self, at: datetime, verb: str, data: dict[str, Any], **more: Any) -> None:
        self.told.append(Told(at, verb, data, **more))

    def events(self) -> list[tuple[Any, Agency | None]]:
        """In the order of time, each with who held the case then."""
        held, found = None, []
        for one in sorted(self.told, key=lambda told: told.at):
            held = one.held or held
            event = self.add(
                Plain(Event, case_id=self.case.pk, verb=one.verb, at=one.at, by_kind=one.by_kind, by_id=one.by_id,
                      agency_id=one.agency.pk if one.agency else None, data=one.data, salt=new_salt())
            )  # fmt: skip
            found.append((event, held))
        return found


def bind(source: str, now: datetime, olds: Iterable[Old]) -> Binder:
    return Binder(source, now, list(olds))
