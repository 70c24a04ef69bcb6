"""Reports as service requests. A fixed number of statements for any number of them."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Prefetch, QuerySet
from django.urls import NoReverseMatch, reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from tanggap import access
from tanggap.api.open311 import states
from tanggap.api.open311.visible import is_own
from tanggap.models import ApiKey, Case, City, Clock, Event, Report, Upload
from tanggap.web.marks import unmarked
from tanggap.web.words import day
from tanggap.workflow import CLOSED

JOINS = (
    "category", "case__category", "case__holder", "case__assignment", "case__area__parent__parent",
    "case__resolution", "channel", "reporter",
)  # fmt: skip
NOTES = 200  # notes of one case that are told; ping-pong beyond that is for the page


def with_rows(reports: QuerySet[Report], *, extended: bool, key: ApiKey | None) -> QuerySet[Report]:
    """All that `request` reads of each report."""
    promises = Clock.objects.filter(step="resolution").order_by("id")
    photos = Upload.objects.exclude(public="").order_by("id")
    rows = reports.select_related(*JOINS).prefetch_related(
        Prefetch("case__clocks", promises, to_attr="promises"), Prefetch("photos", photos, to_attr="released")
    )
    if key is not None:
        rows = rows.prefetch_related("reporter__identities")
    if extended:
        told = Event.objects.filter(verb__in=states.UPDATES).order_by("id")
        rows = rows.prefetch_related(Prefetch("case__events", told, to_attr="told"))
    return rows


def request(
    report: Report, *, key: ApiKey | None, extended: bool, resolutions: dict[str, Any]
) -> dict[str, Any]:
    """One service request. Its own key reads the reporter's own words, everybody else masked ones."""
    case = report.case
    category = case.category or report.category
    # a photo's page goes by the file's name alone
    photos = [address("public_photo", photo.public.rsplit("/", 1)[-1]) for photo in report.released]
    shown = {
        "service_request_id": report.number,
        "status": states.short(case),
        "status_notes": states.notes(case),
        "service_name": category.name(get_language()) if category else None,
        "service_code": category.code if category else None,
        "description": words(report, key),
        "agency_responsible": case.holder.name if case.holder else City.get().name,
        "service_notice": announced(case),
        "requested_datetime": report.received_at,
        "updated_datetime": updated_at(case),
        "expected_datetime": case.promises[0].promised_at if case.promises else None,
        "address": place(report),
        "address_id": None,
        "zipcode": None,
        "lat": report.lat,
        "long": report.lon,
        "media_url": photos[0] if photos else None,
    }
    if extended:
        shown |= extensions(report, photos, resolutions)
    return shown


def words(report: Report, key: ApiKey | None) -> str:
    own = access.person(report.reporter, report).words if is_own(report, key) else ""
    return own or unmarked(report.words)


def place(report: Report) -> str:
    """Never empty: the words said for the place, else the area's names, else the city's."""
    area = report.case.area
    names = ", ".join(above.name for above in area.lineage()) if area else City.get().name
    return unmarked(report.place) or names


def announced(case: Case) -> str | None:
    if case.estimate_on is None or case.status == CLOSED:
        return None
    return _("Expected to be done on %(day)s.") % {"day": day(case.estimate_on)}


def updated_at(case: Case) -> datetime:
    """Of a closed case the moment of closing, as the standard wants it."""
    return case.closed_at if case.status == CLOSED and case.closed_at else case.changed_at


def extensions(report: Report, photos: list[str], resolutions: dict[str, Any]) -> dict[str, Any]:
    case = report.case
    return {
        "extended_attributes": {
            "channel": report.channel.code,
            "detailed_status": states.detailed(case),
            "public_status": states.word(case),
            "resolution": case.resolution_id,
            "confirmation": report.confirmation,
            "area": case.area.code if case.area else None,
            "agency_code": case.holder.code if case.holder else None,
            "handovers": case.handovers,
            "voices": case.voices,
            "photos": photos,
        },
        "attributes": [
            {"code": code, "value": ",".join(values)} for code, values in sorted(report.answers.items())
        ],
        "notes": [
            {
                "datetime": event.at,
                "description": states.sentence(event, resolutions),
                "type": event.verb.removeprefix("case."),
            }
            for event in case.told[-NOTES:]
        ],
    }


def address(name: str, *parts: str) -> str:
    """The full address of a page of ours; "" while nothing is served there."""
    try:
        return settings.SITE_URL + reverse(name, args=parts)
    except NoReverseMatch:
        return ""
