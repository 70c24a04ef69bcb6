"""A log tells where and what kind, never who or what was said: planted data must not be found in it."""

import json
import logging
import sys
import threading
from types import SimpleNamespace

import pytest
from django.core.exceptions import TooManyFieldsSent
from django.test import RequestFactory

from tanggap.web import logs
from tanggap.web.logs import Few, Json, Line, RoutesOnly

rf = RequestFactory()
NAME, PHONE, MAIL, NIK = "Ani Rahayu Lestari", "0812-3456-7890", "ani.rahayu@contoh.test", "3171234567890123"
CANARIES = (NAME, PHONE, MAIL, NIK, "081234567890", "rahasia")


@pytest.fixture(autouse=True)
def fresh():
    logs.refused.forget()
    logs.traced.forget()


def record(msg: str, *args: object, name: str = "tanggap.door", error: BaseException | None = None, **more):
    exc_info = (type(error), error, error.__traceback__) if error else None
    made = logging.LogRecord(name, logging.ERROR, "x.py", 1, msg, args, exc_info)
    vars(made).update(more)
    return made


def caught(error: Exception) -> Exception:
    try:
        try:
            raise KeyError(f"{NAME} {PHONE}")
        except KeyError as first:
            raise error from first
    except Exception as found:
        return found


def asked(path: str = "/l/JK1/rahasia/?nama=" + NAME, route: str = "l/<str:number>/<str:secret>/"):
    request = rf.get(path)
    request.reference, request.request_id = "7F3K2Q", "0af7651916cd43dd8448eb211c80319c"
    request.resolver_match = SimpleNamespace(route=route, view_name="secret_link")
    return request


@pytest.mark.parametrize("form", [Line, Json])
def test_of_a_fault_the_class_and_the_places_stay_and_its_words_go(form):
    said = form().format(record("it broke: %s", ValueError(NAME), error=caught(ValueError(f"{NAME} {NIK}"))))
    assert [canary for canary in CANARIES if canary in said] == []
    assert "it broke: ValueError" in said
    assert "KeyError" in said
    assert "test_logs.py" in said
    assert "/site-packages/" not in said


@pytest.mark.parametrize("form", [Line, Json])
def test_what_others_fill_into_their_sentences_is_left_out(form):
    said = form().format(record("Login failed for %s (%d tries)", NAME, 3, name="allauth"))
    assert NAME not in said
    assert "Login failed for" in said
    assert "(3 tries)" in said


@pytest.mark.parametrize("words", [PHONE, "081234567890", "+62 812 3456 7890", MAIL, NIK])
def test_numbers_and_addresses_of_people_are_covered_even_in_our_own_lines(words):
    for form in (Line, Json):
        said = form().format(record(f"not taken: {words}; {words}", name="tanggap.door"))
        assert words not in said
        assert "not taken: <" in said


@pytest.mark.parametrize(
    "words", ["JK2611240012", "Reaction 4711", "12 rows of Letter", "7F3K2Q", "2026-11-24"]
)
def test_our_own_numbers_stay(words):
    assert words in Line().format(record(words))


def test_nothing_in_a_line_steers_a_terminal_or_makes_a_second_line():
    said = Line().format(record("a\x1b[31m\r\n2026 ERROR tanggap forged\u202e %s", "b\nc"))
    assert "\n" not in said
    assert "\x1b" not in said
    assert "\\x0a2026 ERROR tanggap forged\\x202e b\\x0ac" in said
    assert "\n" not in Json().format(record("a\nb"))


def test_a_sentence_that_does_not_fit_its_values_is_still_a_line():
    assert "%d of %d" in Line().format(record("%d of %d", "x"))


def test_json_says_when_where_which_request_and_how_long():
    line = Json().format(record("home 200", name="tanggap.request", request=asked(), status=200, ms=12.3))
    told = json.loads(line)
    assert told["time"].endswith("Z")
    assert {name: told[name] for name in told if name != "time"} == {
        "level": "ERROR", "logger": "tanggap.request", "message": "home 200", "status": 200, "ms": 12.3,
        "request": "0af7651916cd43dd8448eb211c80319c", "reference": "7F3K2Q", "route": "/l/<str:number>/<str:secret>/",
    }  # fmt: skip


def test_a_line_written_during_a_request_knows_it():
    mark = logs.current.set(asked())
    try:
        told = json.loads(Json().format(record("a photo could not be read")))
    finally:
        logs.current.reset(mark)
    assert (told["reference"], told["route"]) == ("7F3K2Q", "/l/<str:number>/<str:secret>/")
    assert "reference" not in json.loads(Json().format(record("and after it none")))


def test_what_a_stranger_sent_is_one_line_and_only_so_many():
    """Django logs a whole traceback for each form with too many fields."""
    seen = []
    for number in range(1000):
        one = record("The number of GET/POST parameters exceeded", name="django.security.TooManyFieldsSent",
                     error=caught(TooManyFieldsSent(NAME)), request=asked(), status_code=400)  # fmt: skip
        one.created = 1_700_000_000 + number / 100  # ten seconds
        if RoutesOnly().filter(one):
            seen.append(Line().format(one))
    assert len(seen) == logs.LINES_A_MINUTE
    assert seen[0].endswith("7F3K2Q GET /l/<str:number>/<str:secret>/: TooManyFieldsSent")
    assert "\n" not in "".join(seen)
    later = record("x", name="django.security.TooManyFieldsSent", request=asked(),
                   error=caught(TooManyFieldsSent(NAME)))  # fmt: skip
    later.created = 1_700_000_100
    assert RoutesOnly().filter(later)
    assert "(and 980 more in the minutes before)" in Line().format(later)


def test_the_same_fault_again_and_again_is_a_line_with_its_place():
    error = caught(ValueError(NAME))
    lines = [Line().format(record("it broke", error=error)) for _ in range(10)]
    assert ["KeyError" in line for line in lines] == [True] * logs.FRAMES_A_MINUTE + [False] * 5
    assert all("ValueError at " in line for line in lines)


def test_few_begins_anew_each_minute():
    few = Few(2)
    assert [few.allow("a", 60.0 * minute) for minute in (1, 1, 1, 1, 2)] == [0, 0, None, None, 2]
    assert few.allow("b", 120.0) == 0


def test_what_nobody_caught_is_told_without_its_words(monkeypatch):
    lines: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda one: lines.append(Line().format(one))
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    log = logging.getLogger("tanggap.uncaught")
    log.addHandler(handler)
    try:
        logs.catch_all()
        thread = threading.Thread(target=lambda: int(NAME))
        thread.start()
        thread.join()
        sys.excepthook(ValueError, caught(ValueError(NAME)), None)
    finally:
        log.removeHandler(handler)
        logging.captureWarnings(False)
    assert len(lines) == 2
    assert "a thread ended: ValueError" in lines[0]
    assert "the process ends: ValueError" in lines[1]
    assert NAME not in "".join(lines)


def test_the_web_servers_own_lines_have_the_same_form():
    made = logs.server("json")
    assert made["formatters"]["ours"]["()"] is Json
    assert logs.server("")["formatters"]["ours"]["()"] is Line
