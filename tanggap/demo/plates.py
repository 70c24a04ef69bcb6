"""Lived histories as printing plates: every row that belongs to some cases, with the places marked that differ in each
print (ids, numbers, days, words, points, secrets).

Because a plate is taken from rows that the real deeds wrote, prints fill the same tables in the same way.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import models
from django.db.models import Q

from tanggap.lib.copied import HEX, columns, escaped
from tanggap.models import (
    Assignment,
    Case,
    Circle,
    Clock,
    Event,
    Finding,
    FollowUp,
    Identity,
    Inbound,
    Letter,
    Message,
    Report,
    Reporter,
    Review,
    Support,
    Task,
    Upload,
)  # fmt: skip
from tanggap.reply import texts

# which rows belong to a case, in an order in which each finds those it hangs on
BELONGS: tuple[tuple[type[models.Model], str], ...] = (
    (Case, "id"), (Report, "own_case"), (Reporter, "reports__own_case"), (Identity, "reporter__reports__own_case"),
    (Assignment, "case"), (Circle, "case"), (Support, "case"), (Message, "case"), (Event, "case"), (FollowUp, "case"),
    (Review, "followup__case"), (Upload, ""), (Finding, "followup__case"),
    (Letter, "case"), (Clock, "case"), (Task, "case"),
    (Inbound, ""),
)  # fmt: skip
MODELS = tuple(model for model, _ in BELONGS)
# what hangs on a case and is never there when its history is over
PASSING = ("Reaction", "Glance", "HookCall")
IN_DATA: dict[str, type[models.Model]] = {
    "report": Report, "reports": Report, "assignment": Assignment, "followup": FollowUp, "task": Task, "clock": Clock,
    "message": Message, "letter": Letter, "upload": Upload,
}  # fmt: skip
ISO_DAY = re.compile(r"\b\d{4}-\d\d-\d\d\b")
# a marked place while a plate is being cut: signs of Unicode's private area, which no text of ours holds
OPEN, AS_NUMBER, SHUT = "\ue000", "\ue002", "\ue001"
HOLE = re.compile(f"{OPEN}(\\d+){SHUT}")
QUOTED = re.compile(f'"{AS_NUMBER}(\\d+){SHUT}"')

Name = tuple[Any, ...]  # what stands in a marked place: ("id", model, 3), ("day", date), ("words",), ...


@dataclass
class Plate:
    """One family of cases (joined and divided ones belong together). `blocks`: for each table a text with `%s` and the
    names of what goes there, in order."""

    rows: dict[type[models.Model], int] = field(default_factory=dict)
    blocks: dict[type[models.Model], tuple[str, list[Name]]] = field(default_factory=dict)
    names: list[Name] = field(default_factory=list)  # each once
    days: list[date] = field(default_factory=list)  # local day of each numbered report, first said first
    categories: list[str] = field(default_factory=list)
    area: int = 0
    at: datetime | None = None
    finished: bool = False
    secret: bool = False
    count: int = 0  # reports


def families(cases: Iterable[Case]) -> list[list[int]]:
    """Ids of cases that hang together by a join or as parts."""
    root: dict[int, int] = {}

    def top(key: int) -> int:
        while root.setdefault(key, key) != key:
            key = root[key]
        return key

    for case in cases:
        for other in (case.joined_into_id, case.parent_id):
            if other:
                root[top(case.id)] = top(other)
        top(case.id)
    found: dict[int, list[int]] = {}
    for key in root:
        found.setdefault(top(key), []).append(key)
    return [sorted(ids) for ids in found.values()]


def gather(ids: list[int]) -> dict[type[models.Model], list[models.Model]]:
    """All rows that belong to these cases."""
    rows: dict[type[models.Model], list[models.Model]] = {}
    for model, by in BELONGS:
        if by:
            rows[model] = list(model.objects.filter(**{f"{by}__in": ids}).distinct().order_by("pk"))
    hangs = Q(report__own_case__in=ids) | Q(followup__case__in=ids) | Q(message__case__in=ids)
    rows[Upload] = list(Upload.objects.filter(hangs).order_by("pk"))
    born = Q(report__own_case__in=ids) | Q(message__case__in=ids)
    rows[Inbound] = list(Inbound.objects.filter(born).order_by("pk"))
    return rows


class Cutter:
    """Cuts one plate."""

    def __init__(self, rows: dict[type[models.Model], list[models.Model]], zone: Any, source: str):
        self.rows, self.zone, self.source = rows, zone, source
        self.marks: list[Name] = []
        self.places = {model: {row.pk: at for at, row in enumerate(found)} for model, found in rows.items()}
        self.reports = rows[Report]
        self.by_reporter = {row.reporter_id: at for at, row in enumerate(self.reports)}
        self.by_case = {row.own_case_id: at for at, row in enumerate(self.reports)}
        self.numbers = [(row.number, ("number", at)) for at, row in enumerate(self.reports)]
        self.spoken = self.spoken_days()

    def plate(self) -> Plate:
        first = self.rows[Case][0]
        plate = Plate(area=first.area_id or 0, at=min(row.opened_at for row in self.rows[Case]))
        plate.rows = {model: len(found) for model, found in self.rows.items() if found}
        plate.secret = any(row.visibility == Report.SECRET for row in self.reports)
        plate.days = [row.said_at.astimezone(self.zone).date() for row in self.reports]
        codes = {row.pk: row.category.code if row.category else "" for row in self.rows[Case]}
        plate.categories = [codes.get(row.own_case_id, "") for row in self.reports]
        plate.count = len(self.reports)
        plate.finished = all(row.status in ("CLOSED", "JOINED") for row in self.rows[Case]) and not any(
            row.stopped_at is None for row in self.rows[Clock]
        )
        for model, found in self.rows.items():
            if found:
                plate.blocks[model] = self.cut("".join(self.line(row) for row in found))
        seen = {name: None for _text, names in plate.blocks.values() for name in names}
        plate.names = list(seen)
        return plate

    def cut(self, text: str) -> tuple[str, list[Name]]:
        names: list[Name] = []

        def hole(found: re.Match) -> str:
            names.append(self.marks[int(found.group(1))])
            return "%s"

        return HOLE.sub(hole, text.replace("%", "%%")), names

    # ---- marks ----

    def mark(self, *name: Any) -> str:
        self.marks.append(name)
        return f"{OPEN}{len(self.marks) - 1}{SHUT}"

    def spoken_days(self) -> list[tuple[str, Name]]:
        """Days as letters write them ("Kamis 26 Nov"), longest first, so that no one is found inside another."""
        begins = min((row.opened_at for row in self.rows[Case]), default=None)
        if begins is None:
            return []
        first = begins.astimezone(self.zone).date()
        found = []
        for ahead in range(60):
            day = first + timedelta(days=ahead)
            for language in texts.LANGUAGES:
                found.append((texts.day(day, language), ("spoken", day, language)))
        return sorted(found, key=lambda pair: -len(pair[0]))

    def worded(self, text: str) -> str:
        """Numbers, days and spoken days in a text become marks."""
        for number, name in self.numbers:
            if number in text:
                text = text.replace(number, self.mark(*name))
        text = ISO_DAY.sub(lambda found: self.mark("day", date.fromisoformat(found.group())), text)
        for spoken, name in self.spoken:
            if spoken in text:
                text = text.replace(spoken, self.mark(*name))
        return text

    # ---- values ----

    def line(self, row: models.Model) -> str:
        return "\t".join(self.value(row, field) for field in columns(type(row))) + "\n"

    def value(self, row: models.Model, field: models.Field) -> str:
        value = getattr(row, field.attname)
        special = SPECIAL.get((type(row), field.attname))
        if value is None:
            return r"\N"
        if special is not None:
            return special(self, row, value)
        if field.primary_key:
            return self.mark("id", type(row), self.places[type(row)][value])
        if field.related_model in self.places:
            at = self.places[field.related_model].get(value)
            return str(value) if at is None else self.mark("id", field.related_model, at)
        return self.plain(value)

    def plain(self, value: Any) -> str:
        if isinstance(value, bool):
            return "t" if value else "f"
        if isinstance(value, datetime):
            day, _, time = value.isoformat(" ").partition(" ")
            return f"{self.mark('day', date.fromisoformat(day))} {time}"
        if isinstance(value, date):
            return self.mark("day", value)
        if isinstance(value, (bytes, memoryview)):
            return HEX + bytes(value).hex()
        if isinstance(value, dict):
            return self.json(value)
        if isinstance(value, list):
            return "{" + ",".join(str(part) for part in value) + "}"
        if isinstance(value, str):
            return escaped(self.worded(value))
        return str(value)

    def json(self, data: dict) -> str:
        """Ids inside point to the print's own rows."""
        text = json.dumps({key: self.inside(key, value) for key, value in data.items()}, ensure_ascii=False)
        return escaped(QUOTED.sub(rf"{OPEN}\1{SHUT}", text))

    def inside(self, key: str, value: Any) -> Any:
        model = IN_DATA.get(key)
        if isinstance(value, list):
            return [self.inside(key, one) for one in value]
        if isinstance(value, str):
            return self.worded(value)
        at = self.places[model].get(value) if model is not None and isinstance(value, int) else None
        return value if at is None else self.mark("id", model, at).replace(OPEN, AS_NUMBER)


