"""Ask X for what is new: posts that name us, direct messages, and what we wrote ourselves, for the purse.

Each feed is read backwards from its newest, page by page, to where it was read before; where a page is left for the
next time, the cursor holds its mark. Only then the place moves on: a process that dies reads the same again, and each
thing is stored once.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from tanggap.channels.base import Account, Ears, Trouble
from tanggap.channels.x import api, parse, spend
from tanggap.channels.x.spend import Purse
from tanggap.lib import loosely, outside

WEBHOOK, POLL = "webhook", "poll"
MINUTES = {WEBHOOK: 60.0, POLL: 5.0}
MOST_PAGES = 5  # of one feed in one poll
FIRST_LOOK = timedelta(hours=24)  # an account that is new here does not read its whole past
POST_FIELDS = {
    "tweet.fields": "author_id,created_at,conversation_id,referenced_tweets,edit_history_tweet_ids,entities,geo,lang,"
    "note_tweet,attachments",
    "expansions": "author_id,attachments.media_keys,geo.place_id",
    "user.fields": "name",
    "media.fields": "media_key,type,url,preview_image_url",
    "place.fields": "full_name",
}
MESSAGE_FIELDS = {
    "dm_event.fields": "id,text,event_type,created_at,sender_id,dm_conversation_id,attachments,entities",
    "event_types": "MessageCreate",
    "expansions": "sender_id,attachments.media_keys",
    "user.fields": "name",
    "media.fields": "media_key,type,url,preview_image_url",
}


class Later(Exception):
    """X asks us to wait; `seconds` as it says."""

    def __init__(self, seconds: float):
        super().__init__("later")
        self.seconds = seconds


@dataclass(frozen=True)
class Feed:
    """`since`: X itself leaves out what is older than the last id; where it can't, we stop there. `reader`: None for
    what is only counted."""

    path: str
    fields: Mapping[str, str]
    since: bool
    reader: parse.Reader | None
    author: str


FEEDS = {
    "mentions": Feed("/2/users/{}/mentions", POST_FIELDS, True, parse.post, "author_id"),
    "messages": Feed("/2/dm_events", MESSAGE_FIELDS, False, parse.message, "sender_id"),
    "own": Feed("/2/users/{}/tweets", {"tweet.fields": "author_id,created_at"}, True, None, "author_id"),
}


def poll(account: Account, ears: Ears) -> Mapping[str, Any]:
    now = account.now or datetime.now(UTC)
    if not is_time(account, now):
        return account.cursor
    purse = spend.purse(account)
    if not purse.readable():
        raise purse.told()
    cursor: dict[str, Any] = {**account.cursor}
    try:
        for name, feed in FEEDS.items():
            walk(account, feed, cursor, name, purse, ears)
        cursor["asked_at"] = int(now.timestamp())
        cursor.pop("not_before", None)
    except Later as wait:
        cursor["not_before"] = int(now.timestamp() + wait.seconds)
    except (api.Wrong, outside.NoAnswer) as wrong:
        if cursor == account.cursor:
            raise api.trouble(account, wrong) from None
    cursor["spent"] = purse.kept()  # what was read before something broke is paid, and told next time
    return cursor


def way(account: Account) -> str:
    found = account["way"] or POLL
    if found not in (WEBHOOK, POLL):
        raise Trouble('The setting way is neither "webhook" nor "poll".')
    return found


def is_time(account: Account, now: datetime) -> bool:
    minutes = api.number(account["poll_minutes"], MINUTES[way(account)], 1.0, 1440.0)
    last, barred = loosely.whole(account.cursor, "asked_at"), loosely.whole(account.cursor, "not_before")
    at = now.timestamp()
    if barred is not None and 0 < barred - at <= api.LONGEST_WAIT:
        return False
    return last is None or not 0 <= at - last < minutes * 60 - 5


def walk(
    account: Account, feed: Feed, cursor: dict[str, Any], name: str, purse: Purse, ears: Ears
) -> None:  # fmt: skip
    """Read one feed on; its place in the cursor moves page by page, after the commit."""
    for _ in range(MOST_PAGES):
        state = {"from": stamp(purse.now - FIRST_LOOK), **loosely.part(cursor, name)}
        most = purse.readable()
        if not most:
            return
        page = asked(account, feed, state, most)
        rows, seen = fresh(loosely.rows(page, "data"), state, purse.now)
        pay(account, feed, loosely.rows(page, "data"), purse)
        tell(account, feed, rows, loosely.part(page, "includes"), purse.now, ears)
        newest = highest(state, rows)
        onward = loosely.text(loosely.part(page, "meta"), "next_token", 500)
        if seen or not onward or not loosely.rows(page, "data"):
            cursor[name] = {"since": newest} if newest else {"since": "0"}
            return
        cursor[name] = {**state, "newest": newest, "token": onward}


def asked(account: Account, feed: Feed, state: Mapping[str, Any], most: int) -> Mapping[str, Any]:
    since, token = loosely.text(state, "since", 25), loosely.text(state, "token", 500)
    query = {**feed.fields, "max_results": str(most)}
    if feed.since and since not in ("", "0"):
        query["since_id"] = since
    elif feed.since:
        query["start_time"] = loosely.text(state, "from", 25)
    if token:
        query["pagination_token"] = token
    try:
        return api.call(account, "GET", feed.path.format(api.own(account)), query)
    except api.Wrong as wrong:
        if wrong.status == 429:
            raise Later(wrong.after or 900.0) from wrong
        if wrong.status == 400 and token:  # a mark that ran out: from the newest again
            return asked(account, feed, {**state, "token": ""}, most)
        raise


def fresh(
    rows: list[Mapping[str, Any]], state: Mapping[str, Any], now: datetime
) -> tuple[list[Mapping[str, Any]], bool]:
    """What was not read before, and whether the place was reached where we stopped last time. A first look goes back a
    day: the same day for all its pages, however long they take."""
    since, began = loosely.whole(state, "since") or 0, loosely.moment(state.get("from"), now)
    found = [one for one in rows if (number_of(one) or since + 1) > since]
    if not since:
        found = [one for one in found if loosely.moment(one.get("created_at"), now) >= began]
    return found, len(found) < len(rows)


def stamp(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def pay(account: Account, feed: Feed, rows: list[Mapping[str, Any]], purse: Purse) -> None:
    ours = [one for one in rows if one.get(feed.author) == account["user_id"]]
    purse.pay("cost_read", len(rows))
    purse.pay("cost_write", len(ours))
    if way(account) == WEBHOOK and feed.reader:
        purse.pay("cost_event", len(rows) - len(ours))


def tell(
    account: Account,
    feed: Feed,
    rows: list[Mapping[str, Any]],
    includes: Mapping[str, Any],
    now: datetime,
    ears: Ears,
) -> None:
    """The oldest first, as they were said."""
    reader: Callable[[parse.Piece], Any] | None = feed.reader
    if reader is None or not rows:
        return
    pieces = [parse.piece_of(account, one, includes, now) for one in reversed(rows)]
    ears([heard for piece in pieces for heard in parse.guarded(reader, piece)])


def number_of(one: Mapping[str, Any]) -> int | None:
    return loosely.whole(one, "id")


def highest(state: Mapping[str, Any], rows: list[Mapping[str, Any]]) -> str:
    known = [loosely.whole(state, "newest"), loosely.whole(state, "since"), *map(number_of, rows)]
    found = max((one for one in known if one), default=0)
    return str(found) if found else ""
