"""Another city's app speaks GeoReport v2 with us: over real HTTP, in XML and in JSON, well-behaved or not."""

import io
import json
import threading
from datetime import timedelta
from xml.etree import ElementTree

import pytest
from django.conf import settings
from django.utils import timezone
from PIL import Image

from tanggap import access
from tanggap.api.keys import make_key
from tanggap.followup import actions as followup
from tanggap.lib import seal
from tanggap.models import ApiKey, Case, Event, Inbound, Message, Report, Resolution, Upload
from tanggap.reply import actions as reply
from tests import cast as people

FORMS = pytest.mark.parametrize("form", ["xml", "json"])
HOLE = {
    "service_code": "jalan-rusak", "lat": "-1.99", "long": "118.01", "address_string": "Depan Pasar Mawar",
    "description": "Lubang besar di depan pasar.\nHubungi 0812-3456-7890.",
    "first_name": "Ani", "last_name": "-",
    "phone": "0812 3456 7890", "email": "ani@warga.test",
}  # fmt: skip


class App:
    """An app with a key: every answer decoded to the same plain rows, whichever form it came in."""

    status = 0  # of the last answer

    def __init__(
        self, story, form: str = "json", name: str = "Aplikasi warga", endpoint: str = "/open311/v2"
    ):
        self.http, self.form, self.endpoint = story.browser(), form, endpoint
        self.key = make_key(name, "open311", timezone.now())

    def address(self, resource: str) -> str:
        return f"{self.endpoint}/{resource}.{self.form}"

    def get(self, resource: str, **asked):
        return self.told(self.http.get(self.address(resource), params=asked))

    def post(self, resource: str = "requests", files=None, headers=None, **said):
        data = {"api_key": self.key} | said
        return self.told(self.http.post(self.address(resource), data=data, files=files, headers=headers))

    def told(self, response):
        assert (
            response.headers["Content-Type"]
            == {
                "xml": "text/xml; charset=utf-8",
                "json": "application/json; charset=utf-8",
            }[self.form]
        )
        self.status = response.status_code
        return response.json() if self.form == "json" else plain(ElementTree.fromstring(response.content))

    def report(self, **more) -> str:
        [row] = self.post(**HOLE | more)
        assert self.status == 200, row
        return row["service_request_id"]


def plain(element):
    """XML as JSON has it, but that all values are words."""
    if not len(element):
        return element.text
    if element[0].tag in ("request", "service", "error", "request_update", "attribute", "endpoint", "format"):
        return [plain(child) for child in element]
    return {child.tag: plain(child) for child in element}


def picture(form: str = "JPEG", side: int = 64) -> bytes:
    kept = io.BytesIO()
    Image.new("RGB", (side, side), "grey").save(kept, form)
    return kept.getvalue()


def huge_png() -> bytes:
    """The head of a PNG of 13,000 x 13,000: small to send, terrible to decode."""
    size = (13_000).to_bytes(4, "big")
    return (
        b"\x89PNG\r\n\x1a\n"
        + (13).to_bytes(4, "big")
        + b"IHDR"
        + size
        + size
        + b"\x08\x02\0\0\0"
        + b"\0" * 100
    )


# ---- the main story ----


@FORMS
def test_a_hole_in_the_road_from_an_app_to_the_citizens_word(story, form):
    cast, app = people.assemble(), App(story, form)
    number = app.report()
    report = Report.objects.get(number=number)
    assert (report.channel.code, report.api_key.name) == ("open311", "Aplikasi warga")
    assert Event.objects.get(case=report.case_id).by_kind == "key"

    def seen() -> tuple[str, str, str]:
        story.work()
        [row] = app.get(f"requests/{number}")
        return row["status"], row["status_notes"], row["agency_responsible"]

    assert seen() == ("open", "Menunggu", "Kelurahan Mawar")
    case, fixed = report.case_id, Resolution.objects.get(code="fixed")
    followup.start(case, by=cast.budi, now=timezone.now())
    assert seen() == ("open", "Proses", "Kelurahan Mawar")
    followup.submit(case, by=cast.budi, now=timezone.now(), resolution=fixed,
                    words="Sudah ditambal aspal panas.", photos=[people.photo().uuid])  # fmt: skip
    assert seen() == ("open", "Menunggu validasi", "Kelurahan Mawar")
    followup.close(case, by=cast.dewi, now=timezone.now())
    assert seen() == ("closed", "Selesai", "Kelurahan Mawar")
    report.refresh_from_db()
    followup.confirm(report.id, by=access.reporter_viewer(report), now=timezone.now(), stars=5)
    assert seen()[0] == "closed"
    [row] = app.get(f"requests/{number}", extensions="true", locale="en")
    assert row["status_notes"] == "Confirmed by citizens"
    assert row["extended_attributes"]["detailed_status"] == "ARCHIVED"
    closed = Event.objects.get(case=case, verb="case.closed").at
    assert row["updated_datetime"] == closed.strftime("%Y-%m-%dT%H:%M:%SZ")
    told = [row["external_status_code"] for row in app.get("servicerequestupdates", api_key=app.key)]
    assert told == ["received", "routed", "started", "submitted", "closed", "confirmed"]


