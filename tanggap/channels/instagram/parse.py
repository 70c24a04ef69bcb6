"""A post of Instagram's webhook into what was heard. Both shapes: `changes` in the entry, or field and value in it.

A comment carries no time of its own (the entry's stands for it) and is never told when edited or taken away; a direct
message that was unsent is (`is_deleted`).
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tanggap.channels.base import Account, Contact, Heard, Ignored, Submission, Unreadable, once
from tanggap.channels.meta import messaging, read
from tanggap.channels.meta.read import Piece, Reader

OBJECT = "instagram"
COMMENTS = {"comments", "live_comments"}
CONVERSATION = {"messages", "messaging_postbacks", "messaging_seen", "message_edit"}
MENTIONS = {"mentions"}


def parse(account: Account, body: bytes) -> list[Heard]:
    return read.post(account, body, OBJECT, lambda entry: pieces(account, entry))


def pieces(
    account: Account, entry: Mapping[str, Any]
) -> Iterator[tuple[Reader, Mapping[str, Any], Mapping[str, str]]]:
    owner = read.text(entry, "id")
    ours = owner in ("", account["account_id"])
    event = messaging.reader("instagram", account["account_id"], owner)
    changes = read.rows(entry, "changes")
    for change in [*changes, entry] if "field" in entry else changes:
        field, value = read.text(change, "field"), read.part(change, "value")
        if not ours:
            yield elsewhere, {"account": owner, "field": field, "value": value}, {}
        elif field in CONVERSATION:
            yield event, value, {}
        else:
            named = comment if field in COMMENTS else mention if field in MENTIONS else other
            yield named, {"account": owner, "field": field, "value": value}, {}
    for name in ("messaging", "standby"):
        for said in read.rows(entry, name):
            yield event if ours else elsewhere, said, {}


def comment(piece: Piece) -> Sequence[Heard]:
    value, account = read.part(piece.json, "value"), piece.account
    word, media = once(read.text(value, "id")), once(read.text(read.part(value, "media"), "id"))
    author = read.text(read.part(value, "from"), "id")
    at = read.moment(value.get("created_time") or value.get("timestamp"), piece.spare)
    if not word:
        return [read.unreadable(account, piece.body, "no_id", at)]
    if author and author in (account["account_id"], piece.json["account"]):
        return piece.ignored(word, "own", at)
    # without an author the word itself is the address: a private reply needs no more
    who = Contact("instagram", author or f"comment:{word}", proven=True)
    words, notes = read.words(value, "text")
    if not words:
        return [Unreadable(account.code, word, "no_content", at, piece.body, who)]
    parent = once(read.text(value, "parent_id"))
    live = ("live",) if read.text(piece.json, "field") == "live_comments" else ()
    return [
        Submission(
            uuid=read.uuid(account, word),
            channel=account.code,
            account=account.code,
            external_id=word,
            body=piece.body,
            words=words,
            at=at,
            sender=who,
            name=read.text(read.part(value, "from"), "username", 200),
            replies_to=tuple(one for one in (parent, media) if one),
            open_talk=True,
            notes=(*notes, *live, *(() if author else ("no_author",))),
        )
    ]


def mention(piece: Piece) -> Sequence[Heard]:
    """Somebody named us in their own post; the words stand there, and a person has to look."""
    value = read.part(piece.json, "value")
    word = once("mention", read.text(value, "media_id"), read.text(value, "comment_id"))
    return [Unreadable(piece.account.code, word, "mention", piece.spare, piece.body)]


def elsewhere(piece: Piece) -> Sequence[Heard]:
    """Of another account of the same app, which has none here."""
    return [read.unreadable(piece.account, piece.body, "other_account", piece.spare)]


def other(piece: Piece) -> Sequence[Heard]:
    name = read.unreadable(piece.account, piece.body, "", piece.spare).external_id
    return [
        Ignored(
            piece.account.code,
            name,
            read.text(piece.json, "field", 60) or "no_field",
            piece.spare,
            piece.body,
        )
    ]
