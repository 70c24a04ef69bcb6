"""Another city's app speaks GeoReport v2 with us, over real HTTP, in XML and in JSON."""

import threading

import pytest
from django.utils import timezone

from tanggap import access
from tanggap.followup import actions as followup
from tanggap.models import Case, Event, Message, Report, Resolution, Upload
from tanggap.reply import actions as reply
from tests import cast as people
from tests.app311 import FORMS, HOLE, App, huge_png, picture

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
