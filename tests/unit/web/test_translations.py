"""Both languages are complete: a missing, fuzzy or broken string fails here, by name."""

import pytest
from babel.messages.catalog import Message
from django.utils.translation import gettext, ngettext, override

from tanggap.web import translations


def test_no_string_is_missing_fuzzy_or_forgotten():
    assert translations.problems() == []


@pytest.mark.parametrize("said", ["mobil %(owner", "mobil %(onwer)s", "%(count)s mobil, 5 % milik %(owner)s"])
def test_a_broken_placeholder_is_a_fault(said):
    message = Message("%(count)s cars of %(owner)s", said)
    assert translations.faults(message) != []


def test_django_speaks_in_our_voice():
    with override("id"):
        assert gettext("This field is required.") == "Isi bagian ini dulu."
    with override("en"):
        assert gettext("This field is required.") == "Please fill this in first."


def test_indonesian_has_one_form_for_any_number():
    with override("id"):
        assert ngettext("%(count)s day", "%(count)s days", 2) % {"count": 2} == "2 hari"


def test_words_within_html_and_within_python_are_both_found():
    found = {translations.key_of(message) for message in translations.words(translations.extracted())}
    assert {"Skip to the content", "Something went wrong on our side", "menu|Report"} <= found
