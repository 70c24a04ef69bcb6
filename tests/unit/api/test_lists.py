"""What a caller may read, how a list is narrowed, and what it costs."""

from datetime import timedelta
from urllib.parse import urlencode

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import path
from django.utils import translation

from tanggap import access
from tanggap.api.open311 import notice, shown
from tanggap.api.open311.attributes import answered
from tanggap.api.open311.posting import Posted
from tanggap.api.open311.states import UPDATES
from tanggap.channels.base import Receipt
from tanggap.followup import actions as followup
from tanggap.models import Case, Event, Reference, Report, Upload
from tanggap.models.city import City
from tanggap.web.keys import find_key, make_key
from tests import cast as people
from tests.cast import MAWAR, NOON, report, submission

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def key():
    return make_key("Aplikasi warga", "open311", NOON)


@pytest.fixture
def get(client):
    """The decoded answer to a GET at noon of the cast's day."""

    def ask(resource: str, **asked):
        response = client.get(f"/open311/v2/{resource}?{urlencode(asked)}")
        return response.json() if response.status_code == 200 else (response.status_code, response.json())

    with time_machine.travel(NOON + timedelta(minutes=5), tick=False):
        yield ask


def public(words="Jalan rusak di depan pasar.", **more) -> Report:
    return report(words, **{"visibility": "public", **more})


def by_key(key: str, words="Jalan rusak, kata Ani 0812-3456-7890.", **more) -> Report:
    row = find_key(key)
    more = {
        "channel": "open311",
        "account": f"open311:{row.id}",
        "api_key": row.id,
        "visibility": "private",
    } | more
    return report(words, **more)


def numbers(rows) -> list[str]:
    return [row["service_request_id"] for row in rows]


# ---- who sees what ----


def test_a_list_shows_public_reports_alone_whoever_asks(get, key):
    shown = public()
    report(visibility="private")
    report(visibility="secret")
    by_key(key)
    assert numbers(get("requests.json")) == [shown.number]
    assert numbers(get("requests.json", api_key=key)) == [shown.number]
    assert numbers(get("requests.json", api_key="unknown")) == [shown.number]


def test_the_key_that_made_a_report_reads_its_own_words(get, key):
    row = by_key(key)
    other = make_key("Aplikasi lain", "open311", NOON)
    [shown] = get(f"requests/{row.number}.json", api_key=key)
    assert shown["description"] == "Jalan rusak, kata Ani 0812-3456-7890."
    assert numbers(get("requests.json", service_request_id=row.number, api_key=key)) == [row.number]
    for asked in ({}, {"api_key": other}, {"api_key": "x"}):
        assert get(f"requests/{row.number}.json", **asked)[0] == 404
        assert get("requests.json", service_request_id=row.number, **asked) == []


def test_others_read_masked_words(get, key):
    row = by_key(key, visibility="public")
    for asked in ({}, {"api_key": make_key("Aplikasi lain", "open311", NOON)}):
        [shown] = get(f"requests/{row.number}.json", locale="en", **asked)
        assert shown["description"] == "Jalan rusak, kata Ani [phone number covered]."


def test_a_secret_report_exists_for_nobody_here(get, key):
    row = by_key(key, visibility="secret")
    for asked in ({}, {"api_key": key}):
        assert get(f"requests/{row.number}.json", **asked)[0] == 404
        assert get(f"tokens/{row.uuid.hex}.json", **asked)[0] == 404
        assert get("servicerequestupdates.json", **asked) == []


def test_words_that_triage_has_not_read_are_not_public(get):
    row = public(react=False)
    assert get(f"requests/{row.number}.json")[0] == 404


def test_unknown_and_private_answer_alike(get):
    row = report(visibility="private")
    assert get(f"requests/{row.number}.json") == get("requests/KM2611249999.json")


def test_a_private_report_joined_to_a_public_case_stays_private(get):
    shown, hidden = public(), report(visibility="private", at=NOON + DAY)
    Report.objects.filter(pk=hidden.pk).update(case=shown.case_id)
    assert get(f"requests/{hidden.number}.json")[0] == 404
    assert {row["service_request_id"] for row in get("servicerequestupdates.json")} == {shown.number}


