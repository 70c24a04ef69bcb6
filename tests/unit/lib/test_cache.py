"""The cache: JSON in a table, never unpickled, never thrown away before its time."""

import ast
import base64
import pickle
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from django.conf import settings
from django.core.cache import cache
from django.db import connection

from tanggap.lib.cache import JsonCache

REPOSITORY = Path(__file__).parents[3]
# they run what they read
RUNNING = {"pickle", "cPickle", "dill", "shelve", "marshal", "jsonpickle", "yaml"}


@pytest.fixture(autouse=True)
def fresh(db):
    cache.clear()


def test_what_was_set_is_there_until_its_time_is_over():
    with time_machine.travel(datetime(2026, 11, 24, tzinfo=UTC), tick=False) as clock:
        cache.set("a", [1.5, "dua", None], 60)
        assert cache.get("a") == [1.5, "dua", None]
        clock.shift(timedelta(seconds=59))
        assert cache.touch("a", 60)
        clock.shift(timedelta(seconds=59))
        assert "a" in cache
        clock.shift(timedelta(seconds=2))
        assert cache.get("a", "gone") == "gone"
        assert not cache.touch("a", 60)
        assert not cache.delete("a")


def test_only_the_first_adds():
    assert cache.add("once", 1, 60)
    assert not cache.add("once", 2, 60)
    assert cache.get("once") == 1
    cache.set("once", 3, -1)
    assert cache.add("once", 4, None)
    assert cache.incr("once") == 5
    assert cache.delete("once")
    assert not cache.delete("once")


def test_counters_are_not_thrown_away_by_many_others():
    cache.set("failed log-ins of dewi", [1.0] * 5, 300)
    for number in range(1000):
        cache.set(f"stranger {number}", [1.0], 300)
    assert cache.get("failed log-ins of dewi") == [1.0] * 5


def test_what_has_expired_is_swept():
    for number in range(20):
        cache.set(f"old {number}", 1, -1)
    cache.set("young", 1, 60)
    JsonCache("tanggap_cache", {}).sweep()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM tanggap_cache")
        assert cursor.fetchone()[0] == 1


@pytest.mark.parametrize("key", ["x" * 300, "a\x00b", "a b", "kunci é"])
def test_any_key_is_a_key(key):
    cache.set(key, 1, 60)
    assert (cache.get(key), cache.get(key + "x")) == (1, None)


class Trap:
    """What a pickle may do when it is read."""

    def __reduce__(self):
        return (pytest.fail, ("it was run",))


def test_a_planted_pickle_is_not_run():
    cache.set("planted", 1, 60)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE tanggap_cache SET value = %s", [base64.b64encode(pickle.dumps(Trap())).decode()]
        )
    assert cache.get("planted", "nothing") == "nothing"


def test_what_is_no_json_is_refused():
    with pytest.raises(TypeError):
        cache.set("a", Trap(), 60)


def test_nothing_of_ours_reads_what_it_would_run():
    found = [
        f"{path.relative_to(REPOSITORY)}: {name}"
        for path in (REPOSITORY / "tanggap").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in (
            [node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names]
        )
        if name.partition(".")[0] in RUNNING
    ]
    assert found == []
    assert settings.SESSION_SERIALIZER == "django.contrib.sessions.serializers.JSONSerializer"
    assert [one["BACKEND"] for one in settings.CACHES.values()] == ["tanggap.lib.cache.JsonCache"]
