"""Read other people's JSON without trusting its shape: what is not there, or is something else, is empty, never an
error that blocks what stands beside it. An object is a dict, as Python's reader makes it: to ask for more is slow."""

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

STUMBLES = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
"""What reading a strange shape may end in; a reader that is guarded by them leaves its neighbours alone."""
OLDEST = datetime(2006, 1, 1, tzinfo=UTC)  # before any of these services was: a broken clock
MOST_ID = 2**63


def load(body: bytes) -> Any:
    """Raises ValueError for what is no JSON, or so deep that reading it would break."""
    try:
        return json.loads(body)
    except RecursionError as error:
        raise ValueError("too deep") from error


def read(body: bytes) -> Any:
    """What the bytes say, or None where they are no JSON.

    >>> read(b'{"a": 1}'), read(b"{"), read(bytes([255]))
    ({'a': 1}, None, None)
    """
    try:
        return load(body)
    except ValueError:
        return None


def canonical(value: Any) -> bytes:
    """The same bytes for the same thing, however it was packed. Raises ValueError where it is too deep to write."""
    try:
        return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()
    except RecursionError as error:
        raise ValueError("too deep") from error


def digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def part(value: Any, name: str) -> Mapping[str, Any]:
    """The object under a name.

    >>> part({"a": {"b": 1}}, "a"), part({"a": 7}, "a"), part(None, "a")
    ({'b': 1}, {}, {})
    """
    found = value.get(name) if isinstance(value, dict) else None
    return found if isinstance(found, dict) else {}


def rows(value: Any, name: str) -> list[Mapping[str, Any]]:
    """The objects of the list under a name."""
    found = value.get(name) if isinstance(value, dict) else None
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def text(value: Any, name: str, most: int = 500) -> str:
    """The string under a name, without NUL and halves of signs, which can't be stored.

    >>> text({"a": "b" + chr(0) + "c"}, "a"), text({"a": 7}, "a")
    ('bc', '')
    """
    found = value.get(name) if isinstance(value, dict) else None
    return plain(found)[:most] if isinstance(found, str) else ""


def plain(string: str) -> str:
    return string.replace("\x00", "").encode("utf-8", "replace").decode()


def whole(value: Any, name: str) -> int | None:
    """The whole number under a name; also one written as text, as some write long ids.

    >>> whole({"a": 5000000001}, "a"), whole({"a": "17"}, "a"), whole({"a": True}, "a"), whole({"a": 1e9}, "a")
    (5000000001, 17, None, None)
    """
    found = value.get(name) if isinstance(value, dict) else None
    if isinstance(found, str) and len(found) <= 20 and found.isascii() and found.lstrip("-").isdigit():
        found = int(found) if found.count("-") <= 1 else None
    if isinstance(found, bool) or not isinstance(found, int):
        return None
    return found if -MOST_ID < found < MOST_ID else None


def moment(value: Any, now: datetime) -> datetime:
    """A unix time in seconds or an ISO 8601 one; `now` where it is none, or lies before the services' beginning or
    more than a day ahead."""
    try:
        if isinstance(value, str):
            found = datetime.fromisoformat(value)
            found = found.astimezone(UTC) if found.tzinfo else now
        else:
            found = datetime.fromtimestamp(float(value), UTC)
    except (*STUMBLES, OSError):
        return now
    return found if OLDEST < found < now + timedelta(days=1) else now


def place(value: Any, north: str = "latitude", east: str = "longitude") -> tuple[float, float] | None:
    """Latitude and longitude, where both are ones of this earth."""
    try:
        lat, lon = float(value[north]), float(value[east])
    except STUMBLES:
        return None
    return (lat, lon) if -90 <= lat <= 90 and -180 <= lon <= 180 else None


def values(setting: str) -> list[str]:
    """The values of a setting that may hold "new,old".

    >>> values("new, old"), values(" ")
    (['new', 'old'], [])
    """
    return [one for one in (part.strip() for part in setting.split(",")) if one]


def same(given: str, wanted: list[str]) -> bool:
    """Is it one of these? Every one is tried, also after one fitted: the time taken tells nothing."""
    shown = given.encode("utf-8", "replace")
    fits = [hmac.compare_digest(shown, one.encode("utf-8", "replace")) for one in wanted]
    return True in fits
