"""A post of the page's webhook into what was heard: changes of the feed, and events of conversations.

Shapes follow the provider's reference of page webhooks. `from` may be missing: then the word itself is the address, as
a private reply needs no more than a comment's id.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tanggap.channels.base import (
    Account,
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
from tanggap.channels.meta import messaging, read
from tanggap.channels.meta.read import Piece, Reader

OBJECT = "page"
WORDS = {"comment", "post", "status", "photo", "video", "share", "link", "note", "album"}
SIGNS = {"reaction", "like"}
VERBS = {
    "add": "added",
    "edited": "edited",
    "edit": "edited",
    "unhide": "edited",
    "remove": "removed",
    "delete": "removed",
    "hide": "hidden",
}


def parse(account: Account, body: bytes) -> list[Heard]:
    return read.post(account, body, OBJECT, lambda entry: pieces(account, entry))


def pieces(
    account: Account, entry: Mapping[str, Any]
) -> Iterator[tuple[Reader, Mapping[str, Any], Mapping[str, str]]]:
    page = read.text(entry, "id")
    ours = page in ("", account["page_id"])
    event = messaging.reader("facebook", account["page_id"], page)
    for change in read.rows(entry, "changes"):
        if read.text(change, "field") == "feed":
            yield feed if ours else elsewhere, {"page": page, "value": read.part(change, "value")}, {}
        else:
            yield other, {"page": page, "change": change}, {}
    for name in ("messaging", "standby"):
        for said in read.rows(entry, name):
            yield event if ours else elsewhere, said, {}


def feed(piece: Piece) -> Sequence[Heard]:
    value = read.part(piece.json, "value")
    item, verb = read.text(value, "item"), VERBS.get(read.text(value, "verb"), "")
    word = once(read.text(value, "comment_id") if item == "comment" else read.text(value, "post_id"))
    if item in SIGNS:
        return piece.ignored(raw_id(piece), "reaction", piece.spare)
    if item not in WORDS or not verb or not word:
        return [read.unreadable(piece.account, piece.body, item or "no_item", piece.spare)]
    author = read.text(read.part(value, "from"), "id") or read.text(value, "sender_id")
    if author and author in (piece.account["page_id"], piece.json["page"]):
        return piece.ignored(once("own", verb, raw_id(piece)), "own", piece.spare)
    return DEEDS[verb](piece, word, author)


def added(piece: Piece, word: str, author: str) -> Sequence[Heard]:
    value, account = read.part(piece.json, "value"), piece.account
    at = read.moment(value.get("created_time"), piece.spare)
    words, notes = read.words(value, "message")
    files = pictures(value)
    if not words and not files:
        words = read.text(value, "link", 2000)
    if not words and not files:
        return [Unreadable(account.code, word, "no_content", at, piece.body, sender(value, word, author))]
    post, parent = once(read.text(value, "post_id")), once(read.text(value, "parent_id"))
    above = dict.fromkeys(one for one in (parent, post) if one and one != word)
    return [
        Submission(
            uuid=read.uuid(account, word),
            channel=account.code,
            account=account.code,
            external_id=word,
            body=piece.body,
            words=words,
            at=at,
            sender=sender(value, word, author),
            name=read.text(read.part(value, "from"), "name", 200) or read.text(value, "sender_name", 200),
            replies_to=tuple(above),
            open_talk=True,
            files=files,
            notes=(*notes, *(() if author else ("no_author",))),
        )
    ]


def sender(value: Mapping[str, Any], word: str, author: str) -> Contact:
    if author:
        return Contact("facebook", author, proven=True)
    kind = "comment" if read.text(value, "item") == "comment" else "post"
    return Contact("facebook", f"{kind}:{word}", proven=True)


def pictures(value: Mapping[str, Any]) -> tuple[File, ...]:
    listed = value.get("photos")
    urls = [read.text({"it": one}, "it", 4000) for one in listed] if isinstance(listed, list) else []
    urls += [read.text(value, "photo", 4000)]
    if read.text(value, "item") == "photo":
        urls += [read.text(value, "link", 4000)]
    shown = [one for one in dict.fromkeys(urls) if one.startswith("http")][: messaging.MOST_FILES]
    films = [one for one in [read.text(value, "video", 4000)] if one.startswith("http")]
    return (
        *(File("photo.jpg", ref={"url": one}) for one in shown),
        *(File("video.mp4", ref={"url": one}) for one in films),
    )


def edited(piece: Piece, word: str, author: str) -> Sequence[Heard]:
    words, _ = read.words(read.part(piece.json, "value"), "message")
    which = once(
        "edit", word, str(int(piece.spare.timestamp())), hashlib.sha256(words.encode()).hexdigest()[:16]
    )
    return [Edit(piece.account.code, which, word, words, piece.spare, piece.body)]


def removed(piece: Piece, word: str, author: str) -> Sequence[Heard]:
    """Taken back, or hidden from the others: the public copy follows, the ledger keeps."""
    value = read.part(piece.json, "value")
    which = once(read.text(value, "verb"), word)
    if VERBS[read.text(value, "verb")] == "hidden":
        which = once(which, str(int(piece.spare.timestamp())))  # it can be shown and hidden again
    return [Withdrawal(piece.account.code, which, word, piece.spare, piece.body)]


DEEDS = {"added": added, "edited": edited, "removed": removed, "hidden": removed}


def elsewhere(piece: Piece) -> Sequence[Heard]:
    """Of another page of the same app, which has no account here."""
    return [read.unreadable(piece.account, piece.body, "other_page", piece.spare)]


def other(piece: Piece) -> Sequence[Heard]:
    why = read.text(read.part(piece.json, "change"), "field", 60) or "no_field"
    return [Ignored(piece.account.code, raw_id(piece), why, piece.spare, piece.body)]


def raw_id(piece: Piece) -> str:
    return read.unreadable(piece.account, piece.body, "", piece.spare).external_id
