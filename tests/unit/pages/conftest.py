"""Pages are asked over Django's test client: the whole middleware, real templates, no network."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client

from tanggap import flow
from tanggap.followup import actions as followup
from tanggap.models import Report, Resolution
from tanggap.routing import actions as routing
from tests import cast as people


@pytest.fixture(autouse=True)
def the_day_after():
    """Whoever visits comes a day and six hours after the cast's noon, in whatever year the tests run."""
    with time_machine.travel(people.NOON + timedelta(hours=30)):
        yield


@pytest.fixture
def cast(db):
    cache.clear()  # tries of an earlier test must not count
    return people.assemble()


@pytest.fixture
def visit(cast):
    """`visit("dewi")`: a browser in which Dewi is logged in; `visit()`: nobody."""

    def browser(name: str = "") -> Client:
        client = Client()
        if name:
            client.force_login(cast.officer(name))
        return client

    return browser


@pytest.fixture
def words():
    """What a reader sees of a page: no tags, no runs of space."""

    def read(response) -> str:
        body = re.sub(r"<(script|style|svg)\b.*?</\1>", " ", response.content.decode(), flags=re.DOTALL)
        return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body)).strip()

    return read


def act(deed, *args, at, **more):
    """A deed and all that follows from it."""
    found = deed(*args, now=at, **more)
    flow.run_inside(at)
    return found


@pytest.fixture
def chain(cast):
    """`chain()`: a report that went kelurahan -> dinas -> its unit; ends `until` start, submit or close."""

    def go(until: str = "submit", words: str = people.WORDS, **more):
        row = people.report(words, **more)
        case = people.case_of(row)
        steps = [
            ("refer", routing.refer, {"to": people.agency("dinas-jalan"), "by": cast.budi}),
            ("delegate", routing.delegate, {"to": people.agency("cabang-jalan-a"), "by": cast.citra}),
            ("start", followup.start, {"by": cast.fajar}),
            ("submit", followup.submit, {"by": cast.fajar, "words": "Sudah ditambal dengan aspal panas.",
                                         "resolution": Resolution.objects.get(code="fixed"),
                                         "photos": [people.photo().uuid]}),
            ("close", followup.close, {"by": cast.dewi}),
        ]  # fmt: skip
        for place, (name, deed, more_of_it) in enumerate(steps, 1):
            act(deed, case.id, at=people.NOON + timedelta(hours=place), **more_of_it)
            if name == until:
                break
        return Report.objects.get(pk=row.pk)

    return go
