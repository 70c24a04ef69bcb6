"""pg_dump and pg_restore on this machine, fitting a server; the password goes by the environment, never on a line."""

import contextlib
import subprocess
import tempfile
from collections.abc import Iterator
from typing import IO, Any

from psycopg.conninfo import conninfo_to_dict

from tanggap.copies.errors import CopyError
from tanggap.lib.postgres_programs import Programs, system_programs, wheel_programs

NAMES = {
    "host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD", "dbname": "PGDATABASE",
    "sslmode": "PGSSLMODE", "sslrootcert": "PGSSLROOTCERT", "sslcert": "PGSSLCERT", "sslkey": "PGSSLKEY",
    "service": "PGSERVICE", "passfile": "PGPASSFILE", "options": "PGOPTIONS",
}  # fmt: skip


def fitting(major: int, *, far: bool) -> Programs:
    """Programs of the server's own major, else of the next newer one: older ones refuse it.

    `far`: the server is on another machine, where the wheel's programs, which know no TLS, come last.
    """
    wheel = wheel_programs()
    there = [one for one in [wheel, *system_programs()] if one is not None and (one.bin / "pg_dump").exists()]
    fit = [one for one in there if one.major >= major and (one.bin / "pg_restore").exists()]
    if not fit:
        here = ", ".join(sorted({str(one.major) for one in there})) or "none"
        raise CopyError(
            f"The server is PostgreSQL {major}; pg_dump and pg_restore of this machine are of {here}: "
            f"install the client programs of PostgreSQL {major} or newer."
        )
    return min(fit, key=lambda one: (one.major, far == (one is wheel)))


def is_far(url: str) -> bool:
    host = str(conninfo_to_dict(url).get("host") or "")
    return bool(host) and not host.startswith("/") and host not in {"localhost", "127.0.0.1", "::1"}


def environment(programs: Programs, url: str) -> dict[str, str]:
    told = {key: str(value) for key, value in conninfo_to_dict(url).items() if value is not None}
    known = {NAMES[key]: value for key, value in told.items() if key in NAMES}
    return programs.environment() | {"PGCONNECT_TIMEOUT": "10", "PGAPPNAME": "tanggap copies"} | known


@contextlib.contextmanager
def running(programs: Programs, url: str, words: list[str], **more: Any) -> Iterator[subprocess.Popen]:
    """One program for as long as this lasts; what it complains of is kept in `complaint`. Ended if we end first."""
    with tempfile.TemporaryFile() as complaint:
        command = [str(programs.bin / words[0]), *words[1:]]
        process = subprocess.Popen(command, env=environment(programs, url), cwd="/", stderr=complaint, **more)
        process.complaint = complaint  # type: ignore[attr-defined]
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    with contextlib.suppress(BrokenPipeError):
                        pipe.close()
            process.wait()


def complaint(process: subprocess.Popen) -> str:
    """The cause in its own words, as one line."""
    held: IO[bytes] = process.complaint  # type: ignore[attr-defined]
    held.seek(0)
    lines = [line.strip() for line in held.read(20_000).decode(errors="replace").splitlines() if line.strip()]
    wrong = [line for line in lines if "error" in line.lower() or "fatal" in line.lower()] or lines
    # pg_dump says first what it was about, then what the server answered
    wrong = [line for line in lines if "message from server:" in line] or wrong
    return (
        wrong[0].split("message from server:")[-1].strip()[:300]
        if wrong
        else f"it ended with {process.returncode}"
    )


def pieces(pipe: IO[bytes], size: int) -> Iterator[bytes]:
    """What comes out of a program, in full pieces and a last shorter one."""
    while piece := pipe.read(size):
        yield piece
