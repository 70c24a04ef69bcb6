"""Bring a copy back: into an empty place only, every hash checked, all of it or nothing.

The order makes it so: files are unpacked beside their place and renamed, then the database comes in one transaction.
Before that commit the database is empty; after it everything is there. A mark in the data folder tells a later start
that what lies about is of a restore that was killed.
"""

import contextlib
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

import tanggap
from tanggap.copies import keys, parts, programs, snapshot
from tanggap.copies.errors import CopyError, Damaged, NoRoom, NotEmpty
from tanggap.copies.manifest import Manifest
from tanggap.copies.stores import Store

Progress = Callable[[str, int, int | None], None]
MB = 2**20
MIGRATIONS = Path(tanggap.__file__).parent / "migrations"


@dataclass(frozen=True)
class Target:
    """Where a copy comes back to. `ours`: the server's data lies in this folder, too."""

    url: str
    folder: Path
    ours: bool = True

    @property
    def media(self) -> Path:
        return self.folder / "media"

    @property
    def mark(self) -> Path:
        return self.folder / "restore.json"


@dataclass
class Brought:
    """What came back, asked of the restored database itself."""

    manifest: Manifest
    counts: dict[str, int]
    files: int
    reports: int
    cases: int
    events: int
    last_number: str
    last_day: str
    last_report_at: datetime | None
    older: bool  # of an older version: `tanggap migrate` follows
    hashes: dict[str, bytes] = field(default_factory=dict, repr=False)


def restore(
    store: Store, found: Manifest, key_file: Path, target: Target, progress: Progress = lambda *_: None
) -> Brought:
    """Raises CopyError; then the target is as empty as before, or the sentence says how to go on."""
    identities = keys.identities(key_file)
    keys.check_opens(identities, found.sealed_to, key_file)
    older = check_version(found)
    parts.check_there(store, found.parts)
    with snapshot.alone(target.url) as connection:  # also keeps out a second restore
        if clear(connection, target, found):
            brought = verify(connection, found, target, {}, older)
        else:
            check_room(found, target)
            target.mark.write_text(json.dumps({"copy": found.name}))
            with cleaned(connection, target):
                hashes = unpack(store, found, identities, target, progress)
                load(store, found, identities, target, progress)
                brought = verify(connection, found, target, hashes, older)
        settle(connection, found)
        target.mark.unlink()
    return brought


# ---- may it begin? ----


def check_version(found: Manifest) -> bool:
    """Whether the copy is of an older version than this. Raises CopyError for a newer one."""
    ours = {path.stem for path in MIGRATIONS.glob("0*.py")}
    newer = sorted(set(found.migrations) - ours)
    if newer:
        raise CopyError(
            f"The copy was made by a newer Tanggap (its tables know {newer[-1]}): install that version first."
        )
    return ours != set(found.migrations)


def clear(connection: psycopg.Connection, target: Target, found: Manifest) -> bool:
    """Makes sure of an empty place; what a killed restore left is removed. True if only its last check is to do."""
    filled = bool(snapshot.tables(connection))
    was_killed = target.mark.exists()
    if filled and was_killed:
        with contextlib.suppress(ValueError, KeyError, TypeError, OSError):
            if json.loads(target.mark.read_text())["copy"] == found.name:
                return True
    if filled:
        raise NotEmpty(
            "The database is not empty, and a restore overwrites nothing: name an empty one (another TANGGAP_DATA, "
            "or a new database in DATABASE_URL)."
        )
    if was_killed:
        sweep(target)
    for folder in (target.media, half(target)):
        if folder.exists() and any(folder.iterdir()):
            raise NotEmpty(
                f"{folder} is not empty, and a restore overwrites nothing: choose another TANGGAP_DATA."
            )
    return False


def check_room(found: Manifest, target: Target) -> None:
    target.folder.mkdir(parents=True, exist_ok=True)
    wanted = found.file_bytes + parts.MARGIN + (found.database_bytes * 2 if target.ours else 0)
    free = shutil.disk_usage(target.folder).free
    if free < wanted:
        raise NoRoom(
            f"{target.folder} needs about {wanted // MB} MB free and has {free // MB} MB: nothing was begun."
        )


# ---- all or nothing ----


def half(target: Target) -> Path:
    return target.folder / "media.restoring"


def sweep(target: Target) -> None:
    shutil.rmtree(half(target), ignore_errors=True)
    shutil.rmtree(target.media, ignore_errors=True)


@contextlib.contextmanager
def cleaned(connection: psycopg.Connection, target: Target) -> Iterator[None]:
    """What goes wrong leaves the place as empty as it was a moment ago."""
    try:
        yield
    except BaseException as error:
        try:
            if snapshot.tables(connection):  # it was empty when we began, and we alone have written into it
                connection.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        except psycopg.Error:
            told = f"{error} The database went away as well: when it is back, start the same restore again."
            raise CopyError(told) from error
        sweep(target)
        target.mark.unlink(missing_ok=True)
        raise


