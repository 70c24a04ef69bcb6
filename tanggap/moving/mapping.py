"""The mapping: a small TOML file that says which of an old system's columns and words are which of ours."""

import codecs
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

# our columns; those that a row can't do without stand first
NEEDED = ("number", "opened_at", "status", "words")
COLUMNS = (
    *NEEDED, "category", "channel", "visibility", "lat", "lon", "area", "district", "place", "agency", "handovers",
    "started_at", "submitted_at", "closed_at", "estimate_on", "resolution", "reason", "answer", "confirmation", "stars",
    "photos", "photos_after", "name", "phone", "email", "language",
)  # fmt: skip
TABLES = (
    "status",
    "category",
    "agency",
    "area",
    "channel",
    "resolution",
    "reason",
    "visibility",
    "confirmation",
)
DEFAULTS = ("channel", "visibility", "closed_at", "language")
DATES = ("day first", "month first")
SETTINGS = ("source", "encoding", "delimiter", "dates")


class BadMapping(Exception):
    """The mapping can't be used; the words say where and why."""


@dataclass
class Mapping:
    file: str = "mapping"
    source: str = ""
    encoding: str = ""
    delimiter: str = ""
    month_first: bool = False
    columns: dict[str, str] = field(default_factory=dict)  # ours -> theirs
    words: dict[str, dict[str, str]] = field(default_factory=dict)  # table -> their word -> our code
    defaults: dict[str, str] = field(default_factory=dict)
    number_prefix: str = ""
    number_replace: dict[str, str] = field(default_factory=dict)

    def theirs(self) -> dict[str, str]:
        """Their header, folded -> our column. A column that the mapping does not name is read by our own name."""
        named = {theirs.casefold(): ours for ours, theirs in self.columns.items()}
        own = {ours: ours for ours in COLUMNS if ours not in self.columns}
        return own | named

    def table(self, name: str) -> dict[str, str]:
        return self.words.get(name, {})


def read(path: Path | None) -> Mapping:
    """The mapping of this file, or an empty one. Raises BadMapping."""
    if path is None:
        return Mapping()
    try:
        given = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise BadMapping(f"{path.name}: the file can't be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadMapping(f"{path.name}: {error}") from None
    check_settings(path, given)
    known = (*SETTINGS, "columns", "defaults", "number", *TABLES)
    for name in given:
        if name not in known:
            raise BadMapping(f"{path.name}: {name!r} is none of {', '.join(known)}")
    return Mapping(
        file=path.name,
        **{
            name: text_of(path, name, given[name])
            for name in ("source", "encoding", "delimiter")
            if name in given
        },
        month_first=month_first(path, given.get("dates", "")),
        columns=columns(path, given),
        words={name: texts(path, name, given[name]) for name in TABLES if name in given},
        defaults=defaults(path, given),
        **number(path, given),
    )


def check_settings(path: Path, given: dict[str, Any]) -> None:
    if len(str(given.get("delimiter", ","))) != 1:
        raise BadMapping(f"{path.name}, delimiter: one sign divides columns")
    try:
        codecs.lookup(str(given.get("encoding", "utf-8")))
    except LookupError:
        raise BadMapping(f"{path.name}, encoding: {given['encoding']!r} is not known") from None


def month_first(path: Path, given: Any) -> bool:
    if given not in ("", *DATES):
        raise BadMapping(f"{path.name}, dates: {given!r} is neither {' nor '.join(map(repr, DATES))}")
    return given == "month first"


def columns(path: Path, given: dict[str, Any]) -> dict[str, str]:
    found = texts(path, "columns", given.get("columns", {}))
    for name in found:
        if name not in COLUMNS:
            raise BadMapping(f"{path.name}, [columns]: {name!r} is none of ours: {', '.join(COLUMNS)}")
    folded = [theirs.casefold() for theirs in found.values()]
    for theirs in folded:
        if folded.count(theirs) > 1:
            raise BadMapping(f"{path.name}, [columns]: {theirs!r} can't be two of ours")
    return found


def defaults(path: Path, given: dict[str, Any]) -> dict[str, str]:
    found = texts(path, "defaults", given.get("defaults", {}))
    for name, value in found.items():
        if name not in DEFAULTS:
            raise BadMapping(f"{path.name}, [defaults]: {name!r} is none of {', '.join(DEFAULTS)}")
        if name == "closed_at" and value != "last":
            raise BadMapping(
                f"{path.name}, [defaults]: closed_at can only be 'last', the last time that a row knows"
            )
    return found


def number(path: Path, given: dict[str, Any]) -> dict[str, Any]:
    told = given.get("number", {})
    if not isinstance(told, dict) or set(told) - {"prefix", "replace"}:
        raise BadMapping(f"{path.name}, [number]: only prefix and replace may stand here")
    return {
        "number_prefix": text_of(path, "number.prefix", told.get("prefix", "")),
        "number_replace": texts(path, "number.replace", told.get("replace", {})),
    }


def text_of(path: Path, name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise BadMapping(f"{path.name}, {name}: {value!r} is no text; put it in quotation marks")
    return value


def texts(path: Path, name: str, value: Any) -> dict[str, str]:
    if not isinstance(value, dict):
        raise BadMapping(f"{path.name}: {name} must be a table, [{name}]")
    return {key: text_of(path, f"[{name}] {key}", told) for key, told in value.items()}
