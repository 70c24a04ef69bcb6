"""Which file fills which table: columns, keys and what they refer to. In the order of loading."""

from dataclasses import dataclass
from datetime import date

from django.db import models

from tanggap import workflow
from tanggap.city.files import (
    Column,
    code,
    day,
    degrees,
    flag,
    listed,
    needed,
    one_of,
    reference,
    weighted,
    whole,
    words,
)
from tanggap.models import (
    Agency,
    AgencyKind,
    Area,
    Category,
    CategoryGroup,
    Channel,
    Handover,
    Mandate,
    Promise,
    Reason,
    Report,
    Resolution,
    Retention,
    Role,
)

ALWAYS = date(1945, 8, 17)  # an empty valid_from; before anything this program will ever judge
HERE = "@kelurahan"  # in mandates.csv: the kelurahan of the place does it itself
REASON_STEPS = ("refuse", "transfer", "send_back", "reject", "close", "pause", "reveal", "set_aside")


@dataclass(frozen=True)
class Table:
    """`key` is what makes a row the same row. `whole` tables hold rules without a code: rows that left the
    file leave the table; a row with a code stays, because cases may point to it."""

    file: str
    model: type[models.Model]
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ("code",)
    whole: bool = False

    @property
    def name(self) -> str:
        return self.file.removesuffix(".csv")

    @property
    def noun(self) -> str:
        return self.model._meta.verbose_name.replace(" ", "_")


def since(given: str) -> date:
    return day(given) or ALWAYS


def mandated(given: str) -> str | None:
    """A code of an agency; None means the kelurahan of the place."""
    return None if needed(given) == HERE else given


DATED = (Column("valid_from", since), Column("valid_to", day))
NAMES = (Column("name_id", words(80, empty=False)), Column("name_en", words(80, empty=False)))
LEGAL = Column("legal", words(200))
SOURCE = Column("source", words(200))
POSITION = Column("position", whole(0, 30_000))


def names(limit: int) -> tuple[Column, Column]:
    return Column("name_id", words(limit, empty=False)), Column("name_en", words(limit, empty=False))


TABLES = (
    Table(
        "areas.csv",
        Area,
        (
            Column("code", code(20)),
            Column("name", words(100, empty=False)),
            Column("level", one_of(*Area.LEVELS)),
            Column("parent", reference, refers="areas"),
            Column("label_lat", degrees(90)),
            Column("label_lon", degrees(180)),
            Column("aliases", listed),
            SOURCE,
        ),
    ),
    Table("agency_kinds.csv", AgencyKind, (Column("code", code(20)), *NAMES)),
    Table(
        "agencies.csv",
        Agency,
        (
            Column("code", code(40)),
            Column("name", words(120, empty=False)),
            Column("short", words(60)),
            Column("kind", needed, refers="agency_kinds"),
            Column("parent", reference, refers="agencies"),
            Column("area", reference, refers="areas"),
            Column("email", words(200)),
            *DATED,
            LEGAL,
            SOURCE,
        ),
    ),
    Table("roles.csv", Role, (Column("code", code(30)), *NAMES, Column("second_factor", flag))),
    Table("groups.csv", CategoryGroup, (Column("code", code(40)), *names(100), POSITION)),
    Table(
        "categories.csv",
        Category,
        (
            Column("code", code(60)),
            Column("group", needed, refers="groups"),
            *names(160),
            Column("words", weighted),
            Column("emergency", flag),
            Column("visibility", one_of("", *Report.VISIBILITIES)),
            *DATED,
            SOURCE,
        ),
    ),
    Table(
        "mandates.csv",
        Mandate,
        (
            Column("category", needed, refers="categories"),
            Column("area", reference, refers="areas"),
            Column("agency", mandated, refers="agencies"),
            POSITION,
            *DATED,
            LEGAL,
            Column("note", words(300)),
        ),
        key=("category", "area", "agency", "valid_from"),
        whole=True,
    ),
    Table(
        "handovers.csv",
        Handover,
        (
            Column("from_kind", needed, refers="agency_kinds"),
            Column("to_kind", needed, refers="agency_kinds"),
            Column("step", one_of(*workflow.HANDOVERS)),
            Column("own_unit", flag),
            Column("approval_role", lambda given: given, refers="roles"),
            *DATED,
            LEGAL,
        ),
        key=("from_kind", "to_kind", "step", "own_unit", "valid_from"),
        whole=True,
    ),
    Table(
        "channels.csv",
        Channel,
        (
            Column("code", code(40)),
            Column("kind", code(20)),
            Column("group", words(40, empty=False)),
            Column("name", words(100, empty=False)),
            Column("geotag", flag),
            Column("way_back", code(20)),
            Column("active", flag),
            *DATED,
        ),
    ),
    Table(
        "promises.csv",
        Promise,
        (
            Column("step", one_of(*Promise.STEPS)),
            Column("category", reference, refers="categories"),
            Column("channel", lambda given: given, refers="channels"),
            Column("amount", whole(1, 10_000)),
            Column("unit", one_of("hours", "days")),
            Column("calendar", one_of("clock", "working")),
            *DATED,
            LEGAL,
        ),
        key=("step", "category", "channel", "valid_from"),
        whole=True,
    ),
    Table(
        "reasons.csv",
        Reason,
        (Column("code", code(40)), Column("step", one_of(*REASON_STEPS)), *names(200), LEGAL, POSITION),
    ),
    Table("resolutions.csv", Resolution, (Column("code", code(30)), *names(120), POSITION)),
    Table(
        "retention.csv",
        Retention,
        (Column("what", one_of(*Retention.RULES)), Column("days", whole(1, 36_500)), *names(200), LEGAL),
        key=("what",),
        whole=True,
    ),
)
BY_NAME = {table.name: table for table in TABLES}
