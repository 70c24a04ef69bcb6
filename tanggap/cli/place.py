"""Where this installation lives: its data folder, its port, its secrets, and the mark that it is running."""

import base64
import contextlib
import fcntl
import os
import secrets
import signal
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import tanggap
from tanggap.lib import files, postgres

JAKARTA = Path(tanggap.__file__).parents[1] / "reference" / "jakarta"
NEEDED_FREE_MB = 200
LIFELINE = "TANGGAP_LIFELINE"


class Refused(Exception):
    """One sentence for whoever typed the command."""


def data() -> Path:
    """The data folder ($TANGGAP_DATA, else ./var), made if missing; children get it as an absolute path."""
    folder = Path(os.environ.get("TANGGAP_DATA") or "./var").absolute()
    folder.mkdir(parents=True, exist_ok=True)
    os.environ["TANGGAP_DATA"] = str(folder)
    return folder


def number(name: str, default: int) -> int:
    given = os.environ.get(name, "").strip()
    if given and not given.isdigit():
        raise Refused(f"{name} must be a whole number, not {given!r}.")
    return int(given) if given else default


def port() -> int:
    return number("TANGGAP_PORT", 8311)


def host() -> str:
    return os.environ.get("TANGGAP_HOST", "").strip() or "127.0.0.1"


def address() -> str:
    """Where a browser on this machine finds us."""
    return os.environ.get("TANGGAP_SITE_URL") or f"http://127.0.0.1:{port()}"


# ---- secrets ----


def new_secrets() -> dict[str, str]:
    """Every secret that an installation needs, made now."""
    return {
        "TANGGAP_SECRET_KEY": secrets.token_urlsafe(48),
        "TANGGAP_SEAL_KEYS": f"k1:{base64.b64encode(secrets.token_bytes(32)).decode()}",
        "TANGGAP_TRACKING_KEY": base64.b64encode(secrets.token_bytes(32)).decode(),
    }


def make_secrets(folder: Path) -> None:
    """The demo's own secrets, made once: kept, so that links and log-ins survive a restart."""
    path = folder / "secrets.env"
    if path.exists():
        return
    made = {"TANGGAP_DEMO": "1", **new_secrets()}
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(handle, "w") as file:
        file.write("# Made by `tanggap up --demo` for this folder alone. A city sets its own.\n")
        file.writelines(f"{name}={value}\n" for name, value in made.items())
        file.flush()
        os.fsync(handle)
    fresh.rename(path)


def use_secrets(folder: Path) -> None:
    """A demo's secrets for any command in its folder; what the environment says comes first."""
    with contextlib.suppress(FileNotFoundError):
        for line in (folder / "secrets.env").read_text().splitlines():
            name, equals, value = line.partition("=")
            if equals and not line.startswith("#"):
                os.environ.setdefault(name.strip(), value.strip())


# ---- one at a time ----


@contextlib.contextmanager
def marked_as_running(folder: Path) -> Iterator[bool]:
    """Holds up.pid for as long as this lasts; gives whether the one before us ended without a good-bye.

    Raises Refused when another one runs. The lock tells, not the number in the file: a number can be old.
    """
    handle = os.open(folder / "up.pid", os.O_RDWR | os.O_CREAT, 0o644)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            told = os.read(handle, 200).decode().split() or ["?", address()]
            raise Refused(
                f"Tanggap already runs in {folder} (process {told[0]}, {told[-1]}): "
                "stop it with `make stop` first, or choose another TANGGAP_DATA."
            ) from None
        was_killed = bool(os.read(handle, 200))
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{os.getpid()} {address()}\n".encode(), 0)
        try:
            yield was_killed
        finally:
            os.ftruncate(handle, 0)
    finally:
        os.close(handle)


def running(folder: Path) -> int | None:
    """The process of `up` in this folder."""
    try:
        with open(folder / "up.pid", "rb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
                return None
            except BlockingIOError:
                return int(file.read(200).split()[0])
    except (FileNotFoundError, ValueError, IndexError):
        return None


def check_room(folder: Path) -> None:
    free = files.free_mb(folder)
    if free < NEEDED_FREE_MB:
        raise Refused(f"Only {free} MB are free in {folder}; {NEEDED_FREE_MB} MB are needed to start.")


def check_port(patience: float = 0) -> None:
    """Raises Refused if our port is taken. Children of a killed start get `patience` seconds to go."""
    deadline = time.monotonic() + patience
    while True:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host(), port()))
                return
            except OSError as error:
                if time.monotonic() > deadline:
                    reason = f"Port {port()} of {host()} can't be used ({error.strerror})"
                    raise Refused(f"{reason}: set TANGGAP_PORT to a free one.") from None
        time.sleep(0.1)


# ---- the database, and Django on it ----


@contextlib.contextmanager
def database() -> Iterator[postgres.Server]:
    """This installation's server for as long as this lasts, its address in the environment."""
    folder = data()
    use_secrets(folder)
    before = os.environ.get("DATABASE_URL")
    with postgres.used(folder) as server:
        os.environ["DATABASE_URL"] = server.dsn_url
        try:
            yield server
        finally:
            if before is None:
                del os.environ["DATABASE_URL"]


@contextlib.contextmanager
def django() -> Iterator[None]:
    """Django, ready for use."""
    with database():
        import django as framework

        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tanggap.settings")
        framework.setup()
        from django.db import connection

        try:
            yield
        finally:
            connection.close()
            connection.close_pool()  # type: ignore[attr-defined]


def end_with_parent() -> None:
    """A child of `up` ends when `up` does, even by kill -9: then the pipe between them breaks."""
    given = os.environ.pop(LIFELINE, "")
    if given.isdigit():
        threading.Thread(target=_wait_for_the_end, args=[int(given)], daemon=True).start()


def _wait_for_the_end(handle: int) -> None:
    os.read(handle, 1)
    os.kill(os.getpid(), signal.SIGTERM)
