"""Taking a mail apart, within bounds: no recursion, 200 parts, 20 levels, 64 kB of headers, whatever the sender wrote.

Python's own parser recurses into nested parts and spends seconds on headers of a megabyte (reliability.md E14 to E18);
it is used here for single header values of bounded length only.
"""

import binascii
import codecs
import quopri
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message

MOST_PARTS = 200
MOST_LEVELS = 20
MOST_OF_HEADERS = 64_000
MOST_OF_A_HEADER = 8_000
MOST_OF_PARAMETERS = 4_000
HEADERS_END_WITHIN = 2_000_000  # a longer block of headers has no end
_BLANK = re.compile(rb"\r?\n\r?\n")
_NAME = re.compile(rb"([!-9;-~]{1,100})[ \t]*:")
# codecs of Python that are no charset, or take quadratic time
NO_CHARSETS = {"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "mbcs", "oem"}
# what is meant where this is written (the first two as browsers do)
MEANT = {
    "iso-8859-1": "cp1252", "us-ascii": "cp1252", "ascii": "cp1252", "latin1": "cp1252", "latin-1": "cp1252",
    "gb2312": "gb18030", "gbk": "gb18030", "gb_2312-80": "gb18030", "ks_c_5601-1987": "cp949", "euc-kr": "cp949",
    "shift_jis": "cp932", "ansi": "cp1252", "utf8mb4": "utf-8", "unicode-1-1-utf-8": "utf-8", "x-sjis": "cp932",
    "iso-8859-8-i": "iso-8859-8", "cp-850": "cp850", "windows-31j": "cp932", "unknown-8bit": "utf-8", "8bit": "utf-8",
}  # fmt: skip


class TooDeep(Exception):
    """Parts in parts in parts: more levels than any mailer makes."""


@dataclass
class Part:
    """One leaf. `type` is lower case; `inside` are the types of the multiparts around it, the outermost first."""

    type: str
    parameters: dict[str, str]
    fields: list[tuple[str, str]]
    raw: bytes
    inside: tuple[str, ...] = ()
    notes: list[str] = field(default_factory=list)

    def first(self, name: str) -> str:
        return next((value for key, value in self.fields if key == name), "")

    @property
    def disposition(self) -> str:
        return self.first("content-disposition").partition(";")[0].strip().lower()

    def data(self) -> bytes:
        """The bytes, decoded as far as they can be."""
        return untransfer(self.raw, self.first("content-transfer-encoding"))


@dataclass
class Parts:
    """The mail's own headers and its leaves in order."""

    fields: list[tuple[str, str]]
    type: str
    parameters: dict[str, str]
    leaves: list[Part]
    notes: list[str]


def take_apart(raw: bytes) -> Parts:
    """Raises TooDeep; anything else comes out with notes: parts_cut, headers_cut, broken."""
    notes: list[str] = []
    found: list[Part] = []
    top: tuple[list[tuple[str, str]], str, dict[str, str]] | None = None
    waiting: list[tuple[int, int, tuple[str, ...]]] = [(0, len(raw), ())]
    seen = 0
    while waiting:
        start, end, inside = waiting.pop()
        seen += 1
        if seen > MOST_PARTS:
            notes.append("parts_cut")
            break
        if len(inside) > MOST_LEVELS:
            raise TooDeep
        fields, body = headers(raw, start, end, notes)
        default = "message/rfc822" if inside[-1:] == ("multipart/digest",) else "text/plain"
        kind, parameters = content_type(fields, default)
        top = top or (fields, kind, parameters)
        if kind.startswith("multipart/") and parameters.get("boundary"):
            children = list(between(raw, body, end, parameters["boundary"].encode("utf-8", "replace")))
            if children:
                waiting += [(a, b, (*inside, kind)) for a, b in reversed(children)]
                continue
            notes.append("broken")
            kind = "text/plain"
        found.append(Part(kind, parameters, fields, raw[body:end], inside))
    fields, kind, parameters = top or ([], "text/plain", {})
    return Parts(fields, kind, parameters, found, sorted(set(notes)))


def headers(raw: bytes, start: int, end: int, notes: list[str]) -> tuple[list[tuple[str, str]], int]:
    """The fields of one entity (names in lower case, unfolded) and where its body begins."""
    if raw[start : start + 1] == b"\n" or raw[start : start + 2] == b"\r\n":
        return [], min(end, start + (1 if raw[start : start + 1] == b"\n" else 2))
    stop = min(end, start + HEADERS_END_WITHIN)
    blank = _BLANK.search(raw, start, stop)
    block = raw[start : blank.start() if blank else stop]
    body = blank.end() if blank else stop
    found: list[tuple[str, list[bytes]]] = []
    for line in block.split(b"\n"):
        name = None if line[:1] in (b" ", b"\t") else _NAME.match(line)
        if name:
            found.append((name[1].decode("ascii").lower(), [line[name.end() :]]))
        elif found:
            found[-1][1].append(line)
    return within(found, notes), body


def within(found: list[tuple[str, list[bytes]]], notes: list[str]) -> list[tuple[str, str]]:
    kept, room = [], MOST_OF_HEADERS
    for name, lines in found:
        value = b" ".join(line.strip() for line in lines)
        if len(value) > MOST_OF_A_HEADER:
            notes.append("headers_cut")
            value = value[:MOST_OF_A_HEADER]
        room -= len(name) + len(value)
        if room < 0:
            notes.append("headers_cut")
            break
        kept.append((name, eight_bits(value).strip()))
    return kept


def eight_bits(value: bytes) -> str:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("cp1252", "replace")


def content_type(fields: list[tuple[str, str]], default: str) -> tuple[str, dict[str, str]]:
    """Type and parameters; the first field counts. What makes no sense is the default."""
    value = next((value for name, value in fields if name == "content-type"), "")[:MOST_OF_PARAMETERS]
    kind = value.partition(";")[0].strip().lower()
    if not re.fullmatch(r"[\w.+-]+/[\w.+-]+", kind, re.ASCII):
        return default, {}
    return kind, parameters_of(value)


def parameters_of(value: str) -> dict[str, str]:
    """Parameters of a structured header, continued and encoded ones put together (RFC 2231)."""
    message = Message()
    message["Content-Type"] = value[:MOST_OF_PARAMETERS]
    try:
        pairs = message.get_params(failobj=[], header="content-type", unquote=True) or []
        told = {name.lower(): plain_parameter(given) for name, given in pairs[1:]}
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError, HeaderParseError):
        return {}
    return told


