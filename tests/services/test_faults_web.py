"""The web server is killed, replaced or cut off from its citizens in the middle of what it does."""

import signal
import time
from concurrent.futures import Future, ThreadPoolExecutor
from uuid import uuid4

import psycopg

from bench.kill import children, kill_all
from tanggap.channels.base import Receipt
from tanggap.intake import batch
from tests.cast import submission
from tests.services.faults import audit
from tests.services.faults.proxy import Proxy, to_one_of
from tests.services.faults.senders import App, Senders
from tests.services.faults.town import Town, status, until
from tests.services.installation import free_port

DYING = "tests.services.faults.dying"
BATCH = 32
STOP_SECONDS = 30  # as the unit of the service says
WAITING = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"


def check(town: Town, senders: Senders) -> audit.Verdict:
    verdict = audit.compare(town.dsn, audit.keys_in(town.folder), senders.books)
    assert verdict.good, verdict
    assert verdict.told == verdict.stored == verdict.tried
    return verdict


def test_f03_killed_before_and_between_commit_and_answer(town, tmp_path):
    """A whole batch is on its way each time: 16 wait for one commit. Before it nothing is stored; after it all is,
    and whoever asks again is told the first number."""
    wire = tmp_path / "die"
    web = town.serve(DYING, "serve", TANGGAP_TEST_DIE=str(wire), TANGGAP_POOL="42")
    with Senders(town.port, tmp_path / "books", count=16) as senders:
        for place in ("after commit", "before commit"):
            senders.until_more(16)
            wire.write_text(place)
            web.wait(60)
            town.running.remove(web)
            web = town.serve(DYING, "serve", TANGGAP_TEST_DIE=str(wire), TANGGAP_POOL="42")
            senders.until_more(16)
    broken = sum(1 for _, answer in senders.heard if answer.status == 0)
    assert broken >= 2  # somebody noticed each time
    check(town, senders)


def test_f03_kill_9_at_any_moment(town, tmp_path):
    web = town.serve()
    with Senders(town.port, tmp_path / "books", count=8) as senders:
        for _ in range(2):
            senders.until_more(10)
            kill_all(children(web.pid)[-1:])  # one of those that answer; the server makes a new one
            senders.until_more(10)
            time.sleep(8)  # two deaths within six seconds are a loop, and end the server
    check(town, senders)


def test_f03_an_answer_that_gets_lost_on_its_way_is_given_again(town, tmp_path):
    town.serve()
    with Proxy(to_one_of([town.port])) as line, Senders(line.port, tmp_path / "books", count=4) as senders:
        senders.until_more(8)
        line.swallow(20)
        until(lambda: line.swallowed == 20)
        senders.until_more(8)
    assert sum(1 for _, answer in senders.heard if answer.status == 0) >= 20
    check(town, senders)


def test_f03_one_bad_row_in_a_batch_costs_the_other_31_nothing(story):
    """A sign that no database takes, put in behind the door, which would have cleaned it."""
    rows = [submission(f"Lampu jalan mati nomor {place}") for place in range(BATCH)]
    rows[17].name = "Ani"
    rows[17].external_id = "of nobody\x00"
    waiting = [(said, said.at, Future()) for said in rows]
    batch.Committer.commit(batch.committer(), waiting)
    told = [future.exception() or future.result() for _, _, future in waiting]
    bad = told.pop(17)
    assert isinstance(bad, Exception)
    assert [type(one) for one in told] == [Receipt] * (BATCH - 1)
    numbers = sorted(one.number for one in told)
    assert [int(number[-4:]) for number in numbers] == list(range(1, BATCH))  # and no gap where it stood


def test_f04_a_new_version_takes_over_under_load_and_nobody_notices(town, tmp_path):
    """Two web servers behind a proxy that goes to the next when one takes no connection; each is replaced in turn."""
    ports = [town.port, free_port()]
    running = {port: town.serve(port=port) for port in ports}
    with (
        Proxy(to_one_of(list(ports))) as line,
        Senders(line.port, tmp_path / "books", count=6, kept=False) as senders,
    ):
        for port in ports:
            senders.until_more(15)
            began = time.monotonic()
            town.end(running[port])
            assert time.monotonic() - began < STOP_SECONDS
            running[port] = town.serve(port=port)
            senders.until_more(15)
    failed = [answer for _, answer in senders.heard if not answer.number]
    assert failed == []
    check(town, senders)


def test_f04_what_was_asked_before_the_end_is_still_answered(town):
    """Told to stop while reports wait for their commit: each gets its number, and only then the process ends."""
    web = town.serve(TANGGAP_WORKERS="1")
    with (
        ThreadPoolExecutor(4) as citizens,
        psycopg.connect(town.dsn) as slow,
    ):
        slow.execute("LOCK TABLE tanggap_inbound")
        asked = [citizens.submit(App(town.port).send, str(uuid4())) for _ in range(4)]
        until(lambda: town.one(WAITING) > 0)
        time.sleep(0.3)
        web.send_signal(signal.SIGTERM)
        time.sleep(0.7)
        slow.rollback()
        answers = [one.result() for one in asked]
    assert [answer.status for answer in answers] == [200] * 4
    assert sorted(int(answer.number[-4:]) for answer in answers) == [1, 2, 3, 4]
    town.end(web)
    assert status(town.port, "/healthz") == 0
