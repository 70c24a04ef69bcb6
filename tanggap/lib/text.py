"""Words as people send them.

cleaned so that PostgreSQL takes them, split, and stemmed for search. Nothing here raises.
"""

import re
import unicodedata
from functools import lru_cache

from Sastrawi.Stemmer.StemmerFactory import StemmerFactory

STEM_LIMIT = 200_000  # signs; what comes after is not searchable, but is kept
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")
# these turn the order of what follows around: a name could show as another one
_TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")
# a run of marks on one letter: real scripts use few, and sorting a long run takes quadratic time
_MARKS = re.compile(
    "([\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]{8})"
    "[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]+"
)
_WORD = re.compile("[a-z0-9]+")


def clean(text: object, limit: int) -> str:
    """Storable text of at most `limit` signs: no NUL or control signs, no lone surrogates, NFC, trimmed.

    >>> clean("  Jl.\\x00 Pluit\\r\\nrusak ", 100)
    'Jl. Pluit\\nrusak'
    """
    if isinstance(text, bytes):
        text = text.decode("utf-8", "replace")
    told = "" if text is None else str(text)
    told = told[: 4 * limit + 1000].encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    told = told.replace("\r\n", "\n").replace("\r", "\n")
    told = _TURNING.sub("", _CONTROL.sub("", told))
    told = unicodedata.normalize("NFC", _MARKS.sub(r"\1", told))
    return told.strip()[:limit].rstrip()


def words(text: str) -> list[str]:
    """Lower-case words of ASCII letters and digits; accents fall off.

    >>> words("Jl. Café No.7A")
    ['jl', 'cafe', 'no', '7a']
    """
    plain = unicodedata.normalize("NFKD", _MARKS.sub(r"\1", text)).encode("ascii", "ignore").decode()
    return _WORD.findall(plain.lower())


def stems(text: str) -> str:
    """Indonesian stems of the words, in order, separated by spaces: what the search index holds."""
    return " ".join(stem(word) for word in words(text[:STEM_LIMIT]))


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """The stem of one lower-case word. Long or mixed signs are no Indonesian word and stay as they are."""
    if len(word) > 30 or not word.isalpha():
        return word
    return _stemmer().stem_word(word) or word


@lru_cache(maxsize=1)
def _stemmer():
    # the inner one: the factory's own cache never forgets
    return StemmerFactory().create_stemmer().delegatedStemmer
