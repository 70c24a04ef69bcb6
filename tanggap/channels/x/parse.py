"""What is said on X: posts that name us, direct messages, changes of posts, our own echo. Pure.

A post that was changed has a new id and carries the older ones; its first id is its name here, so that it stays one.
"""

import hashlib
import html
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid5

from tanggap.channels.base import (
    Account,
    Command,
    Contact,
    Edit,
    File,
    Heard,
    Ignored,
    Submission,
    Unreadable,
    Withdrawal,
    once,
)
from tanggap.channels.commands import command
from tanggap.channels.x import legacy
from tanggap.lib import loosely

SPACE = UUID("4b7a9c55-20c4-5f2b-8d25-6f3d2a0be9a2")
MOST_WORDS = 20_000
# events that hold no words for us
SILENT = (
    *("dm.indicate_typing", "dm.read", "like.", "follow.", "mute.", "block."),
    *("profile.", "spaces.", "news.", "chat.", "oauth."),
)
POSTS = ("post.mention.create", "post.reply.create", "post.quote.create", "post.create")


@dataclass(frozen=True)
class Piece:
    """One thing said; `aside` is what came along with it (people, files, places), known by their ids."""

    account: Account
    said: Mapping[str, Any]
    now: datetime
    people: Mapping[str, str] = field(default_factory=dict)
    media: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    places: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def body(self) -> bytes:
        return loosely.canonical(self.said)

    def ignored(self, name: str, why: str, at: datetime | None = None) -> list[Heard]:
        return [Ignored(self.account.code, name, why, at or self.now, self.body)]

    def unreadable(self, why: str, sender: Contact | None = None) -> list[Heard]:
        name = once("raw", hashlib.sha256(self.body).hexdigest())
        return [Unreadable(self.account.code, name, why, self.now, self.body, sender)]


Reader = Callable[[Piece], list[Heard]]


def parse(account: Account, body: bytes) -> list[Heard]:
    """All that stands in one request of the webhook, in its order."""
    now = account.now or datetime.now(UTC)
    try:
        whole = loosely.part({"it": loosely.load(body)}, "it")
        found = [one for reader, piece in pieces(account, whole, now) for one in guarded(reader, piece)]
    except ValueError:
        return [Unreadable(account.code, once("raw", loosely.digest(body)), "no_json", now, body)]
    return found or [Unreadable(account.code, once("raw", loosely.digest(body)), "nothing_in_it", now, body)]


def guarded(reader: Reader, piece: Piece) -> list[Heard]:
    """What the reader makes of it; where it stumbles, the thing as it came. Raises ValueError where even that is too
    deep to be written."""
    try:
        return reader(piece)
    except loosely.STUMBLES as error:
        return piece.unreadable(type(error).__name__)


def pieces(account: Account, whole: Mapping[str, Any], now: datetime) -> list[tuple[Reader, Piece]]:
    if data := loosely.part(whole, "data"):
        return event(account, data, now)
    ours = account["user_id"] in ("", loosely.text(whole, "for_user_id", 30) or account["user_id"])
    found: list[tuple[Reader, Piece]] = []
    for name, reader, change in LEGACY:
        for row in loosely.rows(whole, name):
            said = change(row)
            user = loosely.part(said, "user")
            author = {loosely.text(user, "id", 30): loosely.text(user, "name", 100)} if user else {}
            found.append(
                (reader if ours else other_account, Piece(account, said, now, names_of(whole) | author))
            )
    if not found and loosely.text(whole, "for_user_id", 30):
        return [(silent, Piece(account, whole, now))]
    return found


def names_of(whole: Mapping[str, Any]) -> dict[str, str]:
    """Who stands beside, by id; some wrap each person once more."""
    listed = loosely.part(whole, "users")
    people = {key: loosely.part(listed, key) for key in listed}
    return {key: loosely.text(loosely.part(one, "data") or one, "name", 100) for key, one in people.items()}


