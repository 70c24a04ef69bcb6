"""Parameters as clients send them: empty, doubled, with a lost plus sign, or made to hurt."""

from datetime import UTC, datetime, timedelta

import pytest
from django.http import QueryDict
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from tanggap.api.open311.errors import Problem
from tanggap.api.open311.reading import Said, covered, number

SECOND = timedelta(seconds=1)


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


def said(text: str) -> Said:
    return Said(QueryDict(text))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("-6.2", -6.2),
        ("+1", 1.0),
        (".5", 0.5),
        ("106.80000000000000000001", 106.8),
        ("1e1", 10.0),
        ("0", 0.0),
    ],
)
def test_numbers_are_read(text, value):
    assert number(text) == value


@pytest.mark.parametrize(
    "text",
    ["NaN", "nan", "Infinity", "-inf", "1e999", "9" * 5000, "1_0", "٣", "-6,2", "--1", "", "0x10", "1 2"],
)
def test_what_is_no_finite_number_is_none(text):
    assert number(text) is None


@given(st.text())
def test_no_text_breaks_a_number_or_a_moment(text):
    assert number(text) is None or isinstance(number(text), float)
    assert covered(text) is None or covered(text)[0] < covered(text)[1]


@pytest.mark.parametrize(
    ("text", "start", "long"),
    [
        ("2026-11-24T00:00:00Z", datetime(2026, 11, 24, tzinfo=UTC), SECOND),
        ("2026-11-24T07:00:00+07:00", datetime(2026, 11, 24, tzinfo=UTC), SECOND),
        ("2026-11-24T07:00:00 07:00", datetime(2026, 11, 24, tzinfo=UTC), SECOND),
        ("2026-11-24T00:00:00-0500", datetime(2026, 11, 24, 5, tzinfo=UTC), SECOND),
        ("2026-11-24T00:00:00", datetime(2026, 11, 24, tzinfo=UTC), SECOND),
        ("2026-11-24 00:00", datetime(2026, 11, 24, tzinfo=UTC), timedelta(minutes=1)),
        ("2026-11-24", datetime(2026, 11, 24, tzinfo=UTC), timedelta(days=1)),
        (
            "2026-11-24T00:00:00.5Z",
            datetime(2026, 11, 24, 0, 0, 0, 500_000, tzinfo=UTC),
            timedelta(microseconds=1),
        ),
    ],
)
def test_moments_are_read_with_what_they_cover(text, start, long):
    assert covered(text) == (start, start + long)


@pytest.mark.parametrize(
    "text",
    [
        "0000-01-01",
        "294277-01-01",
        "infinity",
        "2026-13-01",
        "2026-11-24T25:00:00Z",
        "0001-01-01T00:00:00+99:99",
    ],
)
def test_what_is_no_moment_is_none(text):
    assert covered(text) is None


def test_given_empty_is_not_given():
    assert said("start_date=&lat=&page=&extensions=").get("start_date") == ""
    assert said("lat=").number("lat") is None
    assert said("page=").whole("page") is None
    assert said("start_date=").span("start_date") is None
    assert said("extensions=").flag("extensions") is None


def test_the_body_goes_before_the_address():
    both = Said(QueryDict("jurisdiction_id=a&api_key=1"), QueryDict("api_key=2"))
    assert (both.get("jurisdiction_id"), both.get("api_key")) == ("a", "2")


def test_attributes_are_read_in_both_spellings():
    found = said(
        "attribute[A][]=1&attribute[A][]=2&attribute[B]=x&attribute[B]=y&attribute[C]=&attribute[]=z"
    )
    assert found.attributes() == {"A": ["1", "2"], "B": ["x", "y"]}


def test_words_are_clean_and_bounded():
    assert said("description=a%00b%ED%A0%80c").get("description").replace("\ufffd", "") == "abc"
    assert len(said("description=" + "x" * 9000).get("description", 4001)) == 4001


@pytest.mark.parametrize("text", ["page=-1", "page=x", "page=99999999999", "page=1.5"])
def test_a_page_is_a_whole_number(text):
    with pytest.raises(Problem):
        said(text).whole("page")


def test_unknown_fields_are_named_for_the_log_without_their_values():
    assert said("status=selesai&is_staff=1&lat=1&attribute[A]=1&<b>=1").unknown(["lat"]) == [
        "?",
        "is_staff",
        "status",
    ]


def test_a_body_is_the_same_however_it_was_sent():
    files = {"media": ["ab"]}
    first = said("b=2&a=1&api_key=x").body(["api_key"], files)
    assert first == said("a=1&api_key=y&b=2").body(["api_key"], files)
    assert first != said("a=1&b=2").body(["api_key"], {})
    assert b"api_key" not in first
