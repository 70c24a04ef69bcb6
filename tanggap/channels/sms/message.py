"""What one short message says: a command, words of a report, a receipt, an echo; or one part of a longer message.

SMPP gives no id to what citizens send, and sends it again where our answer got lost. So its id is made of its bytes and
of a span of time: the same long words twice in a day are one message; a short "ya" only within ten minutes, because it
may well be said again; a command only within one, because who says STOP, MULAI, STOP means the last. Sent again on the
border of two spans, it is a second message on the same report at most: the door joins what one sender says within
minutes.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import NAMESPACE_URL, uuid5

from tanggap.channels.base import Account, Command, Contact, Heard, Ignored, Submission, Unreadable, once
from tanggap.channels.commands import command
from tanggap.lib import loosely

from . import alphabet, pdu, sender
from .receipt import receipt

DAY, TEN_MINUTES, MINUTE = 24 * 3600, 600, 60
NIGHT = 4 * 3600  # a day ends at 20:00 UTC, when Indonesia sleeps
SHORT_WORDS = 40
MOST_SIGNS = 10_000  # the house takes no more words; the raw ones hold all
REPORT_NUMBER = re.compile(r"\b([A-Za-z]{2,4}[0-9]{6}-?[0-9]{4,8})\b")
GAP = "[…]"


@dataclass(frozen=True)
class Piece:
    """One part of a long message, not heard yet."""

    short: pdu.Short
    sender: Contact | None
    part: pdu.Part

    @property
    def whole(self) -> tuple[str, str, str, int]:
        """What it is a part of, as far as the parts tell."""
        return self.short.source, self.short.dest, self.part.ref, self.part.total


def understand(account: Account, raw: bytes, now: datetime) -> Piece | Heard:
    """One deliver_sm or data_sm, whatever it holds."""
    try:
        short = pdu.short(raw)
    except pdu.Broken:
        return Unreadable(account.code, name_of(pdu.unnumbered(raw), now), "broken", now, raw)
    if short.is_receipt:
        return receipt(account, short, now)
    if short.esm & pdu.KINDS:
        return Ignored(account.code, name_of(short.raw, now), "notice", now, short.raw)
    contact, nobody = sender.who(account, short.source, short.source_ton)
    if nobody:
        return Ignored(account.code, name_of(short.raw, now), nobody, now, short.raw)
    if short.to_port:
        return Unreadable(account.code, name_of(short.raw, now), "for_a_program", now, short.raw, contact)
    if short.part is not None:
        return Piece(short, contact, short.part)
    try:
        words = alphabet.decode(short.text, short.coding, account["alphabet"])
    except alphabet.NoText:
        return Unreadable(account.code, name_of(short.raw, now), "no_text", now, short.raw, contact)
    return heard(account, name_of(short.raw, now, words), contact, words, short.raw, now)


def heard(
    account: Account, name: str, contact: Contact | None, words: str, body: bytes, now: datetime,
    thread: str = "", notes: Sequence[str] = (),
) -> Heard:  # fmt: skip
    """Words of somebody, whole."""
    words = loosely.plain(words)
    if not words.strip():
        return Ignored(account.code, name, "empty", now, body)
    if contact is not None and (told := command(words)):
        return Command(account.code, name, contact, told[0], now, told[1], body)
    return said(account, name, contact, words, body, now, thread, notes)


def said(
    account: Account, name: str, contact: Contact | None, words: str, body: bytes, now: datetime, thread: str,
    notes: Sequence[str],
) -> Submission:  # fmt: skip
    number = REPORT_NUMBER.search(words)
    return Submission(
        uuid=uuid5(NAMESPACE_URL, f"{account.code}:{name}"), channel=account.code, account=account.code,
        external_id=name, body=body, words=words[:MOST_SIGNS], at=now, sender=contact,
        contacts=(contact,) if contact and contact.kind == sender.PHONE else (), thread=thread,
        number=number[1].upper() if number else "",
        notes=(*notes, *(("truncated",) if len(words) > MOST_SIGNS else ())),
    )  # fmt: skip


def name_of(body: bytes, now: datetime, words: str = "") -> str:
    """The id of something that brings none."""
    span = DAY if not words or len(words) > SHORT_WORDS else MINUTE if command(words) else TEN_MINUTES
    return once("sms", digest(body), str(int((now.timestamp() + NIGHT) // span)))


def digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()[:40]


# ---- long messages ----


def piece_name(piece: Piece, now: datetime) -> str:
    return name_of(piece.short.raw, now)


def piece_heard(account: Account, piece: Piece, now: datetime) -> Heard:
    """A part by itself: the others did not come in time. Its thread keeps it beside them."""
    words = joined(account, {piece.part.seq: piece}, piece.part.total)
    name = piece_name(piece, now)
    if words is None:
        return Unreadable(account.code, name, "no_text", now, piece.short.raw, piece.sender)
    notes = ("incomplete", f"part {piece.part.seq}/{piece.part.total}")
    return said(account, name, piece.sender, words, piece.short.raw, now, thread_of(piece), notes)


def whole_heard(account: Account, pieces: dict[int, Piece], now: datetime, *, after_pieces: bool) -> Heard:
    """All parts as one message, in their order. `after_pieces`: some of them were stored by themselves before, and
    this stands beside them; with parts missing it is marked so."""
    first = pieces[min(pieces)]
    body = b"".join(pieces[seq].short.raw for seq in sorted(pieces))
    name = name_of(body, now)
    words = joined(account, pieces, first.part.total)
    if words is None:
        return Unreadable(account.code, name, "no_text", now, body, first.sender)
    if not after_pieces:
        return heard(account, name, first.sender, words, body, now)
    notes = ("joined",) if len(pieces) == first.part.total else ("joined", "incomplete")
    return said(account, name, first.sender, words, body, now, thread_of(first), notes)


def thread_of(piece: Piece) -> str:
    source, dest, ref, total = piece.whole
    return once("parts", source, dest, ref, str(total))


def joined(account: Account, pieces: dict[int, Piece], total: int) -> str | None:
    """The words of the parts in their order, a gap shown where some are missing. Parts that follow each other are put
    together as bytes: a sign may be cut in two. None where they are no words."""
    found: list[str] = []
    at = 1
    try:
        while at <= total:
            run = []
            while at in pieces:
                run.append(pieces[at].short)
                at += 1
            found.append(read(account, run) if run else GAP)
            while not run and at <= total and at not in pieces:
                at += 1
    except alphabet.NoText:
        return None
    return " ".join(found)


def read(account: Account, run: list[pdu.Short]) -> str:
    """Raises NoText."""
    told = account["alphabet"]
    if len({short.coding for short in run}) == 1:
        return alphabet.decode(b"".join(short.text for short in run), run[0].coding, told)
    return "".join(alphabet.decode(short.text, short.coding, told) for short in run)
