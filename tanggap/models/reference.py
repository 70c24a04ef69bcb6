"""The city's rules kept in memory: areas with their geometry, agencies, categories, channels.

Read anew when City.version has risen; City itself is looked at every few seconds. So a door locates a point and
names a channel without a statement of its own.
"""

from datetime import date

import shapely

from tanggap.lib.geo import AreaIndex

from .agency import Agency
from .area import Area
from .case import Case
from .category import Category
from .channel import Channel
from .city import City
from .mandate import Mandate, in_order
from .notice import Notice
from .promise import Promise
from .reason import Reason


class Reference:
    """One reading of the reference data. Objects are shared between threads: never write to them."""

    _kept: "Reference | None" = None

    def __init__(self, version: int):
        self.version = version
        self.areas = {area.code: area for area in Area.objects.defer("geometry")}
        self.area_by_id = by_id = {area.id: area for area in self.areas.values()}
        for area in by_id.values():
            area.parent = by_id.get(area.parent_id)
        self.agencies = {agency.code: agency for agency in Agency.objects.select_related("kind")}
        self.agency_by_id = agency_by_id = {agency.id: agency for agency in self.agencies.values()}
        for agency in agency_by_id.values():
            agency.parent = agency_by_id.get(agency.parent_id)
            agency.area = by_id.get(agency.area_id)
        self.office = {agency.area.code: agency for agency in self.agencies.values() if agency.area
                       and agency.kind_id == agency.area.level}  # fmt: skip
        self.categories = {row.code: row for row in Category.objects.select_related("group")}
        self.category_by_id = {row.id: row for row in self.categories.values()}
        self.channels = {row.code: row for row in Channel.objects.all()}
        self.channel_by_id = {row.id: row for row in self.channels.values()}
        self.mandates: dict[int, list[Mandate]] = {}
        for row in Mandate.objects.all():
            row.agency = agency_by_id.get(row.agency_id)
            self.mandates.setdefault(row.category_id, []).append(row)
        self.reasons = {row.code: row for row in Reason.objects.all()}
        self.promises = list(Promise.objects.all())
        self.notices = list(Notice.objects.order_by("-valid_from"))
        self.index = AreaIndex(
            [
                (code, shapely.from_wkb(bytes(wkb)))
                for code, wkb in Area.objects.filter(level=Area.KELURAHAN)
                .exclude(geometry=None)
                .values_list("code", "geometry")
            ]
        )

    def notice(self, on: date) -> Notice | None:
        """The privacy notice in force: the youngest begun, or before all of them the first; None in a city without."""
        begun = [row for row in self.notices if row.valid_from <= on]
        return begun[0] if begun else self.notices[-1] if self.notices else None

    def dress(self, case: Case) -> Case:
        """Put the kept area, category, holder and channel on a case: no join, no further statement."""
        case.area = self.area_by_id.get(case.area_id)
        case.category = self.category_by_id.get(case.category_id)
        case.holder = self.agency_by_id.get(case.holder_id)
        case.channel = self.channel_by_id[case.channel_id]
        return case

    def offices_of(self, area: Area | None) -> list[Agency]:
        """Kelurahan, kecamatan and kota of a place, smallest first."""
        return [
            self.office[above.code] for above in (area.lineage() if area else ()) if above.code in self.office
        ]

    def competent(self, category: Category, area: Area | None, on: date) -> list[Mandate]:
        """`Mandate.objects.competent` from what is kept."""
        rows = self.mandates.get(category.id, ())
        return in_order(
            [row for row in rows if row.valid_from <= on and (not row.valid_to or on < row.valid_to)], area
        )

    def holder(self, mandate: Mandate, area: Area | None) -> Agency | None:
        """The agency meant: the named one, or the office of the place."""
        return mandate.agency or (self.office.get(area.code) if area else None)

    @classmethod
    def get(cls) -> "Reference":
        version = City.get().version
        kept = cls._kept
        if kept is None or kept.version != version:
            kept = cls._kept = cls(version)
        return kept

    @classmethod
    def forget(cls) -> None:
        City.forget()
        cls._kept = None
