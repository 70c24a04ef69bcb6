"""Private messages to a page or an Instagram account: one shape for both, with small differences.

A watermark ("all up to this moment was read") names no message: its `Delivery.of` is "to:<person>", and means every
letter of this account to that person sent at or before `at`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tanggap.channels.base import (
    Command,
    Contact,
    Delivery,
    Edit,
    File,
    Heard,
    Submission,
    Unreadable,
    Withdrawal,
    once,
)
from tanggap.channels.commands import command
from tanggap.channels.meta import graph, read
from tanggap.channels.meta.read import Piece
from tanggap.lib import loosely

NOBODYS_WORDS = (
    "reaction", "optin", "referral", "account_linking", "pass_thread_control", "take_thread_control",
    "request_thread_control", "app_roles", "typing_on", "typing_off",
)  # fmt: skip
ENDINGS = {"image": "jpg", "video": "mp4", "audio": "mp4", "file": "bin"}
LINKS = {
    "fallback",
    "share",
    "ig_post",
    "ig_reel",
    "reel",
    "post",
    "template",
}  # somebody else's page: words, no file
MOST_FILES = 20


@dataclass(frozen=True)
class Event:
    """One event of a conversation. `kind`: of our Contact; `own`: ids that are ourselves."""

    piece: Piece
    kind: str
    own: frozenset[str]

    @property
    def json(self) -> Mapping[str, Any]:
        return self.piece.json

    @property
    def at(self) -> datetime:
        return read.moment(self.json.get("timestamp"), self.piece.spare)

    @property
    def account(self) -> str:
        return self.piece.account.code

    @property
    def person(self) -> str:
        return read.text(read.part(self.json, "sender"), "id")

    @property
    def sender(self) -> Contact | None:
        return Contact(self.kind, self.person, proven=True) if self.person else None


def reader(kind: str, *own: str) -> Callable[[Piece], Sequence[Heard]]:
    """What reads one event of `messaging`."""

    def read_event(piece: Piece) -> Sequence[Heard]:
        event = Event(piece, kind, frozenset(one for one in own if one))
        for name, what in EVENTS.items():
            if name in piece.json:
                return what(event)
        for name in NOBODYS_WORDS:
            if name in piece.json:
                return piece.ignored(raw_id(piece), name, event.at)
        return [read.unreadable(piece.account, piece.body, "unknown", event.at)]

    return read_event


def raw_id(piece: Piece) -> str:
    return read.unreadable(piece.account, piece.body, "", piece.spare).external_id


# ---- words ----


def message(event: Event) -> Sequence[Heard]:
    said = read.part(event.json, "message")
    mid = once(read.text(said, "mid", 1000))
    if not mid:
        return [read.unreadable(event.piece.account, event.piece.body, "no_id", event.at)]
    if said.get("is_echo") is True or event.person in event.own:
        return echo(event, mid, said)
    if said.get("is_deleted") is True:
        return [Withdrawal(event.account, once("deleted", mid), mid, event.at, event.piece.body)]
    if event.sender is None:
        return [Unreadable(event.account, mid, "no_sender", event.at, event.piece.body)]
    if said.get("is_unsupported") is True:
        return [Unreadable(event.account, mid, "unsupported", event.at, event.piece.body, event.sender)]
    return [words(event, mid, said)]


def echo(event: Event, mid: str, said: Mapping[str, Any]) -> Sequence[Heard]:
    """Our own words come back to us. With our letter's id in them they say that it went, also after a time-out."""
    letter = graph.letter_of(read.text(said, "metadata"))
    if said.get("is_deleted") is True:  # somebody at the page took our own words back
        return event.piece.ignored(once("deleted", mid), "echo", event.at)
    if letter is None:
        return event.piece.ignored(mid, "echo", event.at)
    return [
        Delivery(
            event.account, once("echo", mid), "sent", event.at, letter=letter, of=mid, body=event.piece.body
        )
    ]


