"""start, estimate, pause, resume, submit, send_back, close; confirm, contest, appeal, uphold, reopen, silence."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from tanggap import access, ledger, workflow
from tanggap.access import Viewer
from tanggap.followup.evidence import look_at
from tanggap.ledger import deed
from tanggap.lib.text import clean
from tanggap.models import (
    Agency,
    Assignment,
    Case,
    City,
    Finding,
    FollowUp,
    Job,
    Reason,
    Report,
    Resolution,
    Review,
    Task,
    Upload,
)
from tanggap.workflow import RETURN

WORDS_LIMIT = 4000


class FollowUpRefused(Exception):
    """The facts don't allow this step; `code` names the sentence the officer or citizen reads."""

    def __init__(self, code: str):
        super().__init__(code)
        self.code = code


# ---- the street ----


@deed
def start(case_id: int, *, by: Viewer, now: datetime, version: int | None = None) -> Case:
    """Work begins."""
    case = ledger.take(case_id, version)
    relation = access.check_step(by, case, "start")
    ledger.move(case, "start", by=by.actor, now=now, relation=relation, waiting_for="", waiting_until=None)
    return case


@deed
def estimate(case_id: int, on: date, *, by: Viewer, now: datetime, version: int | None = None) -> Case:
    """EWS: the date the agency announces itself. The promise to the citizen stays; both are shown."""
    case = ledger.take(case_id, version)
    relation = access.check_step(by, case, "estimate")
    today = now.astimezone(City.get().zone).date()
    if on < today:
        raise FollowUpRefused("date_past")
    if on > today + timedelta(days=366):
        raise FollowUpRefused("date_far")
    ledger.move(case, "estimate", by=by.actor, now=now, relation=relation, data={"on": on.isoformat()},
                estimate_on=on)  # fmt: skip
    return case


@deed
def pause(case_id: int, *, by: Viewer, now: datetime, reason: Reason, until: datetime | None = None,
          version: int | None = None) -> Case:  # fmt: skip
    """Waits for somebody outside, for a date, or because it is dangerous. The citizen's clock runs on."""
    case = ledger.take(case_id, version)
    relation = access.check_step(by, case, "pause")
    if reason.step != "pause":
        raise FollowUpRefused("reason_missing")
    waiting = Case.DATE if until else Case.EXTERNAL
    ledger.move(case, "pause", by=by.actor, now=now, relation=relation, data={"reason": reason.code},
                waiting_for=waiting, waiting_until=until, reason=reason)  # fmt: skip
    if until is not None:
        Job.objects.create(kind="resume", args={"case": case.id}, due_at=until)
    return case


@deed
def resume(case_id: int, *, by: Viewer, now: datetime, version: int | None = None) -> Case:
    case = ledger.take(case_id, version)
    relation = access.check_step(by, case, "resume")
    ledger.move(case, "resume", by=by.actor, now=now, relation=relation, waiting_for="", waiting_until=None,
                reason=None)  # fmt: skip
    return case


@deed
def resume_in_time(case_id: int, now: datetime) -> Case:
    """The date a pause named has come. Nothing happens where somebody went on, or paused it for longer."""
    case = ledger.take(case_id)
    if case.waiting_for != Case.DATE or case.waiting_until is None or case.waiting_until > now:
        return case
    ledger.move(case, "resume", by=access.THE_CLOCK_ITSELF.actor, now=now, relation=workflow.CLOCK,
                waiting_for="", waiting_until=None, reason=None)  # fmt: skip
    return case


def check_submit(case: Case, resolution: Resolution, words: str, photos: Sequence[Upload]) -> None:
    """The facts of a statement: words, a photo where something was fixed, no open part."""
    if len(words.strip()) < 10:
        raise FollowUpRefused("words_missing")
    if resolution.code.startswith("fixed") and not photos:
        raise FollowUpRefused("photo_missing")
    if any(photo.state == Upload.BROKEN for photo in photos):
        raise FollowUpRefused("photo_broken")
    if case.parts.filter(status__in=workflow.OPEN).exists():
        raise FollowUpRefused("open_parts")


@deed
def submit(case_id: int, *, by: Viewer, now: datetime, resolution: Resolution, words: str,
           photos: Sequence[UUID] = (), draft: UUID | None = None, version: int | None = None) -> FollowUp:  # fmt: skip
    """The handler says how it ended, with photos from the spot. A reviewer judges; nobody closes by himself."""
    case = ledger.take(case_id, version)
    relation = access.check_step(by, case, "submit")
    staged = list(Upload.objects.filter(uuid__in=photos, followup=None, report=None, message=None))
    if draft is not None:
        staged = [photo for photo in staged if photo.draft == draft]
    check_submit(case, resolution, words, staged)
    followup = FollowUp.objects.create(
        case=case, agency=case.holder, officer=by.officer, resolution=resolution, words=clean(words, WORDS_LIMIT),
        at=now,
    )  # fmt: skip
    Upload.objects.filter(id__in=[photo.id for photo in staged]).update(
        followup=followup, moment="after", due_at=now
    )
    ledger.move(
        case, "submit", by=by.actor, now=now, relation=relation,
        data={"followup": followup.id, "resolution": resolution.code, "photos": len(staged)},
        waiting_for="", waiting_until=None,
    )  # fmt: skip
    return followup


