"""Reads city.toml: the few facts that are neither a list nor a table."""

import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tanggap.city.files import BadFile, read_text
from tanggap.models import Report

FILE = "city.toml"


class Wrong(ValueError):
    """A value that doesn't belong to its key, and what would."""


def text(limit: int) -> Callable[[Any], None]:
    def check(given: Any) -> None:
        if not isinstance(given, str) or not given.strip() or len(given) > limit:
            raise Wrong(f"words of 1 to {limit} signs belong here")

    return check


def whole(low: int, high: int) -> Callable[[Any], None]:
    def check(given: Any) -> None:
        if type(given) is not int or not low <= given <= high:
            raise Wrong(f"a whole number from {low} to {high} belongs here")

    return check


def prefix(given: Any) -> None:
    if not isinstance(given, str) or not re.fullmatch(r"[A-Z]{1,6}", given):
        raise Wrong("one to six capital letters A-Z belong here")


def zone(given: Any) -> None:
    try:
        ZoneInfo(given)
    except (ZoneInfoNotFoundError, ValueError, TypeError, OSError):
        raise Wrong(f"{given!r} is no time zone; write Asia/Jakarta") from None


def languages(given: Any) -> None:
    if not isinstance(given, list) or not given or not set(map(str, given)) <= {"id", "en"}:
        raise Wrong('a list of "id" and "en" belongs here')


def visibility(given: Any) -> None:
    if given not in (Report.PUBLIC, Report.PRIVATE):
        raise Wrong("public or private belongs here")


def strings(given: Any) -> None:
    if not isinstance(given, list) or not all(isinstance(word, str) and word.strip() for word in given):
        raise Wrong("a list of words belongs here")


def bounds(given: Any) -> None:
    names = ("min_lat", "max_lat", "min_lon", "max_lon")
    if not isinstance(given, dict) or not all(type(given.get(name)) in (int, float) for name in names):
        raise Wrong("min_lat, max_lat, min_lon and max_lon belong here")
    if not -90 <= given["min_lat"] < given["max_lat"] <= 90:
        raise Wrong("min_lat must be smaller than max_lat, both between -90 and 90")
    if not -180 <= given["min_lon"] < given["max_lon"] <= 180:
        raise Wrong("min_lon must be smaller than max_lon, both between -180 and 180")


def emergency(given: Any) -> None:
    if not isinstance(given, dict):
        raise Wrong("a table belongs here")
    text(20)(given.get("number"))
    for name in ("words", "false_friends", "risky_words"):
        strings(given.get(name, []))


def tables(given: Any) -> list[dict[str, Any]]:
    if not isinstance(given, list) or not all(isinstance(row, dict) for row in given):
        raise Wrong("a list of tables belongs here")
    return given


def neighbours(given: Any) -> None:
    for row in tables(given):
        text(60)(row.get("name"))
        text(200)(row.get("reach"))
        if not all(type(row.get(name)) in (int, float) for name in ("lat", "lon")):
            raise Wrong(f"{row['name']} needs lat and lon")
        if "bounds" in row:
            bounds(row["bounds"])


def elsewhere(given: Any) -> None:
    text(200)(given.get("reach") if isinstance(given, dict) else None)


DATATYPES = ("string", "number", "datetime", "text", "singlevaluelist", "multivaluelist")


def attributes(given: Any) -> None:
    """Questions a category asks of Open311 apps beside the description."""
    for row in tables(given):
        for name in ("category", "code", "description_id", "description_en"):
            text(160)(row.get(name))
        if row.get("datatype") not in DATATYPES:
            raise Wrong(f"datatype must be one of {', '.join(DATATYPES)}")
        if type(row.get("required", False)) is not bool:
            raise Wrong("required must be true or false")
        if row["datatype"].endswith("list") and not row.get("values"):
            raise Wrong(f"{row['code']} needs values")
        for value in tables(row.get("values", [])):
            for name in ("key", "name_id", "name_en"):
                text(160)(value.get(name))


KEYS: dict[str, Callable[[Any], None]] = {
    "name": text(100),
    "short": text(40),
    "prefix": prefix,
    "time_zone": zone,
    "languages": languages,
    "default_visibility": visibility,
    "days_to_confirm": whole(1, 365),
    "window_to_reopen_days": whole(0, 3650),
    "nearest_m": whole(0, 100_000),
    "triage_agency": text(40),
    "review_agency": text(40),
    "arbiter_agency": text(40),
    "secret_agency": text(40),
    "ordinary_words": strings,
    "bounds": bounds,
    "emergency": emergency,
    "elsewhere": elsewhere,
    "neighbours": neighbours,
    "attributes": attributes,
}
OPTIONAL = frozenset({"attributes"})
AGENCIES = ("triage_agency", "review_agency", "arbiter_agency", "secret_agency")


def read_city(path: Path) -> dict[str, Any]:
    """The facts of city.toml. Raises BadFile for a missing, unknown or wrong key."""
    words = read_text(path)
    try:
        city = tomllib.loads(words)
    except tomllib.TOMLDecodeError as error:
        spot = re.search(r"line (\d+)", str(error))
        raise BadFile(FILE, int(spot[1]) if spot else 0, "", f"not well-formed: {error}") from None
    for key in city:
        if key not in KEYS:
            raise BadFile(FILE, line_of(words, key), key, "no such key is known")
    for key, check in KEYS.items():
        if key not in city:
            if key in OPTIONAL:
                continue
            raise BadFile(FILE, 0, key, "this key is missing")
        try:
            check(city[key])
        except Wrong as error:
            raise BadFile(FILE, line_of(words, key), key, str(error)) from None
    return city


def line_of(words: str, key: str) -> int:
    """Where a key or its table begins, for the message; 0 when it is written in some other way."""
    pattern = re.compile(rf"\s*(\[+\s*{re.escape(key)}[\].\s]|{re.escape(key)}\s*=)")
    return next((number for number, line in enumerate(words.split("\n"), 1) if pattern.match(line)), 0)
