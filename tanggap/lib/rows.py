"""Many rows of one table changed by one statement: what an ORM does row by row, or by a CASE for every cell."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection, models


def update(
    model: type[models.Model], names: Sequence[str], rows: Iterable[Sequence[Any]], *, was: str = ""
) -> set[int]:
    """Set the columns `names` of rows given as (id, value, value, ...); returns the ids of the rows changed.

    With `was`, a row is (id, old value of that column, value, ...), and one whose old value is another now stays as
    it is. Values are what the fields hold; for a foreign key its id (name it "holder_id"). Nothing is cut: a text too
    long for its column is PostgreSQL's error.
    """
    rows = list(rows)
    if not rows:
        return set()
    fields = [model._meta.get_field(name) for name in ("id", *((was,) if was else ()), *names)]
    columns = [stored(field, [row[place] for row in rows]) for place, field in enumerate(fields)]
    with connection.cursor() as cursor:
        cursor.execute(statement(model, fields, 2 if was else 1), columns)
        return {row[0] for row in cursor.fetchall()}


def statement(model: type[models.Model], fields: Sequence[Any], keys: int) -> str:
    """`keys` fields find the row, the others are set. Values are v0, v1, ...: a column may be both."""
    given = ", ".join(f"%s::{carried(field)}[]" for field in fields)
    names = ", ".join(f"v{place}" for place in range(len(fields)))
    pairs = [(f'"{field.column}"', taken(field, place)) for place, field in enumerate(fields)]
    sets = ", ".join(f"{column} = {value}" for column, value in pairs[keys:])
    same = " AND ".join(f"t.{column} = {value}" for column, value in pairs[:keys])
    return (
        f'UPDATE "{model._meta.db_table}" t SET {sets} FROM unnest({given}) AS v({names}) '
        f"WHERE {same} RETURNING t.id"
    )


def kind(field: Any) -> str:
    # "varchar(40)" as a cast would cut what is too long; without the number the column itself refuses it
    return field.rel_db_type(connection) if field.primary_key else field.db_type(connection).split("(")[0]


def carried(field: Any) -> str:
    """The type a value travels as: PostgreSQL's unnest would take an array of arrays apart to its elements."""
    return "text" if kind(field).endswith("[]") else kind(field)


def taken(field: Any, place: int) -> str:
    return f"v.v{place}::{kind(field)}" if kind(field).endswith("[]") else f"v.v{place}"


def stored(field: Any, values: list[Any]) -> list[Any]:
    if isinstance(field, models.JSONField):
        return [None if value is None else json.dumps(value) for value in values]
    if kind(field).endswith("[]"):
        return [
            None if value is None else "{" + ",".join(str(int(item)) for item in value) + "}"
            for value in values
        ]
    return values
