"""A data folder with a server of its own and the real commands, as on a machine of a city."""

import contextlib
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import httpx
import psycopg

from tanggap.cli import place
from tanggap.lib import postgres, seal

REPOSITORY = Path(__file__).parents[2]
KEY = "an-open311-key-for-this-test-and-no-other"
NO_LIMIT = str(10**9)


class Installation:
    """A data folder with a server of its own and the real commands."""

    def __init__(self, folder: Path, port: int = 0, secrets: Path | None = None):
        folder.mkdir(mode=0o711)
        self.folder, self.port = folder, port
        ours = {"DATABASE_URL", "DJANGO_SETTINGS_MODULE"}
        kept = {
            key: value
            for key, value in os.environ.items()
            if key not in ours and not key.startswith("TANGGAP_")
        }
        self.environment = kept | {
            "TANGGAP_DATA": str(folder), "TANGGAP_PORT": str(port), "PYTHONPATH": str(REPOSITORY),
            "TANGGAP_DEMO_API_KEY": KEY, "TANGGAP_DEMO_PASSWORD": "a password of this test",
            "TANGGAP_REPORTS_PER_HOUR": NO_LIMIT, "TANGGAP_KEY_REPORTS_PER_HOUR": NO_LIMIT,
            "TANGGAP_LOG_LEVEL": "ERROR", "TANGGAP_WORKERS": "1",
        }  # fmt: skip
        if secrets is None:
            place.make_secrets(folder)
        else:
            (folder / "secrets.env").write_bytes((secrets / "secrets.env").read_bytes())
            (folder / "secrets.env").chmod(0o600)

    def start(self, *words: str, **more: object) -> subprocess.Popen:
        command = [sys.executable, "-m", "tanggap.cli", *words]
        told = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True} | more
        return subprocess.Popen(command, env=self.environment, **told)

    def run(self, *words: str) -> str:
        process = self.start(*words)
        said, wrong = process.communicate(timeout=300)
        assert process.returncode == 0, wrong
        return said

    def refused(self, *words: str) -> str:
        process = self.start(*words)
        wrong = process.communicate(timeout=300)[1]
        assert process.returncode == 1, wrong
        return wrong

    @contextlib.contextmanager
    def serving(self) -> Iterator[str]:
        process = self.start("serve", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        address = f"http://127.0.0.1:{self.port}"
        try:
            deadline = time.monotonic() + 60
            while time.monotonic() < deadline:
                with contextlib.suppress(httpx.HTTPError):
                    if httpx.get(f"{address}/healthz", trust_env=False).status_code == 200:
                        break
                time.sleep(0.1)
            yield address
        finally:
            process.terminate()
            process.wait(60)

    @contextlib.contextmanager
    def asked(self) -> Iterator[psycopg.Connection]:
        with (
            postgres.used(self.folder) as server,
            psycopg.connect(server.dsn_url, autocommit=True) as connection,
        ):
            yield connection

    def secret_of(self, uuid: UUID) -> str:
        words = (self.folder / "secrets.env").read_text()
        return seal.secret_for(re.search(r"TRACKING_KEY=(.*)", words)[1].encode(), uuid, 1)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def open_the_way(path: Path) -> None:
    """Started by root, the server's ordinary account must pass the folders that pytest makes private."""
    if os.geteuid() == 0:
        for one in (path, *path.parents):
            if one.stat().st_mode & 0o777 == 0o700:
                one.chmod(0o711)
