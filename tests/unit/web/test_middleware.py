"""Around every request: where it came from, its language, its headers."""

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django.utils.translation import get_language

from tanggap.web.headers import private, secret_address
from tanggap.web.middleware import LanguageMiddleware, RequestMiddleware, client_address

rf = RequestFactory()


@pytest.mark.parametrize(
    ("hops", "claimed", "believed"),
    [
        (0, "", "10.0.0.9"),
        (0, "1.2.3.4", "10.0.0.9"),  # nobody of ours stands in front: the header is a claim
        (1, "1.2.3.4", "1.2.3.4"),
        (1, "6.6.6.6, 1.2.3.4", "1.2.3.4"),  # what the caller wrote stands left of what our proxy saw
        (2, "6.6.6.6, 1.2.3.4, 10.0.0.2", "1.2.3.4"),
        (2, "1.2.3.4", "10.0.0.9"),  # fewer entries than proxies: somebody came around them
        (1, "not an address", "10.0.0.9"),
        (1, "2001:DB8::1", "2001:db8::1"),
    ],
)
def test_a_forged_forwarded_header_is_not_believed(hops, claimed, believed):
    assert client_address({"REMOTE_ADDR": "10.0.0.9", "HTTP_X_FORWARDED_FOR": claimed}, hops) == believed


def test_other_headers_of_proxies_are_never_read(settings):
    settings.TRUSTED_HOPS = 1
    request = rf.get("/", REMOTE_ADDR="10.0.0.9", HTTP_X_REAL_IP="6.6.6.6", HTTP_CF_CONNECTING_IP="6.6.6.6")
    RequestMiddleware(lambda request: HttpResponse())(request)
    assert request.client_address == "10.0.0.9"


def test_each_request_has_its_moment_and_a_number_that_can_be_read_out():
    request = rf.get("/")
    response = RequestMiddleware(lambda request: HttpResponse())(request)
    assert request.now.tzinfo is not None
    assert len(request.reference) == 6
    assert not set("01OI") & set(request.reference)
    assert response["X-Request-Id"] == request.reference
    assert "camera=(self)" in response["Permissions-Policy"]


def spoken(request: HttpRequest) -> HttpResponse:
    return HttpResponse(get_language())


def test_indonesian_unless_the_reader_chose():
    asked_in_english = rf.get("/", HTTP_ACCEPT_LANGUAGE="en")
    assert LanguageMiddleware(spoken)(asked_in_english).content == b"id"
    chosen = rf.get("/")
    chosen.COOKIES["bahasa"] = "en"
    response = LanguageMiddleware(spoken)(chosen)
    assert (response.content, response["Content-Language"], response["Vary"]) == (b"en", "en", "Cookie")


def test_an_unknown_language_in_the_cookie_is_indonesian():
    request = rf.get("/")
    request.COOKIES["bahasa"] = "../../etc"
    assert LanguageMiddleware(spoken)(request).content == b"id"


def test_the_switch_keeps_the_page_and_its_query():
    response = LanguageMiddleware(spoken)(rf.get("/lacak/JK1/?bahasa=en&halaman=2"))
    assert (response.status_code, response["Location"]) == (302, "/lacak/JK1/?halaman=2")
    assert response.cookies["bahasa"].value == "en"


def test_the_switch_cannot_lead_elsewhere():
    request = rf.get("/")
    request.path = "//evil.example/"
    request.GET = request.GET.copy()
    request.GET["bahasa"] = "en"
    assert LanguageMiddleware(spoken)(request)["Location"] == "/evil.example/"


def test_a_language_that_does_not_exist_changes_nothing():
    response = LanguageMiddleware(spoken)(rf.get("/?bahasa=xx"))
    assert (response.status_code, response.content) == (200, b"id")


def test_a_page_with_somebodys_data_is_stored_nowhere():
    response = private(lambda request: HttpResponse())(rf.get("/"))
    assert (response["Cache-Control"], response["X-Robots-Tag"]) == ("no-store, private", "noindex, nofollow")


def test_an_address_with_a_secret_sends_no_referrer():
    response = secret_address(lambda request: HttpResponse())(rf.get("/"))
    assert (response["Cache-Control"], response["Referrer-Policy"]) == ("no-store, private", "no-referrer")
