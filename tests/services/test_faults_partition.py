"""The line between the web and its database is cut: no packet arrives, none is refused. Every question gets its answer
within six seconds, the pool comes out of it whole, and whoever watches is told."""

import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest

from tests.services.faults.proxy import Proxy, to_unix
from tests.services.faults.senders import App, Form, Heard, Senders
from tests.services.faults.town import Town, status, until

LIMIT = 6.0
TOGETHER = 8


@pytest.fixture
def line(town: Town):
    socket = parse_qs(urlsplit(town.dsn).query)["host"][0]
    with Proxy(to_unix(f"{socket}/.s.PGSQL.5432")) as made:
        yield made


def asked(what, *args: object) -> tuple[float, object]:
    began = time.monotonic()
    try:
        answer = what(*args)
    except OSError as error:
        answer = Heard(0, body=repr(error).encode())
    return time.monotonic() - began, answer


def ask_all(many: ThreadPoolExecutor, town: Town, kind: type[App]) -> list[tuple[float, Heard]]:
    """A report from each of some citizens at once, and how long each had to wait for the answer."""
    return list(many.map(lambda _: asked(kind(town.port).send, str(uuid4())), range(TOGETHER)))


def test_f13_cut_off_from_its_database(town, line, tmp_path):
    url = f"postgresql://tanggap@127.0.0.1:{line.port}/tanggap"
    town.serve(url=url)
    town.work()
    until(lambda: status(town.port, "/readyz") == 200)
    with Senders(town.port, tmp_path / "books", count=4) as senders:
        senders.until_more(20)
        line.cut()
        cut = time.monotonic()
        with ThreadPoolExecutor(TOGETHER) as many:
            answers = [*ask_all(many, town, App), *ask_all(many, town, App)]
        assert asked(status, town.port, "/healthz")[0] < 2
        seconds, ready = asked(status, town.port, "/readyz")
        assert (ready, seconds < LIMIT) == (503, True)
        healed = time.monotonic()
        line.heal()
        wait = senders.until_more(8)
    assert {(answer.status, answer.retry_after) for _, answer in answers} == {(503, 15)}, answers
    assert max(seconds for seconds, _ in answers) < LIMIT
    assert [answer for at, answer in senders.heard if cut + 1 < at < healed and answer.number] == []
    assert wait < 8
    with ThreadPoolExecutor(TOGETHER) as many:  # every connection can be had again
        after = ask_all(many, town, Form)
    assert [answer.status for _, answer in after] == [303] * TOGETHER
    assert until(lambda: status(town.port, "/readyz") == 200) < 10
