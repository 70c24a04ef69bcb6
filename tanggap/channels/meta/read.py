"""Read a webhook's JSON without trusting its shape: what is not there, or is something else, is empty, never an error.

A post is cut into pieces, one for each thing said in it; a piece that can't be read is `Unreadable` by itself and
leaves the others be. `body` of a piece is its canonical JSON: the same however the provider batched it that time.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from tanggap.channels.base import Account, Heard, Ignored, Unreadable, once
from tanggap.lib import loosely
from tanggap.lib.loosely import canonical, part, plain

MOST_WORDS = 20_000
MOST_DEEP = 64  # of anything in anything; what the provider sends has about ten
MILLISECONDS = 10**11  # unix times from here on are in milliseconds
OLDEST = datetime(2009, 1, 1, tzinfo=UTC)  # before the provider had messages at all: a broken clock
SPACE = UUID("6d2f2c0e-6a55-5d0c-9a50-1f6f3c1f7a11")


@dataclass(frozen=True)
class Piece:
    """One thing said in a post. `aside` is known with it, but may differ when the same thing comes again."""

    account: Account
    json: Mapping[str, Any]
    spare: datetime  # when nothing better says when
    aside: Mapping[str, str] = field(default_factory=dict)

    @property
    def body(self) -> bytes:
        return canonical(self.json)

    def ignored(self, external_id: str, why: str, at: datetime) -> list[Heard]:
        return [Ignored(self.account.code, external_id, why, at, self.body)]


Reader = Callable[[Piece], Sequence[Heard]]
Pieces = Callable[[Mapping[str, Any]], Iterator[tuple[Reader, Mapping[str, Any], Mapping[str, str]]]]


def post(account: Account, body: bytes, object_name: str, pieces: Pieces) -> list[Heard]:
    """All that is said in a post, in its order."""
    now = account.now or datetime.now(UTC)
    try:
        whole = load(body)
    except ValueError:
        return [unreadable(account, body, "no_json", now)]
    if part({"it": whole}, "it").get("object") != object_name:
        return [unreadable(account, body, "other_object", now)]
    heard: list[Heard] = []
    for entry in rows(whole, "entry"):
        spare = moment(entry.get("time"), now, now)
        for reader, piece, aside in pieces(entry):
            heard += guarded(reader, Piece(account, piece, spare, aside))
    return heard or [unreadable(account, body, "nothing_in_it", now)]


def guarded(reader: Reader, piece: Piece) -> Sequence[Heard]:
    """What the reader makes of a piece; where it stumbles, the piece as it came."""
    try:
        return reader(piece)
    except loosely.STUMBLES as error:
        return [unreadable(piece.account, piece.body, type(error).__name__, piece.spare)]


def unreadable(account: Account, body: bytes, why: str, at: datetime) -> Unreadable:
    return Unreadable(account.code, once("raw", loosely.digest(body)), why, at, body)


def uuid(account: Account, external_id: str) -> UUID:
    """The same for the same thing said, however often it comes."""
    return uuid5(SPACE, f"{account.code}\n{external_id}")


def load(body: bytes) -> Any:
    """Raises ValueError for what is no JSON, or so deep that reading it would break."""
    found = loosely.load(body)
    level = [found]
    for _ in range(MOST_DEEP):
        level = [below for one in level for below in children(one)]
        if not level:
            return found
    raise ValueError("too deep")


def children(value: Any) -> Collection[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def rows(value: Any, name: str) -> list[Mapping[str, Any]]:
    """The objects of a list; a single object counts as a list of one."""
    found = value.get(name) if isinstance(value, dict) else None
    listed = [found] if isinstance(found, dict) else found
    return [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []


def text(value: Any, name: str, most: int = 500) -> str:
    """A string (or a whole number) as plain text that a database takes, at most so many signs."""
    found = value.get(name) if isinstance(value, dict) else None
    if isinstance(found, bool) or not isinstance(found, str | int):
        return ""
    return plain(str(found) if isinstance(found, str) or abs(found) < 10**40 else "")[:most]


def words(value: Any, name: str) -> tuple[str, tuple[str, ...]]:
    """What somebody wrote, and the note "truncated" where it was longer than we take."""
    found = text(value, name, MOST_WORDS + 1).strip()
    return (found[:MOST_WORDS], ("truncated",)) if len(found) > MOST_WORDS else (found, ())


def moment(value: Any, spare: datetime, now: datetime | None = None) -> datetime:
    """A unix time in seconds or milliseconds, as number or text, or ISO 8601; else, and where it lies before the
    provider's beginning or more than a day ahead, the spare one."""
    found = _moment(value)
    latest = (now or spare) + timedelta(days=1)
    return found if found and OLDEST < found < latest else spare


def _moment(value: Any) -> datetime | None:
    try:
        if isinstance(value, str) and "-" in value:
            found = datetime.fromisoformat(value)
            return found.astimezone(UTC) if found.tzinfo else None
        seconds = float(value)
        return datetime.fromtimestamp(seconds / 1000 if seconds > MILLISECONDS else seconds, UTC)
    except (ArithmeticError, OSError, TypeError, ValueError):
        return None
