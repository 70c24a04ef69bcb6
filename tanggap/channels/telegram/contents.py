"""What a message holds beside words: files, a place, somebody's contact. One table each.

A file is its id at Telegram, fetched later; the biggest size of a photo that may be fetched is taken. A picture sent as
a document keeps what the camera wrote into it, its place too; one sent as a photo has lost it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tanggap.channels.base import Contact, File
from tanggap.lib import loosely, phone

MOST_BYTES = 20 * 1024 * 1024  # getFile gives no more
# in this order: an animation also comes as a document, for old programs
FILES = ("photo", "animation", "video", "video_note", "voice", "audio", "document")
NOTES = {"animation": "video", "video_note": "video", "video": "video", "voice": "voice", "audio": "voice"}
# known, and nobody's report: stickers and dice say nothing that could be acted on, the others tell of the chat itself
SILENT = {
    "sticker": "sticker",
    "dice": "sticker",
    "game": "sticker",
    "pinned_message": "service_message",
    "message_auto_delete_timer_changed": "service_message",
    "chat_background_set": "service_message",
    "write_access_allowed": "service_message",
    "users_shared": "service_message",
    "chat_shared": "service_message",
    "connected_website": "service_message",
    "boost_added": "service_message",
    "proximity_alert_triggered": "service_message",
    "successful_payment": "service_message",
    "refunded_payment": "service_message",
    "new_chat_members": "service_message",
    "left_chat_member": "service_message",
    "new_chat_title": "service_message",
    "new_chat_photo": "service_message",
    "video_chat_started": "service_message",
    "video_chat_ended": "service_message",
}


@dataclass(frozen=True)
class Content:
    """`known`: there is something a report may hold. `ignored`: why it holds nothing for anybody."""

    known: bool = False
    ignored: str = ""
    files: tuple[File, ...] = ()
    refused: tuple[str, ...] = ()
    point: tuple[float, float] | None = None
    place: str = ""
    contacts: tuple[Contact, ...] = ()
    notes: tuple[str, ...] = ()


def content(said: Mapping[str, Any]) -> Content:
    files, refused, notes = attached(said)
    point, place, where = placed(said)
    contacts, whose = contacted(said)
    known = bool(files or refused or point or place or whose)
    silent = next((why for name, why in SILENT.items() if name in said), "")
    return Content(
        known, "" if known else silent, files, refused, point, place, contacts, (*notes, *where, *whose)
    )


def attached(said: Mapping[str, Any]) -> tuple[tuple[File, ...], tuple[str, ...], tuple[str, ...]]:
    for kind in FILES:
        found = biggest(said) if kind == "photo" else loosely.part(said, kind)
        if not found:
            continue
        notes = (NOTES[kind],) if kind in NOTES else ()
        named = loosely.text(found, "file_id", 300)
        if not named:
            return (), (), (*notes, "incomplete")
        if size(found) > MOST_BYTES:
            return (), ("too_big",), notes
        ref = {
            "file_id": named,
            "kind": kind,
            "type": loosely.text(found, "mime_type", 100),
            "size": size(found),
        }
        return (File(loosely.text(found, "file_name", 200), ref=ref),), (), notes
    return (), (), ()


def biggest(said: Mapping[str, Any]) -> Mapping[str, Any]:
    """The best size of a photo; where all are too big to be fetched, the best of all, which is then refused."""
    sizes = loosely.rows(said, "photo")
    fit = [one for one in sizes if size(one) <= MOST_BYTES] or sizes
    return max(fit, key=lambda one: area(one) or size(one), default={})


def area(one: Mapping[str, Any]) -> int:
    return (loosely.whole(one, "width") or 0) * (loosely.whole(one, "height") or 0)


def size(one: Mapping[str, Any]) -> int:
    return max(0, loosely.whole(one, "file_size") or 0)


def placed(said: Mapping[str, Any]) -> tuple[tuple[float, float] | None, str, tuple[str, ...]]:
    venue = loosely.part(said, "venue")
    location = loosely.part(venue, "location") or loosely.part(said, "location")
    place = ", ".join(filter(None, (loosely.text(venue, "title", 150), loosely.text(venue, "address", 150))))
    point = loosely.place(location)
    notes = ["incomplete"] if location and point is None else []
    notes += ["live_location"] if "live_period" in location else []
    return point, place, tuple(notes)


def contacted(said: Mapping[str, Any]) -> tuple[tuple[Contact, ...], tuple[str, ...]]:
    """A contact is the sender's own only where Telegram itself says so; a third person's never makes them a reporter.
    Telegram saw the number once, when the account was made: numbers change hands, so it proves nothing here."""
    card = loosely.part(said, "contact")
    if not card:
        return (), ()
    owner, sender = loosely.whole(card, "user_id"), loosely.whole(loosely.part(said, "from"), "id")
    if owner is None or owner != sender:
        return (), ("contact_of_another",)
    told = loosely.text(card, "phone_number", 40).strip()
    try:  # written with its country, often without the plus
        number = phone.parse(told if told.startswith(("+", "0")) else f"+{told}")
    except phone.BadPhone:
        return (), ("incomplete",)
    return (Contact("phone", number),), ("own_contact",)
