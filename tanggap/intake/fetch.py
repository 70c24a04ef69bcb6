"""Files that a provider keeps for some days: fetched by a Job of its own, after the words were acknowledged."""

from datetime import datetime

from django.db import transaction

from tanggap import access, ledger, workflow
from tanggap.channels import registry
from tanggap.lib import outside
from tanggap.models import Job, Message, Reference, Report, Upload

from . import files
from .receive import FETCH

LIMIT = 20_000_000


class NotSetUp(Exception):
    """The channel's account is not set up here at the moment."""


def fetch(job: Job, now: datetime) -> None:
    """Get the file and hang it on its report or message; what is no picture is told on the case. Raises where trying
    again makes sense: the provider is away, or its channel not set up."""
    job = Job.objects.get(pk=job.pk)
    if job.kind != FETCH or job.done_at is not None:
        return
    channel = Reference.get().channels[job.args["account"]]
    kind, account = registry.KINDS[channel.kind], registry.account(channel.code, channel.kind, now=now)
    if account is None or kind.fetch is None:
        raise NotSetUp
    try:
        data, refusal = kind.fetch(account, job.args["ref"], LIMIT), ""
    except (outside.NotAsked, outside.TooMuch) as error:  # gone for good, or too big: trying again can't help
        data, refusal = b"", "too_big" if isinstance(error, outside.TooMuch) else "gone"
    with transaction.atomic():
        if not Job.objects.filter(pk=job.pk, done_at=None).update(done_at=now, due_at=None):
            return
        report, message = owner(job)
        if report is None:
            return  # erased meanwhile
        if refusal:
            refused(report, refusal, now)
            return
        try:
            row = files.keep_bytes(data, draft=None, now=now)
        except files.BadFile as bad:
            refused(report, bad.code, now)
            return
        mine = {"message": message} if message else {"report": report}
        Upload.objects.filter(pk=row.pk).update(due_at=now, **mine)


def owner(job: Job) -> tuple[Report | None, Message | None]:
    people = {"reporter__key__isnull": False}
    if "message" in job.args:
        row = Message.objects.select_related("report__case").filter(pk=job.args["message"]).first()
        alive = row is not None and row.report is not None and row.report.reporter.key is not None
        return (row.report, row) if row and alive else (None, None)
    return Report.objects.select_related("case").filter(pk=job.args["report"], **people).first(), None


def refused(report: Report, code: str, now: datetime) -> None:
    case = ledger.take(report.case_id)
    if workflow.allowed("refuse_file", case.status, {workflow.MACHINE}) is None:
        return
    by = access.THE_MACHINE_ITSELF.actor
    data = {"report": report.id, "code": code}
    ledger.note(case, "refuse_file", by=by, now=now, relation=workflow.MACHINE, data=data)