def test_tokens_give_the_number(get, key):
    row = by_key(key)
    for token in (row.uuid.hex, str(row.uuid), row.number, row.number.lower()):
        assert get(f"tokens/{token}.json") == [{"service_request_id": row.number, "token": token}]
    assert get("tokens/abc.json")[0] == 404


# ---- filters ----


def test_reports_are_asked_for_by_number_alone(get):
    first, second = public(), public(at=NOON - 200 * DAY)
    asked = {"service_request_id": f"{first.number}, {second.number},XX1", "status": "closed", "page": "7"}
    assert numbers(get("requests.json", **asked)) == [first.number, second.number]


def test_a_list_goes_back_90_days_unless_it_is_asked_to(get):
    new, old = public(), public(at=NOON - 91 * DAY)
    assert numbers(get("requests.json")) == [new.number]
    start = (NOON - 100 * DAY).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert numbers(get("requests.json", start_date=start)) == [old.number]
    assert numbers(get("requests.json", end_date=start)) == []
    assert numbers(get("requests.json", updated_after=start)) == [new.number, old.number]
    status, errors = get("requests.json", start_date=start, end_date="2026-11-24", locale="en")
    assert (status, errors) == (
        400,
        [{"code": 400, "description": "Ask for 90 days at most, from start_date to end_date."}],
    )


def test_a_range_holds_both_its_ends(get):
    row = public()
    noon = NOON.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert numbers(get("requests.json", start_date=noon, end_date=noon)) == [row.number]
    assert numbers(get("requests.json", start_date="2026-11-24", end_date="2026-11-24")) == [row.number]
    assert numbers(get("requests.json", start_date="2026-11-24T04:00:01")) == []


def test_filters_of_state_category_and_words(get):
    road, lamp = public(), public("Lampu jalan mati.", category="lampu")
    Case.objects.filter(own_report=lamp).update(status="CLOSED", closed_at=NOON, resolution="fixed")
    assert numbers(get("requests.json", status="open")) == [road.number]
    assert numbers(get("requests.json", status="closed")) == [lamp.number]
    assert numbers(get("requests.json", status="open,closed")) == [lamp.number, road.number]
    assert numbers(get("requests.json", service_code="lampu,sampah")) == [lamp.number]
    assert numbers(get("requests.json", q="lampu")) == [lamp.number]
    assert numbers(get("requests.json", q="lam*' | '")) == []
    assert numbers(get("requests.json", status="", service_code="", q="")) == [lamp.number, road.number]


def test_filters_of_place(get):
    here, there = public(), public(point=(-1.95, 118.03))
    assert numbers(get("requests.json", bbox="118.00,-2.00,118.02,-1.98")) == [here.number]
    assert numbers(get("requests.json", lat="-1.951", long="118.03", radius="200")) == [there.number]
    assert numbers(get("requests.json", lat="-1.951", long="118.03", radius="100")) == []
    assert numbers(get("requests.json", lat=MAWAR[0], long=MAWAR[1])) == [here.number]


def test_pages_by_number_and_by_offset(get):
    rows = [public(at=NOON + timedelta(seconds=second)).number for second in range(5)][::-1]
    assert numbers(get("requests.json", page_size=2)) == rows[:2]
    assert numbers(get("requests.json", page=0, page_size=2)) == rows[:2]
    assert numbers(get("requests.json", page=2, page_size=2)) == rows[2:4]
    assert numbers(get("requests.json", limit=2, offset=3)) == rows[3:]
    assert numbers(get("requests.json", page=999_999_999, page_size=999_999_999)) == []
    assert numbers(get("requests.json", sort="requested_datetime")) == rows[::-1]


