"""Masked words: each kind of mark has a word, nothing of a citizen's text acts, what was seen is highlighted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tanggap.triage.redact import KINDS
from tanggap.web.marks import masked, unmarked


@pytest.mark.parametrize("kind", KINDS)
def test_every_mark_of_the_rules_has_a_word(kind):
    assert "⟦" not in masked(f"Hubungi ⟦{kind}⟧.")
    assert 'class="mask"' in masked(f"Hubungi ⟦{kind}⟧.")
    assert "⟦" not in unmarked(f"Hubungi ⟦{kind}⟧.")


def test_a_phone_is_a_bar_with_words():
    assert masked("Hubungi ⟦phone⟧ ya") == 'Hubungi <span class="mask">nomor HP ditutup</span> ya'


@given(st.text(alphabet=st.sampled_from("<>&\"'a\n⟦⟧phone "), max_size=60))
def test_no_sign_of_a_citizen_acts(said):
    body = masked(said, ["a", "<a>"])
    for tag in ("<span", "</span", "<mark", "</mark", "<br"):
        body = body.replace(tag, "")
    assert "<" not in body


@pytest.mark.parametrize(("said", "seen", "drawn"), [
    ("Jalan berlubang", ["jalan berlubang", "jalan"], "<mark>Jalan berlubang</mark>"),
    ("lubangnya dalam", ["lubang"], "<mark>lubangnya</mark> dalam"),
    ("berlubang", ["lubang"], "berlubang"),
    ("a & b", ["b"], "a &amp; <mark>b</mark>"),
    ("satu\ndua", [], "satu<br>dua"),
    ("satu", ["", "("], "satu"),
])  # fmt: skip
def test_words_that_spoke_are_marked(said, seen, drawn):
    assert masked(said, seen) == drawn
