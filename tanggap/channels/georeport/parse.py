"""One of their requests -> what was heard. Pure; what has no id or is no object is kept for a person."""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from tanggap.channels.base import Account, Contact, File, Heard, Ignored, Submission, Unreadable, once
from tanggap.lib import loosely

WORDS = 10_000


def heard_in(account: Account, body: bytes, now: datetime) -> list[Heard]:
    """A page of their list. What is no list says nothing."""
    rows = loosely.read(body)
    return [heard_of(account, row, now) for row in rows] if isinstance(rows, list) else []


def heard_of(account: Account, row: Any, now: datetime) -> Heard:
    body = written(row)
    name = text(row, "service_request_id") if isinstance(row, dict) else ""
    at = moment(row.get("requested_datetime"), now) if isinstance(row, dict) else now
    known = {"account": account.code, "external_id": once(name) if name else once("nameless", digest(body)), "at": at,
             "body": body}  # fmt: skip
    if not name:
        return Unreadable(why="no service_request_id", **known)
    if account["own_prefix"] and name.startswith(account["own_prefix"]):
        return Ignored(why="our own", **known)
    url = text(row, "media_url")
    words = text(row, "description") or text(row, "service_name")
    return Submission(
        uuid=uuid5(NAMESPACE_URL, f"{account.code}:{name}"), channel=account.code, words=words[:WORDS],
        lat=number(row.get("lat")), lon=number(row.get("long")), place=text(row, "address")[:300],
        category=category_of(account, text(row, "service_code")), sender=Contact("georeport", name[:200], proven=True),
        thread=name[:200], files=(File(ref={"url": url}),) if url else (), visibility="public", **known,
    )  # fmt: skip


def written(row: Any) -> bytes:
    try:
        return loosely.canonical(row)
    except ValueError:
        return b"too deep"


def category_of(account: Account, code: str) -> str:
    try:
        table = json.loads(account["services"] or "{}")
    except ValueError:
        return ""
    return str(table.get(code, "")) if isinstance(table, dict) else ""


def text(row: Mapping[str, Any], name: str) -> str:
    """A field as words: systems send numbers, nulls and lists where words are meant."""
    given = row.get(name)
    return str(given).strip() if isinstance(given, str | int | float) and not isinstance(given, bool) else ""


def number(given: Any) -> float | None:
    try:
        return float(given)
    except (TypeError, ValueError, OverflowError):
        return None


def moment(given: Any, now: datetime) -> datetime:
    """Their time; ours where it is none or lies ahead. Without a zone it is taken for UTC."""
    try:
        found = datetime.fromisoformat(str(given))
        found = found if found.tzinfo else found.replace(tzinfo=UTC)
        return min(found.astimezone(UTC), now)
    except (ValueError, OverflowError):
        return now


def digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()
