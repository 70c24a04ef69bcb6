"""What citizens say after their first words, in any talking channel: messages, corrections, withdrawals, and words to
the machine. And what providers tell about our letters. Each is stored once, by the channel's own id."""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings

from tanggap import access, ledger, workflow
from tanggap.channels.base import (
    Command,
    Contact,
    Delivery,
    Edit,
    Ignored,
    Moved,
    Submission,
    Unreadable,
    Withdrawal,
)
from tanggap.ledger import deed
from tanggap.lib import seal
from tanggap.lib.text import clean
from tanggap.models import Case, Identity, Inbound, Job, Message, Report, Reporter, Task, Upload

WORDS_LIMIT = 10_000
KEEP_RAW = timedelta(days=90)
TRIAGE_ROLE = "triage"

Raw = Submission | Delivery | Edit | Withdrawal | Command | Moved | Ignored | Unreadable


def keep(
    heard: Raw, now: datetime, *, key: bytes | None = None, outcome: str = "", name: str = ""
) -> Inbound | None:
    """The raw words, once: None where they are here already. Sealed with the person's key where one is known."""
    keys = seal.Keyring.parse(settings.SEAL_KEYS)
    body = seal.seal(keys, key, heard.body) if key else seal.seal_direct(keys, heard.body)
    row, new = Inbound.objects.get_or_create(
        account=heard.account, external_id=heard.external_id,
        defaults={"hash": hashlib.sha256(heard.body).digest(), "body": body, "by_person": key is not None,
                  "received_at": now, "purge_at": now + KEEP_RAW, "outcome": outcome[:40], "name": name[:200]},
    )  # fmt: skip
    return row if new else None


# ---- words on a report that is here ----


@deed
def message(report_id: int, said: Submission, *, same: bool, proven: bool, now: datetime,
            photos: Sequence[UUID] = ()) -> Message | None:  # fmt: skip
    """Later words of a citizen: to the officers who have the case, and an answer where one was asked for. Words of
    somebody who is not the reporter's address are kept beside, and answer nothing. None: stored before."""
    report = Report.objects.select_related("reporter").get(pk=report_id)
    case = ledger.take(report.case_id)
    key = bytes(report.reporter.key)
    inbound = keep(said, now, key=key, outcome="message", name=said.thread)
    if inbound is None:
        return None
    keys = seal.Keyring.parse(settings.SEAL_KEYS)
    row = Message.objects.create(
        case=case, report=report, inbound=inbound, channel_id=report.channel_id, proven=proven, at=said.at,
        words_sealed=seal.seal(keys, key, clean(said.words, WORDS_LIMIT)),
    )  # fmt: skip
    take_files(row, said, photos, now)
    if same:
        Identity.objects.filter(pk=report.sender_id).update(heard_at=said.at)
        note_answer(case, report, row, said, now)
    else:
        overheard(case, row, now)
    return row


def note_answer(case: Case, report: Report, row: Message, said: Submission, now: datetime) -> None:
    """The case hears it; what it was waiting for may have come."""
    viewer = access.reporter_viewer(report)
    if workflow.allowed("answer", case.status, {workflow.REPORTER}) is None:
        overheard(case, row, now)
        return
    waiting = "" if case.waiting_for == Case.REPORTER else case.waiting_for
    changes: dict = {"waiting_for": waiting}
    if case.waiting_for == Case.REPORTER:
        changes["waiting_until"] = None
    data = {"message": row.id, "report": report.id}
    if said.lat is not None and said.lon is not None:
        data |= {"lat": said.lat, "lon": said.lon}
    ledger.move(case, "answer", by=viewer.actor, now=now, relation=workflow.REPORTER, data=data, **changes)


def overheard(case: Case, row: Message, now: datetime) -> None:
    by = access.THE_MACHINE_ITSELF.actor
    ledger.note(case, "overhear", by=by, now=now, relation=workflow.MACHINE, data={"message": row.id})


def take_files(row: Message, said: Submission, photos: Sequence[UUID], now: datetime) -> None:
    if photos:
        staged = Upload.objects.filter(uuid__in=photos, report=None, followup=None, message=None)
        staged.update(message=row, due_at=now)
    wanted = [
        Job(
            kind="fetch", args={"account": said.account, "message": row.id, "ref": dict(file.ref)}, due_at=now
        )
        for file in said.files[:10]
        if file.ref is not None
    ]
    if wanted:
        Job.objects.bulk_create(wanted)


