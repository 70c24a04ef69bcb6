"""Correcting: name, contacts and language at once; what they were is written down nowhere."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.http import Http404

from tanggap import access
from tanggap.channels.base import Contact
from tanggap.lib import seal
from tanggap.models import Change, Identity, Report, Reporter
from tanggap.rights.actions import Correction, RightsRefused, correct, erase
from tests import cast as people

from .conftest import LATER, NAME, PHONE

THEN = LATER + timedelta(minutes=1)


def now_known(row: Report) -> tuple[str, list[tuple[str, str]], str]:
    person = Reporter.objects.get(pk=row.reporter_id)
    known = access.person(person)
    return known.name, sorted(known.contacts), person.language


def test_a_person_says_who_they_are(zubaidah):
    given = Correction("Zubaidah K.", [Contact("email", "z@contoh.id")], "en")
    assert correct(zubaidah.id, given, by=access.reporter_viewer(zubaidah), now=THEN) == [
        "email", "language", "name", "phone"
    ]  # fmt: skip
    assert now_known(zubaidah) == ("Zubaidah K.", [("email", "z@contoh.id")], "en")
    ring = seal.Keyring.parse(settings.SEAL_KEYS)
    assert bytes(Identity.objects.get(reporter=zubaidah.reporter_id).lookup) == seal.lookup(
        ring, "email:z@contoh.id"
    )
    change = Change.objects.latest("id")
    assert (change.object, change.before, change.after) == (
        f"reporter:{zubaidah.reporter_id}", {}, {"corrected": ["email", "language", "name", "phone"]}
    )  # fmt: skip


def test_the_same_again_changes_nothing(zubaidah):
    changes = Change.objects.count()
    given = Correction(NAME, [Contact("phone", PHONE)], "id")
    assert correct(zubaidah.id, given, by=access.reporter_viewer(zubaidah), now=THEN) == []
    assert Change.objects.count() == changes


def test_name_and_contacts_can_be_taken_back(zubaidah):
    assert correct(zubaidah.id, Correction("", [], "id"), by=access.reporter_viewer(zubaidah), now=THEN) == [
        "name", "phone"
    ]  # fmt: skip
    assert now_known(zubaidah) == ("", [], "id")


def test_what_a_channel_knows_them_by_stays(zubaidah):
    key = bytes(Reporter.objects.get(pk=zubaidah.reporter_id).key)
    Identity.objects.create(reporter_id=zubaidah.reporter_id, channel="chat", lookup=b"x",
                            sealed=seal.seal(access.ring(), key, "42"))  # fmt: skip
    correct(zubaidah.id, Correction("", [], "id"), by=access.reporter_viewer(zubaidah), now=THEN)
    assert now_known(zubaidah)[1] == [("chat", "42")]


def test_the_words_stay_as_they_were_said(zubaidah):
    before = bytes(zubaidah.words_sealed)
    correct(zubaidah.id, Correction("Z", [], "en"), by=access.reporter_viewer(zubaidah), now=THEN)
    assert bytes(Report.objects.get(pk=zubaidah.pk).words_sealed) == before


def test_nobody_else_and_not_after_the_end(zubaidah, cast):
    with pytest.raises(Http404):
        correct(zubaidah.id, Correction("X", [], "id"), by=cast.budi, now=THEN)
    with pytest.raises(Http404):
        correct(zubaidah.id, Correction("X", [], "id"), by=access.reporter_viewer(people.report()), now=THEN)
    erase(zubaidah.id, by=access.reporter_viewer(zubaidah), now=THEN)
    with pytest.raises(RightsRefused):
        correct(zubaidah.id, Correction("X", [], "id"), by=access.reporter_viewer(zubaidah), now=THEN)
