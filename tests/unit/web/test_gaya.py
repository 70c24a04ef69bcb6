"""The living page of the parts, as a browser gets it: no database, no script, no style of its own."""

import re

import pytest
from django.test import Client


@pytest.fixture
def client() -> Client:
    return Client(headers={"host": "localhost"})


@pytest.mark.parametrize("ground", ["citizen", "desk", "street", "nonsense"])
def test_every_part_is_drawn_on_every_ground(client, ground):
    response = client.get(f"/gaya/?latar={ground}")
    page = response.content.decode()
    assert response.status_code == 200
    assert page.count('class="jalur') == 4
    assert "Dikonfirmasi warga" in page


def test_the_page_is_english_for_who_chose_it(client):
    client.cookies["bahasa"] = "en"
    page = client.get("/gaya/").content.decode()
    assert '<html lang="en">' in page
    assert "Confirmed by citizens" in page
    assert "Dikonfirmasi" not in page


def test_ids_are_unique_and_every_link_inside_the_page_leads_somewhere(client):
    page = client.get("/gaya/").content.decode()
    ids = re.findall(r'\sid="([^"]+)"', page)
    assert sorted(ids) == sorted(set(ids))
    assert set(re.findall(r'href="#([^"]+)"', page)) <= set(ids)


def test_nothing_comes_from_elsewhere_and_the_policy_says_so(client):
    response = client.get("/gaya/")
    assert not re.search(r'(src|href)="(https?:)?//', response.content.decode())
    policy = response["Content-Security-Policy"]
    assert "unsafe-inline" not in policy
    assert "script-src 'self'" in policy
    assert response["X-Content-Type-Options"] == "nosniff"


def test_an_address_that_does_not_exist_answers_in_our_voice(client):
    response = client.get("/tidak-ada/")
    assert (response.status_code, "bukan untuk umum" in response.content.decode()) == (404, True)


def test_the_page_is_light(client):
    assert len(client.get("/gaya/").content) < 60_000
