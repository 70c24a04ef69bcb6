"""Back to a moment, with PostgreSQL's own means, by the very commands of docs/backup.md: somebody deletes everything,
and the minute before comes back (F36)."""

import os
import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tanggap.lib import postgres, postgres_programs

PAGE = Path(__file__).parents[2] / "docs" / "backup.md"


def commands(heading: str) -> str:
    """The block of commands below this heading."""
    found = re.search(rf"^### {heading}$.*?^```sh\n(.*?)^```", PAGE.read_text(), re.M | re.S)
    assert found, heading
    return found[1]


class Machine:
    """The page's words with this test's folders in them, run by the shell."""

    def __init__(self, root: Path):
        self.root = root
        self.programs = postgres_programs.programs_for(root / "none")

    def do(self, heading: str, **more: str) -> None:
        with postgres.used(self.root / "data") as server:
            at = psycopg.conninfo.conninfo_to_dict(server.dsn_url)
        environment = self.programs.environment() | {
            "PGHOST": str(at["host"]), "PGPORT": str(at["port"]), "PGUSER": "tanggap", "PGDATABASE": "tanggap",
            "TANGGAP_DATA": str(self.root / "data"), "ARCHIVE": str(self.root / "archive"),
            "BASE": str(self.root / "base"), "NEW": str(self.root / "new"),
        }  # fmt: skip
        done = subprocess.run(
            ["sh", "-eu", "-c", commands(heading)],
            env=environment | more,
            capture_output=True,
            text=True,
            cwd="/",
        )
        assert done.returncode == 0, done.stderr


@pytest.fixture
def machine(tmp_path, monkeypatch) -> Iterator[Machine]:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    if os.geteuid() == 0:
        for one in (tmp_path, *tmp_path.parents):
            if one.stat().st_mode & 0o777 == 0o700:
                one.chmod(0o711)
    made = Machine(tmp_path)
    yield made
    for name in ("data", "new"):
        if (tmp_path / name).exists():
            postgres.stop_if_unused(tmp_path / name)


def count(data: Path, table: str = "report") -> int:
    with postgres.used(data) as server, psycopg.connect(server.dsn_url, autocommit=True) as connection:
        return connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]


def test_the_minute_before_the_mistake_comes_back(machine, tmp_path):
    data = tmp_path / "data"
    with postgres.used(data) as server, psycopg.connect(server.dsn_url, autocommit=True) as city:
        city.execute("CREATE TABLE report (id int, at timestamptz DEFAULT clock_timestamp())")
        city.execute("INSERT INTO report SELECT generate_series(1, 100)")
        machine.do("Switch archiving on")
    # the last one to leave has stopped the server: with its next start the setting holds
    with postgres.used(data) as server, psycopg.connect(server.dsn_url, autocommit=True) as city:
        assert city.execute("SHOW archive_mode").fetchone() == ("on",)
        machine.do("Take a base copy")
        city.execute("INSERT INTO report SELECT generate_series(101, 250)")
        moment = city.execute("SELECT clock_timestamp()::text").fetchone()[0]
        time.sleep(0.05)
        city.execute("DELETE FROM report")  # without WHERE
        until_archived(city, city.execute("SELECT pg_walfile_name(pg_switch_wal())").fetchone()[0])
        assert count(data) == 0
        machine.do("Go back to a moment", MOMENT=moment)
    new = tmp_path / "new"
    with postgres.used(new) as server, psycopg.connect(server.dsn_url, autocommit=True) as back:
        deadline = time.monotonic() + 60
        while back.execute("SELECT pg_is_in_recovery()").fetchone()[0]:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        assert back.execute("SELECT count(*), max(id) FROM report").fetchone() == (250, 250)
        back.execute("INSERT INTO report VALUES (251)")  # and it takes new ones
    assert count(new) == 251
    assert count(data) == 0  # what was there is left as it was


def until_archived(city: psycopg.Connection, segment: str) -> None:
    deadline = time.monotonic() + 60
    while True:
        last, failed = city.execute(
            "SELECT last_archived_wal, last_failed_wal FROM pg_stat_archiver"
        ).fetchone()
        assert failed is None
        if last is not None and last >= segment:
            return
        assert time.monotonic() < deadline
        time.sleep(0.1)
