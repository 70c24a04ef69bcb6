"""One PostgreSQL server for a whole test run; in it one database for each process, cloned from a template.

The server belongs to the first process (with xdist the controller) and ends with it. The template is made by
whoever comes first: migrated, and loaded with the mini-city.
"""

import contextlib
import fcntl
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import psycopg
import pytest
from django.core.management import call_command
from django.db import connection, connections

from tanggap.lib import postgres
from tanggap.models import Reference

MINICITY = Path(__file__).parent / "minicity"
TEMPLATE = "minicity"
SERVER = pytest.StashKey[contextlib.ExitStack]()
URL = pytest.StashKey[str]()


def start(config: pytest.Config) -> str:
    """The address of this run's server; started at the first call."""
    given = getattr(config, "workerinput", {}).get("postgres")
    if given:
        return given
    if URL not in config.stash:
        stack = config.stash[SERVER] = contextlib.ExitStack()
        config.stash[URL] = stack.enter_context(postgres.temporary()).dsn_url
    return config.stash[URL]


def stop(config: pytest.Config) -> None:
    if SERVER in config.stash:
        config.stash[SERVER].close()


@contextlib.contextmanager
def own(url: str, name: str) -> Iterator[None]:
    """Django speaks to a fresh clone of the template for as long as this lasts."""
    with one_at_a_time(url), psycopg.connect(_named(url, "postgres"), autocommit=True) as server:
        if not _exists(server, TEMPLATE):
            _make_template(server, url)
        server.execute(f'DROP DATABASE IF EXISTS "{name}"')
        server.execute(f'CREATE DATABASE "{name}" TEMPLATE {TEMPLATE} STRATEGY file_copy')
    _speak_to(url, name)
    yield
    _hang_up()


@contextlib.contextmanager
def one_at_a_time(url: str) -> Iterator[None]:
    """The lock lies in the server's private folder and goes with it."""
    folder = Path(unquote(url.split("host=")[1].split("&")[0]))
    with open(folder / "template.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _make_template(server: psycopg.Connection, url: str) -> None:
    from tanggap.city.areas import load_areas
    from tanggap.city.load import load

    server.execute(f"CREATE DATABASE {TEMPLATE}_half")
    _speak_to(url, f"{TEMPLATE}_half")
    call_command("migrate", verbosity=0)
    load(MINICITY)
    load_areas(MINICITY / "areas.geojson")
    _hang_up()
    Reference.forget()
    # the name is given last: a run that was interrupted half-way leaves no template
    server.execute(f"ALTER DATABASE {TEMPLATE}_half RENAME TO {TEMPLATE}")


def _exists(server: psycopg.Connection, name: str) -> bool:
    return server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is not None


def _named(url: str, name: str) -> str:
    return url.replace("/tanggap?", f"/{name}?")


def _speak_to(url: str, name: str) -> None:
    from tanggap.settings import database

    wanted = database(_named(url, name))
    # the same dictionary serves every thread
    connections.databases["default"].update({key: wanted[key] for key in ("NAME", "USER", "HOST", "PORT")})
    connection.settings_dict = connections.databases["default"]


def _hang_up() -> None:
    connection.close()
    connection.close_pool()
