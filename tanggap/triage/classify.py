"""Words -> a category, by the city's lexicon, with confidence and the words that spoke for it."""

import re
from dataclasses import dataclass

from tanggap.lib.text import words as split
from tanggap.models import Category, Reference

SURE = 0.6  # share of the best over the two best together; below, a person decides
ENOUGH = 2.0  # weight of words below which nothing is said
CHOSEN = 1.0  # what the citizen's own choice adds: it is often wrong (domain 4.5), never ignored


@dataclass(frozen=True)
class Guess:
    code: str = ""
    confidence: float = 0.0
    words: tuple[str, ...] = ()
    second: str = ""
    second_confidence: float = 0.0

    @property
    def sure(self) -> bool:
        return bool(self.code) and self.confidence >= SURE


@dataclass(frozen=True)
class Word:
    """One word or phrase of the lexicon. `plain` is looked for first: a thousand patterns would cost milliseconds."""

    plain: str
    pattern: re.Pattern[str]
    category: str
    weight: float


def lexicon() -> list[Word]:
    """All words of all categories, kept with the reference data."""
    known = Reference.get()
    kept = getattr(known, "lexicon", None)
    if kept is None:
        kept = known.lexicon = [
            Word(
                plain,
                re.compile(rf"\b{re.escape(plain)}(?:nya|an)?\b"),
                row.code,
                weight * len(plain.split()),
            )
            for row in known.categories.values()
            if row.valid_to is None
            for phrase, weight in row.words.items()
            if (plain := " ".join(split(phrase)))
        ]
    return kept


def classify(text: str, chosen: str = "") -> Guess:
    """The category whose words weigh most. The citizen's choice counts as one more word of weight 1, and alone it
    decides where the text has no word of the lexicon."""
    said = " ".join(split(text))
    weights: dict[str, float] = {}
    spoke: dict[str, list[str]] = {}
    for word in lexicon():
        if word.plain in said and word.pattern.search(said):
            weights[word.category] = weights.get(word.category, 0.0) + word.weight
            spoke.setdefault(word.category, []).append(word.plain)
    known = Reference.get().categories
    if chosen in known:
        weights[chosen] = weights.get(chosen, 0.0) + (CHOSEN if weights else ENOUGH)
    ranked = sorted(weights.items(), key=lambda pair: (-pair[1], pair[0]))
    if not ranked or ranked[0][1] < min(ENOUGH, 1.0):
        return Guess()
    best, weight = ranked[0]
    second, other = ranked[1] if len(ranked) > 1 else ("", 0.0)
    return Guess(
        best,
        round(weight / (weight + other), 2),
        tuple(spoke.get(best, ())),
        second,
        round(other / (weight + other), 2) if second else 0.0,
    )


def category(code: str) -> Category | None:
    return Reference.get().categories.get(code)