@deed
def inspect_evidence(followup_id: int) -> None:
    """Hints for the reviewer, once the photos are decoded. Runs again safely: old hints are replaced."""
    followup = FollowUp.objects.select_related("case").get(pk=followup_id)
    followup.findings.all().delete()
    Finding.objects.bulk_create(look_at(followup))


# ---- the review ----


def last_followup(case: Case) -> FollowUp:
    found = case.followups.filter(state=FollowUp.SUBMITTED).order_by("-id").first()
    if found is None:
        raise FollowUpRefused("nothing_submitted")
    return found


def check_four_eyes(followup: FollowUp, by: Viewer) -> None:
    """Nobody judges his own work, nor that of an agency he works at (reliability.md Z09)."""
    if followup.officer_id == by.officer.id:
        raise FollowUpRefused("own_work")
    if followup.agency_id in by.agencies("desk", "field"):
        raise FollowUpRefused("own_agency")


@deed
def send_back(case_id: int, *, by: Viewer, now: datetime, reason: Reason, note: str = "",
              version: int | None = None) -> Case:  # fmt: skip
    """TL Ditolak: not convincing, with a coded reason; the handler does it again, the clock runs on."""
    case = ledger.take(case_id, version)
    relation = access.check_step(by, case, "send_back")
    followup = last_followup(case)
    check_four_eyes(followup, by)
    if reason.step != "send_back":
        raise FollowUpRefused("reason_missing")
    judge(followup, by, now, accepted=False, reason=reason, note=note)
    ledger.move(case, "send_back", by=by.actor, now=now, relation=relation,
                data={"followup": followup.id, "reason": reason.code}, sent_back=True)  # fmt: skip
    return case


@deed
def close(case_id: int, *, by: Viewer, now: datetime, note: str = "", version: int | None = None) -> Case:
    """The reviewer accepts. That is the city's word; now the citizens are asked for theirs."""
    case = ledger.take(case_id, version)
    relation = access.check_step(by, case, "close")
    followup = last_followup(case)
    check_four_eyes(followup, by)
    if case.parts.filter(status__in=workflow.OPEN).exists():
        raise FollowUpRefused("open_parts")
    judge(followup, by, now, accepted=True, reason=None, note=note)
    days = City.get().value("days_to_confirm", 5)
    Report.objects.filter(case=case).update(confirmation=Report.PENDING, confirmed_at=None, stars=None)
    has_voices = case.reports.exists()
    ledger.move(
        case, "close", by=by.actor, now=now, relation=relation,
        data={"followup": followup.id, "resolution": followup.resolution_id},
        resolution_id=followup.resolution_id, closed_at=now, confirm_by=now + timedelta(days=days),
        confirmation=Report.PENDING if has_voices else "", sent_back=False,
    )  # fmt: skip
    return case


def judge(
    followup: FollowUp, by: Viewer, now: datetime, *, accepted: bool, reason: Reason | None, note: str
) -> None:
    Review.objects.create(followup=followup, officer=by.officer, accepted=accepted, reason=reason,
                          note=clean(note, WORDS_LIMIT), at=now)  # fmt: skip
    followup.state = FollowUp.ACCEPTED if accepted else FollowUp.SENT_BACK
    followup.save(update_fields=["state"])


# ---- the citizen's word ----


def reporters_case(report_id: int, by: Viewer, step: str) -> tuple[Report, Case, str]:
    report = Report.objects.select_related("case").get(pk=report_id)
    case = ledger.take(report.case_id)
    relation = access.check_step(by, case, step)
    return report, case, relation


def check_in_time(case: Case, now: datetime) -> None:
    if case.confirm_by is not None and now > case.confirm_by:
        window = timedelta(days=City.get().value("window_to_reopen_days", 30))
        if case.closed_at is None or now > case.closed_at + window:
            raise FollowUpRefused("too_late")


@deed
def confirm(report_id: int, *, by: Viewer, now: datetime, stars: int | None = None) -> Case:
    """ "Sudah beres." Said twice it is the same word."""
    report, case, relation = reporters_case(report_id, by, "confirm")
    check_in_time(case, now)
    if report.confirmation == Report.CONFIRMED:
        return case
    if stars is not None and not 1 <= stars <= 5:
        raise FollowUpRefused("stars")
    Report.objects.filter(pk=report.pk).update(confirmation=Report.CONFIRMED, confirmed_at=now, stars=stars)
    ledger.move(case, "confirm", by=by.actor, now=now, relation=relation,
                data={"report": report.id, "stars": stars}, confirmation=ledger.derive_confirmation(case))  # fmt: skip
    return case