def event(account: Account, data: Mapping[str, Any], now: datetime) -> list[tuple[Reader, Piece]]:
    """One event of the Activity API; direct messages come in it in either shape."""
    kind, payload = loosely.text(data, "event_type", 60), loosely.part(data, "payload")
    owner = loosely.text(loosely.part(data, "filter"), "user_id", 30)
    if owner and account["user_id"] and owner != account["user_id"]:
        return [(other_account, Piece(account, data, now))]
    if older := loosely.rows(payload, "direct_message_events"):
        return [(message, Piece(account, legacy.message(one), now, names_of(payload))) for one in older]
    if kind in POSTS:
        return [(post, piece_of(account, payload, loosely.part(data, "includes"), now))]
    if kind in ("dm.received", "dm.sent"):
        return [(message, piece_of(account, payload, loosely.part(data, "includes"), now))]
    if kind == "post.delete":
        return [(deleted, Piece(account, payload, now))]
    if kind == "chat.received":
        return [(sealed, Piece(account, data, now))]
    return [(silent if kind.startswith(SILENT) else unknown, Piece(account, data, now))]


def piece_of(account: Account, said: Mapping[str, Any], includes: Mapping[str, Any], now: datetime) -> Piece:
    """A post or message of the newer shape, with what its answer lists beside all of them."""
    return Piece(
        account,
        said,
        now,
        {
            loosely.text(one, "id", 30): loosely.text(one, "name", 100)
            for one in loosely.rows(includes, "users")
        },
        {loosely.text(one, "media_key", 60): one for one in loosely.rows(includes, "media")},
        {loosely.text(one, "id", 60): one for one in loosely.rows(includes, "places")},
    )


# ---- posts ----


def post(piece: Piece) -> list[Heard]:
    said = piece.said
    number, author = legacy.named(said), loosely.text(said, "author_id", 30)
    at = loosely.moment(said.get("created_at"), piece.now)
    if not number.isdigit() or not author.isdigit():
        return piece.unreadable("no_ids")
    if author == piece.account["user_id"]:
        return piece.ignored(once("post", number), "own_echo", at)
    referred = {
        one.get("type"): loosely.text(one, "id", 30) for one in loosely.rows(said, "referenced_tweets")
    }
    if "retweeted" in referred:
        return piece.ignored(once("post", number), "repost", at)
    first = first_of(said, number)
    heard: list[Heard] = [submission(piece, once("post", first), author, at, answered(said, referred))]
    if first != number:  # whoever heard the first words gets the change, whoever did not gets these
        changed = once("post", number, "edit")
        heard.append(Edit(piece.account.code, changed, once("post", first), words(said), at, piece.body))
    return heard


def first_of(said: Mapping[str, Any], number: str) -> str:
    ids = said.get("edit_history_tweet_ids")
    known = [one for one in ids if isinstance(one, str) and one.isdigit()] if isinstance(ids, list) else []
    return min((one for one in known if len(one) < 25), key=int, default=number)


def answered(said: Mapping[str, Any], referred: Mapping[Any, str]) -> tuple[str, ...]:
    found = (
        referred.get("replied_to", ""),
        loosely.text(said, "in_reply_to_tweet_id", 30),
        referred.get("quoted", ""),
    )
    return tuple(once("post", one) for one in dict.fromkeys(found) if one)


def submission(piece: Piece, name: str, author: str, at: datetime, replies_to: tuple[str, ...]) -> Submission:
    said = piece.said
    point, place = placed(piece)
    files, notes = attached(piece)
    written = words(said)
    language = loosely.text(said, "lang", 10)
    return Submission(
        uuid=uuid5(SPACE, f"{piece.account.code}\n{name}"),
        channel=piece.account.code,
        account=piece.account.code,
        external_id=name,
        body=piece.body,
        words=written[:MOST_WORDS],
        at=at,
        lat=point[0] if point else None,
        lon=point[1] if point else None,
        place=place,
        name=piece.people.get(author, ""),
        language="en" if language == "en" else "id",
        sender=Contact("x", author, proven=True),
        replies_to=replies_to,
        open_talk=name.startswith("post:"),
        files=files,
        notes=(
            *notes,
            *(["truncated"] if len(written) > MOST_WORDS else []),
            *([] if written else ["no_text"]),
        ),
    )


def words(said: Mapping[str, Any]) -> str:
    """The whole text: a long post's stands beside its beginning; shortened links are told in full."""
    long = loosely.part(said, "note_tweet")
    text = loosely.text(long, "text", 3 * MOST_WORDS) or loosely.text(said, "text", 3 * MOST_WORDS)
    for link in loosely.rows(loosely.part(long or said, "entities"), "urls")[:50]:
        short, whole = loosely.text(link, "url", 200), loosely.text(link, "expanded_url", 1000)
        text = text.replace(short, whole) if short and whole else text
    return html.unescape(text).strip()


