"""The signs of a short message: GSM 7 bit (3GPP TS 23.038) where all fit, else UCS-2; counted, split and read.

A part holds 160 septets alone or 153 beside others, 70 or 67 units in UCS-2. A sign of two units (a surrogate pair, or
one of GSM's second table) is never cut in two.
"""

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
SECOND = {
    0x0A: "\f", 0x14: "^", 0x28: "{", 0x29: "}", 0x2F: "\\", 0x3C: "[", 0x3D: "~", 0x3E: "]", 0x40: "|", 0x65: "€",
}  # fmt: skip
ESCAPE = 0x1B
CODES = {sign: bytes([code]) for code, sign in enumerate(BASIC) if code != ESCAPE}
CODES |= {sign: bytes([ESCAPE, code]) for code, sign in SECOND.items()}

# typographer's signs, for which the plain one says the same. Never a letter: a name stays as its bearer writes it,
# even where that makes the letter dearer
PLAIN = str.maketrans(
    dict.fromkeys("“”„‟″«»", '"')
    | dict.fromkeys("‘’‚‛′`´ʼ", "'")
    | dict.fromkeys("‐‑‒–—―−", "-")
    | dict.fromkeys("\u00a0\u2007\u2009\u200a\u202f\u2002\u2003\t", " ")
    | dict.fromkeys("\u200b\u200c\u200d\ufeff\u00ad\u2060\ufe0f", "")
    | {
        "…": "...",
        "•": "-",
        "·": "-",
        "×": "x",
        "→": "->",
        "←": "<-",
        "≤": "<=",
        "≥": ">=",
        "½": "1/2",
        "\r": "",
    }
)

DEFAULT, LATIN, UCS2 = 0x00, 0x03, 0x08  # data_coding
ALONE, BESIDE = {DEFAULT: 160, UCS2: 70}, {DEFAULT: 153, UCS2: 67}
CHARSETS = {0x01: "ascii", 0x03: "latin-1", 0x05: "shift_jis", 0x06: "iso8859-5", 0x07: "iso8859-8", 0x0D: "euc_jp",
            0x0E: "euc_kr"}  # fmt: skip
BINARY = {0x02, 0x04}


class NoText(ValueError):
    """Bytes that are no words: a ringtone, a setting for a telephone."""


@dataclass(frozen=True)
class Coded:
    """A text as it goes out: the value of data_coding, and the bytes of each part."""

    coding: int
    parts: tuple[bytes, ...]


def plain(text: str) -> str:
    """Put together (é is in GSM's table, e with an accent behind it is not), and with plain signs.

    >>> plain("“Jl. Pluit” – rusak…"), plain("Zoë Peña")
    ('"Jl. Pluit" - rusak...', 'Zoë Peña')
    """
    return unicodedata.normalize("NFC", text).translate(PLAIN)


def is_gsm(text: str, alphabet: str = "gsm") -> bool:
    """Do all signs fit the exchange's default alphabet?"""
    if alphabet == "latin-1" and any(ord(sign) > 0xFF for sign in text):
        return False
    return all(sign in CODES for sign in text)


def septets(sign: str) -> int:
    return len(CODES[sign])


def units(sign: str) -> int:
    return 1 if ord(sign) < 0x10000 else 2


def code(text: str, alphabet: str = "gsm") -> Coded:
    """Split and encode.

    >>> [len(part) for part in code("a" * 161).parts], len(code("a" * 160).parts), code("á").coding
    ([153, 8], 1, 8)
    """
    if is_gsm(text, alphabet):
        encode = encode_gsm if alphabet == "gsm" else encode_latin
        return Coded(DEFAULT, tuple(encode(part) for part in split(text, DEFAULT, septets)))
    parts = split(text, UCS2, units)
    return Coded(UCS2, tuple(part.encode("utf-16-be", "replace") for part in parts))


def split(text: str, coding: int, cost: Callable[[str], int]) -> list[str]:
    costs = [cost(sign) for sign in text]
    if sum(costs) <= ALONE[coding]:
        return [text]
    most, parts, begin, room = BESIDE[coding], [], 0, 0
    for at, price in enumerate(costs):
        if room + price > most:
            parts.append(text[begin:at])
            begin, room = at, 0
        room += price
    return [*parts, text[begin:]]


def encode_gsm(text: str) -> bytes:
    return b"".join(CODES[sign] for sign in text)


def encode_latin(text: str) -> bytes:
    return text.encode("latin-1", "replace")


def decode(data: bytes, coding: int, alphabet: str = "gsm") -> str:
    """The words of a message, whatever its data_coding; what makes no sense is shown as such. Raises NoText."""
    coding = simple(coding)
    if coding in BINARY:
        raise NoText("binary")
    if coding == UCS2:
        return data.decode("utf-16-be", "replace")
    charset = CHARSETS.get(coding) or ("latin-1" if alphabet == "latin-1" else "")
    return data.decode(charset, "replace") if charset else decode_gsm(data)


def simple(coding: int) -> int:
    """GSM's own coding schemes (with a class, waiting signs) as one of SMPP's."""
    group = coding >> 4
    if group in (0x1, 0x2, 0x3):  # general, with or without a class; packed ones are not told here
        return {0: DEFAULT, 1: 0x04, 2: UCS2, 3: DEFAULT}[coding >> 2 & 3]
    if group == 0xE:
        return UCS2
    if group == 0xF:
        return 0x04 if coding & 0x04 else DEFAULT
    return coding


def decode_gsm(data: bytes) -> str:
    """One octet a sign. An octet above 127 is in no table: exchanges that send one mean Latin-1.

    >>> decode_gsm(encode_gsm("Jl. [Pluit] 5€ à")), decode_gsm(bytes([0x1B])), decode_gsm(bytes([0xE9]))
    ('Jl. [Pluit] 5€ à', '', 'é')
    """
    found, escaped = [], False
    for octet in data:
        if escaped:
            found.append(SECOND.get(octet, BASIC[octet] if octet < 128 else chr(octet)))
            escaped = False
        elif octet == ESCAPE:
            escaped = True
        else:
            found.append(BASIC[octet] if octet < 128 else chr(octet))
    return "".join(found)
