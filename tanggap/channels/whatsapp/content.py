"""What each type of WhatsApp message holds, as a table: type -> function from its content to parts of a Submission.

None says that it holds nothing we can read: a person will look at it.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from tanggap.channels.base import File
from tanggap.channels.meta import read
from tanggap.lib import loosely

Content = dict[str, Any]
ENDINGS = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/webp": "webp",
    "video/mp4": "mp4",
    "video/3gpp": "3gp",
    "audio/ogg": "ogg",
    "audio/mpeg": "mp3",
    "audio/mp4": "m4a",
    "audio/aac": "aac",
    "audio/amr": "amr",
    "application/pdf": "pdf",
}
MOST_CARDS = 20


def text(it: Any) -> Content | None:
    words, notes = read.words(it, "body")
    return {"words": words, "notes": notes} if words else None


def medium(kind: str) -> Callable[[Any], Content | None]:
    """A file with or without a caption; its bytes are fetched later, by its id."""

    def content(it: Any) -> Content | None:
        media, mime = read.text(it, "id"), read.text(it, "mime_type").partition(";")[0].strip().lower()
        if not media:
            return None
        words, notes = read.words(it, "caption")
        known = kind if read.part({"it": it}, "it").get("voice") is not True else "voice"
        name = read.text(it, "filename", 200) or f"{known}.{ENDINGS.get(mime, 'bin')}"
        ref = {"id": media, "sha256": read.text(it, "sha256"), "mime": mime}
        return {"words": words, "notes": (*notes, known), "files": (File(name, ref=ref),)}

    return content


def location(it: Any) -> Content | None:
    found = loosely.place(it)
    if found is None:
        return None
    named = [read.text(it, key, 500) for key in ("name", "address")]
    place = ", ".join(dict.fromkeys(one for one in named if one))
    return {"words": "", "lat": found[0], "lon": found[1], "place": place, "notes": ("location",)}


def contacts(it: Any) -> Content | None:
    """Cards of third persons: words for an officer, never an address of who sent them (reliability.md C09)."""
    lines = []
    for card in read.rows({"it": it}, "it")[:MOST_CARDS]:
        name = read.text(read.part(card, "name"), "formatted_name", 200)
        phones = [read.text(one, "phone", 40) for one in read.rows(card, "phones")[:5]]
        lines.append(" ".join(part for part in (name, *phones) if part))
    words = "\n".join(line for line in lines if line)
    return {"words": words, "notes": ("contact_card",)} if words else None


def interactive(it: Any) -> Content | None:
    """The answer to a button, a list or a form of ours."""
    for kind in ("button_reply", "list_reply"):
        chosen = read.part(it, kind)
        if words := read.text(chosen, "title", 2000):
            return {"words": words, "notes": ("button",)}
    form = read.part(it, "nfm_reply")
    return filled(read.text(form, "response_json", read.MOST_WORDS))


def filled(response: str) -> Content | None:
    """A form's fields, one a line; what the provider adds for itself is left out."""
    try:
        fields = json.loads(response)
    except (RecursionError, ValueError):
        return None
    if not isinstance(fields, Mapping):
        return None
    lines = [f"{loosely.plain(key)}: {value}" for key in fields if (value := read.text(fields, key, 2000))]
    words = "\n".join(line for line in lines if not line.startswith("flow_token:"))
    return {"words": words[: read.MOST_WORDS], "notes": ("form",)} if words else None


def button(it: Any) -> Content | None:
    words, notes = read.words(it, "text")
    return {"words": words, "notes": (*notes, "button")} if words else None


def order(it: Any) -> Content | None:
    """We sell nothing; what somebody wrote with it counts."""
    words, notes = read.words(it, "text")
    return {"words": words, "notes": (*notes, "order")} if words else None


TYPES: Mapping[str, Callable[[Any], Content | None]] = {
    "text": text,
    **{kind: medium(kind) for kind in ("image", "document", "audio", "video", "voice", "sticker")},
    "location": location,
    "contacts": contacts,
    "interactive": interactive,
    "button": button,
    "order": order,
}
