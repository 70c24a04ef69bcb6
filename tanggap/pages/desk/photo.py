"""A photo for an officer: the re-encoded copy without metadata. Each opening is an Event, once a day and photo."""

from datetime import datetime, time
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from tanggap import access, ledger
from tanggap.access import Viewer
from tanggap.models import Case, City, Event, Upload
from tanggap.web import uploads
from tanggap.web.viewer import officer

STEP, VERB = "open_photo", "case.photo_opened"


@require_safe
@officer()
def officer_photo(request: HttpRequest, photo: UUID) -> HttpResponse:
    """404 for a photo of a case that isn't theirs, and while the copy is not made yet."""
    row = (
        Upload.objects.select_related("report__case", "followup__case", "message__case")
        .filter(uuid=photo, state=Upload.READY)
        .exclude(copy="")
        .first()
    )
    case = case_of(row) if row else None
    if row is None or case is None:
        raise Http404
    try:
        relation = access.check_step(request.viewer, case, STEP)
    except ledger.NotAllowed:
        raise Http404 from None
    note(case, row, request.viewer, relation, request.now)
    return uploads.picture(row.copy)


def case_of(row: Upload) -> Case | None:
    for owner in (row.report, row.followup, row.message):
        if owner is not None:
            return owner.case
    return None


def note(case: Case, row: Upload, viewer: Viewer, relation: str, now: datetime) -> None:
    """Write the opening down, once an officer, photo and day of the city."""
    zone = City.get().zone
    midnight = datetime.combine(now.astimezone(zone).date(), time(), zone)
    by = viewer.actor
    said = Event.objects.filter(case=case, verb=VERB, by_kind=by.kind, by_id=by.id, at__gte=midnight)
    if not said.filter(data__photo=str(row.uuid)).exists():
        ledger.note(case, STEP, by=by, now=now, relation=relation, data={"photo": str(row.uuid)})
