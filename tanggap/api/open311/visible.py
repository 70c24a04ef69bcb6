"""Which reports a caller may read: house.md's table of visibility in two conditions.

Anybody: public reports on public cases, their words masked. The key that made a report: also a private one,
with its own words. A secret report: nobody here, not even its key.
"""

from django.db.models import Q, QuerySet

from tanggap import access
from tanggap.models import ApiKey, Report

PUBLIC = Q(visibility=Report.PUBLIC)
SECRET = Q(visibility=Report.SECRET) | Q(case__visibility=Report.SECRET)


def public() -> QuerySet[Report]:
    """What lists show, whoever asks."""
    return Report.objects.filter(PUBLIC, case__in=access.public_cases())


def own(key: ApiKey) -> QuerySet[Report]:
    return Report.objects.filter(api_key=key).exclude(SECRET)


def readable(key: ApiKey | None) -> QuerySet[Report]:
    """What may be read by its number."""
    if key is None:
        return public()
    return Report.objects.filter(Q(api_key=key) | Q(PUBLIC, case__in=access.public_cases())).exclude(SECRET)


def is_own(report: Report, key: ApiKey | None) -> bool:
    return key is not None and report.api_key_id == key.id
