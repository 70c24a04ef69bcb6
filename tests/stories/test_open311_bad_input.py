"""What a GeoReport v2 app may get wrong, or mean ill: each answered in the standard's own shape, nothing lost."""

import json
from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone

from tanggap import access
from tanggap.lib import seal
from tanggap.models import ApiKey, Case, Inbound, Report, Upload
from tanggap.web.keys import make_key
from tests.app311 import FORMS, HOLE, App

# ---- refusals ----


@FORMS
def test_a_key_is_needed_to_send(story, form):
    app = App(story, form)
    ended = make_key("Lama", "open311", timezone.now())
    ApiKey.objects.filter(name="Lama").update(ended_at=timezone.now())
    for key in ("", "unknown", ended, app.key[:-1]):
        [error] = app.post(**HOLE | {"api_key": key})
        assert (app.status, str(error["code"])) == (403, "403")
    assert Report.objects.count() == 0


def test_a_key_has_an_hourly_limit(story, settings):
    settings.KEY_REPORTS_PER_HOUR = 1
    app = App(story)
    app.report()
    [error] = app.post(**HOLE)
    assert (app.status, error["code"]) == (429, 429)


@FORMS
@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"service_code": ""}, 400),
        ({"service_code": "tidak-ada"}, 404),
        ({"lat": "", "long": "", "address_string": ""}, 400),
        ({"lat": "-1.99", "long": "", "address_string": ""}, 400),
        ({"lat": "NaN"}, 400),
        ({"long": "Infinity"}, 400),
        ({"lat": "1e999"}, 400),
        ({"lat": "9" * 5000}, 400),
        ({"lat": "-1,99"}, 400),
        ({"description": "x" * 4001}, 400),
        ({"description": "kata " * 400_000}, 400),
        ({"description": "x" * 4_000_000}, 400),
        ({f"field{place}": "x" for place in range(400)}, 400),
        ({"non_public": "maybe"}, 400),
        ({"jurisdiction_id": "chicago.gov"}, 404),
    ],
)
def test_what_the_standard_refuses(story, form, changes, status):
    app = App(story, form)
    [error] = app.post(**HOLE | changes)
    assert (app.status, str(error["code"]), bool(error["description"])) == (status, str(status), True)
    assert Report.objects.count() == Inbound.objects.count() == 0


def test_all_that_is_wrong_is_said_at_once(story):
    errors = App(story).post(
        **HOLE | {"lat": "NaN", "long": "inf", "description": "x" * 4001, "locale": "en"}
    )
    assert [error["description"] for error in errors] == [
        "lat must be a number with a decimal point.",
        "long must be a number with a decimal point.",
        "description is longer than 4,000 signs.",
    ]


LAUGHS = '<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><request>&b;</request>'
XXE = (
    '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><request><description>&x;</description></request>'
)
BODIES = {
    "an external entity": ("text/xml", XXE),
    "a billion laughs": ("application/xml", LAUGHS),
    "deep nesting": ("application/json", "[" * 100_000),
    "a huge number": ("application/json", '{"lat":' + "9" * 5000 + "}"),
    "plain words": ("text/plain", "api_key=x"),
    "a form with no boundary": ("multipart/form-data", "api_key=x"),
    "a form in another alphabet": ("application/x-www-form-urlencoded; charset=utf-16", "api_key=x"),
}


@FORMS
@pytest.mark.parametrize("name", BODIES)
def test_a_body_that_is_no_form_is_never_parsed(story, form, name):
    kind, body = BODIES[name]
    app = App(story, form)
    [error] = app.told(app.http.post(app.address("requests"), content=body, headers={"Content-Type": kind}))
    assert (app.status, str(error["code"])) == (400, "400")
    assert "root:" not in error["description"]


@pytest.mark.parametrize(
    ("lat", "long"),
    [
        ("0", "0"), ("118.01", "-1.99"), ("-1.9912345678901234567890", "118.01"),
        ("-89.9", "179.9"), ("-6.2", "106.8"),
        ("-1.96", "118.0"), ("999", "999"),
    ],
)  # fmt: skip
def test_no_report_is_refused_for_its_place_alone(story, lat, long):
    app = App(story)
    number = app.report(lat=lat, long=long, address_string="")
    story.work()
    assert Case.objects.get(number=number).status in ("NEW", "ASSIGNED")