def unpack(
    store: Store, found: Manifest, identities: list, target: Target, progress: Progress
) -> dict[str, bytes]:
    """Every file into its place, hash by hash; gives the hashes."""
    hashes: dict[str, bytes] = {}
    done, root = 0, half(target)
    root.mkdir(mode=0o750, parents=True)
    try:
        for part in found.files:
            for path, data in parts.unpack(parts.fetch(store, part, identities)):
                put(root / path, data)
                hashes[path] = hashlib.sha256(data).digest()
                done += len(data)
                progress("files", done, found.file_bytes)
        os.sync()  # once for all of them
        if target.media.exists():
            target.media.rmdir()
        root.rename(target.media)
    except OSError as error:
        raise NoRoom(f"The files can't be written to {target.folder}: {error.strerror}.") from None
    if len(hashes) < found.file_count:
        raise Damaged(f"The copy should hold {found.file_count} files and holds {len(hashes)}.")
    return hashes


def put(path: Path, data: bytes) -> None:
    missing = [folder for folder in path.parents if not folder.exists()]
    for folder in reversed(missing):  # each by itself: what `parents=True` makes has another mode
        folder.mkdir(mode=0o750)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o640)
    with open(handle, "wb") as file:
        file.write(data)


def load(store: Store, found: Manifest, identities: list, target: Target, progress: Progress) -> None:
    """The dump into pg_restore, as one transaction, each piece checked before it is handed over."""
    with snapshot.connect(target.url) as connection:
        server = connection.info.server_version // 10_000
    if server < found.postgres:
        raise CopyError(
            f"The copy is of PostgreSQL {found.postgres} and the server is {server}: use one as new."
        )
    own = programs.fitting(server, far=programs.is_far(target.url))
    name = psycopg.conninfo.conninfo_to_dict(target.url).get("dbname", "tanggap")
    words = ["pg_restore", "--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges"]
    total = sum(part.size for part in found.database)
    with programs.running(own, target.url, [*words, f"--dbname={name}"], stdin=-1, stdout=-3) as process:
        done = 0
        try:
            for part in found.database:
                process.stdin.write(parts.fetch(store, part, identities))
                done += part.size
                progress("database", done, total)
            process.stdin.close()
        except BrokenPipeError:
            pass  # it says why itself
        if process.wait():
            raise CopyError(f"The database could not be restored: {programs.complaint(process)}")


# ---- is it all there? ----


def verify(
    connection: psycopg.Connection, found: Manifest, target: Target, hashes: dict[str, bytes], older: bool
) -> Brought:
    """Counts every table against the copy's moment, and every file against the database. Raises Damaged."""
    counts = {}
    for table, wanted in found.counts.items():
        counts[table] = one(connection, sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table)))
        if counts[table] != wanted:
            raise Damaged(
                f"{table} should have {wanted} rows and has {counts[table]}: the copy can't be trusted."
            )
    check_files(connection, found, target, hashes)
    day = connection.execute("SELECT day, last FROM tanggap_daynumber ORDER BY day DESC LIMIT 1").fetchone()
    last = connection.execute(
        "SELECT number, received_at FROM tanggap_report ORDER BY received_at DESC, id DESC LIMIT 1"
    ).fetchone()
    return Brought(
        manifest=found, counts=counts, files=found.file_count, reports=counts.get("tanggap_report", 0),
        cases=counts.get("tanggap_case", 0), events=counts.get("tanggap_event", 0),
        last_number=last[0] if last else "", last_day=f"{day[0]}: {day[1]}" if day else "",
        last_report_at=last[1] if last else None, older=older, hashes=hashes,
    )  # fmt: skip


def check_files(
    connection: psycopg.Connection, found: Manifest, target: Target, hashes: dict[str, bytes]
) -> None:
    known_bad, lacking = {*found.missing, *found.damaged}, []
    rows = connection.execute("SELECT path, sha256, copy, public FROM tanggap_upload")
    for path, sha, *made in rows:
        if path not in known_bad and path in hashes and hashes[path] != bytes(sha):
            raise Damaged(f"The photo {path} is not what the citizen sent.")
        named = [name for name in (path, *made) if name and name not in known_bad]
        lacking += [name for name in named if not (target.media / name).is_file()]
    if len(lacking) > found.gone:
        raise Damaged(
            f"{len(lacking)} photos that the database names are not in the copy, {lacking[0]} for one."
        )


def settle(connection: psycopg.Connection, found: Manifest) -> None:
    """The copy's own row was unfinished at its moment; now we know that it was finished."""
    connection.execute(
        "UPDATE tanggap_copy SET finished_at = %s, bytes = %s, files = %s, error = %s WHERE name = %s",
        [found.finished_at, found.size, found.file_count, found.lacks, found.name],
    )


def one(connection: psycopg.Connection, query: Any) -> int:
    row = connection.execute(query).fetchone()
    return row[0] if row else 0
