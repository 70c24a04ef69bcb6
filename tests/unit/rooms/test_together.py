"""Reactions are done many at once: the same comes of it as one by one, and one that fails harms no other."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tanggap import door, due, flow
from tanggap.intake import receive
from tanggap.models import Assignment, Case, Clock, Event, Letter, Reaction, Report, Task
from tests import cast as people
from tests.cast import MAWAR, NOON, submission

pytestmark = pytest.mark.django_db

SAID = (
    "Jalan rusak, lubang besar di depan pasar. Hubungi 0812-3456-7890.",
    "Sampah menumpuk tiga hari di samping sekolah",
    "tolong",  # nothing to go by: a task
    "Ada pungutan liar oleh petugas di kantor kelurahan",
)
# what differs from one playing to the next, whatever was done
OWN = {"id", "uuid", "case", "case_id", "report", "report_id", "event", "event_id", "salt", "assignment", "lane",
       "letter", "reporter", "reporter_id", "by_id"}  # fmt: skip


def tell(words=SAID, at=NOON):
    rows = [door.prepare(submission(said, at=at)) for said in words]
    return [receipt.report_id for receipt in receive(rows, at)]


def alone(now):
    """Everything that is due, one by one: what a worker does after a failure."""
    while row_ids := due.claim(flow.REACTION, now):
        for row_id in row_ids:
            assert due.run_one(flow.REACTION, row_id, now)


def tables(reports):
    """What stands in the tables about these reports, without what is a row's own."""
    found = []
    for report in Report.objects.filter(pk__in=reports).order_by("id"):
        case = report.case
        rows = [[case], [report]] + [
            list(model.objects.filter(case=case).order_by("id"))
            for model in (Event, Clock, Letter, Task, Assignment)
        ]
        found.append([[plain(row) for row in group] for group in rows])
    return found


def plain(row):
    values = {field.attname: getattr(row, field.attname) for field in row._meta.fields}
    for name in ("data", "suggestion"):
        if name in values:
            values[name] = {key: value for key, value in values[name].items() if key not in OWN | {"near"}}
    hidden = {"words_sealed", "place_sealed", "inbound_id", "own_case_id", "claim", "number", "subject", "text",
              "search", "assignment_id", "letter_id"}  # fmt: skip
    return {name: value for name, value in values.items() if name not in OWN | hidden}


def test_together_and_one_by_one_fill_the_same_tables():
    people.assemble()
    apart, at_once = tell(), tell()
    Reaction.objects.filter(case__reports__in=at_once).update(due_at=NOON + timedelta(hours=1))
    alone(NOON)
    assert not Reaction.objects.filter(case__reports__in=apart).exists()
    due.run_all([flow.REACTION], NOON + timedelta(hours=1))
    assert not Reaction.objects.exists()
    for one, other in zip(tables(apart), tables(at_once), strict=True):
        for mine, its in zip(one, other, strict=True):
            assert mine == its


def test_forty_more_reports_cost_hardly_more_statements():
    people.assemble()

    def cost(count):
        tell(SAID[:1] * count)
        with CaptureQueriesContext(connection) as seen:
            due.run_all([flow.REACTION], NOON)
        assert not Reaction.objects.exists()
        return len(seen)

    few, many = cost(3), cost(43)
    assert many - few <= 6, (few, many)


def test_one_that_fails_takes_nothing_from_the_others():
    people.assemble()
    first, broken, last = tell(SAID[:1] * 3)
    # sealed with a key that is gone: nobody can read it any more
    Report.objects.filter(pk=broken).update(words_sealed=b"not sealed at all")
    due.run_all([flow.REACTION], NOON)
    status = dict(Case.objects.values_list("own_report", "status"))
    assert status == {first: "ASSIGNED", broken: "NEW", last: "ASSIGNED"}
    row = Reaction.objects.get()
    assert (row.case.own_report.id, row.attempts, row.parked_at, row.due_at > NOON) == (broken, 1, None, True)
    for hours in range(1, 6):
        due.run_all([flow.REACTION], NOON + timedelta(hours=hours))
    assert Reaction.objects.get().parked_at is not None


def test_two_of_one_batch_about_one_hole_know_of_each_other():
    people.assemble()
    first, second = tell(SAID[:1] * 2)
    due.run_all([flow.REACTION], NOON)
    cases = {report.id: report.case for report in Report.objects.all()}
    assert cases[first].suggestion["near"] == []
    assert cases[second].suggestion["near"] == [cases[first].id]
    assert (cases[first].lat, cases[first].lon) == MAWAR