@deed
def contest(report_id: int, *, by: Viewer, now: datetime) -> Case:
    """ "Belum beres." The first time the case is opened again by itself; after that there is the appeal."""
    report, case, relation = reporters_case(report_id, by, "contest")
    check_in_time(case, now)
    if case.reopened:
        raise FollowUpRefused("appeal_instead")
    Report.objects.filter(pk=report.pk).update(confirmation=Report.CONTESTED, confirmed_at=now)
    ledger.move(case, "contest", by=by.actor, now=now, relation=relation, data={"report": report.id},
                confirmation=ledger.derive_confirmation(case))  # fmt: skip
    return case


@deed
def reopen(case_id: int, now: datetime, *, by: Viewer = access.THE_MACHINE_ITSELF,
           to: Agency | None = None) -> Case:  # fmt: skip
    """Back to who held it last (or whom the arbiter names). The citizen's clock was never reset."""
    case = ledger.take(case_id)
    if case.status != workflow.CLOSED:
        return case
    relation = access.check_step(by, case, "reopen")
    last = Assignment.objects.filter(case=case).select_related("agency").order_by("-position").first()
    agency = to or (last.agency if last else None)
    if agency is None:
        raise FollowUpRefused("nobody_held_it")
    changes = ledger.assign(case, RETURN, agency, giver=last.giver if last else None, by=by.actor, now=now)
    ledger.move(
        case, "reopen", by=by.actor, now=now, relation=relation,
        data={"to": agency.code, "assignment": changes["assignment"].id}, reopened=case.reopened + 1,
        resolution=None, closed_at=None, confirm_by=None, **changes,
    )  # fmt: skip
    return case


@deed
def appeal(report_id: int, *, by: Viewer, now: datetime, words: str) -> Task:
    """banding: once a case, after a second closing or an ending the city says it can't mend; an arbiter decides."""
    report, case, relation = reporters_case(report_id, by, "appeal")
    check_in_time(case, now)
    if case.appealed:
        raise FollowUpRefused("appealed_already")
    soft = case.resolution_id in ("unproven", "rejected", "passed_outside")
    if not case.reopened and not soft:
        raise FollowUpRefused("contest_first")
    if len(words.strip()) < 10:
        raise FollowUpRefused("words_missing")
    Report.objects.filter(pk=report.pk).update(confirmation=Report.CONTESTED, confirmed_at=now)
    task = Task.objects.create(
        kind=Task.APPEAL, case=case, role="arbiter", opened_at=now, data={"report": report.id}
    )
    ledger.move(case, "appeal", by=by.actor, now=now, relation=relation, data={"report": report.id, "task": task.id},
                appealed=True, confirmation=ledger.derive_confirmation(case))  # fmt: skip
    return task


@deed
def answer_appeal(task_id: int, *, by: Viewer, now: datetime, grant: bool, note: str,
                  to: Agency | None = None) -> Case:  # fmt: skip
    """The arbiter's word: opened again (with whom), or upheld with a reason."""
    task = Task.objects.select_for_update(of=("self",)).get(pk=task_id, kind=Task.APPEAL)
    if task.done_at is not None:
        raise ledger.Stale(Case.objects.get(pk=task.case_id), [])
    if len(note.strip()) < 10:
        raise FollowUpRefused("words_missing")
    if grant:
        case = reopen(task.case_id, now, by=by, to=to)
    else:
        case = ledger.take(task.case_id)
        relation = access.check_step(by, case, "uphold")
        ledger.move(case, "uphold", by=by.actor, now=now, relation=relation, data={"task": task.id})
    task.done_at, task.done_by, task.note = now, by.officer, clean(note, WORDS_LIMIT)
    task.outcome = "granted" if grant else "upheld"
    task.save(update_fields=["done_at", "done_by", "note", "outcome"])
    return case


@deed
def silence(case_id: int, now: datetime) -> Case:
    """The time to confirm is over: who said nothing is silent, a value of its own, never a yes."""
    case = ledger.take(case_id)
    if case.status != workflow.CLOSED:
        return case
    count = Report.objects.filter(case=case, confirmation=Report.PENDING).update(confirmation=Report.SILENT)
    if count:
        ledger.move(case, "silence", by=access.THE_CLOCK_ITSELF.actor, now=now, relation=workflow.CLOCK,
                    data={"reports": count}, confirmation=ledger.derive_confirmation(case))  # fmt: skip
    return case
