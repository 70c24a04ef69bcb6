"""The one city of this database: name, prefix, time zone, words of danger. Written by `tanggap load`."""

import time
from datetime import date, datetime
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django.db import InterfaceError, OperationalError, models


class City(models.Model):
    """`data` is city.toml as loaded; the columns are what SQL or every page needs."""

    name = models.CharField(max_length=100)
    short = models.CharField(max_length=40)
    prefix = models.CharField(max_length=6)
    time_zone = models.CharField(max_length=40)
    data = models.JSONField(default=dict)
    areas_from = models.CharField(max_length=10, default="none")  # none, cells, polygons
    version = models.PositiveIntegerField(default=0)  # raised by every load: kept copies are then read anew

    _kept: ClassVar[tuple[float, "City"] | None] = None
    KEEP_SECONDS = 3.0  # a change of city.toml is seen by every process within this time

    @classmethod
    def get(cls) -> "City":
        """The city, kept for some seconds, and longer while the database is away: a form must come back with what
        was typed. Raises City.DoesNotExist before the first load."""
        if cls._kept is None or time.monotonic() - cls._kept[0] > cls.KEEP_SECONDS:
            try:
                city = cls.objects.get()
            except (OperationalError, InterfaceError):
                if cls._kept is None:
                    raise
                city = cls._kept[1]
            cls._kept = (time.monotonic(), city)
        return cls._kept[1]

    @classmethod
    def forget(cls) -> None:
        cls._kept = None

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @property
    def approximate(self) -> bool:
        """Areas are cells around label points, not borders: pages say "batas perkiraan"."""
        return self.areas_from != "polygons"

    def __getitem__(self, name: str) -> Any:
        return self.data[name]

    def value(self, name: str, default: Any = None) -> Any:
        return self.data.get(name, default)


def local_day(at: datetime) -> date:
    """The city's day at this moment: rules and roles begin and end at its midnight, not at Greenwich's."""
    return at.astimezone(City.get().zone).date()
