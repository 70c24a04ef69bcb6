"""The one write path: a list of submissions becomes reports, in one transaction, however many they are.

Order of the locks: Inbound, Partner, number, Reporter, Case, Report, Event, Reaction. A submission seen before (same
channel account and external id) is answered with its first receipt; the same id with another body is SameIdOtherWords.
"""

import hashlib
import secrets
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction

from tanggap import ledger
from tanggap.channels.base import Contact, Receipt, Refused, SameIdOtherWords, StoredBefore, Submission
from tanggap.lib import geo, seal
from tanggap.models import (
    Actor,
    Case,
    City,
    Event,
    Identity,
    Job,
    Partner,
    Reference,
    Report,
    Reporter,
    Upload,
    local_day,
)
from tanggap.models.event import KEY, OFFICER, REPORTER
from tanggap.workflow import NEW

from . import quota

KEEP_RAW = timedelta(days=90)  # raw words; the report's own stay until the person's key is destroyed
FILE_LIMIT = 10
FETCH = "fetch"  # a Job: a file that the provider keeps for us for some time

INBOUND = """
INSERT INTO tanggap_inbound (account, external_id, hash, body, by_person, received_at, purge_at, name)
SELECT * FROM unnest(%s::text[], %s::text[], %s::bytea[], %s::bytea[], %s::bool[], %s::timestamptz[], %s::timestamptz[],
                     %s::text[])
ON CONFLICT (account, external_id) DO NOTHING RETURNING id, account, external_id"""
NUMBERS = """
INSERT INTO tanggap_daynumber (day, last) SELECT * FROM unnest(%s::date[], %s::int[])
ON CONFLICT (day) DO UPDATE SET last = tanggap_daynumber.last + EXCLUDED.last RETURNING day, last"""
SEEN = """
SELECT i.account, i.external_id, i.hash, r.number, r.uuid, r.case_id, r.id
FROM tanggap_inbound i JOIN tanggap_report r ON r.inbound_id = i.id
WHERE (i.account, i.external_id) IN (SELECT * FROM unnest(%s::text[], %s::text[]))"""


@dataclass
class Draft:
    """One new submission on its way through the batch. `person`: who said it, where their address proves that it is
    somebody known here."""

    said: Submission
    inbound_id: int
    key: bytes
    number: str = ""
    person: Reporter | None = None
    sender: Identity | None = None
    partner: Partner | None = None


def receive(submissions: Sequence[Submission], now: datetime) -> list[Receipt | Refused]:
    """Store them all and answer each, in order. Receipts may be told only after the surrounding commit.

    Raises whatever the database raises (the caller tries row by row); never stores half of a submission.
    """
    # inside the batch's transaction it is one with it: a savepoint would be two statements for nothing
    with transaction.atomic(savepoint=False):
        keys = seal.Keyring.parse(settings.SEAL_KEYS)
        new = insert_inbound(submissions, keys, now, known_senders(submissions, keys))
        refused = quota.over(new)
        drafts = [draft for key, draft in new.items() if key not in refused]
        receipts = store(drafts, keys, now) if drafts else {}
        seen = look_up([said for said in submissions if once(said) not in new])
    answers: list[Receipt | Refused] = []
    told: set[tuple[str, str]] = set()
    for said in submissions:
        key = once(said)
        if key in refused:
            answers.append(refused[key])
        elif key in new and key not in told and new[key].said is said:
            told.add(key)
            answers.append(receipts[key])
        elif key in new:
            answers.append(repeat(said, digest(new[key].said), receipts[key]))
        else:
            answers.append(repeat(said, *seen[key]) if key in seen else StoredBefore())
    return answers


def once(said: Submission) -> tuple[str, str]:
    return said.account, said.external_id


def digest(said: Submission) -> bytes:
    return hashlib.sha256(said.body).digest()


def repeat(said: Submission, first_hash: bytes, receipt: Receipt) -> Receipt | Refused:
    again = Receipt(receipt.number, receipt.uuid, receipt.case_id, receipt.report_id, again=True)
    return again if digest(said) == first_hash else SameIdOtherWords(again)


