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


def title(masked: str) -> str:
    """The first sentence of the masked words, at most 90 signs: what a list shows."""
    first = re.split(r"(?<=[.!?])\s|\n", masked.strip(), maxsplit=1)[0].strip(" .")
    if len(first) <= 90:
        return first
    return first[:90].rsplit(" ", 1)[0] + "…"
