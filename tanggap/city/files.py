"""Reads a city's files strictly: what is wrong is told with file, line, column and reason."""

import csv
import io
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

BYTE_ORDER_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


class BadFile(Exception):
    """A file that can't be loaded. `line` 0 means the whole file, `column` "" a whole line."""

    def __init__(self, file: str, line: int, column: str, reason: str):
        spot = file + (f", line {line}" if line else "") + (f", column {column}" if column else "")
        super().__init__(f"{spot}: {reason}")
        self.file, self.line, self.column, self.reason = file, line, column, reason


@dataclass(frozen=True)
class Column:
    """One column of a file. `read` turns its words into a value or raises ValueError with the reason.
    `refers` names the file whose codes the value must be one of."""

    name: str
    read: Callable[[str], Any]
    refers: str = ""


@dataclass(frozen=True)
class Row:
    """One line: its place and its values by column. `line` is where it ends."""

    file: str
    line: int
    values: dict[str, Any] = field(default_factory=dict)

    def bad(self, column: str, reason: str) -> BadFile:
        return BadFile(self.file, self.line, column, reason)

    def __getitem__(self, column: str) -> Any:
        return self.values[column]


def read_text(path: Path) -> str:
    """The whole file, which must be UTF-8 without byte order mark and without control characters."""
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        raise BadFile(path.name, 0, "", "the file is missing") from None
    except OSError as error:
        raise BadFile(path.name, 0, "", f"the file can't be read: {error.strerror}") from None
    if raw.startswith(BYTE_ORDER_MARKS):
        raise BadFile(path.name, 1, "", "it starts with a byte order mark; save it as UTF-8 without one")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise BadFile(path.name, line, "", "this is not UTF-8; save the file in that encoding") from None
    for number, line in enumerate(text.split("\n"), 1):
        if any(unicodedata.category(sign) == "Cc" and sign not in "\t\r" for sign in line):
            raise BadFile(path.name, number, "", "a control character stands here")
    return text


def read_table(path: Path, columns: tuple[Column, ...]) -> list[Row]:
    """All rows of a comma-separated file whose header names exactly these columns, in any order."""
    reader = csv.reader(io.StringIO(read_text(path), newline=""), strict=True)
    try:
        header = check_header(path.name, next(reader, []), columns)
        return [
            read_row(path.name, reader.line_num, header, columns, cells)
            for cells in reader
            if any(map(str.strip, cells))
        ]
    except csv.Error as error:
        raise BadFile(path.name, reader.line_num, "", f"not well-formed: {error}") from None


def check_header(file: str, header: list[str], columns: tuple[Column, ...]) -> list[str]:
    names = [name.strip() for name in header]
    if len(names) == 1 and ";" in names[0]:
        raise BadFile(file, 1, "", "columns are divided by semicolons; use commas")
    for column in columns:
        if column.name not in names:
            raise BadFile(file, 1, column.name, "this column is missing")
    for place, name in enumerate(names):
        if name not in {column.name for column in columns}:
            raise BadFile(file, 1, name, "no such column is known")
        if name in names[:place]:
            raise BadFile(file, 1, name, "this column stands here twice")
    return names


def read_row(file: str, line: int, header: list[str], columns: tuple[Column, ...], cells: list[str]) -> Row:
    row = Row(file, line)
    if len(cells) != len(header):
        raise row.bad("", f"{len(cells)} values where the header has {len(header)}")
    given = dict(zip(header, cells, strict=True))
    for column in columns:
        try:
            row.values[column.name] = column.read(given[column.name].strip())
        except ValueError as error:
            raise row.bad(column.name, str(error)) from None
    return row


# ---- what a column may hold ----


def words(limit: int, empty: bool = True) -> Callable[[str], str]:
    def read(given: str) -> str:
        if not given and not empty:
            raise ValueError("it is empty")
        if len(given) > limit:
            raise ValueError(f"{len(given)} signs, at most {limit} fit")
        return unicodedata.normalize("NFC", given)

    return read


def code(limit: int = 40) -> Callable[[str], str]:
    def read(given: str) -> str:
        if not re.fullmatch(r"[a-z0-9][a-z0-9._-]*", given):
            raise ValueError(f"{given!r} is no code: small letters a-z, digits and . _ - are")
        if len(given) > limit:
            raise ValueError(f"{len(given)} signs, at most {limit} fit")
        return given

    return read


def reference(given: str) -> str | None:
    """A code of another file, or None where there is none; whether it exists is checked later."""
    return given or None


def needed(given: str) -> str:
    """Like `reference`, but never empty."""
    if not given:
        raise ValueError("it is empty")
    return given


def one_of(*allowed: str) -> Callable[[str], str]:
    def read(given: str) -> str:
        if given not in allowed:
            raise ValueError(f"{given!r} is none of {', '.join(word or '(empty)' for word in allowed)}")
        return given

    return read


def flag(given: str) -> bool:
    return one_of("0", "1")(given) == "1"


def whole(low: int, high: int) -> Callable[[str], int]:
    def read(given: str) -> int:
        if not re.fullmatch(r"-?[0-9]{1,9}", given):
            raise ValueError(f"{given!r} is no whole number")
        if not low <= int(given) <= high:
            raise ValueError(f"{given} is not between {low} and {high}")
        return int(given)

    return read


def degrees(limit: int) -> Callable[[str], float]:
    def read(given: str) -> float:
        if not re.fullmatch(r"-?[0-9]{1,3}(\.[0-9]{1,12})?", given):
            raise ValueError(f"{given!r} is no number of degrees, such as -6.175")
        if abs(float(given)) > limit:
            raise ValueError(f"{given} is not between -{limit} and {limit}")
        return float(given)

    return read


def day(given: str) -> date | None:
    if not given:
        return None
    wrong = f"{given!r} is no day; write 2025-05-31"
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", given):
        raise ValueError(wrong)
    try:
        return date.fromisoformat(given)
    except ValueError:
        raise ValueError(wrong) from None


def listed(given: str) -> list[str]:
    """Names divided by |."""
    return [name.strip() for name in given.split("|") if name.strip()]


def weighted(given: str) -> dict[str, float]:
    """Words divided by |, each with an optional weight (1): `lubang:4|aspal` -> {"lubang": 4, "aspal": 1}."""
    found: dict[str, float] = {}
    for part in listed(given):
        word, _, weight = part.rpartition(":") if ":" in part else (part, "", "1")
        if not re.fullmatch(r"[0-9]{1,3}(\.[0-9]{1,3})?", weight.strip()) or not word.strip():
            raise ValueError(f"{part!r} is no word with a weight, such as lubang:2")
        if word.strip() in found:
            raise ValueError(f"{word.strip()!r} stands here twice")
        number = float(weight)
        found[word.strip()] = int(number) if number.is_integer() else number
    return found
