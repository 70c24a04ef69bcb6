"""What is held about a person, as plain data: the page shows it, JSON and PDF carry it away.

Only for the person themselves, after proof: it is unsealed.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import Q

from tanggap import access
from tanggap.lib import seal
from tanggap.models import Assignment, City, Event, Letter, Message, Reference, Report, Reporter, Upload

Plain = dict[str, Any]
MARK = re.compile(r"⟦[a-z]{1,20}⟧")  # what triage covered, as the pages know it


def reports_of(person: Reporter) -> list[Report]:
    rows = Report.objects.filter(reporter=person).select_related(
        "case__area", "channel", "category", "inbound", "partner__agency"
    )
    return list(rows.order_by("id"))


def photos_of(reports: Sequence[Report]) -> list[Upload]:
    rows = Upload.objects.filter(Q(report__in=reports) | Q(message__report__in=reports))
    return list(rows.select_related("report", "message__report").order_by("id"))


def held(person: Reporter, now: datetime, language: str) -> Plain:
    """Everything about this person: who they are to us, what they said, what was said to them, their photos, who
    could work with it, who opened it. A dozen statements, however much there is."""
    reports = reports_of(person)
    known, opener = access.person(person), Opener(person)
    return {
        "made_at": now,
        "city": City.get().name,
        "person": {
            "name": known.name,
            "contacts": [{"kind": kind, "address": address} for kind, address in known.contacts],
            "language": person.language,
            "known_since": person.created_at,
            "erased_at": person.erased_at,
        },
        "reports": [said(report, opener, language) for report in reports],
        "messages": messages(reports, opener),
        "letters": letters(reports),
        "photos": [photo(row) for row in photos_of(reports)],
        "offices": offices(reports),
        "openings": [look for report in reports for look in openings(report, language)],
    }


class Opener:
    """Opens what this person's key sealed; nothing where the key is gone."""

    def __init__(self, person: Reporter):
        self.key = bytes(person.key) if person.key is not None else None
        self.ring = access.ring()

    def __call__(self, sealed: bytes | memoryview | None) -> str:
        if sealed is None or self.key is None:
            return ""
        return seal.open_sealed(self.ring, self.key, bytes(sealed)).decode("utf-8", "replace")


def said(report: Report, opened: Opener, language: str) -> Plain:
    case = report.case
    born = Event.objects.filter(case=report.own_case_id, verb="case.received").order_by("id").first()
    return {
        "number": report.number,
        "claim_code": report.claim,
        "said_at": report.said_at,
        "received_at": report.received_at,
        "channel": report.channel.name,
        "filed_by": report.partner.agency.name if report.partner else "",
        "privacy_notice": born.data.get("notice", "") if born else "",
        "visibility": report.visibility,
        "language": report.language,
        "category": report.category.name(language) if report.category else "",
        "words": opened(report.words_sealed),
        "words_as_officers_read_them": report.words,
        "place": opened(report.place_sealed),
        "latitude": report.lat,
        "longitude": report.lon,
        "kelurahan": case.area.name if case.area else "",
        "answers": report.answers,
        "your_word": report.confirmation,
        "stars": report.stars,
        "as_it_arrived": opened(report.inbound.body) if report.inbound.by_person else "",
        "as_it_arrived_is_purged": report.inbound.body is None,
    }


def messages(reports: Sequence[Report], opened: Opener) -> list[Plain]:
    rows = Message.objects.filter(report__in=reports, officer=None).select_related("report").order_by("id")
    return [
        {
            "report": row.report.number,
            "at": row.at,
            "words": opened(row.words_sealed),
            "words_as_officers_read_them": row.words,
        }
        for row in rows
    ]


def letters(reports: Sequence[Report]) -> list[Plain]:
    rows = Letter.objects.filter(report__in=reports).select_related("report", "sender").order_by("id")
    return [
        {
            "report": row.report.number,
            "at": row.at,
            "from": row.sender.name if row.sender else "",
            "subject": row.subject,
            "text": row.text,
            "way": row.way,
            "state": row.state,
        }
        for row in rows
    ]


def photo(row: Upload) -> Plain:
    report = row.report or row.message.report
    return {
        "id": str(row.uuid),
        "file": file_name(row),
        "report": report.number,
        "sent_at": row.at,
        "with": "report" if row.report_id else "message",
        "kind": row.kind,
        "bytes": row.size,
        "taken_at": row.taken_at,
        "latitude": row.lat,
        "longitude": row.lon,
        "original_kept": bool(row.path),
        "shown_to_everybody": bool(row.public),
    }


def file_name(row: Upload) -> str:
    """The name of a photo in the ZIP; the original, or where its time is over the copy."""
    return f"foto-{row.id}.{row.kind if row.path else 'jpg'}" if row.path or row.copy else ""


def offices(reports: Sequence[Report]) -> list[Plain]:
    """Who could work with it: masked words, photos without a camera's data, the exact point; never who it was."""
    numbers = {report.case_id: report.number for report in reports}
    rows = Assignment.objects.filter(case__in=numbers).select_related("agency").order_by("id")
    return [
        {"report": numbers[row.case_id], "office": row.agency.name, "from": row.at, "to": row.ended_at}
        for row in rows
    ]


def openings(report: Report, language: str) -> list[Plain]:
    """Every look at what is sealed, and at photos: office, time, reason. The officer's name stays in the office."""
    reasons = Reference.get().reasons
    found = []
    for event in access.who_opened(report).order_by("-id"):
        reason = reasons.get(event.data.get("reason", ""))
        found.append(
            {
                "report": report.number,
                "at": event.at,
                "office": event.agency.name if event.agency else "",
                "what": "photo" if event.verb == "case.photo_opened" else "personal data",
                "reason": reason.name(language) if reason else "",
            }
        )
    return found