def insert_inbound(
    submissions: Sequence[Submission], keys: seal.Keyring, now: datetime, senders: dict[Contact, Identity]
) -> dict[tuple[str, str], Draft]:
    """Raw words, once: ON CONFLICT DO NOTHING, never a look first. Returns what is new, by (account, id)."""
    first: dict[tuple[str, str], tuple[Submission, bytes]] = {}
    for said in submissions:
        known = senders.get(said.sender) if said.sender else None
        key = bytes(known.reporter.key) if known else seal.new_person_key(keys)
        first.setdefault(once(said), (said, key))
    said_by = [said for said, _ in first.values()]
    columns = [
        [said.account for said in said_by],
        [said.external_id for said in said_by],
        [digest(said) for said in said_by],
        [seal.seal(keys, key, said.body) for said, key in first.values()],
        [True for _ in said_by],
        [now for _ in said_by],
        [now + KEEP_RAW for _ in said_by],
        [said.thread[:200] for said in said_by],
    ]
    with connection.cursor() as cursor:
        cursor.execute(INBOUND, columns)
        rows = cursor.fetchall()
    ids = {(account, external_id): row_id for row_id, account, external_id in rows}
    # in the order they came, so that numbers follow it
    drafts = {key: Draft(said, ids[key], wrapped) for key, (said, wrapped) in first.items() if key in ids}
    for draft in drafts.values():
        if draft.said.sender in senders:
            draft.sender = senders[draft.said.sender]
            draft.person = draft.sender.reporter
    return drafts


def known_senders(submissions: Sequence[Submission], keys: seal.Keyring) -> dict[Contact, Identity]:
    """Proven senders who were proven before: their words belong to one person. Nobody is joined by an unproven address
    or by a name."""
    asked = {
        (said.sender.kind, lookup_of(said.sender, keys)): said.sender
        for said in submissions
        if said.sender and said.sender.proven
    }
    if not asked:
        return {}
    rows = Identity.objects.select_related("reporter").filter(
        lookup__in=[look for _, look in asked], proven_at__isnull=False, reporter__key__isnull=False
    )
    found = {(row.channel, bytes(row.lookup)): row for row in rows.order_by("-id")}
    return {sender: found[key] for key, sender in asked.items() if key in found}


def lookup_of(contact: Contact, keys: seal.Keyring) -> bytes:
    return seal.lookup(keys, f"{contact.kind}:{contact.address}")


def look_up(submissions: Sequence[Submission]) -> dict[tuple[str, str], tuple[bytes, Receipt]]:
    if not submissions:
        return {}
    keys = {once(said) for said in submissions}
    with connection.cursor() as cursor:
        cursor.execute(SEEN, [[key[0] for key in keys], [key[1] for key in keys]])
        return {
            (row[0], row[1]): (bytes(row[2]), Receipt(row[3], row[4], row[5], row[6]))
            for row in cursor.fetchall()
        }


def give_numbers(drafts: list[Draft], city: City) -> None:
    """The day's next numbers, without gaps: one statement for the batch. A secret report gets a random reference."""
    days: dict[date, list[Draft]] = {}
    for draft in drafts:
        if draft.said.visibility == Report.SECRET:
            draft.number = f"{city.prefix}-{secrets.token_hex(5).upper()}"
        else:
            days.setdefault(draft.said.at.astimezone(city.zone).date(), []).append(draft)
    if not days:
        return
    counts = Counter({day: len(rows) for day, rows in days.items()})
    with connection.cursor() as cursor:
        cursor.execute(NUMBERS, [sorted(counts), [counts[day] for day in sorted(counts)]])
        for day, last in cursor.fetchall():
            for place, draft in enumerate(days[day], start=last - counts[day] + 1):
                draft.number = f"{city.prefix}{day:%y%m%d}{place:04d}"


def store(drafts: list[Draft], keys: seal.Keyring, now: datetime) -> dict[tuple[str, str], Receipt]:
    city, known = City.get(), Reference.get()
    give_numbers(drafts, city)
    reporters = people_of(drafts, keys)
    cases = ledger.open_cases([new_case(draft, known) for draft in drafts])
    reports = Report.objects.bulk_create(
        [
            new_report(draft, person, case, known, keys, now)
            for draft, person, case in zip(drafts, reporters, cases, strict=True)
        ]
    )
    ledger.record(
        [born(draft, report, case) for draft, report, case in zip(drafts, reports, cases, strict=True)]
    )
    attach(drafts, reports)
    return {
        once(draft.said): Receipt(report.number, report.uuid, report.case_id, report.id)
        for draft, report in zip(drafts, reports, strict=True)
    }


def people_of(drafts: list[Draft], keys: seal.Keyring) -> list[Reporter]:
    """Who said it, in the order of the drafts, with their addresses stored."""
    heard_again = [draft.sender.id for draft in drafts if draft.sender]
    if heard_again:
        Identity.objects.filter(pk__in=heard_again).update(heard_at=max(draft.said.at for draft in drafts))
    fresh = [draft for draft in drafts if draft.person is None]
    made = Reporter.objects.bulk_create([new_reporter(draft, keys) for draft in fresh])
    for draft, person in zip(fresh, made, strict=True):
        draft.person = person
    identities = [row for draft in fresh for row in addresses(draft, draft.person, keys)]
    if identities:
        Identity.objects.bulk_create(identities)
    return [draft.person for draft in drafts]


