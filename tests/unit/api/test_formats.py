"""One answer in two forms: what the standard's XML and JSON look like."""

import json
from datetime import UTC, datetime, timedelta, timezone
from xml.etree import ElementTree

from tanggap.api.open311.formats import respond, to_json, to_xml

WIB = timezone(timedelta(hours=7))


def test_xml_begins_with_its_declaration_and_names_containers_and_items():
    assert to_xml("services", [{"service_code": "jalan", "metadata": False}]) == (
        b'<?xml version="1.0" encoding="utf-8"?>\n'
        b"<services><service><service_code>jalan</service_code><metadata>false</metadata></service></services>"
    )


def test_json_drops_the_wrapper_and_keeps_a_list_of_one():
    assert json.loads(to_json([{"service_code": "jalan"}])) == [{"service_code": "jalan"}]


def test_an_empty_element_is_null():
    assert json.loads(to_json([{"zipcode": "", "address_id": None}])) == [
        {"zipcode": None, "address_id": None}
    ]
    assert to_xml("service_requests", [{"zipcode": ""}]).endswith(
        b"<request><zipcode /></request></service_requests>"
    )


def test_moments_are_utc_with_a_z_and_coordinates_have_a_point():
    row = {"requested_datetime": datetime(2026, 11, 24, 7, 58, 1, 999, tzinfo=WIB), "lat": -6.2}
    assert json.loads(to_json([row])) == [{"requested_datetime": "2026-11-24T00:58:01Z", "lat": -6.2}]
    assert b"<requested_datetime>2026-11-24T00:58:01Z</requested_datetime><lat>-6.2</lat>" in to_xml("x", row)


def test_an_empty_list_stays_a_list():
    assert to_json([]) == b"[]"
    assert to_xml("service_requests", []).endswith(b"<service_requests />")


def test_containers_inside_have_their_own_items():
    definition = {
        "service_code": "a",
        "attributes": [{"code": "B", "values": [{"key": "1", "name": "satu"}]}],
    }
    root = ElementTree.fromstring(to_xml("service_definition", definition))
    assert root.findtext("attributes/attribute/values/value/name") == "satu"


def test_words_stay_words_whatever_signs_they_hold():
    nasty = 'a<img src=x onerror=1>&"\x0b\ufffe\ud800 ⟦'
    root = ElementTree.fromstring(to_xml("errors", [{"description": nasty}]))
    assert root.findtext("error/description") == 'a<img src=x onerror=1>&"\ufffd\ufffd\ufffd ⟦'
    assert json.loads(to_json([nasty]))[0].startswith("a<img src=x onerror=1>")


def test_the_content_type_says_which_form():
    assert respond("errors", [], "xml")["Content-Type"] == "text/xml; charset=utf-8"
    assert respond("errors", [], "json", 404)["Content-Type"] == "application/json; charset=utf-8"


def test_a_moment_of_utc_is_written_as_it_is():
    assert to_json(datetime(2026, 1, 2, tzinfo=UTC)) == b'"2026-01-02T00:00:00Z"'