def plain_parameter(given: str | tuple[str | None, str | None, str]) -> str:
    if isinstance(given, str):
        return given
    charset, _, text = given
    return text_of(text.encode("latin-1", "replace"), charset or "utf-8")[0]


def between(raw: bytes, start: int, end: int, boundary: bytes) -> Iterator[tuple[int, int]]:
    """Where the parts lie, one more than may be taken at most. The last one may lack its end."""
    line = b"--" + boundary
    open_at, at, count = -1, start, 0
    while (found := raw.find(line, at, end)) >= 0 and count <= MOST_PARTS:
        at = found + len(line)
        if found > start and raw[found - 1 : found] != b"\n":
            continue
        stop = raw.find(b"\n", at, end)
        rest = raw[at : stop if stop >= 0 else end].strip()
        if rest not in (b"", b"--"):
            continue
        if open_at >= 0:
            yield open_at, max(open_at, before_line(raw, found))
            count += 1
        if rest == b"--":
            return
        open_at = at = stop + 1 if stop >= 0 else end
    if 0 <= open_at < end and count <= MOST_PARTS:
        yield open_at, end


def before_line(raw: bytes, at: int) -> int:
    """The line break before a boundary belongs to the boundary."""
    at -= 1
    return at - 1 if raw[at - 1 : at] == b"\r" else at


def untransfer(raw: bytes, encoding: str) -> bytes:
    encoding = encoding.partition(";")[0].strip().lower()
    if encoding == "base64":
        return unbase64(raw)
    if encoding == "quoted-printable":
        return quopri.decodestring(raw)
    if encoding in ("x-uuencode", "uuencode", "x-uue", "uue"):
        return unuu(raw)
    return raw


def unbase64(raw: bytes) -> bytes:
    """Also with foreign signs in it or an end that is missing."""
    try:
        return binascii.a2b_base64(raw)
    except binascii.Error:
        signs = re.sub(rb"[^A-Za-z0-9+/]", b"", raw)
        signs = signs[:-1] if len(signs) % 4 == 1 else signs
        return binascii.a2b_base64(signs + b"=" * (-len(signs) % 4))


def unuu(raw: bytes) -> bytes:
    found = bytearray()
    for line in raw.splitlines():
        if line.startswith((b"begin ", b"end")) or not line.strip():
            continue
        try:
            found += binascii.a2b_uu(line)
        except binascii.Error:
            continue
    return bytes(found)


def text_of(data: bytes, charset: str) -> tuple[str, bool]:
    """Words, and whether the declared charset was right. The declared charset first, then what it often really is."""
    named = MEANT.get(charset.strip().strip("\"'").lower(), charset.strip().strip("\"'").lower()) or "utf-8"
    for one in (named, "utf-8", "cp1252") if named != "cp1252" else ("utf-8", "cp1252"):
        try:
            if is_charset(one):
                return data.decode(one), one == named or not charset
        except (UnicodeDecodeError, ValueError):
            continue
    known = named if is_charset(named) else "utf-8"
    return data.decode(known, "replace"), False


def is_charset(name: str) -> bool:
    try:
        found = codecs.lookup(name)
    except (LookupError, ValueError, UnicodeError):
        return False
    return bool(getattr(found, "_is_text_encoding", True)) and found.name not in NO_CHARSETS


def unfolded(value: str) -> str:
    """A header as its writer meant it (RFC 2047), never raising."""
    try:
        parts = decode_header(value)
    except (HeaderParseError, ValueError, binascii.Error, RecursionError):
        return value
    told = [
        part if isinstance(part, str) else text_of(part, charset or "utf-8")[0] for part, charset in parts
    ]
    return " ".join("".join(told).split())