# ---- columns that differ in every print ----


def own(name: str):
    """The print's own value of this name, for the report the row belongs to."""

    def make(cutter: Cutter, row: models.Model, value: Any) -> str:
        return cutter.mark(name, report_of(cutter, row))

    return make


def report_of(cutter: Cutter, row: models.Model) -> int:
    if isinstance(row, Report):
        return cutter.places[Report][row.pk]
    if isinstance(row, Reporter):
        return cutter.by_reporter[row.pk]
    if isinstance(row, Identity):
        return cutter.by_reporter[row.reporter_id]
    if isinstance(row, Case):
        return cutter.by_case.get(row.pk, 0)
    if isinstance(row, Message):
        return cutter.places[Report].get(row.report_id, 0)
    if isinstance(row, Inbound):
        return next((at for at, report in enumerate(cutter.reports) if report.inbound_id == row.pk), 0)
    return 0


def uuid_of(cutter: Cutter, row: models.Model, value: UUID) -> str:
    reported = isinstance(row, Report) or (isinstance(row, Case) and row.pk in cutter.by_case)
    return (
        cutter.mark("uuid", report_of(cutter, row)) if reported else cutter.mark("fresh", type(row), row.pk)
    )


def title_of(cutter: Cutter, row: Case, value: str) -> str:
    return cutter.mark("title", report_of(cutter, row)) if row.parent_id is None and value else escaped(value)


