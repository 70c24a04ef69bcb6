"""Words of danger: fire, live wire, injury. They show the emergency number at once; a person still reads the report."""

import re
from functools import lru_cache

from tanggap.lib.text import words as split
from tanggap.models import City

USUAL, RISKY, DANGER = 0, 1, 2


def is_emergency(text: str) -> bool:
    """Is one of the city's emergency words in it, once phrases that only sound like one are taken out?"""
    rules = City.get().value("emergency", {})
    said = " ".join(split(text))
    for phrase in sorted(rules.get("false_friends", []), key=len, reverse=True):
        said = pattern(phrase).sub(" # ", said)
    return any(pattern(phrase).search(said) for phrase in rules.get("words", []))


def urgency(text: str, emergency: bool) -> int:
    """USUAL, RISKY (somebody may come to harm) or DANGER."""
    if emergency:
        return DANGER
    said = " ".join(split(text))
    risky = City.get().value("emergency", {}).get("risky_words", [])
    return RISKY if any(pattern(word).search(said) for word in risky) else USUAL


@lru_cache(maxsize=4096)
def pattern(phrase: str) -> re.Pattern[str]:
    return re.compile(rf"\b{re.escape(' '.join(split(phrase)))}\b")