@FORMS
@pytest.mark.parametrize("endpoint", ["/open311/v2", "/open311/v2/", "/open311/v2//"])
def test_an_endpoint_with_or_without_a_slash_at_its_end(story, form, endpoint):
    app = App(story, form, endpoint=endpoint)
    codes = [row["service_code"] for row in app.get("services")]
    assert "jalan-rusak" in codes
    assert app.get("services/jalan-rusak")["service_code"] == "jalan-rusak"
    assert len(app.get("discovery")["endpoints"]) == 2


@FORMS
def test_the_promise_and_the_masked_words_are_told(story, form):
    app = App(story, form)
    number = app.report(non_public="false")
    story.work()
    [own] = app.get(f"requests/{number}", api_key=app.key)
    [public] = app.get(f"requests/{number}", locale="en")
    assert own["description"] == HOLE["description"]
    assert public["description"] == "Lubang besar di depan pasar.\nHubungi [phone number covered]."
    assert public["expected_datetime"] > public["requested_datetime"]
    assert (public["address"], public["zipcode"]) == ("Depan Pasar Mawar", None)
    assert (float(public["lat"]), float(public["long"])) == (-1.99, 118.01)


def test_a_private_report_is_for_its_own_key(story):
    app, other = App(story), App(story, name="Aplikasi lain")
    number = app.report(non_public="true")
    story.work()
    assert app.get(f"requests/{number}", api_key=app.key)[0]["service_request_id"] == number
    for asked in ({}, {"api_key": other.key}):
        app.get(f"requests/{number}", **asked)
        assert app.status == 404
    assert app.get("requests", api_key=app.key) == []


def test_an_emergency_is_answered_with_the_number_to_call(story):
    [row] = App(story).post(**HOLE | {"description": "Ada kebakaran di pasar!", "locale": "en"})
    assert row["service_notice"].startswith("Is anybody in danger? Call 911 now;")


def test_a_place_outside_the_city_is_stored_and_answered_with_who_is_in_charge(story):
    [row] = App(story).post(**HOLE | {"lat": "-2.2", "long": "118.0", "locale": "en"})
    assert "outside Melati (Kota Kamboja). Who is in charge there: 021." in row["service_notice"]
    story.work()
    assert Case.objects.get(number=row["service_request_id"]).outside == "Kota Kamboja"


def test_the_reporters_app_answers_a_question(story):
    cast, app, other = people.assemble(), App(story), App(story, name="Aplikasi lain")
    number = app.report(non_public="true")
    story.work()
    case = Case.objects.get(number=number)
    reply.ask(case.id, "Lubangnya di lajur mana?", by=cast.budi, now=timezone.now())
    asked = app.get("servicerequestupdates", api_key=app.key)[-1]
    assert "Lubangnya di lajur mana?" in asked["description"]
    assert app.get("servicerequestupdates", api_key=other.key) == []
    said = {"service_request_id": number, "update_id": "77", "description": "Lajur kiri.", "status": "FIXED"}
    other.post("servicerequestupdates", **said)
    assert other.status == 404
    [first], [again] = app.post("servicerequestupdates", **said), app.post("servicerequestupdates", **said)
    assert first == again
    assert Message.objects.filter(case=case).count() == 1
    [error] = app.post("servicerequestupdates", **said | {"description": "Lajur kanan."})
    assert (app.status, error["code"]) == (400, 409)
    story.work()
    assert Message.objects.get(case=case).words == "Lajur kiri."
    assert app.get("servicerequestupdates", api_key=app.key)[-1]["update_id"] == first["update_id"]
    case.refresh_from_db()
    assert (case.status, case.waiting_for) == ("ASSIGNED", "")


