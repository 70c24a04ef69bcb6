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
    opened = datetime.fromtimestamp(now.timestamp() // seconds * seconds, UTC)
    with connection.cursor() as cursor:
        # the length is part of the key: an hour's and a minute's window may open at the same moment
        cursor.execute(COUNT, [f"{key}/{seconds}", opened])
        return cursor.fetchone()[0] <= limit


def sweep(before: datetime) -> int:
    """Forgets windows that opened before this moment; gives their number."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM tanggap_window WHERE at < %s", [before])
        return cursor.rowcount
