"""Asking them: their requests since last time, a picture, and whether we may."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

from tanggap.channels.base import Account, Ears, Trouble
from tanggap.lib import loosely, outside

from .parse import heard_of, moment

PAGE, PAGES = 100, 50  # at most so many in one turn; the next goes on
FIRST = timedelta(days=1)  # of the past, when it begins
OVERLAP = timedelta(hours=1)  # what came late over there is seen all the same; each is stored once
MOST_BYTES = 10_000_000


def poll(account: Account, ears: Ears) -> Mapping[str, Any]:
    """All since the last time, in pages, each handed over before the next is asked for."""
    now = account.now or datetime.now(UTC)
    since = moment(account.cursor.get("since"), now) if account.cursor.get("since") else now - FIRST
    last = since
    for rows in pages(account, since - OVERLAP, now):
        ears([heard_of(account, row, now) for row in rows])
        times = [moment(row.get("requested_datetime"), now) for row in rows if isinstance(row, dict)]
        last = max([last, *times])
    return {"since": last.isoformat()}


def pages(account: Account, since: datetime, now: datetime) -> Iterator[list[Any]]:
    for page in range(1, PAGES + 1):
        said = {"start_date": stamp(since), "end_date": stamp(now), "page": str(page), "page_size": str(PAGE)}
        rows = asked(account, "requests.json", said)
        if not isinstance(rows, list):
            raise Trouble("Their answer to /requests is no list.")
        if rows:
            yield rows
        if len(rows) < PAGE:
            return


def asked(account: Account, path: str, said: Mapping[str, str]) -> Any:
    """The JSON they answer. Raises Trouble with one sentence."""
    more = {name: account[name] for name in ("api_key", "jurisdiction_id") if account[name]}
    if not own_host(account):
        raise Trouble("The setting base_url is no address.")
    url = f"{account['base_url'].rstrip('/')}/{path}?{urlencode({**said, **more}, errors='replace')}"
    try:
        answer = outside.ask("GET", url, seconds=seconds(account), limit=MOST_BYTES)
    except (outside.NoAnswer, outside.NotAsked) as error:
        raise Trouble(f"Their endpoint gives no answer: {error}.") from error
    if answer.status in (401, 403):
        raise Trouble("They refuse our api_key.")
    if answer.status != 200:
        raise Trouble(f"Their endpoint answers {answer.status} to /{path.partition('.')[0]}.")
    found = loosely.read(answer.body)
    if found is None:
        raise Trouble("Their answer is no JSON.")
    return found


def seconds(account: Account) -> float:
    try:
        return min(60.0, max(0.1, float(account["seconds"])))
    except ValueError:
        return outside.SECONDS


def fetch(account: Account, ref: Mapping[str, Any], limit: int) -> bytes:
    """A picture, from a host of theirs only."""
    hosts = {own_host(account), *account["media_hosts"].replace(",", " ").split()}
    answer = outside.ask_given("GET", str(ref.get("url", "")), hosts=hosts, seconds=30, limit=limit)
    if answer.status != 200:
        raise Trouble(f"The picture is not there: {answer.status}.")
    return answer.body


def own_host(account: Account) -> str:
    try:
        parts = urlsplit(account["base_url"])
        return parts.netloc if parts.scheme in ("http", "https") and parts.hostname else ""
    except ValueError:
        return ""


def test(account: Account) -> str:
    try:
        asked(account, "services.json", {})
    except Trouble as error:
        return str(error)
    return ""


def stamp(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