@pytest.mark.parametrize(
    "asked",
    [
        {"sort": "id; drop table tanggap_report"},
        {"sort": "case__holder__email"},
        {"sort": "--status"},
        {"status": "selesai"},
        {"bbox": "1,2,3"},
        {"bbox": "1,2,3,NaN"},
        {"lat": "NaN", "long": "1"},
        {"lat": "99", "long": "1"},
        {"radius": "1e999", "lat": "1", "long": "1"},
        {"start_date": "kemarin"},
        {"updated_after": "0000-00-00"},
        {"page": "-1"},
        {"page_size": "1e9"},
        {"extensions": "maybe"},
    ],
)
def test_what_cannot_be_read_is_a_named_error(get, asked):
    status, errors = get("requests.json", **asked)
    assert (status, [error["code"] for error in errors]) == (400, [400])
    assert "drop" not in errors[0]["description"]


def test_what_changed_since_is_asked_by_the_shown_time(get):
    row = public()
    Case.objects.filter(own_report=row).update(
        status="CLOSED", closed_at=NOON + DAY, changed_at=NOON + 2 * DAY, resolution="scheduled"
    )
    [shown] = get("requests.json", updated_after="2026-11-25T04:00:00Z")
    assert (shown["status"], shown["updated_datetime"]) == ("closed", "2026-11-25T04:00:00Z")
    assert shown["status_notes"] == "Selesai: Dijadwalkan"
    assert get("requests.json", updated_after="2026-11-25T04:00:01Z") == []
    assert numbers(get("requests.json", updated_before="2026-11-25T04:00:00Z")) == [row.number]


def test_a_jurisdiction_of_another_city_is_unknown(get):
    public()
    for own in ("melati", "Kota Melati", "km", "melati.example.org", ""):
        assert len(get("requests.json", jurisdiction_id=own)) == 1
    assert get("requests.json", jurisdiction_id="chicago.gov")[0] == 404
    assert get("services.json", jurisdiction_id="chicago.gov")[0] == 404


# ---- what a list costs ----


@pytest.mark.parametrize(
    "resource", ["requests.json", "requests.json?extensions=true", "servicerequestupdates.json"]
)
def test_ten_more_rows_cost_no_more_statements(client, get, key, resource):
    by_key(key, visibility="public")
    first = statements(client, resource)
    for _ in range(10):
        by_key(key, visibility="public")
    assert statements(client, resource) == first
    assert first <= 6


def test_own_reports_cost_the_same_however_many(client, get, key):
    rows = [by_key(key) for _ in range(2)]
    path = f"requests.json?api_key={key}&service_request_id="
    first = statements(client, path + rows[0].number)
    assert statements(client, path + ",".join(row.number for row in rows)) == first


def statements(client, resource: str) -> int:
    Reference.get()
    with CaptureQueriesContext(connection) as found:
        assert client.get(f"/open311/v2/{resource}").status_code == 200
    return len(found)


# ---- updates ----


def test_updates_are_the_events_anybody_may_know(get):
    cast, row = people.assemble(), public()
    followup.start(row.case_id, by=cast.budi, now=NOON + timedelta(minutes=1))
    rows = get("servicerequestupdates.json", locale="en")
    assert [(row["status"], row["description"]) for row in rows] == [
        ("open", "The report has been received."),
        ("investigating", "Kelurahan Mawar has the report now."),
        ("in_progress", "Work has begun."),
    ]
    assert len({row["update_id"] for row in rows}) == 3
    late = get(
        "servicerequestupdates.json", start_date="2026-11-24T04:00:30Z", end_date="2026-11-25T00:00:00Z"
    )
    assert [row["external_status_code"] for row in late] == ["started"]


def test_every_update_has_a_sentence_in_both_languages(get):
    row = public()
    data = {"to": "dinas-jalan", "reason": "not_ours", "resolution": "fixed", "on": "2026-12-01"}
    Event.objects.bulk_create(
        [Event(case_id=row.case_id, verb=verb, at=NOON, by_kind="machine", data=data) for verb in UPDATES]
    )
    for locale in ("id", "en"):
        told = get("servicerequestupdates.json", locale=locale)
        assert {row["external_status_code"] for row in told} == {
            verb.removeprefix("case.") for verb in UPDATES
        }
        assert all(row["description"] and "%(" not in row["description"] for row in told)


