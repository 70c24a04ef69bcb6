"""Reading other people's JSON without trusting its shape."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from tanggap.lib import loosely

NOON = datetime(2026, 3, 2, 5, 0, tzinfo=UTC)
anything = some.recursive(
    some.none() | some.booleans() | some.integers() | some.floats() | some.text(max_size=5),
    lambda inner: (
        some.lists(inner, max_size=3) | some.dictionaries(some.sampled_from("ab"), inner, max_size=2)
    ),
    max_leaves=5,
)


@given(anything)
def test_no_shape_whatever_is_an_error(value):
    assert isinstance(loosely.text(value, "a"), str)
    assert isinstance(loosely.part(value, "a"), dict)
    assert isinstance(loosely.rows(value, "a"), list)
    assert loosely.whole(value, "a") is None or isinstance(loosely.whole(value, "a"), int)
    assert loosely.moment(value, NOON).utcoffset() == timedelta(0)
    assert loosely.place(value) is None or len(loosely.place(value)) == 2


@given(anything)
def test_the_same_thing_is_the_same_bytes(value):
    assert loosely.canonical(json.loads(json.dumps(value))) == loosely.canonical(value)


@pytest.mark.parametrize(
    ("told", "found"),
    [
        (5_000_000_001, 5_000_000_001),
        (-1_001_234_567_890, -1_001_234_567_890),
        ("17", 17),
        ("-17", -17),
        ("1-7", None),
        ("--7", None),
        ("", None),
        ("³", None),
        (True, None),
        (1e9, None),
        (2**70, None),
        ("9" * 21, None),
        (None, None),
    ],
)
def test_whole_numbers_are_ids_as_some_write_them(told, found):
    assert loosely.whole({"id": told}, "id") == found


@pytest.mark.parametrize(
    ("told", "found"),
    [
        (1_772_427_540, datetime(2026, 3, 2, 4, 59, tzinfo=UTC)),
        ("2026-03-02T04:59:00.000Z", datetime(2026, 3, 2, 4, 59, tzinfo=UTC)),
        ("2026-03-02T11:59:00+07:00", datetime(2026, 3, 2, 4, 59, tzinfo=UTC)),
        ("2026-03-02T04:59:00", NOON),  # of no zone
        (0, NOON),
        (float("nan"), NOON),
        (1e300, NOON),
        ("besok", NOON),
        (None, NOON),
        ((NOON + timedelta(days=2)).timestamp(), NOON),
    ],
)
def test_a_time_that_can_not_be_is_now(told, found):
    assert loosely.moment(told, NOON) == found


def test_what_is_no_json_or_too_deep_is_one_error():
    for body in (b"", b"{", b"[" * 100_000, b"\xff", b"9" * 5000):
        with pytest.raises(ValueError):  # noqa: PT011 - of several kinds, all of them this one
            loosely.load(body)
        assert loosely.read(body) is None
    deep: list = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(ValueError, match="too deep"):
        loosely.canonical(deep)


def test_one_of_two_words_is_the_same():
    assert [loosely.same(word, loosely.values("baru, lama")) for word in ("baru", "lama", "", "é\ud800")] == [
        True,
        True,
        False,
        False,
    ]
    assert loosely.same("", loosely.values("")) is False
