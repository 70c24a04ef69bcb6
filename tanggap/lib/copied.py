"""Rows as PostgreSQL's COPY text, with ids taken beforehand: the fastest way into a table, for whole histories."""

import json
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from django.db import connection, models

HEX = r"\\x"  # how COPY writes bytes
NOTHING = r"\N"
BLOCK = 200  # rows handed over at once: the server copies while the next are written


def escaped(text: str) -> str:
    if text.isprintable() and "\\" not in text:  # nearly all are
        return text
    return text.replace("\\", r"\\").replace("\t", r"\t").replace("\n", r"\n").replace("\r", r"\r")


@lru_cache(maxsize=64)
def columns(model: type[models.Model]) -> tuple[models.Field, ...]:
    return tuple(
        field for field in model._meta.concrete_fields if not isinstance(field, models.GeneratedField)
    )


class Plain:
    """A row that is only copied: it holds what a model's instance would, without what Django does to make one. Foreign
    keys are given by their column's name (`case_id`)."""

    def __init__(self, of: type[models.Model], **values: Any):
        self.__dict__.update(defaults(of))
        self.__dict__.update(values)
        self.of = of

    @property
    def pk(self) -> int:
        return self.__dict__["id"]

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"{self.of.__name__} has no {name}")


@lru_cache(maxsize=64)
def defaults(model: type[models.Model]) -> dict[str, Any]:
    """What a new row holds. Defaults that are made for each row (a salt, a moment) must be given."""
    return {
        field.attname: None if callable(field.default) and field.default is not dict else field.get_default()
        for field in columns(model)
    }


ENCODE = json.JSONEncoder(ensure_ascii=False).encode
WRITERS: dict[type, Callable[[Any], str]] = {
    type(None): lambda value: NOTHING,
    str: escaped,
    int: str,
    float: repr,
    bool: lambda value: "t" if value else "f",
    datetime: lambda value: value.isoformat(" "),
    date: lambda value: value.isoformat(),
    bytes: lambda value: HEX + value.hex(),
    dict: lambda value: escaped(ENCODE(value)),
    list: lambda value: "{" + ",".join(map(str, value)) + "}",  # of numbers
}


def other(value: Any) -> str:
    return escaped(str(value))


@lru_cache(maxsize=64)
def names(model: type[models.Model]) -> tuple[str, ...]:
    return tuple(field.attname for field in columns(model))


def line(row: models.Model | Plain) -> str:
    """One row, as its fields hold it."""
    held = row.__dict__  # past the descriptors: they cost more than the writing
    values = [held[name] for name in names(held.get("of") or type(row))]  # type: ignore[arg-type]
    return "\t".join([WRITERS.get(type(value), other)(value) for value in values]) + "\n"


def lines(rows: Iterable[models.Model | Plain]) -> Iterator[str]:
    some: list[str] = []
    for row in rows:
        some.append(line(row))
        if len(some) == BLOCK:
            yield "".join(some)
            some = []
    yield "".join(some)


def take_ids(model: type[models.Model], count: int) -> int:
    """The first of `count` ids in a row, taken from the table's own sequence: others get theirs before or behind."""
    table, column = model._meta.db_table, model._meta.pk.column
    with connection.cursor() as cursor:
        while True:
            cursor.execute(
                "SELECT min(id), max(id) FROM (SELECT nextval(pg_get_serial_sequence(%s, %s)) AS id "
                "FROM generate_series(1, %s)) AS taken",
                [table, column, count],
            )
            low, high = cursor.fetchone()
            if high - low + 1 == count:
                return low
