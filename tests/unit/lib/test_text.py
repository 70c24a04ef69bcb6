"""Whatever is sent becomes words that can be stored."""

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tanggap.lib import text


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("  jalan rusak \n", "jalan rusak"),
        ("a\x00b\x07c\x1bd\x7f", "abcd"),
        ("a\r\nb\rc\td", "a\nb\nc\td"),
        ("a\ud800b", "a\ufffdb"),
        ("\ud83d\ude00", "😀"),
        ("e\u0301", "é"),
        ("abc\u202etxt.exe", "abctxt.exe"),
        ("👨\u200d👩\u200d👧", "👨\u200d👩\u200d👧"),
        (b"jalan \xff", "jalan \ufffd"),
        (None, ""),
        (17, "17"),
        ("", ""),
    ],
)
def test_words_are_cleaned(sent, kept):
    assert text.clean(sent, 100) == kept


def test_words_end_at_the_limit():
    assert text.clean("abc def", 4) == "abc"


@given(st.text(st.characters(codec=None), max_size=200), st.integers(0, 50))
def test_any_text_can_be_stored(sent, limit):
    kept = text.clean(sent, limit)
    assert len(kept) <= limit
    assert "\x00" not in kept
    kept.encode()
    assert text.clean(kept, limit) == kept


@pytest.mark.parametrize("sent", ["a" + "\u0301\u0327" * 50_000, "\u0301" * 100_000, "\ud800" * 100_000])
def test_a_hundred_thousand_marks_cost_no_time(sent):
    started = time.process_time()
    text.clean(sent, 100_000)
    text.words(sent)
    assert time.process_time() - started < 1


def test_the_longest_run_of_marks_stays_normal():
    kept = text.clean("a" + "\u0301\u0327" * 500, 1000)
    assert unicodedata.is_normalized("NFC", kept)


def test_words_are_plain_and_lower():
    assert text.words("Jl. CAFÉ No.7A, RT-05/RW 01!") == ["jl", "cafe", "no", "7a", "rt", "05", "rw", "01"]
    assert text.words("道路") == []


def test_words_are_stemmed():
    assert text.stems("Jalanan berlubang membahayakan pengendara") == "jalan lubang bahaya kendara"


def test_numbers_and_long_signs_stay():
    assert text.stems("rt05 " + "x" * 40) == "rt05 " + "x" * 40


def test_only_the_first_part_of_a_flood_is_stemmed():
    assert len(text.stems("jalan " * 100_000)) <= text.STEM_LIMIT
