"""Our backend: where no connection could be had, nobody else waits for one within the next second."""

import psycopg
import pytest
from django.db import connection
from django.db.backends.postgresql import base as djangos

from tanggap.lib.database import base, line


class Clock:
    now = 1000.0

    def monotonic(self) -> float:
        return self.now


def test_after_a_wait_in_vain_the_next_do_not_wait(monkeypatch):
    clock, tries = Clock(), []

    def away(self, params):
        tries.append(clock.now)
        raise psycopg.OperationalError

    monkeypatch.setattr(line, "time", clock)
    monkeypatch.setattr(line, "away_until", 0.0)
    monkeypatch.setattr(djangos.DatabaseWrapper, "get_new_connection", away)
    wrapper = base.DatabaseWrapper({"OPTIONS": {}, "TIME_ZONE": None, "CONN_MAX_AGE": 0, "AUTOCOMMIT": True})
    for later in (0.0, 0.4, 0.59, 0.02, 0.9):
        clock.now += later
        with pytest.raises(psycopg.OperationalError):
            wrapper.get_new_connection({})
    assert tries == [1000.0, 1001.01]


def test_once_it_is_back_there_is_nothing_to_wait_for(monkeypatch):
    monkeypatch.setattr(line, "away_until", 0.0)
    monkeypatch.setattr(djangos.DatabaseWrapper, "get_new_connection", lambda self, params: "a connection")
    wrapper = base.DatabaseWrapper({"OPTIONS": {}, "TIME_ZONE": None, "CONN_MAX_AGE": 0, "AUTOCOMMIT": True})
    assert [wrapper.get_new_connection({}) for _ in range(2)] == ["a connection"] * 2


@pytest.mark.django_db
def test_the_workers_way_of_waiting_is_still_there():
    connection.ensure_connection()
    assert type(connection.connection) is line.Line
    assert list(connection.connection.notifies(timeout=0.01, stop_after=1)) == []
