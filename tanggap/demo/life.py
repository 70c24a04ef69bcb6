"""What happens to one report after it was received, deed by deed, each at its own time.

A life is a generator: it yields the moment of its next deed and is sent that moment when it has come. Between two
deeds the reactions have run. Who does nothing, asks, refuses or closes too early is drawn; `fate` fixes a draw.
"""

import math
from collections.abc import Callable, Generator
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.http import Http404

from tanggap import access, ledger, workflow
from tanggap.access import Viewer
from tanggap.demo import words as w
from tanggap.demo.story import Stage, Story
from tanggap.followup import actions as followup
from tanggap.models import Agency, Case, Membership, Reason, Report, Resolution, Task, Upload
from tanggap.reply import actions as reply
from tanggap.routing import actions as routing
from tanggap.triage import actions as triage

SLOT = timedelta(minutes=10)  # deeds within one slot are played before the reactions to them
JOINABLE = workflow.BY_NAME["take_in"].sources
OPENS, CLOSES, NIGHT = time(7, 15), time(17, 30), time(21, 0)
REFUSALS = (
    ledger.NotAllowed,
    ledger.Stale,
    routing.RoutingRefused,
    followup.FollowUpRefused,
    triage.NotTheSame,
    Http404,
)

Days = Generator[datetime, datetime, Any]


