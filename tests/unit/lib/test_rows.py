"""Many rows by one statement: each gets its own values, of every kind a column has, and nothing is cut or lost."""

from datetime import UTC, date, datetime
from uuid import uuid4

import pytest
from django.db import DataError, connection
from django.test.utils import CaptureQueriesContext

from tanggap.lib import rows
from tanggap.models import Agency, Case, Channel, Resolution

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)


def born(count: int) -> list[Case]:
    return Case.objects.bulk_create(
        Case(number=f"N{n}", uuid=uuid4(), status="NEW", visibility="private", channel=Channel.objects.get(code="web"),
             opened_at=NOON, changed_at=NOON)
        for n in range(count)
    )  # fmt: skip


def test_each_row_gets_its_own_values_of_every_kind():
    first, second, third = born(3)
    holder = Agency.objects.get(code="dinas-jalan")
    names = ("title", "holder_id", "resolution_id", "readers", "suggestion", "emergency", "lat", "estimate_on",
             "promise_at", "handovers")  # fmt: skip
    full = ("Lubang 'besar' {1,2} \\ %s", holder.id, Resolution.objects.get(code="fixed").code, [1, 2], {"a": ["é"]},
            True, -6.5, date(2026, 12, 1), NOON, 3)  # fmt: skip
    bare = ("", None, None, [], {}, False, None, None, None, 0)
    assert rows.update(Case, names, [(first.id, *full), (second.id, *bare)]) == {first.id, second.id}
    read = {case.id: case for case in Case.objects.all()}
    assert tuple(getattr(read[first.id], name) for name in names) == full
    assert tuple(getattr(read[second.id], name) for name in names) == bare
    assert read[third.id].title == ""


def test_a_row_that_is_another_by_now_stays_as_it_is():
    first, second = born(2)
    Case.objects.filter(pk=second.id).update(version=7)
    done = rows.update(
        Case, ("version", "title"), [(case.id, 1, 2, "new") for case in (first, second)], was="version"
    )
    assert done == {first.id}
    assert list(Case.objects.order_by("id").values_list("version", "title")) == [(2, "new"), (7, "")]


def test_ten_more_rows_cost_no_more_statements_and_none_costs_none():
    with CaptureQueriesContext(connection) as seen:
        assert rows.update(Case, ("title",), []) == set()
    assert len(seen) == 0
    cases = born(11)
    with CaptureQueriesContext(connection) as seen:
        rows.update(Case, ("title",), [(case.id, case.number) for case in cases])
    assert len(seen) == 1


def test_words_too_long_for_their_column_are_refused_not_cut():
    case = born(1)[0]
    with pytest.raises(DataError):
        rows.update(Case, ("number",), [(case.id, "x" * 41)])
