"""Dovecot and Postfix with configurations of their own, on high ports of this machine; and the rest of the world.

Everything lies in one folder, which is removed. Started and stopped by their own means, or killed as a power cut does.
"""

import base64
import os
import re
import shutil
import signal
import smtplib
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

HERE = Path(__file__).parent
PROGRAMS = ("dovecot", "doveadm", "postfix", "postconf")
PASSWORD = "kata-sandi-kotak"
KEY = b"kunci-token-untuk-uji-coba-saja-0123"


def missing() -> str:
    """Why they can't be started here, or ""."""
    path = os.environ.get("PATH", "") + os.pathsep + "/usr/sbin"
    absent = [name for name in PROGRAMS if shutil.which(name, path=path) is None]
    if absent:
        return f"not installed: {' '.join(absent)} (apt-get install dovecot-imapd dovecot-lmtpd postfix)"
    return "" if os.geteuid() == 0 else "Dovecot and Postfix want to be started by root"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def wait_for(true: Callable[[], Any], seconds: float = 20.0) -> Any:
    """What it says once it is true; the last answer when time is over."""
    until = time.monotonic() + seconds
    while not (told := true()) and time.monotonic() < until:
        time.sleep(0.05)
    return told


def listens(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), 0.2):
            return True
    except OSError:
        return False


@dataclass
class World:
    """Everybody else's mail server. `answers`: a recipient -> what RCPT is answered, in turn; then it is taken."""

    port: int
    taken: list[tuple[str, str, bytes]] = field(default_factory=list)
    answers: dict[str, list[str]] = field(default_factory=dict)
    after_data: dict[str, list[str]] = field(default_factory=dict)
    tried: list[tuple[str, float]] = field(default_factory=list)

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, to: str, options: Any) -> str:
        self.tried.append((to, time.monotonic()))
        waiting = self.answers.get(to, [])
        if waiting:
            return waiting.pop(0)
        envelope.rcpt_tos.append(to)
        return "250 2.1.5 ok"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        to = envelope.rcpt_tos[0]
        waiting = self.after_data.get(to, [])
        if waiting:
            return waiting.pop(0)
        self.taken.append((envelope.mail_from, to, envelope.content))
        return "250 2.0.0 taken"

    def __enter__(self) -> "World":
        self.controller = Controller(self, hostname="127.0.0.1", port=self.port, data_size_limit=80_000_000)
        self.controller.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.controller.stop()

    def to(self, address: str) -> list[bytes]:
        return [raw for _, to, raw in self.taken if to == address]