def placed(piece: Piece) -> tuple[tuple[float, float] | None, str]:
    """Few posts have a point; more name a place, which is a word and no point."""
    geo = loosely.part(piece.said, "geo")
    row = loosely.part(geo, "coordinates").get("coordinates")
    point = (
        loosely.place(dict(zip(("longitude", "latitude"), row, strict=False)))
        if isinstance(row, list)
        else None
    )
    known = piece.places.get(loosely.text(geo, "place_id", 60), {})
    return point, loosely.text(known, "full_name", 200) or loosely.text(piece.said, "place", 200)


def attached(piece: Piece) -> tuple[tuple[File, ...], tuple[str, ...]]:
    keys = loosely.part(piece.said, "attachments").get("media_keys")
    rows = loosely.rows(piece.said, "media")
    rows += (
        [piece.media.get(key, {}) for key in keys if isinstance(key, str)] if isinstance(keys, list) else []
    )
    files, notes = [], []
    for one in rows[:20]:
        url = loosely.text(one, "url", 2000) or loosely.text(one, "preview_image_url", 2000)
        if not url:
            notes.append("incomplete")
            continue
        notes += ["video"] if one.get("type") in ("video", "animated_gif") else []
        files.append(File(ref={"url": url, "media_key": loosely.text(one, "media_key", 60)}))
    return tuple(files), tuple(dict.fromkeys(notes))


def deleted(piece: Piece) -> list[Heard]:
    """Told only of people who gave our app leave; of others nobody hears."""
    number, author = legacy.named(piece.said), loosely.text(piece.said, "author_id", 30)
    at = loosely.moment(piece.said.get("created_at"), piece.now)
    if not number.isdigit():
        return piece.unreadable("no_ids")
    if not author or author == piece.account["user_id"]:
        return piece.ignored(once("post", number, "gone"), "own_echo", at)
    return [
        Withdrawal(piece.account.code, once("post", number, "gone"), once("post", number), at, piece.body)
    ]


# ---- direct messages, and the rest ----


def message(piece: Piece) -> list[Heard]:
    said = piece.said
    number, author = legacy.named(said), loosely.text(said, "sender_id", 30)
    at = loosely.moment(said.get("created_at"), piece.now)
    if loosely.text(said, "event_type", 40) not in ("", "MessageCreate"):
        return piece.ignored(once("dm", number or loosely.digest(piece.body)), "no_words", at)
    if not number.isdigit() or not author.isdigit():
        return piece.unreadable("no_ids")
    if author == piece.account["user_id"]:
        return piece.ignored(once("dm", number), "own_echo", at)
    if found := command(words(said)):
        sender = Contact("x", author, proven=True)
        return [Command(piece.account.code, once("dm", number), sender, found[0], at, found[1], piece.body)]
    return [submission(piece, once("dm", number), author, at, ())]


def sealed(piece: Piece) -> list[Heard]:
    """An encrypted message: only a person with the program can read it."""
    author = loosely.text(loosely.part(piece.said, "payload"), "sender_id", 30)
    return piece.unreadable("encrypted", Contact("x", author, proven=True) if author.isdigit() else None)


def silent(piece: Piece) -> list[Heard]:
    return piece.ignored(once("event", loosely.digest(piece.body)), "no_words")


def other_account(piece: Piece) -> list[Heard]:
    return piece.ignored(once("event", loosely.digest(piece.body)), "other_account")


def unknown(piece: Piece) -> list[Heard]:
    return piece.unreadable("unknown_event")


def erased(said: Mapping[str, Any]) -> dict[str, Any]:
    status = loosely.part(said, "status")
    return {"id": legacy.named(status), "author_id": loosely.text(status, "user_id", 30)}


LEGACY: tuple[tuple[str, Reader, Callable[[Mapping[str, Any]], dict[str, Any]]], ...] = (
    ("tweet_create_events", post, legacy.post),
    ("direct_message_events", message, legacy.message),
    ("tweet_delete_events", deleted, erased),
)