# ---- files ----


def test_pictures_come_under_any_name(story):
    app = App(story)
    files = [
        ("media", ("a.jpg", picture(), "image/jpeg")),
        ("photo1", ("b.png", picture("PNG"), "image/png")),
    ]
    number = app.told(app.http.post(app.address("requests"), data=HOLE | {"api_key": app.key}, files=files))[
        0
    ]["service_request_id"]
    story.work()
    assert sorted(Upload.objects.filter(report__number=number).values_list("kind", "state")) == [
        ("jpeg", "ready"),
        ("png", "ready"),
    ]


BAD_FILES = {
    "an SVG named .png": (b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', "not_an_image"),
    "a PostScript named .jpg": (b"%!PS-Adobe-3.0\n(/etc/passwd) (r) file", "not_an_image"),
    "169 megapixels": (huge_png(), "too_many_pixels"),
    "nothing": (b"", "empty"),
    "a zip": (b"PK\x03\x04" + b"\0" * 200, "not_an_image"),
    "the first bytes of a picture": (picture()[:12], "not_an_image"),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_bad_file_is_refused_by_itself_and_the_report_goes_on(story, name):
    data, code = BAD_FILES[name]
    app = App(story)
    files = [("media", ("x.png", data, "image/png")), ("media", ("y.jpg", picture(), "image/jpeg"))]
    [row] = app.told(
        app.http.post(app.address("requests"), data=HOLE | {"api_key": app.key, "locale": "en"}, files=files)
    )
    assert "was left out" in row["service_notice"]
    case = Case.objects.get(number=row["service_request_id"])
    assert Event.objects.get(case=case, verb="case.received").data["refused_files"] == [code]
    assert Upload.objects.filter(report__case=case).count() == 1


def test_a_picture_that_cannot_be_decoded_costs_nobody_the_report(story):
    app = App(story)
    broken = picture(side=600)
    files = {"media": ("x.jpg", broken[: len(broken) // 2], "image/jpeg")}
    number = app.told(app.http.post(app.address("requests"), data=HOLE | {"api_key": app.key}, files=files))[
        0
    ]["service_request_id"]
    story.work()
    assert Case.objects.get(number=number).status == "ASSIGNED"
    assert Upload.objects.get(report__number=number).state in ("broken", "ready")


def test_more_pictures_than_are_taken(story):
    app = App(story)
    files = [("media", (f"{place}.jpg", picture(), "image/jpeg")) for place in range(6)]
    [row] = app.told(
        app.http.post(app.address("requests"), data=HOLE | {"api_key": app.key, "locale": "en"}, files=files)
    )
    assert "Only the first 4 pictures were taken." in row["service_notice"]


# ---- once ----


def test_sent_twice_with_the_same_id_it_is_one_report(story):
    app, other = App(story), App(story, name="Aplikasi lain")
    once = {"Idempotency-Key": "a-1"}
    media = {"media": ("a.jpg", picture(), "image/jpeg")}
    [first], [again] = (app.post(headers=once, files=media, **HOLE) for _ in range(2))
    assert first == again
    assert (Report.objects.count(), Upload.objects.count()) == (1, 1)
    [error] = app.post(headers=once, **HOLE | {"description": "Lain."})
    assert (app.status, error["code"]) == (400, 409)
    assert first["service_request_id"] not in error["description"]
    [elsewhere] = other.post(headers=once, **HOLE)
    assert elsewhere["service_request_id"] != first["service_request_id"]


def test_a_device_with_the_same_words_today_is_one_report(story):
    app = App(story)
    numbers = [app.report(device_id="d-1") for _ in range(2)] + [
        app.report(device_id="d-2"),
        app.report(),
        app.report(),
    ]
    assert len(set(numbers)) == 4
    assert numbers[0] == numbers[1]
    assert "d-1" not in Report.objects.get(number=numbers[0]).device


def test_eight_at_once_are_one_report_and_eight_equal_answers(story):
    app = App(story)
    barrier, answers = threading.Barrier(8), []

    def send() -> None:
        barrier.wait()
        response = app.http.post(
            app.address("requests"), data=HOLE | {"api_key": app.key}, headers={"Idempotency-Key": "same"}
        )
        answers.append((response.status_code, response.text))

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 8
    assert {status for status, _ in answers} == {200}
    assert len({text for _, text in answers}) == 1
    assert Report.objects.count() == 1


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
