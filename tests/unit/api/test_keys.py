"""A key is shown once; only its hash stays."""

import hashlib

import pytest

from tanggap.models import ApiKey, Change
from tanggap.web.keys import find_key, make_key
from tests.cast import NOON

pytestmark = pytest.mark.django_db


def test_a_key_finds_itself_and_only_its_hash_is_kept():
    text = make_key("Aplikasi warga", "open311", NOON)
    row = ApiKey.objects.get()
    assert len(text) == 43
    assert (bytes(row.hash), row.hint) == (hashlib.sha256(text.encode()).digest(), text[:8])
    assert find_key(text) == row
    change = Change.objects.get(object=f"key:{row.id}")
    assert (change.verb, change.after) == (
        "add",
        {"name": "Aplikasi warga", "channel": "open311", "hint": text[:8]},
    )


def test_what_is_no_key_finds_nothing():
    text = make_key("Aplikasi warga", "open311", NOON)
    assert [find_key(other) for other in ("", text[:-1], text + "a", text.upper(), "\ud800", "\0")] == [
        None
    ] * 6


def test_an_ended_key_is_none():
    text = make_key("Aplikasi warga", "open311", NOON)
    ApiKey.objects.update(ended_at=NOON)
    assert find_key(text) is None


def test_a_given_text_becomes_a_key_once():
    for _ in range(2):
        assert make_key("Demo", "open311", NOON, text="kunci-demo") == "kunci-demo"
    assert ApiKey.objects.count() == 1