def behind(account: str, of: str) -> tuple[Report | None, Message | None]:
    """The report, or the message, that these first words became."""
    row = Inbound.objects.filter(account=account, external_id=of[:200]).first()
    if row is None:
        row = Inbound.objects.filter(account=account, name=of[:200]).exclude(name="").order_by("id").first()
    if row is None:
        return None, None
    report = Report.objects.filter(inbound=row, reporter__key__isnull=False).first()
    message = (
        Message.objects.select_related("report")
        .filter(inbound=row, report__reporter__key__isnull=False)
        .first()
    )
    return report, message


@deed
def edit(heard: Edit, *, now: datetime) -> None:
    """Changed words stand beside the first ones, marked: what was said stays what was said."""
    report, before = behind(heard.account, heard.of)
    report = report or (before.report if before else None)
    if report is None:
        keep(heard, now, outcome="edit of nothing here")
        return
    row = Submission(
        uuid=report.uuid, channel=heard.account, account=heard.account, external_id=heard.external_id, body=heard.body,
        words=heard.words, at=heard.at,
    )  # fmt: skip
    later = message(report.id, row, same=True, proven=True, now=now)
    if later is not None:
        Message.objects.filter(pk=later.pk).update(edited_at=heard.at)


@deed
def withdraw(heard: Withdrawal, *, now: datetime) -> None:
    """Somebody took their words back where they had said them: they are public nowhere any more; the city still has
    the problem, and its officers the words."""
    report, before = behind(heard.account, heard.of)
    own = report or (before.report if before else None)
    if (
        keep(heard, now, key=bytes(own.reporter.key) if own else None, outcome="withdrawal") is None
        or own is None
    ):
        return
    case = ledger.take(own.case_id)
    if before is not None:
        Message.objects.filter(pk=before.pk).update(withdrawn_at=heard.at)
    changes: dict = {}
    if report is not None and report.visibility == Report.PUBLIC:
        Report.objects.filter(pk=report.pk).update(visibility=Report.PRIVATE)
        changes["visibility"] = Report.PRIVATE if case.visibility == Report.PUBLIC else case.visibility
    by = access.THE_MACHINE_ITSELF.actor
    ledger.move(
        case, "withdraw", by=by, now=now, relation=workflow.MACHINE, data={"report": own.id}, **changes
    )


# ---- words of nobody's report ----


@deed
def unreadable(heard: Unreadable, *, now: datetime) -> None:
    """Kept as it came; a person at the triage desk looks at it."""
    row = keep(heard, now, outcome=f"unreadable:{heard.why}")
    if row is not None:
        Task.objects.create(
            kind=Task.UNREADABLE, inbound=row, role=TRIAGE_ROLE, opened_at=now,
            data={"account": heard.account, "why": heard.why},
        )  # fmt: skip


@deed
def ignored(heard: Ignored, *, now: datetime) -> None:
    keep(heard, now, outcome=f"ignored:{heard.why}")


@deed
def moved(heard: Moved, *, now: datetime) -> None:
    """The provider says that somebody has a new address: their letters follow them, the old one is closed."""
    keys = seal.Keyring.parse(settings.SEAL_KEYS)
    if keep(heard, now, outcome="moved") is None:
        return
    for old in addresses(heard.old, keys).filter(account=heard.account):
        fresh = Identity.objects.create(
            reporter=old.reporter, channel=heard.new.kind, account=old.account, proven_at=now, heard_at=old.heard_at,
            lookup=lookup(heard.new, keys), sealed=seal.seal(keys, bytes(old.reporter.key), heard.new.address),
        )  # fmt: skip
        Report.objects.filter(sender=old).update(sender=fresh)
        Identity.objects.filter(pk=old.pk).update(gone_at=now)


def addresses(contact: Contact, keys: seal.Keyring):
    rows = Identity.objects.select_related("reporter").filter(
        channel=contact.kind, lookup=lookup(contact, keys)
    )
    return rows.filter(reporter__key__isnull=False)


def lookup(contact: Contact, keys: seal.Keyring) -> bytes:
    return seal.lookup(keys, f"{contact.kind}:{contact.address}")


def asker(heard: Command, now: datetime) -> Identity:
    """The address that spoke to the machine, of whoever: a person without a report, where it is new."""
    keys = seal.Keyring.parse(settings.SEAL_KEYS)
    known = addresses(heard.sender, keys).order_by("-id").first()
    if known is not None:
        return known
    person = Reporter.objects.create(key=seal.new_person_key(keys), created_at=now)
    return Identity.objects.create(
        reporter=person, channel=heard.sender.kind, account=heard.account[:40], heard_at=now,
        lookup=lookup(heard.sender, keys), sealed=seal.seal(keys, bytes(person.key), heard.sender.address),
        proven_at=now if heard.sender.proven else None,
    )  # fmt: skip
