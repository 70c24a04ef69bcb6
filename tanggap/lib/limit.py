"""How often something may happen: fixed windows, counted where every process sees them.

The table is UNLOGGED, so a crash empties it; losing an hour's counters is better than a disk write for each
request.
"""

from datetime import UTC, datetime

from django.db import connection

COUNT = """
    INSERT INTO tanggap_window (key, at, n) VALUES (%s, %s, 1)
    ON CONFLICT (key, at) DO UPDATE SET n = tanggap_window.n + 1
    RETURNING n
"""


def allow(key: str, limit: int, seconds: int, now: datetime) -> bool:
    """Counts one more for `key` in the window of `seconds` that holds `now`.

    False when that makes more than `limit`.
    """
    with connection.cursor() as cursor:
        cursor.execute(COUNT, _window(key, seconds, now))
        return cursor.fetchone()[0] <= limit


def spent(key: str, limit: int, seconds: int, now: datetime) -> bool:
    """True when `key` has used up its window. Counts nothing: what is asked may turn out to be harmless."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT n FROM tanggap_window WHERE key = %s AND at = %s", _window(key, seconds, now))
        row = cursor.fetchone()
    return row is not None and row[0] >= limit


def sweep(before: datetime) -> int:
    """Forgets windows that opened before this moment; gives their number."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM tanggap_window WHERE at < %s", [before])
        return cursor.rowcount


def _window(key: str, seconds: int, now: datetime) -> list:
    # the length is part of the key: an hour's and a minute's window may open at the same moment
    return [f"{key}/{seconds}", datetime.fromtimestamp(now.timestamp() // seconds * seconds, UTC)]
