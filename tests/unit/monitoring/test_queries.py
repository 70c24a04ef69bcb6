"""Lists page by key in any order, tabs count without counting the city, neighbours are those the viewer may read."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tanggap.models import Case, Event
from tanggap.models.event import OFFICER
from tanggap.monitoring import history, queries
from tanggap.workflow import BY_VERB
from tests import cast as people
from tests.cast import MAWAR, NOON, case_of, report

moments = st.datetimes(min_value=datetime(2020, 1, 1), max_value=datetime(2040, 1, 1), timezones=st.just(UTC))


@given(
    promise=st.none() | moments,
    urgency=st.integers(0, 2),
    place=st.text(max_size=300),
    pk=st.integers(1, 2**60),
)
def test_a_key_says_what_it_was_made_of(promise, urgency, place, pk):
    case = Case(promise_at=promise, urgency=urgency, place=place, id=pk, opened_at=NOON)
    for keys in queries.ORDERS.values():
        told = queries.read_key(queries.write_key(case, keys), keys)
        values = [getattr(case, key.removeprefix("-")) for key in keys]
        assert told is not None
        assert [one for key, one in zip(keys, told, strict=True) if key != "place"] == [
            one for key, one in zip(keys, values, strict=True) if key != "place"
        ]


@given(told=st.text(max_size=80))
def test_no_key_of_a_stranger_raises(told):
    for keys in queries.ORDERS.values():
        queries.read_key(told, keys)


@pytest.fixture
def cast(db):
    return people.assemble()


@pytest.mark.parametrize("order", sorted(queries.ORDERS))
def test_pages_in_every_order_show_each_case_once(cast, order):
    cases = [case_of(report(at=NOON + timedelta(minutes=number))) for number in range(7)]
    for number, case in enumerate(cases):
        Case.objects.filter(pk=case.pk).update(
            promise_at=None if number % 3 == 0 else NOON + timedelta(hours=number % 2), urgency=number % 2,
            place=["", "Jl. A", "Jl. B"][number % 3],
        )  # fmt: skip
    rows = queries.tab(cast.budi, queries.OURS, NOON)
    expected = list(rows.order_by(*queries.ORDERS[order]).values_list("id", flat=True))
    seen, after = [], ""
    for _ in range(7):
        page = queries.page(rows, order, after, cast.budi, NOON, size=2)
        seen += [case.id for case in page.rows]
        after = page.after
        if not after:
            break
    assert seen == expected


def test_a_promise_is_near_for_one_working_day():
    # Tuesday noon in the mini-city's zone: Wednesday noon; Friday noon: Monday noon
    assert queries.minutes_a_day(queries.indonesia("Asia/Makassar")) == 510


@pytest.mark.django_db
def test_tabs_count_no_further_than_they_say(cast, monkeypatch):
    for _ in range(4):
        report()
    monkeypatch.setattr(queries, "MOST", 2)
    assert queries.counts(cast.budi, NOON)["ours"] == 3


def test_neighbours_are_near_readable_and_likely_first(cast):
    here = case_of(report())
    twin = case_of(report(at=NOON + timedelta(minutes=1)))
    other = case_of(report("Sampah menumpuk", at=NOON + timedelta(minutes=2)))
    case_of(report(point=(-1.95, 118.03)))
    found = queries.around(cast.budi, here)
    assert [(row.case.id, row.likely) for row in found] == [(twin.id, True), (other.id, False)]
    assert queries.around(cast.eko, here) == []
    assert (here.lat, here.lon) == MAWAR


def test_a_record_of_few_is_none(cast):
    case = case_of(report())
    assert queries.record(people.agency("dinas-jalan"), case.category) is None


@pytest.mark.parametrize("verb", sorted(BY_VERB))
def test_every_event_has_a_sentence(cast, verb):
    event = Event(verb=verb, at=NOON, by_kind=OFFICER, by_id=cast.officer("budi").id, data={})
    line = history.lines([event])[0]
    assert line.words
    assert "%(" not in line.words
    assert line.who == "Budi Cast"


def test_a_sentence_names_offices_and_reasons_not_codes(cast):
    data = {"to": "dinas-jalan", "reason": "not_ours", "resolution": "fixed", "on": "2026-11-26"}
    said = {
        verb: history.lines([Event(verb=verb, at=NOON, by_kind="machine", data=data)])[0].words
        for verb in ("case.referred", "case.refused", "case.closed", "case.estimated")
    }
    assert said == {
        "case.referred": "Diteruskan ke Dinas Jalan dan Penerangan",
        "case.refused": "Dikembalikan ke Dinas Jalan dan Penerangan: Bukan tugas kami",
        "case.closed": "Diterima pemeriksa: Beres",
        "case.estimated": "Diperkirakan selesai Kamis 26 Nov",
    }