def words(event: Event, mid: str, said: Mapping[str, Any]) -> Heard:
    text, notes = read.words(said, "text")
    found = Attached().of(read.rows(said, "attachments"))
    text = text or found.words
    asked = command(text) if not found.files else None
    if asked and event.sender:
        return Command(event.account, mid, event.sender, asked[0], event.at, asked[1], event.piece.body)
    if not text and not found.files and found.place is None:
        return Unreadable(event.account, mid, "no_content", event.at, event.piece.body, event.sender)
    answered = once(read.text(read.part(said, "reply_to"), "mid", 1000))
    lat, lon = found.place or (None, None)
    return Submission(
        uuid=read.uuid(event.piece.account, mid),
        channel=event.account,
        account=event.account,
        external_id=mid,
        body=event.piece.body,
        words=text,
        at=event.at,
        lat=lat,
        lon=lon,
        sender=event.sender,
        replies_to=(answered,) if answered else (),
        files=found.files,
        notes=(*notes, *found.notes),
    )


class Attached:
    """What hangs on a message: files by their address, a place, links as words."""

    def __init__(self) -> None:
        self.files: tuple[File, ...] = ()
        self.notes: tuple[str, ...] = ()
        self.words = ""
        self.place: tuple[float, float] | None = None

    def of(self, attachments: Sequence[Mapping[str, Any]]) -> "Attached":
        for one in attachments[:MOST_FILES]:
            self.take(read.text(one, "type", 40), read.part(one, "payload"), one)
        if len(attachments) > MOST_FILES:
            self.notes += ("incomplete",)
        return self

    def take(self, kind: str, payload: Mapping[str, Any], one: Mapping[str, Any]) -> None:
        url = read.text(payload, "url", 4000) or read.text(one, "url", 4000)
        title = read.text(payload, "title") or read.text(one, "title")
        note = "sticker" if "sticker_id" in payload else kind or "unknown"
        self.notes += (note,)
        if kind == "location":
            coordinates = read.part(payload, "coordinates")
            self.place = loosely.place(coordinates, "lat", "long") or self.place
        elif kind in LINKS:
            said = " ".join(part for part in (title, url) if part)
            self.words = "\n".join(part for part in (self.words, said) if part)
        elif url:
            self.files += (File(f"{note}.{ENDINGS.get(kind, 'bin')}", ref={"url": url}),)


def postback(event: Event) -> Sequence[Heard]:
    """A button was pressed; its title is what the person "said"."""
    pressed = read.part(event.json, "postback")
    title, mid = (
        read.text(pressed, "title", 2000),
        once(read.text(pressed, "mid", 1000)) or raw_id(event.piece),
    )
    if event.sender is None or not title:
        return [Unreadable(event.account, mid, "postback", event.at, event.piece.body, event.sender)]
    return [words(event, mid, {"text": title})]


def edited(event: Event) -> Sequence[Heard]:
    change = read.part(event.json, "message_edit")
    mid, times = once(read.text(change, "mid", 1000)), read.text(change, "num_edit", 10)
    if not mid or event.person in event.own:
        return event.piece.ignored(raw_id(event.piece), "echo" if mid else "no_id", event.at)
    text, _ = read.words(change, "text")
    return [Edit(event.account, once("edit", mid, times), mid, text, event.at, event.piece.body)]


# ---- what became of our letters ----


def delivered(event: Event) -> Sequence[Heard]:
    told = read.part(event.json, "delivery")
    mids = told.get("mids")
    named = [once(read.text({"it": one}, "it", 1000)) for one in mids] if isinstance(mids, list) else []
    return state(event, "delivered", [one for one in named if one], told.get("watermark"))


def seen(event: Event) -> Sequence[Heard]:
    told = read.part(event.json, "read")
    mid = once(read.text(told, "mid", 1000))
    return state(event, "read", [mid] if mid else [], told.get("watermark"))


def state(event: Event, word: str, mids: Sequence[str], watermark: Any) -> Sequence[Heard]:
    body, account = event.piece.body, event.account
    if mids:
        return [Delivery(account, once(word, mid), word, event.at, of=mid, body=body) for mid in mids]
    if not event.person or watermark is None:
        return event.piece.ignored(raw_id(event.piece), word, event.at)
    at = read.moment(watermark, event.at)
    external_id = once(word, event.person, str(int(at.timestamp() * 1000)))
    return [Delivery(account, external_id, word, at, of=once("to", event.person), body=body)]


EVENTS: Mapping[str, Callable[[Event], Sequence[Heard]]] = {
    "message": message,
    "message_edit": edited,
    "postback": postback,
    "delivery": delivered,
    "read": seen,
}
