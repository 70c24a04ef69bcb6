"""How many reports a partner may file on one local day, counted where they are stored: two forms at the same moment
can't both be the last one. A repeat of a stored form is no new report and never meets the limit."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import connection

from tanggap.channels.base import Refused
from tanggap.models import City, Partner, Report, local_day

Key = tuple[str, str]


class QuotaUsed(Refused):
    """The partner's reports of this day are used up. Nothing was stored; the next day takes it."""

    code = "quota_used"

    def __init__(self, quota: int):
        super().__init__(self.code)
        self.quota = quota


def over(drafts: Mapping[Key, Any]) -> dict[Key, QuotaUsed]:
    """Which of these new submissions are too many, in the order they came. Holds each partner's row until the end of
    the transaction (after Inbound, before the day's number), and takes back the raw words of what is refused."""
    filed = {key: draft for key, draft in drafts.items() if draft.said.partner}
    if not filed:
        return {}
    asked = {draft.said.partner for draft in filed.values()}
    rows = Partner.objects.select_for_update(of=("self",)).select_related("agency").filter(pk__in=asked)
    partners = {row.pk: row for row in rows.order_by("pk")}
    left: dict[tuple[int, date], int] = {}
    refused: dict[Key, QuotaUsed] = {}
    for key, draft in filed.items():
        partner = draft.partner = partners[draft.said.partner]
        day = local_day(draft.said.at)
        place = (partner.pk, day)
        if place not in left:
            left[place] = quota(partner) - used(partner, day)
        left[place] -= 1
        if left[place] < 0:
            refused[key] = QuotaUsed(partner.daily_quota)
    take_back([filed[key].inbound_id for key in refused])
    return refused


def quota(partner: Partner) -> int:
    return partner.daily_quota if partner.active else 0


def used(partner: Partner, day: date) -> int:
    begins, ends = span(day)
    return Report.objects.filter(partner=partner, said_at__gte=begins, said_at__lt=ends).count()


def left_today(partner: Partner, now: datetime) -> int:
    """How many more may be filed today; for a page to tell, not to decide."""
    return max(0, quota(partner) - used(partner, local_day(now)))


def span(day: date) -> tuple[datetime, datetime]:
    """The city's day, from midnight to midnight."""
    zone = City.get().zone
    return datetime.combine(day, time(), zone), datetime.combine(day + timedelta(days=1), time(), zone)


def take_back(inbound: list[int]) -> None:
    """Rows of this very transaction: nobody has seen them, and tomorrow the same form must find its place free."""
    if inbound:
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM tanggap_inbound WHERE id = ANY(%s)", [inbound])
