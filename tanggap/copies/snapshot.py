"""One moment of the database, held still: the dump, the counts and the names of files are all of this moment.

Files are stored before the row that names them commits and are never written again, so the files named by the
moment's rows are the ones that belong to it. What a sweep removes in between is seen by asking once more.
"""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import psycopg
from psycopg import sql

from tanggap.copies.errors import Busy, CopyError

LOCK = 0x7A6E_C0B1  # held by whoever makes a copy of this database
# their rows end with a restore anyway: visits, counters, what was kept to be quick
UNKEPT = ("django_session", "tanggap_cache", "tanggap_window", "tanggap_tally")


@dataclass(frozen=True)
class File:
    """A file named by the database. `sha256` is of what was once received, None for what we made ourselves."""

    path: str
    kind: str  # claimed originals, copies, public copies, and what is staged for a form: packed apart
    sha256: bytes | None


@dataclass
class Snapshot:
    connection: psycopg.Connection
    id: str
    at: datetime
    major: int
    database_bytes: int

    def counts(self) -> dict[str, int]:
        found = {}
        for table in tables(self.connection):
            if table not in UNKEPT:
                counted = self.connection.execute(
                    sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))
                )
                found[table] = counted.fetchone()[0]  # type: ignore[index]
        return found

    def migrations(self) -> list[str]:
        rows = self.connection.execute(
            "SELECT name FROM django_migrations WHERE app = 'tanggap' ORDER BY name"
        )
        return [row[0] for row in rows]

    def city(self) -> str:
        row = self.connection.execute("SELECT name FROM tanggap_city LIMIT 1").fetchone()
        return row[0] if row else ""

    def files(self) -> Iterator[File]:
        """Old ones first, each kind together: what retention removes together then lies together."""
        with self.connection.cursor("files") as cursor:
            cursor.itersize = 5000
            cursor.execute(FILES)
            for path, kind, sha256 in cursor:
                yield File(path, kind, bytes(sha256) if sha256 is not None else None)


FILES = """
    WITH rows AS (
        SELECT *, report_id IS NULL AND followup_id IS NULL AND message_id IS NULL AS staged FROM tanggap_upload
    )
    SELECT path, kind, sha256 FROM (
        SELECT id, path, sha256, CASE WHEN staged THEN 'staged' ELSE 'original' END AS kind, 1 AS turn FROM rows
        UNION ALL SELECT id, copy, NULL, CASE WHEN staged THEN 'staged' ELSE 'copy' END, 2 FROM rows
        UNION ALL SELECT id, public, NULL, 'public', 3 FROM rows
    ) AS named WHERE path <> '' ORDER BY kind, id, turn
"""


@contextlib.contextmanager
def alone(url: str) -> Iterator[psycopg.Connection]:
    """Only one copy of a database is made at a time, on whichever machine. Raises Busy."""
    with connect(url) as connection:
        connection.autocommit = True
        held = connection.execute("SELECT pg_try_advisory_lock(%s)", [LOCK]).fetchone()
        if not held or not held[0]:
            raise Busy("Another copy of this database is being made: wait until it is done.")
        yield connection


@contextlib.contextmanager
def taken(url: str) -> Iterator[Snapshot]:
    """The moment is now; it is held until this ends."""
    with connect(url) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        try:
            row = connection.execute(
                "SELECT pg_export_snapshot(), now(), current_setting('server_version_num')::int / 10000,"
                " pg_database_size(current_database())"
            ).fetchone()
        except psycopg.Error as error:
            raise CopyError(f"The database gives no snapshot: {first_line(error)}") from None
        yield Snapshot(connection, *row)  # type: ignore[misc]


@contextlib.contextmanager
def connect(url: str) -> Iterator[psycopg.Connection]:
    """A connection that may wait as long as a copy takes, and notices a machine that is gone."""
    options = (
        "-c statement_timeout=0 -c idle_in_transaction_session_timeout=0 -c lock_timeout=0 -c timezone=UTC"
    )
    try:
        connection = psycopg.connect(url, connect_timeout=10, tcp_user_timeout=30_000, options=options)
    except psycopg.OperationalError as error:
        raise CopyError(f"The database does not answer: {first_line(error)}") from None
    try:
        yield connection
    except psycopg.OperationalError as error:
        raise CopyError(f"The database went away: {first_line(error)}") from None
    finally:
        connection.close()


def tables(connection: psycopg.Connection) -> list[str]:
    rows = connection.execute(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')"
        " ORDER BY relname"
    )
    return [row[0] for row in rows]


def still_named(connection: psycopg.Connection, paths: list[str]) -> set[str]:
    """Which of these files the database names now."""
    found = connection.execute(
        "SELECT path, copy, public FROM tanggap_upload"
        " WHERE path = ANY(%(some)s) OR copy = ANY(%(some)s) OR public = ANY(%(some)s)",
        {"some": paths},
    )
    return {name for row in found for name in row} & set(paths)


def first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0][:300] if str(error).strip() else type(error).__name__
