"""mySociety's servicerequestupdates: what happened to reports, and a way to add the reporter's words."""

from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext as _

from tanggap import access, ledger
from tanggap.api.open311 import states, visible
from tanggap.api.open311.asked import MOST, window
from tanggap.api.open311.endpoint import endpoint, key_needed, key_of
from tanggap.api.open311.errors import Problem, TooOften, Unknown
from tanggap.lib import limit
from tanggap.models import ApiKey, Event, Letter, Message, Report, Resolution
from tanggap.reply import actions as reply

HOUR = 3600
WORDS = 4000
OFFICERS_WORDS = {"case.asked": "asked", "case.told": "told"}  # read by the report's own key only
Answer = tuple[str, Any]


@endpoint("GET", "POST")
def updates(request: HttpRequest) -> Answer:
    return add(request) if request.method == "POST" else listed(request)


def listed(request: HttpRequest) -> Answer:
    """Events of public reports and of the key's own, oldest first: the last one's time is where to go on."""
    said = request.said
    key = key_of(said)
    start, over = window(said, request.now)
    reports = visible.readable(key)
    if numbers := said.listed("service_request_id"):
        reports = reports.filter(number__in=numbers)
    events = list(
        Event.objects.filter(verb__in=states.UPDATES, at__gte=start, at__lt=over)
        .filter(case__in=reports.values("case")).order_by("at", "id")[:MOST]
    )  # fmt: skip
    by_case: dict[int, list[Report]] = {}
    for report in reports.filter(case__in={event.case_id for event in events}).order_by("id"):
        by_case.setdefault(report.case_id, []).append(report)
    resolutions = {row.code: row for row in Resolution.objects.all()}
    letters = officers_words(by_case, key)
    return "service_request_updates", [
        update(event, report, resolutions, letters)
        for event in events for report in by_case.get(event.case_id, [])
    ][:MOST]  # fmt: skip


def update(
    event: Event, report: Report, resolutions: dict[str, Any], letters: dict[Any, str]
) -> dict[str, Any]:
    words = letters.get((report.id, OFFICERS_WORDS.get(event.verb), event.at))
    return {
        "update_id": name_of(event, report),
        "service_request_id": report.number,
        "status": states.update_status(event),
        "updated_datetime": event.at,
        "description": words or states.sentence(event, resolutions),
        "media_url": None,
        "external_status_code": event.verb.removeprefix("case."),
    }


def name_of(event: Event, report: Report) -> str:
    """The same each time it is asked for, and no running number that would tell how much else happens."""
    return uuid5(report.uuid, str(event.id)).hex


def officers_words(by_case: dict[int, list[Report]], key: ApiKey | None) -> dict[Any, str]:
    own = [report.id for rows in by_case.values() for report in rows if visible.is_own(report, key)]
    if not own:
        return {}
    rows = Letter.objects.filter(report__in=own, code__in=OFFICERS_WORDS.values()).order_by("id")
    return {(row.report_id, row.code, row.at): row.text for row in rows}


def add(request: HttpRequest) -> Answer:
    """An answer of the reporter, by the key that made the report. Its status word moves nothing: a case moves
    by its own steps. Sent again with the same update_id it is one answer."""
    said = request.said
    key = key_needed(said)
    if not limit.allow(f"open311:{key.id}", settings.KEY_REPORTS_PER_HOUR, HOUR, request.now):
        raise TooOften(HOUR)
    number, name, words = (
        said.get("service_request_id"),
        said.get("update_id"),
        said.get("description", WORDS + 1),
    )
    missing = [
        field for field, value in (("service_request_id", number), ("description", words)) if not value
    ]
    if missing:
        raise Problem(*[_("%(name)s is missing.") % {"name": field} for field in missing])
    if len(words) > WORDS:
        raise Problem(_("description is longer than 4,000 signs."))
    report = visible.own(key).filter(number=number.upper()).first()
    if report is None:
        raise Unknown
    message = answered(report, words, form_name(request, name), request)
    event = Event.objects.filter(case=message.case_id, verb="case.answered", data__message=message.id).first()
    told = name_of(event, report) if event else str(message.id)
    return "service_request_updates", [{"update_id": told}]


def form_name(request: HttpRequest, name: str) -> UUID:
    """The answer's own UUID: from the caller's update_id or Idempotency-Key, else from its words and time."""
    given = name or request.headers.get("Idempotency-Key", "") or request.now.isoformat()
    return uuid5(NAMESPACE_URL, f"open311 update {given}")


def answered(report: Report, words: str, form: UUID, request: HttpRequest) -> Message:
    try:
        message = reply.answer(
            report.id, words, form=form, by=access.reporter_viewer(report), now=request.now
        )
    except ledger.NotAllowed as error:
        raise Problem(_("This report takes no more answers.")) from error
    except reply.NothingSaid as error:
        raise Problem(_("%(name)s is missing.") % {"name": "description"}) from error
    except reply.SaidBefore as error:
        raise Problem((409, _("This update_id was used before, for other words."))) from error
    ledger.wake()
    return message
