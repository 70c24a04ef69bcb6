"""Believable words: many different ones, and whatever is somebody's own is caught before it is shown."""

import random
import re

from tanggap.demo.themes import THEMES
from tanggap.demo.words import PLEASE, Voice
from tanggap.triage.redact import redact


def said(count: int = 400, seed: int = 2) -> list[str]:
    voice = Voice(random.Random(seed))
    return [voice.report(voice.rng.choice(THEMES), voice.street(), voice.mark())[0] for _ in range(count)]


def test_hundreds_of_different_texts():
    assert len(set(said())) > 390


def test_the_same_seed_says_the_same():
    assert said(20) == said(20)


def test_no_slot_stays_open():
    assert not [words for words in said() if "{" in words or "}" in words]


def test_telephone_numbers_are_nobodys_and_are_masked():
    with_numbers = [words for words in said(900) if re.search(r"0812", words)]
    assert with_numbers
    for words in with_numbers:
        assert re.findall(r"0812-\d{4}-\d{4}", words) == re.findall(r"0812-0000-\d{4}", words)
        assert "0812" not in redact(words)[0]


def test_shares_are_per_cent():
    assert 94 <= sum(theme.share for theme in THEMES) <= 101


def test_some_only_complain_and_say_nothing_more():
    assert "" in PLEASE
