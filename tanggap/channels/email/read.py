"""Bytes to one plain `Mail`: all the work on a stranger's bytes. It runs in a child process (child.py), holds no secret
and decides nothing: what the mail means for us is said by `parse.py`."""

import hashlib
import re
from dataclasses import dataclass, field

from bs4.exceptions import ParserRejectedMarkup

from tanggap.channels.base import File

from . import enclosed, words
from .mime import Part, Parts, TooDeep, headers, parameters_of, take_apart, text_of, unfolded

# headers that count once their words are decoded; the rest is judged as written
SPOKEN = {"subject"}
KEPT = {
    "from", "to", "cc", "subject", "message-id", "in-reply-to", "references", "return-path", "delivered-to",
    "x-original-to", "envelope-to", "x-envelope-to", "auto-submitted", "precedence", "list-id", "list-post",
    "list-unsubscribe", "x-autoreply", "x-autorespond", "x-auto-reply", "x-loop", "x-tanggap-reference",
    "x-failed-recipients", "authentication-results", "content-language", "date",
}  # fmt: skip
MOST_OF_ONE_NAME = 50
STUB = 3  # a plain version so many times shorter says only that there is another one
# which headers make a mail this one and no other, however it travelled; with the body they are its identity
SAME = ("message-id", "from", "date", "subject", "to")
_ANSWERS = re.compile(r"^\s*(?:\[[^\]]{0,80}\]\s*)?(?:re|bls|balas|aw|sv|antw)\s*(?:\[\d+\])?:", re.I)


@dataclass
class Mail:
    """What stands in a mail. `words` are without quotes where it is an answer. `unreadable`: a code; no more is
    known.

    `report` holds the fields of a delivery or disposition report, in small letters; `returned` the Message-ID of what
    was sent back with it.
    """

    headers: dict[str, list[str]] = field(default_factory=dict)
    words: str = ""
    files: list[File] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    report_type: str = ""
    report: dict[str, str] = field(default_factory=dict)
    returned: str = ""
    hops: int = 0
    unreadable: str = ""

    def first(self, name: str) -> str:
        return next(iter(self.headers.get(name, [])), "")


def read(raw: bytes, cut: bool = False) -> Mail:
    """Never raises. `cut`: only the beginning of a mail too large to be fetched whole."""
    try:
        return of_parts(take_apart(raw), cut)
    except TooDeep:
        return Mail(unreadable="too_deep")
    except (ValueError, LookupError, TypeError, AttributeError, IndexError, RecursionError, ArithmeticError):
        return Mail(unreadable="unparseable")
    except (AssertionError, ParserRejectedMarkup):  # what parsers of HTML answer to marks they don't know
        return Mail(unreadable="unparseable")


def digest_of(raw: bytes) -> str:
    """The same mail by another route, or under a new UID, has the same; another mail with the same Message-ID has not
    (reliability.md E29)."""
    fields, body = headers(raw, 0, len(raw), [])
    told = hashlib.sha256()
    for name in SAME:
        for key, value in fields:
            if key == name:
                told.update(f"{name}:{value}\n".encode("utf-8", "replace"))
    told.update(raw[body:].replace(b"\r\n", b"\n").rstrip())
    return told.hexdigest()


def of_parts(parts: Parts, cut: bool) -> Mail:
    mail = Mail(headers=chosen(parts), notes=list(parts.notes))
    mail.hops = sum(name == "received" for name, _ in parts.fields)
    if parts.type == "multipart/report":
        mail.report_type = parts.parameters.get("report-type", "").lower()
        reported(mail, parts.leaves)
    leaves = parts.leaves[:-1] if cut and len(parts.leaves) > 1 else parts.leaves
    if cut:
        mail.notes.append("too_large")
    if parts.type in enclosed.ENCRYPTED or parts.type == "multipart/encrypted":
        mail.unreadable = "encrypted"
        return mail
    collect(mail, leaves)
    return mail


def chosen(parts: Parts) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in parts.fields:
        if name in KEPT and len(found.setdefault(name, [])) < MOST_OF_ONE_NAME:
            found[name].append(words.bounded(unfolded(value))[0] if name in SPOKEN else value)
    return found


def collect(mail: Mail, leaves: list[Part]) -> None:
    """Words and files of the leaves."""
    plain: list[str] = []
    html: list[str] = []
    for part in leaves:
        if enclosed.is_winmail(part):
            text, rich, files = enclosed.opened(part, mail.notes)
            plain.append(text)
            html.append(rich)
            mail.files += files
        elif is_words(part):
            text, whole = text_of(part.data(), part.parameters.get("charset", ""))
            if not whole:
                mail.notes.append("charset")
            (html if part.type == "text/html" else plain).append(laid_out(part, text))
        elif len(mail.files) < enclosed.MOST_FILES:
            mail.files += enclosed.file_of(part, mail.notes)
        else:
            mail.notes.append("files_cut")
    said, was_cut = words.bounded(best(plain, html, is_answer(mail)))
    mail.words = said
    if was_cut or sum(map(len, html)) > words.MOST_HTML:
        mail.notes.append("truncated")
    mail.files = mail.files[: enclosed.MOST_FILES]
    mail.notes = sorted(set(mail.notes))


def is_words(part: Part) -> bool:
    """Text that its writer meant to be read at once. A page or a text sent as a file is a file."""
    if part.type not in ("text/plain", "text/html", "text/enriched", "text/markdown"):
        return part.type.startswith("text/") and part.type not in enclosed.IGNORED and not named(part)
    return part.disposition != "attachment" and not (named(part) and part.inside[-1:] == ("multipart/mixed",))


def named(part: Part) -> bool:
    return bool(
        parameters_of(part.first("content-disposition")).get("filename") or part.parameters.get("name")
    )


def laid_out(part: Part, text: str) -> str:
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if part.type == "text/plain" and part.parameters.get("format", "").lower() == "flowed":
        return words.flowed(text, part.parameters.get("delsp", "").lower() == "yes")
    return text


def is_answer(mail: Mail) -> bool:
    return bool(
        mail.first("in-reply-to") or mail.first("references") or _ANSWERS.match(mail.first("subject"))
    )


def best(plain: list[str], html: list[str], answer: bool) -> str:
    """The plain version where it is one, else the words of the HTML; without quotes where something is answered."""
    text = "\n\n".join(one.strip("\n") for one in plain if one.strip())
    whole = own = ""
    rich = "\n".join(one for one in html if one.strip())
    if not rich and "<html" in text[:500].lower():
        text, rich = "", text
    if rich:
        whole, own = words.of_html(rich)
    if len(whole) > STUB * len(text.strip()):
        return words.above_quotes(own or whole) if answer else whole
    return words.above_quotes(text) if answer else words.tidy(text)


def reported(mail: Mail, leaves: list[Part]) -> None:
    """The fields of a delivery or disposition report; the first recipient's, ours have one only."""
    for part in leaves:
        if part.type in ("message/delivery-status", "message/disposition-notification"):
            for block in part.data()[:50_000].replace(b"\r\n", b"\n").split(b"\n\n")[:20]:
                for name, value in headers(block.strip() + b"\n\n", 0, len(block.strip()) + 2, [])[0]:
                    mail.report.setdefault(name, value[:500])
        elif part.type in ("message/rfc822", "text/rfc822-headers", "message/global") and not mail.returned:
            data = part.data()[:200_000] + b"\n\n"
            fields, _ = headers(data, 0, len(data), [])
            mail.returned = next((value[:300] for name, value in fields if name == "message-id"), "")
