"""What the provider's error codes and silences mean for a letter."""

import pytest

from tanggap.channels.base import SendResult
from tanggap.channels.meta import outcome
from tanggap.channels.meta.outcome import Wrong

FLAGS = ("again", "closed", "gone", "down")


def flags(result: SendResult) -> list[str]:
    return [name for name in FLAGS if getattr(result, name)]


@pytest.mark.parametrize(
    ("code", "subcode", "expected"),
    [
        (131047, 0, ["closed"]),
        (131026, 0, ["closed"]),
        (131049, 0, ["closed"]),
        (132001, 0, ["closed"]),
        (10900, 0, ["closed"]),
        (10, 2018278, ["closed"]),
        (551, 1545041, ["gone"]),
        (100, 2018001, ["gone"]),
        (131056, 0, ["again"]),
        (131000, 0, ["again"]),
        (2, 0, ["again"]),
        (130429, 0, ["again", "down"]),
        (4, 0, ["again", "down"]),
        (80007, 0, ["again", "down"]),
        (131048, 0, ["again", "down"]),
        (190, 0, ["again", "down"]),
        (190, 463, ["again", "down"]),
        (10, 0, ["again", "down"]),
        (230, 0, ["again", "down"]),
        (131042, 0, ["again", "down"]),
        (100, 33, ["again", "down"]),
        (100, 0, []),
        (131009, 0, []),
        (987654, 0, []),
    ],
)
def test_a_code_is_translated_once_and_an_unknown_one_is_a_failure(code, subcode, expected):
    result = outcome.result(Wrong(400, code, subcode, "The person Ani ...", True))
    assert (result.state, flags(result), result.reason.startswith(f"graph_{code}")) == (
        "failed",
        expected,
        True,
    )
    assert "Ani" not in result.reason


@pytest.mark.parametrize(
    ("status", "state", "expected"),
    [
        (500, "failed", ["again", "down"]),
        (503, "failed", ["again", "down"]),
        (429, "failed", ["again", "down"]),
        (502, "failed", ["again", "down"]),
        (504, "unknown", []),
        (200, "unknown", []),
        (302, "unknown", []),
        (404, "failed", []),
    ],
)
def test_an_answer_that_is_not_the_apis_own_is_judged_by_its_status(status, state, expected):
    result = outcome.result(Wrong(status))
    assert (result.state, flags(result), result.reason) == (state, expected, f"http_{status}")


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"retry-after": "120"}, 120.0),
        ({"retry-after": "-5"}, 0.0),
        ({"retry-after": "1e99"}, 86_400.0),
        ({"retry-after": "Mon, 02 Mar 2026 05:00:00 GMT"}, None),
        ({"x-business-use-case-usage": '{"1":[{"estimated_time_to_regain_access":3}]}'}, 180.0),
        ({"x-business-use-case-usage": '{"1":[{"estimated_time_to_regain_access":0}]}'}, None),
        ({"x-business-use-case-usage": "[1"}, None),
        ({"x-business-use-case-usage": "[[]]"}, None),
        ({}, None),
    ],
)
def test_how_long_to_wait_is_read_where_it_is_told(headers, expected):
    assert outcome.patience(headers) == expected


def test_what_the_provider_asks_us_to_wait_goes_before_our_own_guess():
    told = outcome.result(Wrong(429, 130429, 0, "", True, 42.0))
    untold = outcome.result(Wrong(429, 130429, 0, "", True))
    assert (told.after, untold.after) == (42.0, 5.0)
