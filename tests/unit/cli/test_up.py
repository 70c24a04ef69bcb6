"""`tanggap up` for real: processes, a server, a port, the mini-city."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from tanggap.lib import postgres

REPOSITORY = Path(__file__).parents[3]
MINICITY = REPOSITORY / "tests" / "minicity"


class Start:
    """One `tanggap up` and what it says."""

    def __init__(self, folder: Path, port: int):
        ours = {"DATABASE_URL", "DJANGO_SETTINGS_MODULE"}
        self.environment = {name: value for name, value in os.environ.items() if name not in ours}
        self.environment |= {
            "TANGGAP_DATA": str(folder),
            "TANGGAP_PORT": str(port),
            "PYTHONPATH": str(REPOSITORY),
        }
        self.address = f"http://127.0.0.1:{port}"
        self.process = self.command("up", "--city", str(MINICITY))

    def command(self, *words: str) -> subprocess.Popen:
        return subprocess.Popen(
            [sys.executable, "-m", "tanggap.cli", *words],
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def until(self, words: str) -> str:
        """Reads on until this is said."""
        said = ""
        for line in self.process.stdout:
            said += line
            if words in line:
                return said
        raise AssertionError(f"ended with {self.process.wait()} before it said {words!r}:\n{said}")

    def page(self, path: str = "/gaya/") -> int:
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with direct.open(self.address + path) as answer:
            return answer.status

    def end(self) -> str:
        self.process.send_signal(signal.SIGINT)
        said = self.process.stdout.read()
        self.process.wait()
        return said


@pytest.fixture
def start(tmp_path):
    """Starts in one folder on one port; whatever still runs at the end is ended."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    if os.geteuid() == 0:
        for folder in (tmp_path, *tmp_path.parents):
            if folder.stat().st_mode & 0o777 == 0o700:
                folder.chmod(0o711)
    starts: list[Start] = []

    def go() -> Start:
        starts.append(Start(tmp_path, port))
        return starts[-1]

    yield go
    for one in starts:
        with contextlib.suppress(ProcessLookupError):
            one.process.terminate()
        one.process.wait()
        one.process.stdout.close()
    postgres.stop_if_unused(tmp_path)


def test_everything_starts_and_everything_stops(start, tmp_path):
    first = start()
    first.until("Ctrl-C stops everything")
    assert first.page() == 200
    second = start()
    said, _ = second.process.communicate()
    assert second.process.returncode == 1
    assert said.startswith(f"tanggap: Tanggap already runs in {tmp_path} (process {first.process.pid}")
    assert (said.count("\n"), first.page()) == (1, 200)
    assert first.end().endswith("Stopping …\nStopped.\n")
    assert first.process.returncode == 0
    assert postgres._running(tmp_path / "postgres") is None


def test_a_kill_of_everything_is_survived(start, tmp_path):
    first = start()
    first.until("Ctrl-C stops everything")
    server = postgres._running(tmp_path / "postgres")
    first.process.kill()
    os.kill(server.pid, signal.SIGKILL)
    again = start()
    again.until("Ctrl-C stops everything")
    assert again.page() == 200
    again.end()
