"""Service requests are our reports: send one, list public ones, read one."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext as _

from tanggap import door
from tanggap.api.open311 import asked, notice, posting, shown, visible
from tanggap.api.open311.endpoint import endpoint, key_needed, key_of
from tanggap.api.open311.errors import Away, Problem, TooOften, Unknown
from tanggap.channels.base import Busy, Receipt, Refused, SameIdOtherWords
from tanggap.intake import files
from tanggap.lib import limit
from tanggap.models import ApiKey, Report, Resolution

HOUR = 3600
Answer = tuple[str, Any]


@endpoint("GET", "POST")
def requests(request: HttpRequest) -> Answer:
    return send(request) if request.method == "POST" else listed(request)


def send(request: HttpRequest) -> Answer:
    """Stored and committed before its number is told. Sent again with the same id it is the same report."""
    key = key_needed(request.said)
    if not limit.allow(f"open311:{key.id}", settings.KEY_REPORTS_PER_HOUR, HOUR, request.now):
        raise TooOften(HOUR)
    posted = posting.read(request, key)
    receipt = checked(door.take([posted.said], request.now)[0])
    if receipt.again:
        for photo in files.staged(posted.said.uuid):  # the first sending has its own
            files.discard(photo)
    told = notice.sentences(posted, receipt)
    return "service_requests", [
        {"service_request_id": receipt.number, "service_notice": told, "account_id": None}
    ]


def checked(answer: Receipt | Refused) -> Receipt:
    if isinstance(answer, Receipt):
        return answer
    if isinstance(answer, Busy):
        raise Away
    if isinstance(answer, SameIdOtherWords):
        raise Problem((409, _("This Idempotency-Key was used before, for another report.")))
    raise Problem(_("The report could not be stored."))


def listed(request: HttpRequest) -> Answer:
    """Public reports; named by their numbers also the key's own. The page's ids first, then its rows."""
    said = request.said
    key = key_of(said)
    if numbers := said.listed("service_request_id"):
        ids = list(
            visible.readable(key)
            .filter(number__in=numbers)
            .order_by("-received_at", "-id")
            .values_list("pk", flat=True)
        )
    else:
        key = None
        rows = asked.filtered(visible.public(), said, request.now)
        ids = list(rows.values_list("pk", flat=True)[asked.piece(said)])
    return "service_requests", told(request, ids, key)


@endpoint("GET")
def one(request: HttpRequest, number: str) -> Answer:
    """A list of one. What may not be known is as unknown as what does not exist."""
    key = key_of(request.said)
    found = visible.readable(key).filter(number=number.upper()).values_list("pk", flat=True).first()
    if found is None:
        raise Unknown
    return "service_requests", told(request, [found], key)


def told(request: HttpRequest, ids: list[int], key: ApiKey | None) -> list[dict[str, Any]]:
    extended = bool(request.said.flag("extensions"))
    rows = shown.with_rows(Report.objects.filter(pk__in=ids), extended=extended, key=key)
    by_id = {report.pk: report for report in rows}
    resolutions = {row.code: row for row in Resolution.objects.all()} if extended else {}
    return [
        shown.request(by_id[pk], key=key, extended=extended, resolutions=resolutions)
        for pk in ids
        if pk in by_id
    ]
