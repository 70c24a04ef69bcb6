"""Who sees what: lists and single cases agree, secrets are derived, looks at personal data leave a trace."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.http import Http404

from tanggap import access, flow
from tanggap.lib import seal
from tanggap.models import Event, Membership
from tanggap.routing import actions as routing
from tests import cast as people
from tests.cast import NOON, agency, case_of, report

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast():
    return people.assemble()


def opens(viewer, case) -> bool:
    try:
        access.case(viewer, case.number)
    except Http404:
        return False
    return True


def test_a_list_shows_exactly_what_opens(cast):
    first = case_of(report())
    routing.refer(first.id, agency("dinas-jalan"), by=cast.budi, now=NOON + timedelta(minutes=1))
    flow.run_inside(NOON + timedelta(minutes=1))
    cases = [
        first,
        case_of(report(visibility="public")),
        case_of(report("Petugas minta pungli", visibility="secret")),
    ]
    for name in people.PEOPLE:
        viewer = getattr(cast, name)
        listed = set(access.cases(viewer).values_list("number", flat=True))
        assert listed == {case.number for case in cases if opens(viewer, case)}, name


def test_an_inbox_holds_what_is_in_ones_hands(cast):
    case = case_of(report())
    assert list(access.held(cast.budi)) == [case]
    assert list(access.held(cast.indah)) == []
    assert opens(cast.indah, case)  # the kecamatan of the place reads


def test_a_role_that_ended_sees_nothing(cast):
    case = case_of(report())
    Membership.objects.filter(officer=cast.officer("budi")).update(valid_to=NOON.date())
    assert not opens(cast.budi, case)


def test_the_secret_opens_its_own_report_only(cast):
    mine, other = report(), report()
    secret = access.secret_of(mine)
    assert access.report_by_secret(mine.number, secret.upper()) == mine
    assert access.report_by_secret(other.number, secret) is None
    assert access.report_by_secret("KM9999999999", secret) is None
    assert seal.secret_matches(settings.TRACKING_KEY, mine.uuid, mine.secret_version + 1, secret) is False


def test_the_number_of_a_secret_report_opens_nothing(cast):
    row = report("Petugas minta pungli", visibility="secret")
    with pytest.raises(Http404):
        access.public_report(row.number)


def test_a_look_at_personal_data_needs_a_coded_reason_and_is_written_down(cast):
    row = report()
    with pytest.raises(access.ReasonNeeded):
        access.reveal(row, by=cast.budi, reason="karena saya mau", now=NOON)
    person = access.reveal(row, by=cast.budi, reason="call_citizen", now=NOON)
    assert (person.name, person.contacts) == ("Ani", [("phone", "+6281234567890")])
    event = access.who_opened(row).get()
    assert (event.by_id, event.data) == (
        cast.officer("budi").id,
        {"report": row.id, "reason": "call_citizen"},
    )
    with pytest.raises(Http404):
        access.reveal(row, by=cast.eko, reason="call_citizen", now=NOON)


def test_nothing_personal_stands_in_the_tables_of_cases_and_events(cast):
    row = report("Jalan rusak. Nama saya Siti Aminah, NIK 3174012345670001, telepon 0812-3456-7890.")
    canaries = ("Siti Aminah", "3174012345670001", "81234567890", "3456-7890")
    shown = [row.words, row.stems, case_of(row).title, case_of(row).place]
    shown += [str(event.data) for event in Event.objects.all()]
    shown += [f"{letter.subject} {letter.text} {letter.data}" for letter in row.letters.all()]
    assert [(canary, text) for canary in canaries for text in shown if canary in text] == []
    assert b"Siti" not in bytes(row.words_sealed)


def test_destroying_the_key_destroys_the_words(cast):
    row = report()
    row.reporter.key = None
    row.reporter.save()
    row.refresh_from_db()
    assert access.person(row.reporter, row) == access.Person("", [], "")


def test_a_matter_that_is_secret_by_itself_makes_a_public_report_secret(cast):
    row = report("Petugas loket minta pungli", visibility="public")
    row.refresh_from_db()
    case = case_of(row)
    assert (row.visibility, case.visibility, case.holder.code) == ("secret", "secret", "pengawas")
    assert case not in access.public_cases()
    with pytest.raises(Http404):
        access.public_report(row.number)


def test_a_secret_report_without_a_place_reaches_its_keeper_not_the_triage_desk(cast):
    case = case_of(report("Saya melihat sesuatu yang tidak benar", visibility="secret", point=None))
    assert (case.status, case.holder.code) == ("ASSIGNED", "pengawas")
    assert not case.tasks.exists()


def test_a_number_with_signs_that_no_database_takes_is_just_unknown(cast):
    for number in ("a\0b", "\ud800", "x" * 10_000):
        with pytest.raises(Http404):
            access.public_report(number)
        with pytest.raises(Http404):
            access.case(cast.budi, number)
        assert access.report_by_secret(number, "x") is None


def test_an_answer_by_an_app_is_the_apps(cast):
    row = report()
    viewer = access.Viewer(report_id=row.id, reporter_id=row.reporter_id, key_id=7)
    assert (viewer.actor.kind, viewer.actor.id) == ("key", 7)
