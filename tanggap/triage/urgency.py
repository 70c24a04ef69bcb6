"""Words of danger: fire, live wire, injury. They show the emergency number at once; a person still reads the report."""

import re
from functools import lru_cache

from tanggap.lib.text import words as split
from tanggap.models import City

USUAL, RISKY, DANGER = 0, 1, 2


def is_emergency(text: str) -> bool:
    """Is one of the city's emergency words in it, once phrases that only sound like one are taken out?"""
    rules = City.get().value("emergency", {})
    said = any_of(rules.get("false_friends", [])).sub(" # ", " ".join(split(text)))
    return any_of(rules.get("words", [])).search(said) is not None


def urgency(text: str, emergency: bool) -> int:
    """USUAL, RISKY (somebody may come to harm) or DANGER."""
    if emergency:
        return DANGER
    risky = any_of(City.get().value("emergency", {}).get("risky_words", []))
    return RISKY if risky.search(" ".join(split(text))) else USUAL


def any_of(phrases: list[str]) -> re.Pattern[str]:
    return one_pattern(tuple(phrases))


@lru_cache(maxsize=64)
def one_pattern(phrases: tuple[str, ...]) -> re.Pattern[str]:
    """One expression for all of them, the longest first; a list without any matches nothing."""
    plain = {" ".join(split(phrase)) for phrase in phrases} - {""}
    told = "|".join(re.escape(one) for one in sorted(plain, key=len, reverse=True))
    return re.compile(rf"\b(?:{told})\b" if told else r"(?!)")
