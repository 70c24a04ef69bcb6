"""Pages are asked over Django's test client: the whole middleware, real templates, no network."""

import re

import pytest
from django.core.cache import cache
from django.test import Client

from tests import cast as people


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
