"""The repair beside the webhook: what visitors wrote on the page lately, asked for and put in the webhook's shape.

What the webhook brought has the same external id and is heard once. The feed is asked from two days before the last
time on, as comments come below older posts; more pages than one turn takes are gone on with in the next.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from tanggap.channels.base import Account, Ears, Heard, Ignored, Trouble
from tanggap.channels.facebook.parse import feed
from tanggap.channels.meta import graph, read, trial
from tanggap.channels.meta.outcome import Wrong
from tanggap.channels.meta.read import Piece
from tanggap.lib import outside

LOOK_BACK = timedelta(days=2)
PAGES = 20  # of posts, in one turn
OF_COMMENT = "id,message,created_time,from,parent{id},attachment"
FIELDS = f"id,message,created_time,from,full_picture,comments.limit(100){{{OF_COMMENT}}}"


def poll(account: Account, ears: Ears) -> Mapping[str, Any]:
    """Gives back the cursor. Raises Trouble."""
    now = account.now or datetime.now(UTC)
    since = read.moment(account.cursor.get("since"), now - LOOK_BACK, now)
    begun = read.moment(account.cursor.get("begun"), now, now) if account.cursor.get("after") else now
    after = str(account.cursor.get("after") or "")
    for _ in range(PAGES):
        found = page(account, since, after)
        heard = [one for post in read.rows(found, "data") for one in said(account, post, now)]
        if heard:
            ears(heard)
        after = read.text(read.part(read.part(found, "paging"), "cursors"), "after", 2000)
        if not after or not read.text(read.part(found, "paging"), "next", 1):
            return {"since": int((begun - LOOK_BACK).timestamp())}
    return {"since": int(since.timestamp()), "begun": int(begun.timestamp()), "after": after}


def page(account: Account, since: datetime, after: str) -> Mapping[str, Any]:
    query = {"fields": FIELDS, "since": str(int(since.timestamp())), "limit": "50"}
    # the next page is asked for by its cursor at our own address, never by the address in the answer
    query |= {"after": after} if after else {}
    try:
        return graph.call(account, "GET", f"{account['page_id']}/feed", query)
    except outside.NoAnswer as silence:
        raise Trouble(f"The page's feed gives no answer ({silence}).") from silence
    except Wrong as wrong:
        raise Trouble(trial.sentence_of(wrong, "page")) from wrong


def said(account: Account, post: Mapping[str, Any], now: datetime) -> Iterator[Heard]:
    """Its words and the comments below it; what the page itself said is passed over."""
    post_id = read.text(post, "id")
    below = [as_comment(one, post_id) for one in read.rows(read.part(post, "comments"), "data")]
    for value in filter(has_words, [as_post(post), *below]):
        piece = Piece(account, {"page": account["page_id"], "value": value}, now)
        yield from (one for one in read.guarded(feed, piece) if not isinstance(one, Ignored))


def has_words(value: Mapping[str, Any]) -> bool:
    return bool(value.get("message") or value.get("photo"))


def as_post(post: Mapping[str, Any]) -> Mapping[str, Any]:
    picture = read.text(post, "full_picture", 4000)
    return shaped(post, {"item": "status", "post_id": post.get("id")}, picture)


def as_comment(comment: Mapping[str, Any], post_id: str) -> Mapping[str, Any]:
    parent = read.text(read.part(comment, "parent"), "id") or post_id
    picture = read.text(read.part(read.part(read.part(comment, "attachment"), "media"), "image"), "src", 4000)
    ids = {"item": "comment", "comment_id": comment.get("id"), "post_id": post_id, "parent_id": parent}
    return shaped(comment, ids, picture)


def shaped(said_there: Mapping[str, Any], ids: Mapping[str, Any], picture: str) -> Mapping[str, Any]:
    kept = {key: said_there[key] for key in ("message", "created_time", "from") if key in said_there}
    return {"verb": "add", **ids, **kept, **({"photo": picture} if picture else {})}