def new_reporter(draft: Draft, keys: seal.Keyring) -> Reporter:
    name = seal.seal(keys, draft.key, draft.said.name) if draft.said.name else None
    return Reporter(key=draft.key, name_sealed=name, language=draft.said.language, created_at=draft.said.at)


def addresses(draft: Draft, person: Reporter, keys: seal.Keyring) -> list[Identity]:
    """A new person's addresses: where the words came from, and others that were given along."""
    said, found = draft.said, []
    if said.sender:
        draft.sender = address(said.sender, draft, person, keys)
        draft.sender.account, draft.sender.heard_at = said.account[:40], said.at
        found.append(draft.sender)
    return found + [address(one, draft, person, keys) for one in said.contacts if one != said.sender]


def address(contact: Contact, draft: Draft, person: Reporter, keys: seal.Keyring) -> Identity:
    return Identity(
        reporter=person,
        channel=contact.kind,
        lookup=lookup_of(contact, keys),
        sealed=seal.seal(keys, draft.key, contact.address),
        proven_at=draft.said.at if contact.proven else None,
    )


def new_case(draft: Draft, known: Reference) -> Case:
    said = draft.said
    has_point = said.lat is not None and said.lon is not None
    area = known.areas.get(said.area)
    return Case(
        number=draft.number,
        uuid=said.uuid,
        status=NEW,
        visibility=said.visibility,
        category=known.categories.get(said.category),
        area=area,
        lat=said.lat,
        lon=said.lon,
        cell=geo.cell(said.lat, said.lon) if has_point else None,
        outside=said.outside,
        emergency=said.emergency,
        urgency=2 if said.emergency else 0,
        channel=known.channels[said.channel],
        opened_at=said.at,
        changed_at=said.at,
    )


def new_report(
    draft: Draft, person: Reporter, case: Case, known: Reference, keys: seal.Keyring, now: datetime
) -> Report:
    said = draft.said
    return Report(
        uuid=said.uuid,
        number=draft.number,
        inbound_id=draft.inbound_id,
        reporter=person,
        case=case,
        own_case=case,
        channel=known.channels[said.channel],
        api_key_id=said.api_key,
        keyed_by_id=said.keyed_by,
        partner=draft.partner,
        visibility=said.visibility,
        claim=seal.claim_code(said.uuid),
        words_sealed=seal.seal(keys, draft.key, said.words),
        place_sealed=seal.seal(keys, draft.key, said.place) if said.place else None,
        category=known.categories.get(said.category),
        lat=said.lat,
        lon=said.lon,
        said_at=said.at,
        received_at=now,
        language=said.language,
        answers=said.answers,
        device=said.device,
        sender=draft.sender,
        open_talk=said.open_talk,
    )


def born(draft: Draft, report: Report, case: Case) -> Event:
    said = draft.said
    by = Actor(REPORTER, report.reporter_id)
    if said.keyed_by:
        by = Actor(OFFICER, said.keyed_by, draft.partner.agency_id if draft.partner else None)
    elif said.api_key:
        by = Actor(KEY, said.api_key)
    data: dict[str, Any] = {"report": report.id, "channel": said.channel}
    if draft.partner:
        data["partner"] = draft.partner.agency.code
    if notice := Reference.get().notice(local_day(said.at)):
        data["notice"] = notice.version  # what this person could read about their data
    if said.refused_files:
        data["refused_files"] = list(said.refused_files[:FILE_LIMIT])
    return ledger.received(case, by, said.at, data)


def attach(drafts: list[Draft], reports: list[Report]) -> None:
    """Staged photos of the forms now belong to their reports, and the worker may decode them; files that a provider
    still keeps are fetched by a Job each."""
    wanted = [
        Job(kind=FETCH, args={"account": draft.said.account, "report": report.id, "ref": dict(file.ref)},
            due_at=draft.said.at)
        for draft, report in zip(drafts, reports, strict=True)
        for file in draft.said.files[:FILE_LIMIT]
        if file.ref is not None
    ]  # fmt: skip
    if wanted:
        Job.objects.bulk_create(wanted)
    for draft, report in zip(drafts, reports, strict=True):
        photos: Sequence[UUID] = draft.said.photos
        if not photos:
            continue
        staged = Upload.objects.filter(uuid__in=photos, report=None, followup=None, message=None)
        if draft.said.draft:
            staged = staged.filter(draft=draft.said.draft)
        staged.update(report=report, moment="before", due_at=draft.said.at)
