"""Error pages: what happened, whether anything was lost, what to do; drawn without a database."""

import logging
from types import SimpleNamespace

from django.db import OperationalError
from django.test import RequestFactory

from tanggap.web import errors
from tanggap.web.logs import RoutesOnly

rf = RequestFactory()


def ask():
    request = rf.get("/lacak/rahasia/")
    request.reference = "7F3K2Q"
    return request


def test_a_fault_of_ours_names_its_reference_and_is_not_stored():
    response = errors.server_error(ask())
    page = response.content.decode()
    assert response.status_code == 500
    assert "Terjadi kesalahan di pihak kami" in page
    assert "7F3K2Q" in page
    assert response["Cache-Control"] == "no-store, private"


def test_a_database_that_is_away_is_503_and_says_that_nothing_was_stored():
    try:
        raise OperationalError("gone")
    except OperationalError:
        response = errors.server_error(ask())
    assert (response.status_code, response["Retry-After"]) == (503, "15")
    assert "belum tersimpan" in response.content.decode()


def test_what_does_not_exist_and_what_is_not_public_look_the_same():
    assert "tidak ada, atau bukan untuk umum" in errors.not_found(ask()).content.decode()


def test_each_error_has_its_status():
    answers = [
        errors.bad_request(ask()),
        errors.forbidden(ask()),
        errors.csrf(ask()),
        errors.not_found(ask()),
    ]
    assert [answer.status_code for answer in answers] == [400, 403, 403, 404]


def test_an_error_page_that_cannot_be_drawn_is_still_words(monkeypatch):
    def broken(*args, **kwargs):
        raise RuntimeError

    monkeypatch.setattr(errors.loader, "render_to_string", broken)
    response = errors.server_error(ask())
    assert (response.status_code, "7F3K2Q" in response.content.decode()) == (500, True)


def test_too_many_tries_say_when_to_come_back():
    response = errors.too_many(ask(), 601)
    assert (response.status_code, response["Retry-After"]) == (429, "601")
    assert "11 menit" in response.content.decode()


def test_a_log_line_of_djangos_holds_the_route_not_the_secret():
    request = ask()
    request.resolver_match = SimpleNamespace(route="lacak/<secret>/")
    record = logging.LogRecord(
        "django.request", logging.ERROR, "", 0, "%s: %s", ("Error", request.path), None
    )
    record.request = request
    assert RoutesOnly().filter(record)
    assert record.getMessage() == "7F3K2Q GET /lacak/<secret>/: error"
