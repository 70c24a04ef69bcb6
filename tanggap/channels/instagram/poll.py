"""The repair beside the webhook: comments of the last days, asked for and put in the webhook's shape.

Comments come below older posts, so the newest posts are looked through each time; what the webhook brought has the same
external id and is heard once. Direct messages can't be asked for by time.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from tanggap.channels.base import Account, Ears, Heard, Ignored, Trouble
from tanggap.channels.instagram.parse import comment
from tanggap.channels.instagram.place import placed
from tanggap.channels.meta import graph, read, trial
from tanggap.channels.meta.outcome import Wrong
from tanggap.channels.meta.read import Piece
from tanggap.lib import outside

LOOK_BACK = timedelta(days=2)
POSTS = "50"  # the newest, with at most so many comments each
OF_REPLY = "id,text,timestamp,from,username,parent_id"
FIELDS = f"id,comments.limit(50){{{OF_REPLY},replies.limit(50){{{OF_REPLY}}}}}"


def poll(account: Account, ears: Ears) -> Mapping[str, Any]:
    """Gives back the cursor. Raises Trouble."""
    now = account.now or datetime.now(UTC)
    since = read.moment(account.cursor.get("since"), now - LOOK_BACK, now)
    try:
        query = {"fields": FIELDS, "limit": POSTS}
        found = graph.call(placed(account), "GET", f"{account['account_id']}/media", query)
    except outside.NoAnswer as silence:
        raise Trouble(f"The account's posts give no answer ({silence}).") from silence
    except Wrong as wrong:
        raise Trouble(trial.sentence_of(wrong, "account")) from wrong
    heard = [one for media in read.rows(found, "data") for one in said(account, media, since, now)]
    if heard:
        ears(heard)
    return {"since": int((now - LOOK_BACK).timestamp())}


def said(account: Account, media: Mapping[str, Any], since: datetime, now: datetime) -> Iterator[Heard]:
    for one in below(media):
        if read.moment(one.get("timestamp"), now, now) < since:
            continue
        value = shaped(one, read.text(media, "id"))
        piece = Piece(account, {"account": account["account_id"], "field": "comments", "value": value}, now)
        yield from (heard for heard in read.guarded(comment, piece) if not isinstance(heard, Ignored))


def below(media: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for one in read.rows(read.part(media, "comments"), "data"):
        yield one
        for answer in read.rows(read.part(one, "replies"), "data"):
            yield {"parent_id": one.get("id"), **answer}


def shaped(one: Mapping[str, Any], media: str) -> Mapping[str, Any]:
    kept = {key: one[key] for key in ("id", "text", "timestamp", "from", "parent_id") if key in one}
    return {**kept, "media": {"id": media}}
