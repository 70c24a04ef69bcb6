"""A Kannel of our own in a folder: bearerbox, smsbox, and fakesmsc to play citizens. Stopped by its own pids."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

FAKESMSC = Path("/usr/lib/kannel/test/fakesmsc")
CORE = """
group = core
admin-port = {admin}
admin-interface = 127.0.0.1
admin-password = pengelola
smsbox-port = {box}
smsbox-interface = 127.0.0.1
box-allow-ip = 127.0.0.1
store-type = spool
store-location = {folder}/spool
dlr-storage = internal
log-file = {folder}/bearerbox.log
log-level = 1

group = smsbox
bearerbox-host = 127.0.0.1
sendsms-port = {sendsms}
sendsms-interface = 127.0.0.1
mo-recode = true
http-request-retry = 100
http-queue-delay = 1
log-file = {folder}/smsbox.log
log-level = 1

group = sendsms-user
username = tanggap
password = rahasia
max-messages = 10
concatenation = true

group = sms-service
keyword = default
catch-all = true
omit-empty = true
max-messages = 0
get-url = "{hook}?key=kunci&from=%p&to=%P&id=%I&coding=%c&charset=%C&text=%b"
"""
FAKE = """
group = smsc
smsc = fake
smsc-id = palsu
port = {fake}
connect-allow-ip = 127.0.0.1
"""
SMPP = """
group = smsc
smsc = smpp
smsc-id = bursa
host = 127.0.0.1
port = {smsc}
transceiver-mode = true
smsc-username = tanggap
smsc-password = rahasia
system-type = ""
source-addr-ton = 1
source-addr-npi = 1
dest-addr-ton = 1
dest-addr-npi = 1
reconnect-delay = 1
"""


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def must_have(*programs: str) -> None:
    """In CI a missing program is a failure, elsewhere the reason why a test is skipped."""
    missing = [one for one in programs if not shutil.which(one)]
    if "kannel" in programs:
        missing = [one for one in ("bearerbox", "smsbox", str(FAKESMSC)) if not shutil.which(one)]
    if missing:
        told = f"missing: {', '.join(missing)} (apt-get install kannel kannel-extras nodejs npm)"
        pytest.fail(told) if os.environ.get("CI") else pytest.skip(told)


@dataclass
class Kannel:
    folder: Path
    ports: dict[str, int]
    running: dict[str, subprocess.Popen] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.ports['sendsms']}"

    def start(self, program: str) -> None:
        out = (self.folder / f"{program}.out").open("ab")
        command = [program, str(self.folder / "kannel.conf")]
        self.running[program] = subprocess.Popen(command, stdout=out, stderr=out, cwd=self.folder)
        wait_for(self.ports["box" if program == "bearerbox" else "sendsms"], self.running[program])

    def kill(self, program: str, how: int = signal.SIGKILL) -> None:
        process = self.running.pop(program)
        process.send_signal(how)
        process.wait(20)

    def stop(self) -> None:
        for program in list(self.running):
            with contextlib.suppress(ProcessLookupError):
                self.running[program].terminate()
        for process in self.running.values():
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(10)

    def citizens(self, messages: Sequence[str]) -> None:
        """Each is "from to text words..."; a fakesmsc for each, for one of several picks them by chance."""
        for message in messages:
            command = [str(FAKESMSC), "-H", "127.0.0.1", "-r", str(self.ports["fake"]), "-m", "1", message]
            process = subprocess.Popen(
                command, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT, text=True,
            )  # fmt: skip
            assert process.stdout is not None
            for line in process.stdout:
                if "sent message 1" in line:
                    break
            time.sleep(0.1)  # until bearerbox has read it: hanging up sooner would take it back
            process.kill()
            process.wait(10)


def wait_for(port: int, process: subprocess.Popen, seconds: float = 15.0) -> None:
    deadline = time.monotonic() + seconds
    while True:
        assert process.poll() is None, f"it ended with {process.returncode}"
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 0.5):
            return
        assert time.monotonic() < deadline, f"nobody listens at {port}"
        time.sleep(0.05)


@contextlib.contextmanager
def kannel(folder: Path, hook: str, smsc_port: int = 0) -> Iterator[Kannel]:
    """Started; citizens come by fakesmsc, or by the exchange at `smsc_port`."""
    must_have("kannel")
    ports = {name: free_port() for name in ("admin", "box", "sendsms", "fake")}
    text = CORE + (SMPP if smsc_port else FAKE)
    (folder / "spool").mkdir()
    (folder / "kannel.conf").write_text(text.format(folder=folder, hook=hook, smsc=smsc_port, **ports))
    made = Kannel(folder, ports)
    try:
        made.start("bearerbox")
        made.start("smsbox")
        yield made
    finally:
        made.stop()
