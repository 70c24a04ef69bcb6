"""A story goes through the real doors: committed data, a real server on a loopback port, real HTTP."""

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

import httpx
from django.conf import settings
from django.core import mail
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
from django.db import connection
from django.utils import timezone

from tanggap import flow
from tanggap.models import Reference


class Quiet(WSGIRequestHandler):
    def log_message(self, *args: object) -> None:
        """A test's output is its result."""


@dataclass
class Story:
    """What a story needs: the address, browsers (each with its own cookies), and the worker's turn."""

    url: str
    browsers: list[httpx.Client] = field(default_factory=list)

    def browser(self, **more: object) -> httpx.Client:
        """A fresh visitor. Redirects are followed; forms need the token of the page they stand on."""
        options = {"base_url": self.url, "follow_redirects": True, "timeout": None} | more
        self.browsers.append(httpx.Client(**options))  # type: ignore[arg-type]
        return self.browsers[-1]

    def work(self, now: datetime | None = None) -> int:
        """Does everything that is due, as the worker would; gives the number of rows done."""
        return flow.run_all(now or timezone.now())


@contextmanager
def served() -> Iterator[str]:
    """The application on a free port of the loopback address, a thread for each connection."""
    from tanggap.wsgi import application

    server = ThreadedWSGIServer(("127.0.0.1", 0), Quiet, ipv6=False)
    server.daemon_threads = True
    server.set_app(application)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


# ids begin at one again, as in a fresh city
ANEW = """SELECT setval(pg_get_serial_sequence(c.table_name, c.column_name), 1, false)
FROM information_schema.columns c
WHERE c.table_schema = 'public' AND c.is_identity = 'YES' AND c.table_name = ANY(%s)"""


def empty_tables() -> list[str]:
    """Tables without a row: in a fresh clone these are all but the reference data."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename")
        tables = [row[0] for row in cursor.fetchall()]
        cursor.execute(" UNION ALL ".join(f"(SELECT '{table}' FROM {table} LIMIT 1)" for table in tables))
        filled = {row[0] for row in cursor.fetchall()}
    return [table for table in tables if table not in filled]


def forget_everything(tables: list[str]) -> None:
    """Delete from those that have rows: emptying fifty files takes longer than a story. The ledger's triggers refuse
    it, and foreign keys would look: both are out of force in this one transaction."""
    rows = " UNION ALL ".join(f"SELECT '{table}' WHERE EXISTS (SELECT 1 FROM {table})" for table in tables)
    with connection.cursor() as cursor:
        cursor.execute(rows)
        filled = [row[0] for row in cursor.fetchall()]
        deletes = "".join(f"DELETE FROM {table};" for table in filled)
        # partners are agencies, but none of the city's own
        deletes += "DELETE FROM tanggap_agency WHERE kind_id = 'partner';"
        cursor.execute(f"BEGIN; SET LOCAL session_replication_role = replica; {deletes} COMMIT")
        cursor.execute(ANEW, [filled])
    Reference.forget()
    mail.outbox = []
    shutil.rmtree(settings.MEDIA_ROOT, ignore_errors=True)