def external_of(cutter: Cutter, row: Inbound, value: str) -> str:
    reported = any(report.inbound_id == row.pk for report in cutter.reports)
    return cutter.mark("uuid", report_of(cutter, row)) if reported else cutter.mark("fresh", Inbound, row.pk)


def lane_of(cutter: Cutter, row: Letter, value: str) -> str:
    """r<reporter>:<kind of channel>"""
    if row.report_id not in cutter.places[Report]:
        return escaped(value)
    reporter = cutter.places[Reporter][cutter.reports[cutter.places[Report][row.report_id]].reporter_id]
    return f"r{cutter.mark('id', Reporter, reporter)}:{escaped(value.partition(':')[2])}"


def account_of(cutter: Cutter, row: Inbound, value: str) -> str:
    """An answer's account carries the report's id."""
    kind, _, given = value.partition(":")
    at = cutter.places[Report].get(int(given)) if kind == "answer" and given.isdigit() else None
    return escaped(value) if at is None else f"answer:{cutter.mark('id', Report, at)}"


def near_point(axis: str):
    """A photo's own place: as far from the case as it was."""

    def make(cutter: Cutter, row: Upload, value: float) -> str:
        case = cutter.rows[Case][0]
        origin = case.lat if axis == "lat" else case.lon
        return cutter.mark("near", axis, round(value - origin, 6)) if origin is not None else str(value)

    return make


def data_of(cutter: Cutter, row: Event, value: dict) -> str:
    marked = {"restored": cutter.source} if row.verb in ("case.received", "case.divided_from") else {}
    return cutter.json({**value, **marked})


def actor_of(cutter: Cutter, row: Event, value: int) -> str:
    at = cutter.places[Reporter].get(value) if row.by_kind == "reporter" else None
    return str(value) if at is None else cutter.mark("id", Reporter, at)


def suggestion_of(cutter: Cutter, row: Case, value: dict) -> str:
    return cutter.json({**value, "near": []})


def nothing(cutter: Cutter, row: models.Model, value: Any) -> str:
    return r"\N"


POINT = {(model, axis): own(axis) for model in (Case, Report) for axis in ("lat", "lon")}
SPECIAL: dict[tuple[type[models.Model], str], Any] = {
    **POINT,
    (Case, "cell"): own("cell"),
    (Case, "uuid"): uuid_of, (Report, "uuid"): uuid_of, (Upload, "uuid"): uuid_of,
    (Case, "title"): title_of, (Case, "suggestion"): suggestion_of,
    (Report, "claim"): own("claim"), (Report, "words"): own("words"), (Report, "stems"): own("stems"),
    (Report, "words_sealed"): own("words_sealed"), (Report, "place_sealed"): own("place_sealed"),
    (Reporter, "key"): own("key"), (Reporter, "name_sealed"): own("name_sealed"),
    (Identity, "lookup"): own("lookup"), (Identity, "sealed"): own("phone_sealed"),
    (Inbound, "hash"): own("hash"), (Inbound, "body"): own("body"),
    (Inbound, "external_id"): external_of, (Inbound, "account"): account_of,
    (Message, "words"): own("answer"), (Message, "words_sealed"): own("answer_sealed"),
    (Upload, "lat"): near_point("lat"), (Upload, "lon"): near_point("lon"), (Upload, "draft"): nothing,
    (Letter, "lane"): lane_of, (Event, "data"): data_of, (Event, "by_id"): actor_of,
    (Event, "salt"): lambda cutter, row, value: cutter.mark("salt", row.pk),
}  # fmt: skip
