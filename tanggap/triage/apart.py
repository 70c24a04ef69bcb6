"""Later words that are a problem of their own: a person makes them a new report. The words stay where they were said,
with a pointer; the new report is born through the door like any other, so it has a number, a clock and a letter.

Two steps, for the door commits by itself: `words_of` reads, the door takes, `set_apart` writes down. Done twice, or
broken off between the two, it is the same report: its external id is the message's.
"""

from collections.abc import Iterable
from datetime import datetime
from uuid import NAMESPACE_URL, uuid5

from tanggap import access, ledger
from tanggap.access import Viewer
from tanggap.channels.base import Contact, Submission
from tanggap.ledger import deed
from tanggap.lib import seal
from tanggap.models import Event, Identity, Message, Reference, Report, Upload

STEP = "set_apart"


class NotApart(Exception):
    """`code`: note (no citizen's words), withdrawn (taken back), gone (the reporter's data was erased), already."""

    def __init__(self, code: str):
        super().__init__(code)
        self.code = code


def why_not(message: Message) -> str:
    """Why these words can't be made a report; "" where they can."""
    if message.note or message.report is None or message.words_sealed is None:
        return "note"
    if message.report.reporter.key is None:
        return "gone"
    return "withdrawn" if message.withdrawn_at else ""


def words_of(message: Message, *, by: Viewer) -> Submission:
    """The words as the door takes them, said when they were said. Raises NotApart, ledger.NotAllowed or 404."""
    access.check_step(by, message.case, STEP)
    code = why_not(message)
    if code:
        raise NotApart(code)
    report, own = message.report, by_the_reporter(message)
    assert report is not None
    words = seal.open_sealed(access.ring(), bytes(report.reporter.key), bytes(message.words_sealed)).decode()
    channel = message.channel or report.channel
    sender = contact(report.sender) if own and report.sender else None
    return Submission(
        uuid=uuid5(NAMESPACE_URL, message.apart), channel=channel.code, account=channel.code,
        external_id=message.apart, body=words.encode(), words=words, at=message.at, language=report.language,
        visibility=report.visibility if own or report.visibility == Report.SECRET else Report.PRIVATE, sender=sender,
        contacts=contacts(report) if own and sender is None else (),
    )  # fmt: skip


def by_the_reporter(message: Message) -> bool:
    """Did they come from an address of the reporter's? Proven, or heard as an answer; else somebody spoke up on their
    thread, whose address is kept with the raw words alone."""
    heard = Event.objects.filter(case=message.case_id, verb="case.answered", data__message=message.pk)
    return message.proven or heard.exists()


def contact(row: Identity) -> Contact:
    address = seal.open_sealed(access.ring(), bytes(row.reporter.key), bytes(row.sealed)).decode()
    return Contact(row.channel, address, proven=row.proven_at is not None)


def contacts(report: Report) -> tuple[Contact, ...]:
    return tuple(
        contact(row) for row in Identity.objects.filter(reporter=report.reporter).select_related("reporter")
    )


@deed
def set_apart(message_id: int, report_id: int, *, by: Viewer, now: datetime) -> None:
    """Write down what became of the words; their photos go along. Once: pressed twice it stands there once."""
    message = Message.objects.select_related("report").get(pk=message_id)
    case = ledger.take(message.case_id)
    relation = access.check_step(by, case, STEP)
    born = Report.objects.get(pk=report_id, inbound__external_id=message.apart)
    if case.events.filter(verb="case.set_apart", data__message=message.pk).exists():
        return
    Upload.objects.filter(message=message).update(message=None, report=born, moment="before")
    # where one talks the new report's own first letter tells its number
    tell = born.sender_id is None and by_the_reporter(message)
    data = {
        "message": message.pk,
        "report": message.report_id,
        "made": born.pk,
        "into": born.number,
        "tell": tell,
    }
    ledger.move(case, STEP, by=by.actor, now=now, relation=relation, data=data)


def numbers(messages: Iterable[int]) -> dict[int, str]:
    """Message -> number of the report it was made. One statement, and none without messages."""
    names = {Message(pk=pk).apart: pk for pk in messages}
    if not names:
        return {}
    # with the accounts, so that the index serves
    accounts = list(Reference.get().channels)
    rows = Report.objects.filter(inbound__account__in=accounts, inbound__external_id__in=list(names))
    return {names[name]: number for name, number in rows.values_list("inbound__external_id", "number")}
