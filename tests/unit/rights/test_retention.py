"""Retention: each class goes on its own day, not an hour before; counted first, in batches, written down."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session

from tanggap import access, flow
from tanggap.models import Case, Change, Identity, Inbound, Job, Letter, Report, Reporter, Retention, Upload
from tanggap.rights import retention
from tests import cast as people

from .conftest import LATER, NAME, path_of

END = LATER + timedelta(days=1)
NONE = dict.fromkeys(Retention.RULES, 0)


def after(days: float):
    return END + timedelta(days=days)


@pytest.fixture
def closed(zubaidah, close) -> Report:
    close(zubaidah, END)
    flow.run_inside(END + timedelta(days=40))  # the time to confirm is over
    return Report.objects.get(pk=zubaidah.pk)


def test_every_rule_of_the_city_has_a_meaning():
    assert tuple(retention.RULES) == Retention.RULES


@pytest.mark.parametrize("what", [what for what in Retention.RULES if what != Retention.SESSIONS])
def test_nothing_goes_before_its_day(closed, what):
    days = Retention.objects.get(what=what).days
    start = people.NOON if what in (Retention.RAW, Retention.ORIGINALS) else END
    rule = Retention.objects.get(what=what)
    assert retention.due(rule, start + timedelta(days=days, seconds=-1)).count() == 0
    assert retention.due(rule, LATER + timedelta(days=days + 40)).count() > 0


def test_a_dry_run_counts_and_changes_nothing(closed):
    at = after(3000)
    before = (
        Reporter.objects.values_list("key", flat=True).get(),
        Change.objects.count(),
        Letter.objects.count(),
    )
    counts = retention.counts(at)
    assert counts == NONE | {
        "raw": 2,
        "originals": 3,
        "contacts": 1,
        "letters": counts["letters"],
        "words": 1,
    }
    assert counts["letters"] > 3
    assert (
        Reporter.objects.values_list("key", flat=True).get(), Change.objects.count(), Letter.objects.count()
    ) == before  # fmt: skip
    assert retention.apply(at) == {what: count for what, count in counts.items() if count}
    assert retention.counts(at) == NONE


def test_first_the_raw_form_and_the_camera_then_the_contact_then_the_words(
    closed, django_capture_on_commit_callbacks
):
    path = Upload.objects.exclude(report=None).get().path
    with django_capture_on_commit_callbacks(execute=True):
        assert set(retention.apply(after(90))) == {"raw", "originals"}
    assert not path_of(path).exists()
    assert path_of(Upload.objects.exclude(report=None).get().copy).exists()
    assert set(Inbound.objects.values_list("body", flat=True)) == {None}
    assert set(Upload.objects.exclude(report=None, message=None).values_list("lat", "taken_at")) == {
        (None, None)
    }
    person = Reporter.objects.get(pk=closed.reporter_id)
    assert access.person(person, closed).name == NAME
    assert retention.apply(after(365)) == {"contacts": 1}
    person.refresh_from_db()
    known = access.person(person, closed)
    assert (known.name, known.contacts, NAME in known.words) == ("", [], True)
    assert not Identity.objects.exists()
    assert set(retention.apply(after(770))) == {"letters"}
    assert set(retention.apply(after(1825))) == {"words"}
    person.refresh_from_db()
    assert (person.key, person.erased_at) == (None, after(1825))
    row = Report.objects.get(pk=closed.pk)
    assert (row.words_sealed, "lubang besar" in row.words) == (None, True)
    assert access.report_by_secret(row.number, access.secret_of(closed)) is None


def test_what_is_open_keeps_its_people(zubaidah):
    assert set(retention.apply(after(5000))) == {"raw", "originals"}
    assert access.person(Reporter.objects.get(pk=zubaidah.reporter_id)).name == NAME


def test_a_person_with_another_open_report_is_kept(closed):
    other = people.report()
    Report.objects.filter(pk=other.pk).update(reporter=closed.reporter_id)
    Reporter.objects.filter(pk=other.reporter_id).delete()
    assert "contacts" not in retention.apply(after(5000))


def test_a_case_opened_again_since_it_was_found_is_left_alone(closed):
    rule = Retention.objects.get(what=Retention.CONTACTS)
    ids = retention.find(rule, after(365))
    assert ids == [closed.reporter_id]
    Case.objects.filter(pk=closed.case_id).update(status="ASSIGNED", closed_at=None)
    assert retention.end(rule, ids, after(365)) == 0
    assert Identity.objects.exists()


def test_a_run_is_a_change_and_an_empty_one_is_none(closed):
    retention.apply(after(90))
    change = Change.objects.latest("id")
    assert (change.object, change.verb, change.by_kind, change.after) == (
        "retention", "end", "clock", {"raw": 2, "originals": 3}
    )  # fmt: skip
    count = Change.objects.count()
    assert retention.apply(after(90)) == {}
    assert Change.objects.count() == count


def test_the_city_sets_the_days(closed):
    Retention.objects.filter(what=Retention.RAW).update(days=5)
    assert retention.apply(people.NOON + timedelta(days=6)) == {"raw": 2}


def test_many_go_in_batches(cast, monkeypatch):
    monkeypatch.setattr(retention, "BATCH", 2)
    monkeypatch.setattr(retention, "ROUND", 4)
    for _ in range(5):
        people.report(react=False)
    told = []
    Inbound.objects.update(received_at=people.NOON - timedelta(days=100))
    assert retention.apply(people.NOON, whole=False) == {"raw": 4}
    assert retention.apply(people.NOON, told=lambda what, count: told.append((what, count))) == {"raw": 1}
    assert told == [("raw", 1)]


def test_the_workers_tick_does_it_once_a_day(closed):
    flow.ensure_ticks(people.NOON)
    at = people.NOON + timedelta(days=91)
    flow.run_inside(at)
    assert Inbound.objects.exclude(body=None).count() == 0
    assert Job.objects.get(kind="purge").due_at == at + timedelta(hours=24)


def test_ended_log_ins_go(db):
    Session.objects.create(session_key="a", session_data="", expire_date=people.NOON - timedelta(days=2))
    Session.objects.create(session_key="b", session_data="", expire_date=people.NOON)
    assert retention.apply(people.NOON) == {"sessions": 1}
    assert list(Session.objects.values_list("session_key", flat=True)) == ["b"]
