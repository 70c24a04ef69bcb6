"""What the other tests rely on."""

import socket

import httpx
import pytest

from tanggap.models import Area, Case, Event
from tests import cast
from tests.network import NoNetwork


def rows() -> tuple[int, int, bool]:
    return Case.objects.count(), Event.objects.count(), Area.objects.exists()


@pytest.mark.parametrize("time", ["first", "second"])
@pytest.mark.django_db
def test_a_unit_test_leaves_no_row(time):
    assert rows() == (0, 0, True)
    cast.report()


@pytest.mark.parametrize("time", ["first", "second"])
def test_a_story_leaves_no_row(story, time):
    assert rows() == (0, 0, True)
    cast.report()
    assert Case.objects.get().number == "KM2611240001"


def test_a_story_has_a_real_server(story):
    answer = story.browser().get("/gaya/")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")


def test_nothing_leaves_this_machine():
    with pytest.raises(NoNetwork):
        socket.create_connection(("192.0.2.1", 80))
    with pytest.raises(NoNetwork):
        httpx.get("http://tanggap.example")
