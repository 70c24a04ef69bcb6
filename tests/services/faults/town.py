"""A whole city to do harm to: its own durable database, web and worker as processes, all of it gone afterwards."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import psycopg

from bench.kill import children, kill_all
from tanggap.lib import postgres
from tests.services.installation import REPOSITORY, Installation, free_port, open_the_way

MINICITY = REPOSITORY / "tests/minicity"
PATIENCE = 60.0


class Town(Installation):
    """An installation that was prepared once and copied, with its server running from `open` to `close`."""

    def __init__(self, folder: Path, prepared: Installation):
        super().__init__(folder, free_port(), prepared.folder)
        for name in ("postgres", "static"):
            shutil.copytree(prepared.folder / name, folder / name, symlinks=True)
        secrets = (folder / "secrets.env").read_text().splitlines()
        self.environment |= dict(line.split("=", 1) for line in secrets if "=" in line and line[0] != "#")
        self.environment |= {"TANGGAP_WORKERS": "2", "TANGGAP_THREADS": "8"}
        self.stack = contextlib.ExitStack()
        self.running: list[subprocess.Popen] = []
        self.dsn = ""
        self.lines: Path | None = None  # where programs write, if not into files of their own

    def open(self) -> None:
        self.dsn = self.stack.enter_context(postgres.used(self.folder)).dsn_url

    def close(self) -> None:
        for child in list(self.running):
            self.end(child)
        self.stack.close()

    # ---- programs ----

    def program(self, *words: str, url: str = "", **more: str) -> subprocess.Popen:
        """`tanggap <words>`, or another module in its place; its lines go into a file."""
        module = [] if words[0].startswith(("tests.", "django")) else ["tanggap.cli"]
        command = [sys.executable, "-m", *module, *words]
        with open(self.lines or self.folder / f"{words[0]}.log", "ab") as log:
            child = subprocess.Popen(
                command, env=self.environment | {"DATABASE_URL": url or self.dsn} | more, cwd=REPOSITORY,
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        self.running.append(child)
        return child

    def serve(self, *words: str, url: str = "", port: int = 0, **more: str) -> subprocess.Popen:
        """The web server, answering when this returns."""
        port = port or self.port
        child = self.program(*(words or ("serve",)), url=url, TANGGAP_PORT=str(port), **more)
        try:
            until(lambda: status(port, "/healthz") == 200)
        except AssertionError:
            raise AssertionError(
                f"the web server does not answer: {self.said((words or ('serve',))[0])[-3000:]}"
            ) from None
        return child

    def work(self, **more: str) -> subprocess.Popen:
        return self.program("work", **more)

    def end(self, child: subprocess.Popen, seconds: float = 30) -> None:
        """As a service manager stops it; what does not go is killed and is a failure of the test."""
        self.running.remove(child)
        child.send_signal(signal.SIGTERM)
        try:
            child.wait(seconds)
        except subprocess.TimeoutExpired:
            kill_all([child.pid, *children(child.pid)])
            child.wait()
            raise AssertionError("a program did not end when told to") from None

    def said(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text(errors="replace")

    # ---- the database ----

    @property
    def cluster(self) -> Path:
        return self.folder / "postgres"

    def postmaster(self) -> int:
        return int((self.cluster / "postmaster.pid").read_text().split()[0])

    def kill_database(self) -> None:
        """`kill -9` for the server and all its children at once."""
        pid = self.postmaster()
        kill_all([pid, *children(pid)])

    def stop_database(self) -> None:
        """`pg_ctl stop -m fast`: open transactions are rolled back, connections closed."""
        postgres.stop(postgres.Server(self.dsn, True, self.postmaster(), self.cluster))

    def start_database(self) -> None:
        """As `tanggap up` does when it sees that the server is gone."""
        self.dsn = postgres.ensure(self.folder).dsn_url

    @contextlib.contextmanager
    def asking(self) -> Iterator[psycopg.Connection]:
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            yield connection

    def one(self, sql: str, *values: object) -> object:
        with self.asking() as connection:
            return connection.execute(sql, values).fetchone()[0]


def prepare(folder: Path) -> Installation:
    """The mini-city with its tables and styles, once for all tests of faults; its server is stopped again."""
    open_the_way(folder)
    made = Installation(folder / "prepared")
    made.environment["TANGGAP_DEMO"] = "1"  # an app's key, and officers with mail addresses
    made.run("prepare", "--city", str(MINICITY))
    postgres.stop_if_unused(made.folder)
    return made


@contextlib.contextmanager
def town(folder: Path, prepared: Installation) -> Iterator[Town]:
    open_the_way(folder)
    made = Town(folder / "town", prepared)
    made.open()
    try:
        yield made
    finally:
        made.close()


def until(what, seconds: float = PATIENCE, why: str = "what was waited for did not happen") -> float:
    """Waits until this is true; gives how long it took."""
    began = time.monotonic()
    while not what():
        assert time.monotonic() - began < seconds, why
        time.sleep(0.02)
    return time.monotonic() - began


def status(port: int, path: str, seconds: float = 30) -> int:
    """The status of a page, 0 when nobody answers."""
    with contextlib.suppress(httpx.HTTPError):
        return httpx.get(f"http://127.0.0.1:{port}{path}", trust_env=False, timeout=seconds).status_code
    return 0


def is_root() -> bool:
    return os.geteuid() == 0