def test_swapped_coordinates_stay_readable_for_the_desk(story):
    number = App(story).report(lat="118.01", long="-1.99")
    story.work()
    assert Case.objects.get(number=number).place == "Depan Pasar Mawar (lat 118.01, long -1.99)"


def test_signs_that_no_database_takes_are_cleaned(story):
    app = App(story)
    body = f"api_key={app.key}&service_code=jalan-rusak&lat=-1.99&long=118.01"
    body += "&description=Lubang%00+besar%ED%A0%80"
    body += "&attribute[A%00]=%00&first_name=A%00ni&device_id=%00&media_url=%00http://x"
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    [row] = app.told(app.http.post(app.address("requests"), content=body, headers=headers))
    story.work()
    assert app.status == 200
    [shown] = app.get(f"requests/{row['service_request_id']}")
    assert shown["description"].replace("\ufffd", "") == "Lubang besar"


@FORMS
def test_words_are_never_markup(story, form):
    app = App(story, form)
    nasty = "<img src=x onerror=alert(1)>&amp;]]>"
    number = app.report(description=nasty, address_string=nasty, first_name=nasty)
    story.work()
    [row] = app.get(f"requests/{number}")
    assert (row["description"], row["address"]) == (nasty, nasty)


def test_fields_nobody_asked_for_change_nothing(story):
    number = App(story).report(
        status="closed", case_id="1", visibility="secret", reporter_id="1", number="X", is_staff="1"
    )
    case = Case.objects.get(number=number)
    assert (case.status, case.visibility, number[:2]) == ("NEW", "public", "KM")


def test_contacts_that_cannot_be_read_are_named_and_cost_nothing(story):
    [row] = App(story).post(**HOLE | {"phone": "nanti", "email": "ani@", "locale": "en"})
    assert "The telephone number could not be read" in row["service_notice"]
    assert "The e-mail address could not be read" in row["service_notice"]
    assert Report.objects.get().reporter.identities.count() == 0


def test_a_link_to_a_picture_is_kept_as_words_and_never_fetched(story):
    number = App(story).report(media_url="http://169.254.169.254/latest/meta-data")
    story.work()
    report = Report.objects.get(number=number)
    body = access.person(report.reporter, report)
    assert body.words == HOLE["description"]
    assert Upload.objects.count() == 0


@FORMS
@pytest.mark.parametrize(
    "path", ["/", "/v2", "/v3/services", "/v2/servises", "/v2/requests/a/b", "/v2/requests/%00"]
)
def test_what_does_not_exist_has_the_shape_too(story, form, path):
    app = App(story, form, endpoint="/open311")
    [error] = app.told(app.http.get(f"/open311{path}.{form}"))
    assert (app.status, str(error["code"])) == (404, "404")


@FORMS
def test_a_wrong_method_has_the_shape_too(story, form):
    app = App(story, form)
    for method, resource, right in (
        ("PUT", "requests", "GET, POST"),
        ("POST", "services", "GET"),
        ("DELETE", "requests/1", "GET"),
    ):
        response = app.http.request(method, app.address(resource))
        [error] = app.told(response)
        assert (app.status, str(error["code"]), response.headers["Allow"]) == (405, "405", right)


def test_a_secret_category_stays_secret(story):
    app = App(story)
    number = app.report(service_code="pungutan", description="Pungli di kantor.", non_public="false")
    story.work()
    assert not number.startswith("KM26")
    app.get(f"requests/{number}", api_key=app.key)
    assert app.status == 404
    assert app.get("requests") == []


def test_the_raw_words_are_kept_sealed_and_without_the_key(story):
    app = App(story)
    app.report(media_url="http://foto.test/1.jpg")
    row = Inbound.objects.get()
    assert b"foto.test" not in bytes(row.body)
    person = Report.objects.get().reporter
    body = seal.open_sealed(access.ring(), bytes(person.key), bytes(row.body))
    said, files = json.loads(body)
    assert (said["media_url"], files) == (["http://foto.test/1.jpg"], {})
    assert app.key.encode() not in body
    assert row.purge_at > timezone.now() + timedelta(days=1)
    assert settings.KEY_REPORTS_PER_HOUR > 60
