"""Personal data in words -> marks. What stays is what officers and the public may read.

A mark is ⟦kind⟧; pages draw it as a black bar with a word. Rules are rows: more is added by adding a row.
"""

import re

MARK = "⟦{}⟧"
PHONE = r"(?<![\w⟦])(?:\+?62|0)[\s.-]?8\d(?:[\s.-]?\d){6,11}(?!\d)"
RULES = (
    # before phones: sixteen digits are a NIK, thirteen to nineteen a card
    ("nik", re.compile(r"(?<!\d)\d{6}[\s.-]?\d{6}[\s.-]?\d{4}(?!\d)")),
    ("email", re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}")),
    ("phone", re.compile(PHONE)),
    ("phone", re.compile(r"(?<![\w⟦])\(?0\d{2,3}\)?[\s.-]?\d{3,4}[\s.-]?\d{3,4}(?!\d)")),
    # behind the word "pelat" even a bus's number is covered; a lone JK number is a report's, not a plate
    ("plate", re.compile(r"(?<![A-Za-z])[A-Z]{1,2}[\s.-]?\d{1,4}[\s.-]?[A-Z]{1,3}(?![A-Za-z0-9])")),
    ("account", re.compile(
        r"(?i)\b(?:id ?pel(?:anggan)?|no(?:mor|\.)? ?(?:pelanggan|meter|rekening|rek|kk|ktp|nik|bpjs))\b"
        r"[\s.:]*[\d.\s-]{5,25}")),
    ("name", re.compile(r"(?:(?<=nama saya )|(?<=Nama saya )|(?<=a\.n\. )|(?<=atas nama )|(?<=Atas nama ))"
                        r"[A-Z][\w'.-]{1,30}(?: [A-Z][\w'.-]{1,30}){0,3}")),
    ("address", re.compile(r"(?i)\b(?:rumah|kediaman) saya(?: di)?[^.!?\n]{0,20}?\b(?:no|nomor)\b\.? ?\d+[A-Za-z]?")),
)  # fmt: skip
KINDS = ("nik", "email", "phone", "plate", "account", "name", "address", "hand")


def redact(text: str) -> tuple[str, list[str]]:
    """Masked words, and the kinds that were found (for triage's page and the tests)."""
    found = []
    for kind, pattern in RULES:
        text, count = pattern.subn(MARK.format(kind), text)
        found += [kind] * count
    return text, found


GREETING = re.compile(
    r"(?i)^(?:ass?alam\w*(?: (?:alaikum|wr|wb)\w*)*|selamat (?:pagi|siang|sore|malam)|halo+|hai|hi|hello|dear|yth"
    r"|kepada yth|permisi|maaf|mohon (?:maaf|izin|perhatian|bantuan\w*|dibantu)|tolong dibantu|min|pak|bu|bapak|ibu"
    r"|kak|gan)\b(?: (?:semua\w*|min|admin|pak|bu|bapak|ibu|kak|gubernur|lurah|camat|tim|jakarta|petugas|ya|bpk"
    r"|sdr)\b)*[ ,.!:;]*"
)
# a point behind these ends no sentence
SHORTENED = re.compile(r"(?i)\b(?:jl|jln|gg|no|nomor|rt|rw|kel|kec|kp|bpk|yth|sdr|tlp|telp|ds|dll|dsb|a\.n)$")
TITLE = 90


def title(masked: str) -> str:
    """The first sentence of the masked words that says something, at most 90 signs: what a list shows. Greetings are
    passed over, shouting is lowered; where nothing else is said, the greeting is the title."""
    said = " ".join(masked.split())
    rest = said
    while found := GREETING.match(rest):
        rest = rest[found.end() :]
        if not found.end():
            break
    first = sentence(rest) or sentence(said)
    if first.isupper():
        first = first.capitalize()
    first = first[:1].upper() + first[1:]
    return first if len(first) <= TITLE else first[:TITLE].rsplit(" ", 1)[0] + "…"


def sentence(text: str) -> str:
    """Up to the first mark that ends a sentence."""
    for mark in re.finditer(r"[.!?](?=\s|$)", text):
        if not SHORTENED.search(text[: mark.start()]):
            return text[: mark.start()].strip(" .,")
    return text.strip(" .,")