# ---- questions of a category ----

QUESTIONS = [
    {
        "category": "lampu", "code": "TIANG", "datatype": "string", "required": False,
        "description_id": "Nomor tiang", "description_en": "Number of the pole",
    },
    {
        "category": "lampu", "code": "KEADAAN", "datatype": "singlevaluelist", "required": True,
        "description_id": "Keadaan", "description_en": "State",
        "values": [
            {"key": "mati", "name_id": "Mati", "name_en": "Out"},
            {"key": "kedip", "name_id": "Kedip", "name_en": "Flickers"},
        ],
    },
]  # fmt: skip


@pytest.fixture
def _questions():
    City.objects.update(data={**City.objects.get().data, "attributes": QUESTIONS})
    City.forget()
    yield
    City.forget()


@pytest.mark.usefixtures("_questions")
def test_a_category_with_questions_says_so(get):
    services = {row["service_code"]: row["metadata"] for row in get("services.json")}
    assert (services["lampu"], services["sampah"]) == (True, False)
    definition = get("services/lampu.json", locale="en")
    assert [(row["order"], row["code"], row["required"]) for row in definition["attributes"]] == [
        (1, "TIANG", False),
        (2, "KEADAAN", True),
    ]
    assert definition["attributes"][1]["values"][0] == {"key": "mati", "name": "Out"}


@pytest.mark.usefixtures("_questions")
@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        ({}, ["attribute[KEADAAN] is missing."]),
        ({"KEADAAN": ["lain"]}, ["attribute[KEADAAN] has a value that doesn't fit."]),
        ({"KEADAAN": ["mati", "kedip"]}, ["attribute[KEADAAN] has a value that doesn't fit."]),
        ({"KEADAAN": ["mati"], "TIANG": ["x" * 1001]}, ["attribute[TIANG] has a value that doesn't fit."]),
    ],
)
def test_answers_that_do_not_fit_are_named(given, wrong):
    with translation.override("en"):
        assert answered("lampu", given)[2] == wrong


@pytest.mark.usefixtures("_questions")
def test_choices_are_kept_as_codes_and_words_join_the_report():
    assert answered("lampu", {"KEADAAN": ["mati"], "TIANG": ["B 12"], "ELSE": ["x"]}) == (
        {"KEADAAN": ["mati"]},
        ["Nomor tiang: B 12"],
        [],
    )


# ---- addresses of pages, as citizens get them ----


class Pages:
    """Two addresses of the citizens' pages."""

    urlpatterns = [
        path("foto/<str:name>", lambda request, name: None, name="public_photo"),
        path("l/<str:number>/<str:secret>/", lambda request, number, secret: None, name="secret_link"),
    ]


def test_a_released_photo_has_an_address_and_a_new_report_a_link(settings):
    settings.ROOT_URLCONF = Pages
    assert shown.address("public_photo", "ab12.jpg") == "http://127.0.0.1:8311/foto/ab12.jpg"
    row = public()
    receipt = Receipt(row.number, row.uuid, row.case_id, row.id)
    link = f"/l/{row.number}/{access.secret_of(row)}/"
    assert notice.sentences(Posted(submission()), receipt).endswith(link)
    again = Receipt(row.number, row.uuid, row.case_id, row.id, again=True)
    assert notice.sentences(Posted(submission()), again).endswith(link)


def test_only_released_photos_are_named(get):
    row = public()
    hidden, released = people.photo(), people.photo()
    Upload.objects.filter(pk__in=(hidden.pk, released.pk)).update(report=row)
    assert get(f"requests/{row.number}.json")[0]["media_url"] is None
    Upload.objects.filter(pk=released.pk).update(public="ab/12/ab12.jpg")
    [photo] = shown.with_rows(Report.objects.all(), extended=False, key=None)[0].released
    assert photo.pk == released.pk
