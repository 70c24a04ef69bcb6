"""Where a bench lives: a PostgreSQL server of its own with fsync on, a folder of its own, Jakarta loaded, and our own
programs started beside it on a free port. Nothing of it is left afterwards; a running demo is left alone."""

import base64
import contextlib
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tanggap.lib import postgres

CITY = Path(__file__).resolve().parents[1] / "reference" / "jakarta"
NO_LIMIT = str(10**9)
KEY = "a-key-for-the-bench-and-for-nothing-else"


@dataclass
class Place:
    server: postgres.Server
    folder: Path
    port: int
    children: list[subprocess.Popen] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self, verb: str, **environment: str) -> subprocess.Popen:
        """`tanggap serve` or `tanggap work`, in a process group of its own."""
        with open(self.folder / f"{verb}.log", "ab") as log:
            child = subprocess.Popen(
                [sys.executable, "-m", "tanggap.cli", verb],
                env=os.environ | environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.children.append(child)
        return child

    def stop(self, child: subprocess.Popen) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGTERM)
        try:
            child.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()
        self.children.remove(child)

    def until_it_answers(self, seconds: float = 60) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1) as line:
                line.settimeout(5)
                line.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
                if b" 200 " in line.recv(100):
                    return
            time.sleep(0.05)
        raise RuntimeError(f"the web server does not answer; see {self.folder / 'serve.log'}")


@contextlib.contextmanager
def place(**environment: str) -> Iterator[Place]:
    """Jakarta on a fresh server, and Django in this process ready to look at it."""
    folder = Path(tempfile.mkdtemp(prefix="tanggap-bench-"))
    os.environ.pop("DATABASE_URL", None)
    with postgres.temporary(durable=True) as server:
        here = Place(server, folder, free_port())
        os.environ |= settings(here) | environment
        try:
            ready()
            yield here
        finally:
            for child in list(here.children):
                here.stop(child)
            hang_up()
            shutil.rmtree(folder, ignore_errors=True)


def settings(here: Place) -> dict[str, str]:
    return {
        "DJANGO_SETTINGS_MODULE": "tanggap.settings",
        "DATABASE_URL": here.server.dsn_url,
        "TANGGAP_DATA": str(here.folder),
        "TANGGAP_PORT": str(here.port),
        "TANGGAP_SECRET_KEY": secrets.token_urlsafe(48),
        "TANGGAP_SEAL_KEYS": f"k1:{base64.b64encode(secrets.token_bytes(32)).decode()}",
        "TANGGAP_TRACKING_KEY": base64.b64encode(secrets.token_bytes(32)).decode(),
        "TANGGAP_LOG_LEVEL": "ERROR",
        "TANGGAP_REPORTS_PER_HOUR": NO_LIMIT,
        "TANGGAP_KEY_REPORTS_PER_HOUR": NO_LIMIT,
    }


def ready() -> None:
    import django

    django.setup()
    from django.core.management import call_command
    from django.utils import timezone

    from tanggap.city.load import load
    from tanggap.web.keys import make_key

    call_command("migrate", verbosity=0)
    load(CITY)
    make_key("Bench", "open311", timezone.now(), text=KEY)


def hang_up() -> None:
    from django.db import connection

    connection.close()
    connection.close_pool()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@dataclass
class Rows:
    """What a bench found; `tell` hands it to whoever started us, as the last line of stdout."""

    rows: list[dict] = field(default_factory=list)

    def add(self, name: str, value: float, unit: str, goal: str = "", holds: bool = True) -> None:
        value = round(value, 3)
        self.rows.append({"name": name, "value": value, "unit": unit, "goal": goal, "holds": holds})
        say(f"  {name}: {value:g} {unit}")

    def tell(self) -> None:
        print(json.dumps(self.rows), flush=True)


def say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


def share(values: list[float], part: float) -> float:
    """The value below which this part of them lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]
