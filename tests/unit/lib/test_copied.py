"""Rows as COPY text: what goes in by COPY is what the ORM reads back."""

from datetime import UTC, date, datetime

import pytest
from django.db import connection

from tanggap.lib import copied
from tanggap.models import Change, DayNumber
from tanggap.models.event import new_salt

AWKWARD = 'tab\there, back\\slash, new\nline, \\N, quote", {brace}, é, \u2028, 漢'


def test_what_has_no_awkward_sign_stays_as_it_is():
    assert copied.escaped("Jl. Merdeka é") == "Jl. Merdeka é"
    assert copied.escaped("a\\b\tc\nd\re") == r"a\\b\tc\nd\re"


@pytest.mark.django_db
def test_a_plain_row_comes_back_as_it_was_given():
    first = copied.take_ids(Change, 2)
    rows = [
        copied.Plain(Change, id=first + place, object=AWKWARD, verb="add", before={}, after={"words": AWKWARD, "n": 1},
                     at=datetime(2026, 11, 24, 4, 0, tzinfo=UTC), by_kind="machine", salt=new_salt())
        for place in (0, 1)
    ]  # fmt: skip
    names = ", ".join(f'"{field.column}"' for field in copied.columns(Change))
    with (
        connection.cursor() as cursor,
        cursor.copy(f'COPY "{Change._meta.db_table}" ({names}) FROM STDIN') as copy,
    ):
        for block in copied.lines(rows):
            copy.write(block)
    found = list(Change.objects.filter(pk__gte=first).order_by("pk"))
    assert [(row.pk, row.object, row.after, row.by_id, row.reason) for row in found] == [
        (first + place, AWKWARD, {"words": AWKWARD, "n": 1}, None, "") for place in (0, 1)
    ]
    assert bytes(found[0].salt) == rows[0].salt


def test_a_model_s_instance_is_written_alike():
    day = date(2026, 11, 24)
    assert copied.line(DayNumber(day=day, last=7)) == copied.line(copied.Plain(DayNumber, day=day, last=7))
    assert copied.line(DayNumber(day=day, last=7)) == "2026-11-24\t7\n"