class Life:
    def __init__(self, story: Story, stage: Stage):
        self.story, self.stage, self.rng = story, stage, stage.rng
        self.staff, self.world, self.voice = stage.staff, stage.world, stage.voice

    # ---- chance and time ----

    def chance(self, name: str, share: float) -> bool:
        drawn = self.rng.random() < share
        return bool(self.story.fate.get(name, drawn))

    def later(self, now: datetime, hours: float, *, sigma: float = 0.9, office: bool = True) -> datetime:
        """After a lognormal time with this median; officers are rarely there in the evening and never at night."""
        hours = self.story.fate.get("pace", 1.0) * hours * math.exp(self.rng.gauss(0, sigma))
        at = now + max(timedelta(hours=hours), SLOT)
        return max(self.opened(at), now + SLOT) if office else self.awake(at)

    def opened(self, at: datetime) -> datetime:
        local = at.astimezone(self.world.city.zone)
        if local.time() >= CLOSES and (local.time() >= NIGHT or self.rng.random() < 0.75):
            local = local + timedelta(days=1)
        elif local.time() >= OPENS:
            return at
        minutes = self.rng.triangular(0, 170, 40)
        return (local.replace(hour=OPENS.hour, minute=OPENS.minute) + timedelta(minutes=minutes)).astimezone(
            at.tzinfo
        )

    def awake(self, at: datetime) -> datetime:
        local = at.astimezone(self.world.city.zone)
        return at if 6 <= local.hour < 23 else at + timedelta(hours=8)

    # ---- deeds ----

    def fresh(self) -> Case:
        case = Case.objects.get(pk=self.story.case_id)
        case.holder = self.world.by_id.get(case.holder_id)
        case.area = self.world.area_by_id.get(case.area_id)
        return case

    def do(self, deed: Callable[..., Any], *args: Any, **more: Any) -> Any:
        """Do it; what the house refuses (another was faster, no such way) is counted, and life goes on."""
        try:
            return deed(*args, **more)
        except REFUSALS as error:
            self.stage.refused[
                f"{deed.__name__}: {type(error).__name__} {getattr(error, 'code', error)}"
            ] += 1
            return None

    def reason(self, step: str) -> Reason:
        rows = self.stage.reasons[step]
        return rows[min(int(self.rng.expovariate(0.9)), len(rows) - 1)]

    def reviewer(self) -> Viewer:
        """Somebody for the whole city; of a secret case only somebody in its circle may know."""
        case = self.fresh()
        if case.visibility == Report.SECRET and case.holder is not None:
            return self.staff.at(case.holder, Membership.REVIEWER)
        return self.staff.city("reviewer")

    def reporter(self) -> tuple[Report, Viewer]:
        report = Report.objects.get(pk=self.story.report_id)
        return report, access.reporter_viewer(report)

    # ---- a life ----

    def run(self) -> Days:
        now = yield self.story.at + SLOT
        if self.story.script is not None:
            yield from self.story.script(self)
            return
        now = yield from self.placed(now)
        if now is None or self.chance("forgotten", 0.035):
            return
        now = yield from self.joined(now)
        if now is None:
            return
        now = yield from self.handed_on(now)
        if now is None:
            return
        yield from self.until_the_last_word(now)

    def placed(self, now: datetime) -> Days:
        """What the machine wasn't sure of, a person at the triage desk settles. None: it ended there."""
        case = self.fresh()
        if case.status != workflow.NEW:
            return now
        desk = self.staff.city("triage")
        if case.outside:
            now = yield self.later(now, 2.5)
            self.do(triage.reject, case.id, by=desk, now=now, reason=self.stage.reasons["reject"][0])
            return None
        now = yield self.later(now, 1.4)
        if self.story.fate.get("unsettled"):
            return None
        unsure = set(case.tasks.filter(done_at=None).values_list("kind", flat=True))
        if Task.PLACE in unsure and self.chance("ask", 0.4):
            now = yield from self.asked(now, desk)
            if now is None:
                return None
            now = yield self.later(now, 0.8)
        self.do(triage.settle, case.id, by=desk, now=now, area=self.story.area, category=self.story.category)
        now = yield now + SLOT
        return now if self.fresh().status == workflow.ASSIGNED else None

    def asked(self, now: datetime, by: Viewer) -> Days:
        """A question to the citizen; None where no answer comes."""
        self.do(reply.ask, self.story.case_id, self.voice.pick(w.ASKS), by=by, now=now)
        if not self.chance("answer", 0.62):
            return None
        now = yield self.later(now, 5, office=False)
        report, me = self.reporter()
        self.do(reply.answer, report.id, self.voice.pick(w.ANSWERS), form=uuid4(), by=me, now=now)
        return now

    def joined(self, now: datetime) -> Days:
        """The same problem was told before: the two become one case."""
        other = self.story.copy_of
        if other is None or not other.case_id or self.chance("unnoticed", 0.2):
            return now
        now = yield self.later(now, 1.2)
        if Case.objects.get(pk=other.case_id).status not in JOINABLE:
            return now
        into = self.do(triage.join, self.story.case_id, other.case_id, by=self.staff.city("triage"), now=now)
        return now if into is None else None

    # ---- hand-overs: none 16 %, one 65 %, two 14 %, more 5 % ----

    def handed_on(self, now: datetime) -> Days:
        case = self.fresh()
        if case.holder is None or self.story.fate.get("untouched"):
            return None
        first = case.holder
        meant = self.world.competent(self.story.category, self.story.area)
        target = self.story.fate.get("to") or (meant[0] if meant else first)
        if target.id == first.id or not self.world.may("refer", first, target):
            return now
        hops = self.story.fate.get("hops") or self.rng.choices((1, 2, 3), (77.4, 16.7, 5.9))[0]
        if hops > 2:
            now = yield from self.ping_pong(now, first, target, meant)
            return now
        now = yield self.later(now, 1.5)
        if not self.refer(now, first, target):
            return None
        if hops == 2:
            now = yield from self.delegated(now, target)
        return now

    def refer(self, now: datetime, giver: Agency, taker: Agency) -> bool:
        return (
            self.do(
                routing.refer,
                self.story.case_id,
                taker,
                by=self.staff.desk(giver),
                now=now,
                note=self.voice.pick(w.NOTES),
            )
            is not None
        )

    def delegated(self, now: datetime, giver: Agency) -> Days:
        unit = self.story.fate.get("unit") or self.world.unit(giver, self.story.area, self.rng)
        if unit is None:
            return now
        now = yield self.later(now, 2.4)
        self.do(
            routing.delegate,
            self.story.case_id,
            unit,
            by=self.staff.desk(giver),
            now=now,
            note=self.voice.pick(w.NOTES),
        )
        return now

    def ping_pong(self, now: datetime, first: Agency, target: Agency, meant: list[Agency]) -> Days:
        """Sent to the wrong one and back, or moved with the reviewer's leave."""
        other = self.world.mover(target, meant)
        if other is not None and self.chance("transfer", 0.5):
            now = yield self.later(now, 1.5)
            if not self.refer(now, first, target):
                return None
            now = yield from self.transferred(now, target, other)
            return now
        wrong = self.world.wrong(target, first, self.rng)
        if wrong is not None:
            now = yield self.later(now, 1.5)
            if not self.refer(now, first, wrong):
                return None
            now = yield self.later(now, 4)
            self.do(
                routing.refuse,
                self.story.case_id,
                by=self.staff.desk(wrong),
                now=now,
                reason=self.reason("refuse"),
                note=self.voice.pick(w.NOTES),
            )
        now = yield self.later(now, 1.5)
        if not self.refer(now, first, target):
            return None
        now = yield from self.delegated(now, target)
        return now

    def transferred(self, now: datetime, giver: Agency, taker: Agency) -> Days:
        now = yield self.later(now, 3)
        rows = self.stage.reasons.get("transfer", [])
        task = self.do(
            routing.request_transfer,
            self.story.case_id,
            taker,
            by=self.staff.desk(giver),
            now=now,
            note=self.voice.pick(w.WHY_MOVED),
            reason=self.rng.choice(rows) if rows else None,
        )
        if task is None or self.chance("unanswered", 0.1):
            return None
        now = yield self.later(now, 5)
        self.do(
            routing.answer_transfer,
            task.id,
            approve=self.chance("approve", 0.85),
            by=self.staff.city("reviewer"),
            now=now,
        )
        return now

    # ---- work, review, the citizen's word ----

    def until_the_last_word(self, now: datetime) -> Days:
        for _round in range(3):
            now = yield from self.worked(now)
            if now is None:
                return
            now = yield from self.answered(now)
            if now is None:
                return

    def worked(self, now: datetime) -> Days:
        """From the first shovel to the reviewer's yes. None: it waits for somebody, or for ever."""
        if self.chance("never", 0.03):
            return None
        case = self.fresh()
        if case.holder is None:
            return None
        agency = case.holder
        now = yield from self.before_work(now, agency)
        if now is None:
            return None
        now = yield self.later(now, 2.2)
        self.looked_at(now, agency)
        by = self.staff.crew(agency) if self.rng.random() < 0.6 else self.staff.desk(agency)
        self.do(followup.start, self.story.case_id, by=by, now=now)
        if self.story.fate.get("unfinished"):
            return None
        if self.chance("pause", 0.03):
            self.do(followup.pause, self.story.case_id, by=by, now=now, reason=self.reason("pause"))
            now = yield self.later(now, 20)
            self.do(followup.resume, self.story.case_id, by=by, now=now)
        for _again in range(3):
            now = yield self.later(now, self.story.theme.hours * 0.8, sigma=0.8)
            if not self.submitted(now, agency, by):
                return None
            now = yield self.later(now, 4)
            if self.chance("send_back", 0.09) and _again < 2:
                self.do(
                    followup.send_back,
                    self.story.case_id,
                    by=self.reviewer(),
                    now=now,
                    reason=self.reason("send_back"),
                    note=self.voice.pick(w.WHY_BACK),
                )
                continue
            closed = self.do(followup.close, self.story.case_id, by=self.reviewer(), now=now)
            return now if closed is not None else None
        return None

    def before_work(self, now: datetime, agency: Agency) -> Days:
        desk = self.staff.desk(agency)
        if self.chance("ask_more", 0.045):
            now = yield self.later(now, 2)
            now = yield from self.asked(now, desk)
            if now is None:
                return None
        if self.chance("estimate", 0.08):
            now = yield self.later(now, 2)
            day = now.astimezone(self.world.city.zone).date() + timedelta(days=self.rng.randint(2, 21))
            self.do(followup.estimate, self.story.case_id, day, by=desk, now=now)
        if self.chance("tell", 0.07):
            now = yield self.later(now, 2)
            self.do(reply.tell, self.story.case_id, self.voice.pick(w.TELLS), by=desk, now=now)
        return now

    def looked_at(self, now: datetime, agency: Agency) -> None:
        """Opening a photo and, rarely, the reporter's own data: both stand in the record."""
        case, desk = self.fresh(), self.staff.desk(agency)
        if self.story.photo and self.rng.random() < 0.5:
            relation = workflow.allowed("open_photo", case.status, access.relations(desk, case))
            photo = Report.objects.get(pk=self.story.report_id).photos.first()
            if relation and photo:
                ledger.note(
                    case, "open_photo", by=desk.actor, now=now, relation=relation, data={"upload": photo.id}
                )
        if self.story.phone and self.stage.reasons.get("reveal") and self.rng.random() < 0.12:
            report = Report.objects.select_related("reporter", "case__holder__parent", "case__area").get(
                pk=self.story.report_id
            )
            self.do(access.reveal, report, by=desk, reason=self.stage.reasons["reveal"][0].code, now=now)

    def submitted(self, now: datetime, agency: Agency, by: Viewer) -> bool:
        resolution, draft, photos = self.resolution(agency), uuid4(), []
        said = ENDED.get(resolution.code, ENDED["unproven"])
        if resolution.code.startswith("fixed"):
            row = self.picture_of_the_work(now, draft)
            if row is None:
                return False
            photos, said = [row.uuid], self.voice.pick(self.story.theme.done)
        done = self.do(followup.submit, self.story.case_id, by=by, now=now, resolution=resolution, words=said,
                       photos=photos, draft=draft if photos else None)  # fmt: skip
        return done is not None

    def picture_of_the_work(self, now: datetime, draft: UUID) -> Upload | None:
        """Some crews take it too early or somewhere else: that is what the reviewer's hints are for."""
        early, far = self.rng.random() < 0.04, self.rng.random() < 0.04
        near = 0.02 if far else 0.0004
        point = tuple(round(at + self.rng.uniform(-near, near), 6) for at in self.story.point)
        before = timedelta(hours=30 if early else 0, minutes=self.rng.randint(2, 40))
        frame = self.stage.album.print(self.story.theme.scene, after=True)
        if frame is None:
            return None
        return self.stage.album.upload(
            frame, draft=draft, at=now, taken_at=(now - before).astimezone(self.world.city.zone), moment="after",
            point=point if self.rng.random() < 0.9 else None,
        )  # fmt: skip

    def resolution(self, agency: Agency) -> Resolution:
        fixed = self.story.fate.get("resolution")
        if fixed is None:
            codes = ("fixed", "fixed_for_now", "scheduled", "unproven", "passed_outside")
            outside = 40.0 if self.world.units.get(agency.id) is None and agency.kind_id == "biro" else 1.0
            fixed = self.rng.choices(codes, (78.0, 8.0, 4.0, 6.0, outside))[0]
        return self.stage.resolutions[fixed]

    def answered(self, now: datetime) -> Days:
        """The citizen says yes, no, or nothing. A time: the work begins again. None: nothing more happens."""
        report, me = self.reporter()
        chance = self.rng.random()
        word = self.story.fate.get("word") or (
            "confirm" if chance < 0.44 else "contest" if chance < 0.535 else ""
        )
        if not word:
            return None
        now = yield self.later(now, 7, office=False)
        if word == "confirm":
            self.do(
                followup.confirm,
                report.id,
                by=me,
                now=now,
                stars=self.rng.choices((None, 5, 4, 3, 2), (30, 34, 22, 9, 5))[0],
            )
            return None
        case = self.fresh()
        soft = case.resolution_id in ("unproven", "rejected", "passed_outside")
        if (case.reopened or soft) and not case.appealed:
            now = yield from self.appealed(now, report, me)
            return now
        if case.reopened or self.do(followup.contest, report.id, by=me, now=now) is None:
            return None
        now = yield now + SLOT
        return now

    def appealed(self, now: datetime, report: Report, me: Viewer) -> Days:
        task = self.do(followup.appeal, report.id, by=me, now=now, words=self.voice.pick(w.APPEALS))
        if task is None or not self.chance("judged", 0.75):
            return None
        now = yield self.later(now, 14)
        grant = self.chance("grant", 0.4)
        note = (
            "Foto terakhir belum menjawab keluhan, dibuka kembali."
            if grant
            else "Sudah diperiksa di lokasi, hasil ditetapkan."
        )
        self.do(
            followup.answer_appeal, task.id, by=self.staff.city("arbiter"), now=now, grant=grant, note=note
        )
        if not grant:
            return None
        now = yield now + SLOT
        return now


ENDED = {
    "scheduled": "Pekerjaan dijadwalkan pada tahun anggaran berikutnya, tanggalnya tertera.",
    "unproven": "Sudah dua kali diperiksa di lokasi, tidak ditemukan pada saat pemeriksaan.",
    "passed_outside": "Diteruskan ke pihak yang berwenang di luar pemprov, tanda terima ada.",
    "rejected": "Tidak dapat diproses, alasan tertulis terlampir.",
}
