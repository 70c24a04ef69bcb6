"""Hints on evidence, each a row with what it saw. A machine never judges: the reviewer does."""

from tanggap.lib import geo
from tanggap.models import Case, Finding, FollowUp, Upload

FAR_M = 150
HEAVY, LIGHT = 3, 1


def look_at(followup: FollowUp) -> list[Finding]:
    """Findings on all photos of a statement, heaviest first: too far, too early, seen before, no position."""
    case = followup.case
    started = case.events.filter(verb="case.started").order_by("-id").first()
    found = []
    for photo in followup.photos.all():
        found += distance(followup, photo, case)
        if started and photo.taken_at and photo.taken_at < started.at:
            minutes = round((started.at - photo.taken_at).total_seconds() / 60)
            found.append(Finding(followup=followup, upload=photo, code="taken_before_start", weight=HEAVY,
                                 data={"minutes": minutes}))  # fmt: skip
        found += seen_before(followup, photo)
    return sorted(found, key=lambda row: -row.weight)


def distance(followup: FollowUp, photo: Upload, case: Case) -> list[Finding]:
    if case.lat is None or case.lon is None:
        return []
    if photo.lat is None or photo.lon is None:
        return [Finding(followup=followup, upload=photo, code="no_position", weight=LIGHT)]
    metres = round(geo.haversine_m(case.lat, case.lon, photo.lat, photo.lon))
    if metres <= FAR_M:
        return []
    return [
        Finding(followup=followup, upload=photo, code="far_from_place", weight=HEAVY, data={"metres": metres})
    ]


def seen_before(followup: FollowUp, photo: Upload) -> list[Finding]:
    """The very same file on another statement: a recycled photo."""
    other = (
        Upload.objects.filter(sha256=photo.sha256, followup__isnull=False)
        .exclude(followup=followup)
        .select_related("followup__case")
        .first()
    )
    if other is None:
        return []
    return [Finding(followup=followup, upload=photo, code="seen_before", weight=HEAVY,
                    data={"case": other.followup.case.number})]  # fmt: skip
