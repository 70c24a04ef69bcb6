"""Erasure: the key goes, and with it everything that names the person; the case and its ledger stay whole."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.http import Http404

from tanggap import access, flow
from tanggap.intake import files
from tanggap.models import (
    Case,
    Change,
    Event,
    Identity,
    Inbound,
    Job,
    Letter,
    Message,
    Report,
    Reporter,
    Task,
    Upload,
)
from tanggap.rights import actions
from tanggap.rights.actions import RightsRefused, erase
from tanggap.rights.forget import covered, needles
from tests import cast as people

from .conftest import LATER, NAME, NIK, PHONE, path_of, staged

THEN = LATER + timedelta(minutes=5)


def told(row: Report) -> list[str]:
    """All clear words about this report's case."""
    case = Case.objects.get(pk=row.case_id)
    texts = [case.title, case.place, row.words, row.place, row.stems]
    texts += case.messages.values_list("words", flat=True)
    return texts + [f"{letter.subject} {letter.text}" for letter in case.letters.all()]


def test_nothing_is_left_that_names_the_person(zubaidah, django_capture_on_commit_callbacks):
    photos = list(Upload.objects.exclude(report=None, message=None))
    with django_capture_on_commit_callbacks(execute=True):
        erase(zubaidah.id, by=access.reporter_viewer(zubaidah), now=THEN)
    row = Report.objects.get(pk=zubaidah.pk)
    person = Reporter.objects.get(pk=row.reporter_id)
    assert (person.key, person.name_sealed, person.erased_at) == (None, None, THEN)
    assert not Identity.objects.filter(reporter=person).exists()
    assert (row.words_sealed, row.place_sealed, row.stems, row.device) == (None, None, "", "")
    assert {inbound.body for inbound in Inbound.objects.all()} == {None}
    assert [
        word for word in told(row) for needle in (NAME, NIK, "9876") if needle.lower() in word.lower()
    ] == []
    assert [path_of(photo.path).exists() for photo in photos] == [False, False]
    assert [path_of(photo.copy).exists() for photo in photos] == [True, True]
    assert set(Upload.objects.exclude(report=None, message=None).values_list("path", "lat", "taken_at")) == {
        ("", None, None)
    }
    assert access.person(person, row) == access.Person("", [], "")


def test_the_case_and_its_ledger_stay_whole(zubaidah, cast):
    before = list(Event.objects.order_by("id").values())
    status = Case.objects.get(pk=zubaidah.case_id).status
    erase(zubaidah.id, by=access.reporter_viewer(zubaidah), now=THEN)
    assert list(Event.objects.order_by("id").values()) == before
    assert Case.objects.get(pk=zubaidah.case_id).status == status
    row = Report.objects.get(pk=zubaidah.pk)
    assert "⟦name⟧" in row.words
    assert "lubang besar" in row.words
    note = Message.objects.get(note=True)
    assert note.words == "Sudah ditelepon, ⟦name⟧, ⟦name⟧."


def test_a_change_says_what_went_and_not_what_it_was(zubaidah):
    erase(zubaidah.id, by=access.reporter_viewer(zubaidah), now=THEN)
    change = Change.objects.latest("id")
    assert (change.object, change.verb, change.by_kind, change.by_id) == (
        f"reporter:{zubaidah.reporter_id}", "end", "reporter", zubaidah.reporter_id
    )  # fmt: skip
    assert change.after == {
        "reports": [zubaidah.id], "everything": False, "people": 1, "messages": 1, "letters": 1, "photos": 2,
        "files": 2,
    }  # fmt: skip


def test_the_secret_opens_nothing_any_more_and_says_goodbye(zubaidah):
    secret = access.secret_of(zubaidah)
    assert access.erased_by_secret(zubaidah.number, secret) is False
    erase(zubaidah.id, by=access.reporter_viewer(zubaidah), now=THEN)
    assert access.report_by_secret(zubaidah.number, secret) is None
    assert access.erased_by_secret(zubaidah.number, secret) is True
    assert access.erased_by_secret(zubaidah.number, "a" * 16) is False


def test_with_everything_the_masked_words_and_pictures_go_too(
    zubaidah, cast, django_capture_on_commit_callbacks
):
    Report.objects.filter(pk=zubaidah.pk).update(visibility="public")
    Case.objects.filter(pk=zubaidah.case_id).update(visibility="public")
    photos = list(Upload.objects.exclude(report=None, message=None))
    version = Case.objects.get(pk=zubaidah.case_id).version
    with django_capture_on_commit_callbacks(execute=True):
        erase(zubaidah.id, by=access.reporter_viewer(zubaidah), now=THEN, everything=True)
    row, case = Report.objects.get(pk=zubaidah.pk), Case.objects.get(pk=zubaidah.case_id)
    assert (row.words, row.place, row.lat, row.visibility) == ("⟦erased⟧", "", None, "private")
    assert (case.title, case.place, case.visibility, case.version) == ("⟦erased⟧", "", "private", version + 1)
    assert case.events.latest("id").verb == "case.redacted"
    assert Message.objects.get(note=False).words == "⟦erased⟧"
    assert not Upload.objects.exclude(report=None, message=None).exists()
    assert [path_of(name).exists() for photo in photos for name in (photo.path, photo.copy)] == [False] * 4


