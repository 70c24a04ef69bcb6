"""correct, erase: what a person may do with their own data, proven by the secret of one of their reports."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.http import Http404

from tanggap import access, ledger, workflow
from tanggap.access import Viewer
from tanggap.channels.base import Contact
from tanggap.ledger import deed
from tanggap.lib import seal
from tanggap.lib.text import clean
from tanggap.models import Case, Identity, Reaction, Report, Reporter
from tanggap.rights.forget import Forgotten, forget, take

NAME_LIMIT = 300
KINDS = ("phone", "email")  # the contacts a person gives; what a channel itself knows them by stays
LANGUAGES = ("id", "en")


class RightsRefused(Exception):
    """It can't be done now; `code` says why: being_read, erased."""

    def __init__(self, code: str):
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Correction:
    """How a person wants to be known: an empty name or no contact takes them back."""

    name: str
    contacts: Sequence[Contact]
    language: str


def own(report_id: int, by: Viewer) -> Report:
    """The report by whose secret somebody acts; Http404 for everybody else."""
    if by.report_id != report_id:
        raise Http404
    return Report.objects.get(pk=report_id)


@deed
def correct(report_id: int, given: Correction, *, by: Viewer, now: datetime) -> list[str]:
    """Name, contacts and language as the person says they are. Returns what differs; words are never edited: a
    correction of those is a message. The Change holds which things, never what they were."""
    report = own(report_id, by)
    person = Reporter.objects.select_for_update(of=("self",)).get(pk=report.reporter_id)
    if person.key is None:
        raise RightsRefused("erased")
    known, keys, key = access.person(person), access.ring(), bytes(person.key)
    before = {kind: sorted(address for one, address in known.contacts if one == kind) for kind in KINDS}
    after = {kind: sorted({row.address for row in given.contacts if row.kind == kind}) for kind in KINDS}
    name = clean(given.name, NAME_LIMIT)
    differ = [kind for kind in KINDS if before[kind] != after[kind]]
    for kind in differ:
        person.identities.filter(channel=kind).delete()
        Identity.objects.bulk_create(
            Identity(reporter=person, channel=kind, lookup=seal.lookup(keys, f"{kind}:{address}"),
                     sealed=seal.seal(keys, key, address))
            for address in after[kind]
        )  # fmt: skip
    if name != known.name:
        person.name_sealed = seal.seal(keys, key, name) if name else None
        differ.append("name")
    if given.language in LANGUAGES and given.language != person.language:
        person.language = given.language
        person.reports.update(language=given.language)
        differ.append("language")
    if differ:
        person.save(update_fields=["name_sealed", "language"])
        ledger.change(f"reporter:{person.id}", "change", before={}, after={"corrected": sorted(differ)}, by=by.actor,
                      now=now, reason="corrected by the person")  # fmt: skip
    return sorted(differ)


@deed
def erase(report_id: int, *, by: Viewer, now: datetime, everything: bool = False) -> Forgotten:
    """Destroy what is held about the person behind a report, on all their reports. With `everything` the masked
    words and pictures leave the cases too, and what was public is public no more.

    Raises RightsRefused while a machine is still reading the words: half a second later they are masked.
    """
    report = own(report_id, by)
    people, reports, cases = take([report.reporter_id])
    if not people:
        raise RightsRefused("erased")
    unread = Reaction.objects.filter(case__in=cases, parked_at=None)
    if unread.filter(event__verb__in=("case.received", "case.answered")).exists():
        raise RightsRefused("being_read")
    gone = forget(people, reports, cases, now, everything=everything)
    if everything:
        close_to_public(reports, cases, by, now)
    ledger.change(f"reporter:{report.reporter_id}", "end", before={}, by=by.actor, now=now,
                  after={**gone.plain(), "reports": [row.id for row in reports], "everything": everything},
                  reason="erased by the person")  # fmt: skip
    return gone


def close_to_public(reports: Sequence[Report], cases: dict[int, Case], by: Viewer, now: datetime) -> None:
    """Consent to publish ends with the words; the offices see by an Event that they were covered."""
    opened = [row.id for row in reports if row.visibility == Report.PUBLIC]
    Report.objects.filter(pk__in=opened).update(visibility=Report.PRIVATE)
    for case in {row.case_id: cases[row.case_id] for row in reports}.values():
        mine = [row.id for row in reports if row.case_id == case.id]
        shown = Report.objects.filter(case=case, visibility=Report.PUBLIC).exists()
        changes = {} if shown or case.visibility != Report.PUBLIC else {"visibility": Report.PRIVATE}
        if workflow.allowed("redact", case.status, {workflow.MACHINE}):
            ledger.move(case, "redact", by=by.actor, now=now, relation=workflow.MACHINE, data={"reports": mine},
                        **changes)  # fmt: skip
