"""Bytes of an exchange or of Kannel to what was heard. Nothing here raises, whatever a stranger sends."""

from datetime import UTC, datetime
from urllib.parse import parse_qsl

from tanggap.channels.base import Account, Delivery, Heard, Ignored, Submission, Unreadable, once
from tanggap.lib import loosely

from . import alphabet, message, sender
from .receipt import DELIVERED, FAILED, SENT

NEWS = {1: DELIVERED, 2: FAILED, 4: SENT, 8: SENT, 16: FAILED}  # the bits of Kannel's dlr-mask
REASONS = {2: "failed", 16: "refused"}
MOST_FIELDS = 50
CODINGS = {"0": 0x00, "1": 0x04, "2": 0x08}  # Kannel's %c: 7 bit, 8 bit, UCS-2
CHARSETS = {"utf-8": "utf-8", "utf8": "utf-8", "iso-8859-1": "latin-1", "us-ascii": "latin-1",
            "windows-1252": "cp1252", "utf-16be": "utf-16-be"}  # fmt: skip


def parse(account: Account, raw: bytes, now: datetime) -> list[Submission | Heard]:
    """One PDU by itself; a part of a long message as such."""
    found = message.understand(account, raw, now)
    return [message.piece_heard(account, found, now) if isinstance(found, message.Piece) else found]


def words(account: Account, query: bytes, now: datetime) -> list[Submission | Heard]:
    """What a citizen wrote, as Kannel's get-url tells it: from, to, id, coding, charset and the text's own bytes."""
    told = fields(query)
    body = query_body(told)
    name = once("kannel", plain(told, "id")) if plain(told, "id") else message.name_of(body, now)
    if "text" not in told or "from" not in told:
        return [Unreadable(account.code, name, "no_text", now, body)]
    contact, nobody = sender.who(account, plain(told, "from"))
    if nobody:
        return [Ignored(account.code, name, nobody, now, body)]
    said = text_of(told, account["alphabet"])
    if said is None:
        return [Unreadable(account.code, name, "no_text", now, body, contact)]
    return [message.heard(account, name, contact, said, body, now)]


def text_of(told: dict[str, bytes], default: str) -> str | None:
    """The words; None where they are bytes for a program."""
    coding = CODINGS.get(plain(told, "coding"), 0x00)
    charset = CHARSETS.get(plain(told, "charset").lower())
    try:
        if coding == 0x04:
            raise alphabet.NoText("binary")
        if charset:
            return told["text"].decode(charset, "replace")
        if coding == 0x08:
            return alphabet.decode(told["text"], coding, default)
    except alphabet.NoText:
        return None
    try:
        return told["text"].decode()
    except UnicodeDecodeError:
        return told["text"].decode("latin-1")


def news(account: Account, query: bytes, now: datetime) -> list[Submission | Heard]:
    """What became of a letter, as the dlr-url of ours tells it."""
    told = fields(query)
    body = query_body(told)
    letter, state = plain(told, "letter"), plain(told, "state")
    code = int(state) if state.isdecimal() and state.isascii() and len(state) < 4 else 0
    if code not in NEWS or not (letter.isascii() and letter.isdigit() and len(letter) < 19):
        return [Unreadable(account.code, once("dlr", loosely.digest(body)), "receipt", now, body)]
    name = once("dlr", letter, state)
    return [
        Delivery(account.code, name, NEWS[code], now, letter=int(letter), of=plain(told, "id")[:100],
                 reason=REASONS.get(code, ""), body=body)
    ]  # fmt: skip


def fields(query: bytes) -> dict[str, bytes]:
    """The first of each name; its value as bytes, whatever they are."""
    found: dict[str, bytes] = {}
    try:
        pairs = parse_qsl(
            query.decode("latin-1"), keep_blank_values=True, encoding="latin-1", max_num_fields=MOST_FIELDS
        )
    except ValueError:
        return found
    for name, value in pairs:
        found.setdefault(name, value.encode("latin-1", "replace"))
    return found


def plain(told: dict[str, bytes], name: str) -> str:
    return loosely.plain(told.get(name, b"").decode("utf-8", "replace")).strip()


def query_body(told: dict[str, bytes]) -> bytes:
    """What is kept: all that was told, without what opens our door."""
    kept = {name: value.decode("latin-1") for name, value in told.items() if name not in ("key", "seal")}
    return loosely.canonical(kept)


def at(account: Account) -> datetime:
    return account.now or datetime.now(UTC)
