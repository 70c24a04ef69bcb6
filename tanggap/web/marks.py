"""Masked words on a page: each mark of what was covered (triage/redact.py writes them as ⟦kind⟧) as a black bar
with a word on it, words that spoke for the triage's guess highlighted, line breaks kept."""

import re
from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from markupsafe import Markup, escape

MARK = re.compile(r"⟦([a-z]{1,20})⟧")
KINDS: dict[str, Any] = {
    "phone": lazy("phone number covered"),
    "email": lazy("e-mail address covered"),
    "nik": lazy("identity number covered"),
    "plate": lazy("number plate covered"),
    "account": lazy("account number covered"),
    "name": lazy("name covered"),
    "address": lazy("home address covered"),
    "hand": lazy("covered by an officer"),
    "erased": lazy("removed by the reporter"),
}


def covered(kind: str) -> str:
    return str(KINDS.get(kind, "")) or _("covered")


def masked(text: str, seen: Iterable[str] = ()) -> Markup:
    """`{{ report.words|masked }}`; `seen`: words to highlight, as the lexicon writes them."""
    spoken = pattern(seen)
    drawn = []
    for place, part in enumerate(MARK.split(text or "")):
        if place % 2:
            drawn.append(Markup('<span class="mask">{}</span>').format(covered(part)))
        else:
            drawn.append(highlighted(part, spoken))
    return Markup("").join(drawn)


def highlighted(text: str, spoken: re.Pattern[str] | None) -> Markup:
    parts = spoken.split(text) if spoken else [text]
    lines = [Markup("<br>").join(escape(line) for line in part.split("\n")) for part in parts]
    return Markup("").join(Markup("<mark>{}</mark>").format(line) if place % 2 else line
                           for place, line in enumerate(lines))  # fmt: skip


def pattern(seen: Iterable[str]) -> re.Pattern[str] | None:
    """One pattern for all words, the longest first; between the words of a phrase may stand any sign but a letter."""
    phrases = sorted({" ".join(re.findall(r"\w+", phrase)) for phrase in seen} - {""}, key=len, reverse=True)
    if not phrases:
        return None
    said = "|".join(r"[\W_]+".join(map(re.escape, phrase.split())) for phrase in phrases)
    return re.compile(rf"\b((?:{said})(?:nya|an)?)\b", re.IGNORECASE)


def unmarked(text: str) -> str:
    """The same in plain text, for titles of lists and letters: a covered place in brackets."""
    return MARK.sub(lambda found: f"[{covered(found[1])}]", text or "")
