"""Mandate: which agency is competent for a category, where and when."""

from collections.abc import Iterable
from datetime import datetime

from django.db import models

from .agency import Agency, Dated, valid_on
from .area import Area
from .category import Category
from .city import local_day


def in_order(rows: "Iterable[Mandate]", area: Area | None) -> "list[Mandate]":
    """Those that hold at this place, the most particular area first."""
    codes = [above.id for above in area.lineage()] if area else []
    rank = {code: place for place, code in enumerate(codes)}
    here = [row for row in rows if row.area_id is None or row.area_id in rank]
    return sorted(here, key=lambda row: (rank.get(row.area_id, len(codes)), row.position, row.id))


class MandateSet(models.QuerySet):
    def competent(self, category: Category, area: Area | None, at: datetime) -> "list[Mandate]":
        """Mandates that hold for this category at this place and time, the most particular area first."""
        return in_order(
            self.filter(valid_on(local_day(at)), category=category).select_related("agency"), area
        )


class Mandate(Dated):
    """`agency` empty means the kelurahan of the place does it itself (`@kelurahan` in mandates.csv)."""

    category = models.ForeignKey(Category, models.PROTECT, related_name="mandates")
    area = models.ForeignKey(Area, models.PROTECT, null=True)
    agency = models.ForeignKey(Agency, models.PROTECT, null=True)
    position = models.PositiveSmallIntegerField(default=0)
    legal = models.CharField(max_length=200, blank=True, default="")
    note = models.CharField(max_length=300, blank=True, default="")

    objects = MandateSet.as_manager()

    def holder_for(self, area: Area | None) -> Agency | None:
        """The agency meant: the named one, or the kelurahan of the place."""
        if self.agency_id:
            return self.agency
        return area.agencies.filter(kind_id=area.level).first() if area else None
