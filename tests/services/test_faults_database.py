"""The database dies, restarts, is away or answers no more, while citizens write: nobody is told a number that is not
kept, and everybody is told one in the end."""

import time

from tests.services.faults import audit
from tests.services.faults.senders import Senders
from tests.services.faults.town import Town, until

AWAY_SECONDS = 20
RETRY_SECONDS = 15


def check(town: Town, senders: Senders) -> audit.Verdict:
    verdict = audit.compare(town.dsn, audit.keys_in(town.folder), senders.books)
    assert verdict.good, verdict
    assert verdict.told == verdict.stored == verdict.tried
    return verdict


def test_f01_kill_9_of_all_of_postgresql_loses_and_doubles_nothing(town, tmp_path):
    town.serve()
    town.work()
    with Senders(town.port, tmp_path / "books", count=16) as senders:
        for load in (0.8, 1.5, 1.1):
            senders.until_more(20)
            time.sleep(load)
            town.kill_database()
            town.start_database()
            assert senders.until_more(20) < 10
    verdict = check(town, senders)
    assert verdict.told >= 120
    # what the dead server had lent to the worker would be taken up when its minute is over
    with town.asking() as connection:
        connection.execute("UPDATE tanggap_reaction SET due_at = now() WHERE parked_at IS NULL")
    until(lambda: town.one("SELECT count(*) FROM tanggap_reaction") == 0)


def test_f05_while_it_is_away_nobody_is_told_received_and_afterwards_all_arrive(town, tmp_path):
    town.serve()
    with Senders(town.port, tmp_path / "books", count=8) as senders:
        senders.until_more(20)
        town.stop_database()
        gone = time.monotonic()
        time.sleep(AWAY_SECONDS)
        back = time.monotonic()
        town.start_database()
        wait = senders.until_more(8)
    assert wait <= 5, "the pool waits longer and longer between its tries"
    said = [answer for at, answer in senders.heard if gone + 0.5 < at < back]
    assert [answer.number for answer in said if answer.number] == []
    assert {(answer.status, answer.retry_after) for answer in said} == {(503, RETRY_SECONDS)}
    assert len(said) >= 8  # nobody hung until it was back
    check(town, senders)


def test_f06_a_restart_under_a_full_pool_costs_each_connection_one_error_at_most(town, tmp_path):
    town.serve(TANGGAP_WORKERS="1")
    with Senders(town.port, tmp_path / "books", count=8) as senders:
        senders.until_more(40)
        pooled = town.one("SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'") - 1
        town.stop_database()
        town.start_database()
        back = time.monotonic()
        senders.until_more(40)
        wait = min(at for at, answer in senders.heard if answer.number and at > back) - back
    errors = [answer.status for _, answer in senders.heard if not answer.number]
    assert wait <= 5
    assert set(errors) <= {503}
    assert len(errors) <= pooled
    check(town, senders)
