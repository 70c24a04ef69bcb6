"""Django's cache in a table, as JSON: what lies there is never run, whoever could write into it.

Django's own one unpickles what it reads, and beyond some hundred keys throws away at random: a stranger who makes many
keys would thereby wipe the counter of failed log-ins that stops them. Here a row goes when its time is over.
"""

import hashlib
import json
import random
from datetime import UTC, datetime
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache
from django.db import connection

SWEEP = 0.01  # one write in so many takes away what has expired
SWEEP_ROWS = 1000
LONGEST = 200  # the column takes 255 signs
FOR_EVER = datetime(9999, 1, 1, tzinfo=UTC)


class JsonCache(BaseCache):
    """Values of JSON only; anything else is a TypeError where it is set."""

    def __init__(self, table: str, params: dict[str, Any]) -> None:
        super().__init__(params)
        self.table = connection.ops.quote_name(table)

    def ask(self, sql: str, *values: Any) -> tuple | None:
        with connection.cursor() as cursor:
            cursor.execute(sql.format(table=self.table), values)
            return cursor.fetchone() if cursor.description else None

    def row(self, key: str, value: Any, timeout: Any, version: int | None) -> tuple:
        """Key, value and end of a row to be written; sometimes sweeps before."""
        if random.random() < SWEEP:
            self.sweep()
        return self.named(key, version), json.dumps(value), self.end(timeout)

    def end(self, timeout: Any) -> datetime:
        seconds = self.get_backend_timeout(timeout)
        return FOR_EVER if seconds is None else datetime.fromtimestamp(seconds, UTC)

    def named(self, key: str, version: int | None) -> str:
        """The key as it is stored; one that no column takes stands there as its digest."""
        found = self.make_key(key, version=version)
        fits = len(found) <= LONGEST and found.isprintable()
        return found if fits else hashlib.sha256(found.encode(errors="replace")).hexdigest()

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        sql = "SELECT value FROM {table} WHERE cache_key = %s AND expires > %s"
        found = self.ask(sql, self.named(key, version), now())
        try:
            return json.loads(found[0]) if found else default
        except ValueError:
            return default  # written by an older version, in its own way

    def set(self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> None:
        self.ask(
            "INSERT INTO {table} (cache_key, value, expires) VALUES (%s, %s, %s) ON CONFLICT (cache_key)"
            " DO UPDATE SET value = EXCLUDED.value, expires = EXCLUDED.expires",
            *self.row(key, value, timeout, version),
        )

    def add(self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        """True for the one who was first, however many ask at once: a lock, or a code that may be used once."""
        return self.ask(
            "INSERT INTO {table} AS t (cache_key, value, expires) VALUES (%s, %s, %s) ON CONFLICT (cache_key)"
            " DO UPDATE SET value = EXCLUDED.value, expires = EXCLUDED.expires WHERE t.expires <= %s RETURNING 1",
            *self.row(key, value, timeout, version), now(),
        ) is not None  # fmt: skip

    def touch(self, key: str, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        sql = "UPDATE {table} SET expires = %s WHERE cache_key = %s AND expires > %s RETURNING 1"
        return self.ask(sql, self.end(timeout), self.named(key, version), now()) is not None

    def delete(self, key: str, version: int | None = None) -> bool:
        sql = "DELETE FROM {table} WHERE cache_key = %s AND expires > %s RETURNING 1"
        return self.ask(sql, self.named(key, version), now()) is not None

    def clear(self) -> None:
        self.ask("DELETE FROM {table}")

    def sweep(self) -> None:
        self.ask(
            "DELETE FROM {table} WHERE cache_key IN"
            " (SELECT cache_key FROM {table} WHERE expires <= %s LIMIT %s FOR UPDATE SKIP LOCKED)",
            now(), SWEEP_ROWS,
        )  # fmt: skip


def now() -> datetime:
    return datetime.now(UTC)