def test_files_go_even_if_the_process_ends_right_after_the_commit(zubaidah):
    """No callback of the commit runs in this test's transaction, as if the machine had died: the Job does it."""
    path = Upload.objects.exclude(report=None).get().path
    erase(zubaidah.id, by=access.reporter_viewer(zubaidah), now=THEN)
    assert path_of(path).exists()
    flow.run_inside(THEN)
    assert not path_of(path).exists()
    assert Job.objects.get(kind="discard").done_at == THEN


def test_a_failure_leaves_everything_as_it_was(zubaidah, monkeypatch, django_capture_on_commit_callbacks):
    def fail(*args, **more):
        raise OSError("the disk")

    monkeypatch.setattr(actions.ledger, "change", fail)
    path = Upload.objects.exclude(report=None).get().path
    with (
        django_capture_on_commit_callbacks(execute=True),
        pytest.raises(OSError, match="disk"),
        transaction.atomic(),
    ):
        erase(zubaidah.id, by=access.reporter_viewer(zubaidah), now=THEN)
    assert access.person(Reporter.objects.get(pk=zubaidah.reporter_id)).name == NAME
    assert path_of(path).exists()


def test_only_the_person_may(zubaidah, cast):
    other = people.report()
    for viewer in (cast.budi, cast.joko, access.reporter_viewer(other), access.NOBODY):
        with pytest.raises(Http404):
            erase(zubaidah.id, by=viewer, now=THEN)
    assert Reporter.objects.get(pk=zubaidah.reporter_id).key is not None


def test_twice_is_refused(zubaidah):
    erase(zubaidah.id, by=access.reporter_viewer(zubaidah), now=THEN)
    with pytest.raises(RightsRefused) as refused:
        erase(zubaidah.id, by=access.reporter_viewer(zubaidah), now=THEN)
    assert refused.value.code == "erased"


def test_not_while_a_machine_is_reading_the_words(cast):
    row = people.report(react=False)
    with pytest.raises(RightsRefused) as refused:
        erase(row.id, by=access.reporter_viewer(row), now=people.NOON)
    assert refused.value.code == "being_read"
    flow.run_inside(people.NOON)
    assert erase(row.id, by=access.reporter_viewer(row), now=people.NOON).people == 1


def test_a_photo_nobody_could_read_goes_whole(cast, django_capture_on_commit_callbacks):
    photo = staged()
    row = people.report(photos=(photo.uuid,), draft=photo.draft)
    Upload.objects.filter(pk=photo.pk).update(state=Upload.BROKEN, copy="")
    with django_capture_on_commit_callbacks(execute=True):
        erase(row.id, by=access.reporter_viewer(row), now=THEN)
    assert not Upload.objects.filter(pk=photo.pk).exists()
    assert not path_of(photo.path).exists()


def test_a_call_that_has_no_number_any_more_ends(zubaidah):
    letter = Letter.objects.filter(report=zubaidah).first()
    task = Task.objects.create(kind=Task.CALL_BACK, case_id=zubaidah.case_id, letter=letter, role="counter",
                               opened_at=LATER)  # fmt: skip
    erase(zubaidah.id, by=access.reporter_viewer(zubaidah), now=THEN)
    task.refresh_from_db()
    assert (task.done_at, task.outcome) == (THEN, "erased")


@pytest.mark.parametrize(
    "said", ["081298765432", "0812-9876-5432", "+62 812 9876 5432", "62812.9876.5432", "812 9876 5432"]
)
def test_a_number_is_found_however_it_is_written(said):
    pattern = needles([], [PHONE])
    assert pattern is not None
    assert pattern.sub("x", f"tel {said}, ya") == "tel x, ya"


def test_a_name_is_found_as_a_word_of_its_own():
    pattern = needles(["Ani"], ["ani@contoh.id"])
    assert pattern is not None
    assert pattern.sub("x", "Ani, ANI; tani dan animo, ani@contoh.id") == "x, x; tani dan animo, x@contoh.id"
    assert needles(["", "x"], []) is None


def test_the_sweep_of_staged_files_is_not_in_the_way(zubaidah):
    erase(zubaidah.id, by=access.reporter_viewer(zubaidah), now=THEN)
    assert files.sweep(THEN + timedelta(days=3)) == 0


@pytest.mark.parametrize(
    ("original", "masked", "found"),
    [
        ("Nama saya Ani Wijaya, ya", "Nama saya ⟦name⟧, ya", ["Ani Wijaya"]),
        ("NIK 3174015507880003", "NIK ⟦nik⟧", ["3174015507880003"]),
        ("0812 3456 7890 atau a@b.id!", "⟦phone⟧ atau ⟦email⟧!", ["0812 3456 7890", "a@b.id"]),
        ("Ani Ani", "⟦name⟧ ⟦name⟧", ["Ani", "Ani"]),
        ("Jalan rusak", "Jalan rusak", []),
        ("Jalan rusak", "Lain sekali ⟦name⟧", []),
        ("a b c", "a ⟦name⟧ x ⟦name⟧", []),
        ("", "⟦erased⟧", [""]),
        ("", "", []),
    ],
)  # fmt: skip
def test_what_was_covered_is_found_in_the_original(original, masked, found):
    assert covered(original, masked) == found