class Servers:
    """Both servers and their ports."""

    def __init__(self) -> None:
        # not pytest's folder: that one is shut for the servers' own users
        self.root = Path(tempfile.mkdtemp(prefix="tanggap-mail-"))
        self.root.chmod(0o755)
        self.imap, self.secure, self.lmtp, self.smtp, self.world = (free_port() for _ in range(5))
        self.configure()

    def fill(self, text: str) -> str:
        names = {
            "ROOT": str(self.root), "IMAP": str(self.imap), "LMTP": str(self.lmtp), "WORLD": str(self.world),
            "PASSWORD": PASSWORD, "SECURE": str(self.secure),
        }  # fmt: skip
        return re.sub(r"\b(ROOT|IMAP|SECURE|LMTP|WORLD|PASSWORD)\b", lambda found: names[found[1]], text)

    def configure(self) -> None:
        for name in ("mail", "spool", "data", "postfix", "run", "state"):
            (self.root / name).mkdir()
        os.chown(self.root / "mail", 65534, 65534)
        shutil.chown(self.root / "data", "postfix")
        self.certify()
        keys = self.root / "keys" / "default" / "HS256"
        keys.mkdir(parents=True)
        (keys / "default").write_bytes(base64.b64encode(KEY))
        for name, to in (
            ("dovecot.conf", "dovecot.conf"),
            ("oauth2.conf", "oauth2.conf"),
            ("main.cf", "postfix/main.cf"),
        ):
            (self.root / to).write_text(self.fill((HERE / name).read_text()))
        (self.root / "postfix" / "master.cf").write_text(self.master())

    def certify(self) -> None:
        """A key and a certificate of this machine's own, which nobody knows who is not told."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mx.kota.example")])
        now = datetime.now(UTC)
        made = (
            x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
            .not_valid_before(now - timedelta(hours=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(
                x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
            )
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(key, hashes.SHA256())
        )
        (self.root / "cert.pem").write_bytes(made.public_bytes(Encoding.PEM))
        told = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        (self.root / "key.pem").write_bytes(told)

    def master(self) -> str:
        """Debian's own table of services, with our port, and none of them in a cage."""
        told = []
        for line in Path("/usr/share/postfix/master.cf.dist").read_text().splitlines():
            words = line.split()
            if line[:1] in ("#", " ", "\t", "") or len(words) < 8:
                continue
            if words[0] == "smtp" and words[1] == "inet":
                words[0] = f"127.0.0.1:{self.smtp}"
            if words[7] == "pipe":
                continue
            words[4] = "n"
            told.append(" ".join(words))
        return "\n".join(told) + "\n"

    def __enter__(self) -> "Servers":
        self.start_dovecot()
        self.start_postfix()
        return self

    def __exit__(self, *error: object) -> None:
        self.run("postfix", "-c", str(self.root / "postfix"), "stop", check=False)
        self.stop_dovecot()
        shutil.rmtree(self.root, ignore_errors=True)

    def run(self, *command: str, check: bool = True) -> str:
        path = os.environ.get("PATH", "") + os.pathsep + "/usr/sbin"
        # into a file: a server that stays would keep a pipe open
        with (self.root / "said").open("w+") as said:
            done = subprocess.run(
                command, stdin=subprocess.DEVNULL, stdout=said, stderr=subprocess.STDOUT, timeout=60, check=False,
                env={**os.environ, "PATH": path},
            )  # fmt: skip
            said.seek(0)
            told = said.read()
        assert done.returncode == 0 or not check, (command, told, self.log())
        return told

    def log(self) -> str:
        return "\n".join(path.read_text()[-2000:] for path in self.root.glob("*.log"))

    def start_dovecot(self) -> None:
        self.run("dovecot", "-c", str(self.root / "dovecot.conf"))
        assert wait_for(lambda: listens(self.imap)), self.log()

    def stop_dovecot(self) -> None:
        """In good order, as for an update."""
        number = self.dovecot()
        if number:
            os.kill(number, signal.SIGTERM)
            wait_for(lambda: not self.dovecot(), 10)

    def dovecot(self) -> int:
        path = self.root / "run" / "master.pid"
        return int(path.read_text()) if path.exists() else 0

    def kill_dovecot(self) -> None:
        """Every process of it at once, as when its machine goes."""
        number = self.dovecot()
        children = Path(f"/proc/{number}/task/{number}/children").read_text().split()
        for one in [number, *map(int, children)]:
            os.kill(one, signal.SIGKILL)
        (self.root / "run" / "master.pid").unlink(missing_ok=True)
        wait_for(lambda: not listens(self.imap), 5)

    def start_postfix(self) -> None:
        self.run("postfix", "-c", str(self.root / "postfix"), "start")
        assert wait_for(lambda: listens(self.smtp)), self.log()

    def stop_postfix(self) -> None:
        self.run("postfix", "-c", str(self.root / "postfix"), "stop")
        wait_for(lambda: not listens(self.smtp), 10)

    def doveadm(self, *command: str) -> str:
        return self.run("doveadm", "-c", str(self.root / "dovecot.conf"), *command)

    def count(self, folder: str) -> int:
        told = self.doveadm("-f", "tab", "mailbox", "status", "-u", "laporan", "messages", folder)
        return int(told.split()[-1])

    def empty(self) -> None:
        """No mail lies or waits anywhere."""
        self.run("postsuper", "-c", str(self.root / "postfix"), "-d", "ALL")
        for folder in ("INBOX", "Processed"):
            self.run(
                "doveadm", "-c", str(self.root / "dovecot.conf"), "expunge", "-u", "laporan", "mailbox", folder, "all",
                check=False,
            )  # fmt: skip

    def write(self, raw: bytes, to: str = "laporan@kota.example", sender: str = "ani@warga.example") -> None:
        """A citizen's server hands a mail to the city's."""
        with smtplib.SMTP("127.0.0.1", self.smtp, timeout=30) as line:
            line.sendmail(sender, [to], raw)


class Cutter:
    """Stands between us and the mailbox; cuts the line after so many bytes, once."""

    def __init__(self, to: int):
        self.to, self.after = to, 0
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port = int(self.server.getsockname()[1])
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self) -> None:
        while True:
            try:
                near, _ = self.server.accept()
            except OSError:
                return
            far = socket.create_connection(("127.0.0.1", self.to))
            for source, sink, limited in ((near, far, False), (far, near, True)):
                threading.Thread(target=self.pass_on, args=(source, sink, limited), daemon=True).start()

    def pass_on(self, source: socket.socket, sink: socket.socket, limited: bool) -> None:
        try:
            while part := source.recv(4096):
                if limited and self.after:
                    self.after -= len(part)
                    if self.after <= 0:
                        self.after = 0
                        break
                sink.sendall(part)
        except OSError:
            pass
        for one in (source, sink):
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue

    def close(self) -> None:
        self.server.close()
