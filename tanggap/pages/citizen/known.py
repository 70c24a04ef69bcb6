"""What everybody may know: public cases, and how many people speak through them.

A private report on a public case is counted only among at least five of its kind (house rule: k >= 5).
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import Count, Q, QuerySet

from tanggap import access
from tanggap.models import Case, Category, Report, Support
from tanggap.triage import deduplicate
from tanggap.workflow import OPEN

FEW = 5


def countable(private: int) -> int:
    """A number of private things as far as it may be told."""
    return private if private >= FEW else 0


def heard(ids: Iterable[int]) -> dict[int, int]:
    """Voices on each of these cases that may be told. Two statements for any number."""
    wanted = list(ids)
    if not wanted:
        return {}
    is_public = Q(visibility=Report.PUBLIC)
    rows = Report.objects.filter(case__in=wanted).values_list("case")
    counted = rows.annotate(public=Count("id", filter=is_public), private=Count("id", filter=~is_public))
    told = {case: public + countable(private) for case, public, private in counted}
    supports = Support.objects.filter(case__in=wanted).values_list("case").annotate(Count("id"))
    for case, count in supports:
        told[case] = told.get(case, 0) + count
    return told


def nearby(point: tuple[float, float], category: Category) -> list[dict[str, Any]]:
    """Public cases about the same matter around a point, the nearest first. Of others not even the number."""
    near = deduplicate.close_by([deduplicate.Ask(*point, category)])[0]
    public = access.public_cases().filter(parent=None).in_bulk([row.case_id for row in near])
    nearest = next((row for row in near if row.case_id in public), None)
    if nearest is None:
        return []
    voices = heard([nearest.case_id])
    return [
        {
            "case": public[nearest.case_id],
            "metres": max(nearest.metres, 1),
            "voices": voices.get(nearest.case_id, 1),
        }
    ]


def listed() -> QuerySet[Case]:
    """Public cases as lists show them; parts of a divided case stand under their parent."""
    rows = access.public_cases().filter(parent=None, status__in=(*OPEN, "CLOSED"))
    return rows.select_related("category", "area", "holder", "assignment", "resolution")


def late(case: Case, now: datetime) -> bool:
    return case.status in OPEN and case.promise_at is not None and case.promise_at < now
