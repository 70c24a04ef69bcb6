"""Do these words belong to a report that is here already, or are they a new one?

By a token we gave out in an address; by what they answer, in the channel's own ids; by a number in the subject; by the
same sender in the same album, in answer to a question, or within minutes of their last words. Everything else is a new
report: a new problem must never hide as a message in an old case. Who is not the one who reported is a voice that has
not proven itself, and is kept apart as such.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import connection
from django.db.models import Q

from tanggap.channels.base import Contact, Submission
from tanggap.lib import seal
from tanggap.models import Case, Identity, Inbound, Letter, Message, Report

from .receive import lookup_of

QUICK = timedelta(minutes=10)  # several messages of one breath are one report
ALBUM = timedelta(hours=1)
TURN = "SELECT pg_advisory_xact_lock(hashtextextended(key, 0)) FROM unnest(%s::text[]) AS key"


@dataclass(frozen=True)
class Thread:
    """The report that words belong to. `same`: they come from an address of its reporter, as far as it says;
    `proven`: and the protocol vouches for it."""

    report: Report
    same: bool
    proven: bool


def take_turns(senders: Sequence[Contact]) -> None:
    """Whoever speaks waits for their own words before, on every machine; held until the transaction ends."""
    keys = sorted({f"said:{sender.kind}:{sender.address}" for sender in senders})
    if keys:
        with connection.cursor() as cursor:
            cursor.execute(TURN, [keys])


def match(said: Submission) -> Thread | None:
    """The report these words belong to, or None for new ones. Few statements, by indexes."""
    mine = senders_of(said.sender)
    report = by_token(said) or by_reply(said)
    if report is not None:
        same = report.reporter_id in {one.reporter_id for one in mine}
        if said.open_talk and not same:
            return None  # another citizen below the same post: a voice of their own
        return Thread(report, same, same and proves(said))
    report = by_number(said, mine) or by_habit(said, mine)
    return Thread(report, True, proves(said)) if report else None


def proves(said: Submission) -> bool:
    return bool(said.sender and said.sender.proven)


def senders_of(sender: Contact | None) -> list[Identity]:
    if sender is None:
        return []
    keys = seal.Keyring.parse(settings.SEAL_KEYS)
    rows = Identity.objects.filter(channel=sender.kind, lookup=lookup_of(sender, keys))
    return list(rows.filter(reporter__key__isnull=False).order_by("-id")[:50])


OPEN_REPORTS = Report.objects.select_related("case", "reporter", "channel", "inbound").filter(
    reporter__erased_at__isnull=True
)


def by_token(said: Submission) -> Report | None:
    """The channel has checked the token's signature; what is inside is the report's own id."""
    return OPEN_REPORTS.filter(pk=int(said.token)).first() if said.token.isdecimal() else None


def by_reply(said: Submission) -> Report | None:
    """What they answer: a letter of ours, or earlier words. The nearest first."""
    for name in said.replies_to[:20]:
        if found := named(said.account, name[:200]):
            return found
    return None


def named(account: str, name: str) -> Report | None:
    """The report behind something that this account's channel calls so: our letter, a report, a message."""
    letter = (
        Letter.objects.filter(account=account, external_id=name, report__isnull=False).only("report").first()
    )
    if letter is not None:
        return OPEN_REPORTS.filter(pk=letter.report_id).first()
    inbound = (
        Inbound.objects.filter(Q(external_id=name) | Q(name=name), account=account).order_by("id").first()
    )
    if inbound is None:
        return None
    report = OPEN_REPORTS.filter(inbound=inbound).first()
    if report is not None:
        return report
    message = Message.objects.filter(inbound=inbound, report__isnull=False).select_related("channel").first()
    if message is None:
        return None
    # words that a person made a report of their own are answered there
    code = message.channel.code if message.channel else account
    own = OPEN_REPORTS.filter(inbound__account=code, inbound__external_id=message.apart).first()
    return own or OPEN_REPORTS.filter(pk=message.report_id).first()


def by_number(said: Submission, mine: Sequence[Identity]) -> Report | None:
    """A number somebody writes is a hint only: it counts for the one who reported."""
    if not said.number or not mine:
        return None
    return OPEN_REPORTS.filter(number=said.number.upper()[:32], sender__in=mine).first()


def by_habit(said: Submission, mine: Sequence[Identity]) -> Report | None:
    """The same sender's latest report: in the same album, in answer to a question, or in the same breath."""
    if not mine:
        return None
    report = (
        OPEN_REPORTS.filter(sender__in=mine, inbound__account=said.account).order_by("-received_at").first()
    )
    if report is None:
        return None
    if said.thread and same_album(report, said):
        return report
    if report.case.waiting_for == Case.REPORTER:
        return report
    if said.sender and said.sender.kind == "email":
        return None  # a mail is a whole: without a thread it is a new one
    last = max([report.said_at, *report.messages.order_by("-id").values_list("at", flat=True)[:1]])
    return report if abs(said.at - last) <= QUICK else None


def same_album(report: Report, said: Submission) -> bool:
    return report.inbound.name == said.thread and abs(said.at - report.said_at) <= ALBUM
