"""`tanggap load DIR`: a folder like reference/jakarta into the tables.

All of it is checked before any of it is written.
"""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection, models, transaction
from django.db.models import ProtectedError

from tanggap import ledger
from tanggap.city import cells, checks, notices, toml
from tanggap.city.files import BadFile, Row, read_table
from tanggap.city.tables import TABLES, Table
from tanggap.models import THE_MACHINE, Actor, Area, City, Reference

LOCK = 0x7A66_0001  # two loads at once would both see the same rows as new


class Loading:
    """One load: what it was given, and what it found to be different."""

    def __init__(self, by: Actor, now: datetime, folder: str):
        self.by, self.now, self.reason = by, now, f"load {folder}"
        self.first = not City.objects.exists()
        self.ids: dict[str, dict[str, Any]] = {}  # table -> code -> primary key
        self.counts = {"added": 0, "changed": 0, "removed": 0, "left": 0}

    def note(self, verb: str, thing: str, before: dict[str, Any], after: dict[str, Any]) -> None:
        """Count a difference and, once the city exists, write it down as a Change."""
        self.counts[{"add": "added", "change": "changed", "end": "removed"}[verb]] += 1
        if not self.first:
            ledger.change(
                thing[:120],
                verb,
                before=plain(before),
                after=plain(after),
                by=self.by,
                now=self.now,
                reason=self.reason,
            )


def load(folder: Path | str, *, by: Actor = THE_MACHINE, now: datetime | None = None) -> dict[str, int]:
    """Load a city. Returns rows per file, how many were added, changed, removed or left (in the table, not in
    the file), and how many kelurahan are unmapped (younger than the borders).

    Loading the same again changes nothing. Raises BadFile, and then nothing has changed.
    """
    path = Path(folder)
    city, rows = read(path)
    versions = notices.read(path)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        loading = Loading(by, now or datetime.now(UTC), path.name)
        for table in TABLES:
            write(loading, table, rows[table.name])
        for table in reversed(TABLES):
            remove(loading, table, rows[table.name])
        notices.write(versions, loading.now.astimezone(ZoneInfo(city["time_zone"])).date(), loading.note)
        write_city(loading, city)
        loading.counts["unmapped"] = Area.objects.filter(level=Area.KELURAHAN, geometry=None).count()
    Reference.forget()
    counts = {table.name: len(rows[table.name]) for table in TABLES} | {"notices": len(versions)}
    return counts | loading.counts


def read(path: Path) -> tuple[dict[str, Any], dict[str, list[Row]]]:
    """All files, each well-formed and all of them fitting together."""
    if not path.is_dir():
        raise BadFile(str(path), 0, "", "there is no such folder")
    city = toml.read_city(path / toml.FILE)
    rows = {table.name: read_table(path / table.file, table.columns) for table in TABLES}
    checks.check(city, rows)
    return city, rows


# ---- rows into tables ----


def write(loading: Loading, table: Table, rows: list[Row]) -> None:
    """Add and change the rows of one file; parents go before their units."""
    kept = existing(loading, table)
    ids = loading.ids[table.name] = (
        {key[0]: row.pk for key, (row, _) in kept.items()} if is_coded(table) else {}
    )
    waiting, changed = [], []
    for row in rows:
        key = checks.key(table, row)
        if key not in kept:
            waiting.append(row)
            continue
        found, before = kept[key]
        if before != row.values:
            loading.note("change", thing(table, key), before, row.values)
            changed.append((found, row))
    while waiting:
        ready = [row for row in waiting if not is_waiting(table, row, ids)]
        waiting = [row for row in waiting if is_waiting(table, row, ids)]
        fresh = [filled(loading, table, table.model(), row) for row in ready]
        for row, made in zip(ready, table.model.objects.bulk_create(fresh), strict=True):
            loading.note("add", thing(table, checks.key(table, row)), {}, row.values)
            if is_coded(table):
                ids[row["code"]] = made.pk
    primary = table.model._meta.pk.name
    fields = [column.name for column in table.columns if column.name != primary]
    table.model.objects.bulk_update([filled(loading, table, found, row) for found, row in changed], fields)


def is_coded(table: Table) -> bool:
    return table.key == ("code",)


def is_waiting(table: Table, row: Row, ids: dict[str, Any]) -> bool:
    """Does the row refer to one of its own file that isn't written yet?"""
    return any(
        row[column.name] and row[column.name] not in ids
        for column in table.columns
        if column.refers == table.name
    )


def filled(loading: Loading, table: Table, made: models.Model, row: Row) -> models.Model:
    for column in table.columns:
        value = row[column.name]
        if is_key(table, column.name):
            setattr(made, f"{column.name}_id", loading.ids[column.refers][value] if value else None)
        else:
            setattr(made, column.name, value)
    return made


def is_key(table: Table, column: str) -> bool:
    return table.model._meta.get_field(column).is_relation


def existing(loading: Loading, table: Table) -> dict[tuple, tuple[models.Model, dict[str, Any]]]:
    """Rows of the table by key, each with its values as the file would write them."""
    columns = [column.name for column in table.columns]
    relations = [name for name in columns if is_key(table, name)]
    found = {}
    for row in table.model.objects.defer(*heavy(table)).select_related(*relations):
        values = {
            name: code_of(getattr(row, name)) if name in relations else getattr(row, name) for name in columns
        }
        found[tuple(values[name] for name in table.key)] = (row, values)
    return found


def heavy(table: Table) -> list[str]:
    """Columns that no file fills and that are long: borders."""
    return [field.name for field in table.model._meta.fields if isinstance(field, models.BinaryField)]


def code_of(row: models.Model | None) -> str | None:
    return None if row is None else row.code


def remove(loading: Loading, table: Table, rows: list[Row]) -> None:
    """Rules that left their file leave the table; rows with a code stay and are counted."""
    given = {checks.key(table, row) for row in rows}
    for key, (row, values) in existing(loading, table).items():
        if key in given:
            continue
        if not table.whole:
            loading.counts["left"] += 1
            continue
        try:
            row.delete()
        except ProtectedError:
            rule = ", ".join(str(part) for part in key if part)
            raise BadFile(
                table.file,
                0,
                "",
                f"the rule ({rule}) is missing and cases depend on it; end it by valid_to instead",
            ) from None
        loading.note("end", thing(table, key), values, {})


def thing(table: Table, key: tuple) -> str:
    """ "agency:dinas-bm", "mandate:jalan//dinas-bm/1945-08-17": how a Change calls the row."""
    return f"{table.noun}:" + "/".join("" if part is None else str(part) for part in key)


def plain(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in values.items()}


# ---- the city itself ----


def write_city(loading: Loading, data: dict[str, Any]) -> None:
    """city.toml, and cells as borders where none are loaded; raises the version when anything differs."""
    city = City.objects.select_for_update().first() or City()
    if city.data != data:
        loading.note("add" if loading.first else "change", "city:city", city.data, data)
    city.data = data
    for name in ("name", "short", "prefix", "time_zone"):
        setattr(city, name, data[name])
    drawn = city.areas_from != "polygons" and cells.draw()
    if drawn:
        city.areas_from = "cells"
    if drawn or any(loading.counts[name] for name in ("added", "changed", "removed")):
        city.version += 1
        city.save()
