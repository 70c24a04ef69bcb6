"""Whatever goes wrong has the standard's shape: a list of code and description."""

import json
import logging

import pytest
from django.db import OperationalError
from django.http import Http404
from django.test import RequestFactory
from django.utils import timezone

from tanggap.api.open311.endpoint import endpoint
from tanggap.api.open311.errors import NoKey, Problem, Unknown
from tanggap.channels.base import Busy
from tanggap.web.logs import Json, Line

FACTORY = RequestFactory()


def ask(
    failure: Exception | type[Exception] | None,
    method: str = "GET",
    form: str = "json",
    query: str = "locale=en",
    **more,
):
    @endpoint("GET", any_city=True)
    def view(request):
        if failure:
            raise failure
        return "services", []

    request = FACTORY.generic(method, f"/x?{query}", **more)
    request.now, request.reference = timezone.now(), "ABC234"
    return view(request, form=form)


@pytest.mark.parametrize(
    ("failure", "status", "code", "description"),
    [
        (NoKey("no key"), 403, 403, "no key"),
        (Problem("bad"), 400, 400, "bad"),
        (Problem((409, "twice")), 400, 409, "twice"),
        (Unknown, 404, 404, "There is nothing at this address, or it isn't public."),
        (Http404, 404, 404, "There is nothing at this address, or it isn't public."),
        (Busy, 503, 503, "We can't take anything for a moment. Nothing was stored; send it again."),
        (
            OperationalError,
            503,
            503,
            "We can't take anything for a moment. Nothing was stored; send it again.",
        ),
        (KeyError, 500, 500, "Something went wrong on our side (ABC234)."),
    ],
)
def test_each_failure_has_its_status_and_shape(failure, status, code, description):
    response = ask(failure)
    assert (response.status_code, json.loads(response.content)) == (
        status,
        [{"code": code, "description": description}],
    )


def test_the_xml_of_an_error():
    response = ask(Problem("one", "two"), form="xml")
    assert response.content == (
        b'<?xml version="1.0" encoding="utf-8"?>\n'
        b"<errors><error><code>400</code><description>one</description></error>"
        b"<error><code>400</code><description>two</description></error></errors>"
    )


def test_a_wrong_method_names_the_right_ones():
    response = ask(None, "DELETE")
    assert (response.status_code, response["Allow"]) == (405, "GET")
    assert json.loads(response.content)[0]["code"] == 405


def test_away_means_try_again():
    assert ask(Busy)["Retry-After"] == "15"


def test_our_fault_is_logged_without_the_words_it_carries(caplog):
    with caplog.at_level(logging.ERROR, "tanggap.api"):
        ask(ValueError("nama saya Ani"))
    lines = [form().format(record) for form in (Line, Json) for record in caplog.records]
    assert ["ValueError" in line for line in lines] == [True, True]
    assert "Ani" not in "".join(lines)


@pytest.mark.parametrize(
    ("query", "language"), [("locale=en-US", "en"), ("locale=id", "id"), ("locale=xx", "id"), ("", "id")]
)
def test_descriptions_speak_the_callers_language(query, language):
    assert ask(None, query=query)["Content-Language"] == language


def test_no_cookie_no_cache_and_any_site_may_read():
    response = ask(None, query="api_key=x")
    assert response["Access-Control-Allow-Origin"] == "*"
    assert response["Cache-Control"] == "no-store, private"
    assert not response.cookies
