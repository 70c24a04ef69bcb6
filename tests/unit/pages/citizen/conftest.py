"""A citizen's browser: what it has proven lies in its cookie, and nothing else is known of it."""

import pytest
from django.core import signing
from django.test import Client

from tanggap.models import Report
from tanggap.web import proven


@pytest.fixture
def holds():
    """`holds(row, ...)`: a browser that has proven these reports; `holds()`: nobody's."""

    def browser(*rows: Report) -> Client:
        client = Client()
        if rows:
            pairs = [(row.number, row.secret_version) for row in rows]
            client.cookies[proven.COOKIE] = signing.dumps(pairs, salt=proven.SALT, compress=True)
        return client

    return browser
