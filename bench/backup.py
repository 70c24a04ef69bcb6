"""Safety copies against PostgreSQL's own programs, on the same database and the same disk: how much of pg_dump's rate
is left when each piece is sealed, hashed, synced and counted, and of pg_restore's when all that is checked again.

Photos are measured by themselves: megabytes a second out and back, and what the second night costs.
"""

import os
import secrets
import shutil
import subprocess
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg

from bench.place import Place, Rows, hang_up, place, say
from tanggap.copies import keys, manifest, programs, restore
from tanggap.copies.stores import Folder

REPORTS = 40
MANY = (
    ("tanggap_event", "", 300_000),
    ("tanggap_inbound", "external_id", 30_000),
)  # table, what differs, rows
PHOTOS = 400
PHOTO_BYTES = 300_000
GOAL = 0.5
TURNS = 2


def main() -> None:
    rows = Rows()
    with place() as here:
        fill()
        measure(here, rows)
    rows.tell()


def fill() -> None:
    """A lived week, and its events and raw words many times over: what fills a city's database in years."""
    from tanggap.demo.simulate import simulate

    began = time.monotonic()
    simulate(REPORTS, 7, 1, datetime.now(UTC), fast=True, photos=0)
    hang_up()
    with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
        for table, vary, rows in MANY:
            columns = [
                name
                for (name,) in connection.execute(
                    "SELECT column_name::text FROM information_schema.columns WHERE table_name = %s"
                    " AND column_name <> 'id'", [table],
                )
            ]  # fmt: skip
            taken = ", ".join(f"{vary} || '-' || turn" if name == vary else name for name in columns)
            connection.execute(
                f"INSERT INTO {table} ({', '.join(columns)}) SELECT {taken} FROM {table},"
                f" generate_series(1, %s / (SELECT greatest(1, count(*))::int FROM {table})) AS turn", [rows],
            )  # fmt: skip
    say(f"  filled in {time.monotonic() - began:.0f} s")


def url(here: Place, database: str) -> str:
    with psycopg.connect(here.server.url("postgres"), autocommit=True) as server:
        server.execute(f"CREATE DATABASE {database}")
    return here.server.dsn_url.replace("/tanggap?", f"/{quote(database)}?")


def own(here: Place, address: str) -> tuple[Path, dict[str, str]]:
    with psycopg.connect(here.server.dsn_url) as connection:
        found = programs.fitting(connection.info.server_version // 10_000, far=False)
    return found.bin, programs.environment(found, address)


def measure(here: Place, rows: Rows) -> None:
    """Theirs and ours in turns, so that a busy moment of the machine hits both; of each the best counts."""
    from tanggap.copies.backup import Order, backup

    secret, public = keys.make_pair()
    key, target = here.folder / "key.txt", here.folder / "theirs.dump"
    key.write_text(secret)
    order = Order(
        here.server.dsn_url, here.folder / "media", Folder(here.folder / "store"), [public],
        keys.Secrets.read(os.environ),
    )  # fmt: skip
    dumped, copied, restored, brought = [], [], [], []
    for _ in range(TURNS):
        dumped.append(timed(lambda: dump(here, target)))
        copied.append(timed(lambda: backup(order, datetime.now(UTC))))
    found = manifest.choose(order.store, None)
    for turn in range(TURNS):
        own_url, our_url = url(here, f"theirs{turn}"), url(here, f"ours{turn}")
        restored.append(timed(lambda to=own_url: load(here, target, to)))
        place_of_ours = restore.Target(our_url, here.folder / f"ours{turn}")
        brought.append(timed(lambda to=place_of_ours: restore.restore(order.store, found, key, to)))
    say(
        f"  pg_dump {min(dumped):.2f} s, pg_restore {min(restored):.2f} s, {target.stat().st_size / 2**20:.0f} MB"
    )
    for name, theirs, ours, program in (
        ("backup.rate", dumped, copied, "pg_dump"),
        ("restore.rate", restored, brought, "pg_restore"),
    ):
        ratio = min(theirs) / min(ours)
        rows.add(name, ratio, f"x {program}'s own", f">= {GOAL}", ratio >= GOAL)
    with_photos(here, rows, replace(order, store=Folder(here.folder / "photos")), key)


def dump(here: Place, target: Path) -> None:
    folder, environment = own(here, here.server.dsn_url)
    words = [str(folder / "pg_dump"), "--format=custom", "--no-unlogged-table-data", f"--file={target}"]
    subprocess.run(words, env=environment, check=True)


def load(here: Place, target: Path, address: str) -> None:
    folder, environment = own(here, address)
    words = [str(folder / "pg_restore"), "--single-transaction", "--exit-on-error", "--no-owner"]
    words += [f"--dbname={environment['PGDATABASE']}", str(target)]
    subprocess.run(words, env=environment, check=True)


def with_photos(here: Place, rows: Rows, order: Any, key: Path) -> None:
    from tanggap.copies.backup import backup

    draw(Path(order.media))
    seen: list[tuple[float, int]] = []  # when how many bytes of photos were read, sealed and on their way

    def watch(what: str, done: int, _: int | None) -> None:
        if what == "files":
            seen.append((time.monotonic(), done))

    backup(replace(order, progress=watch), datetime.now(UTC))
    rate = (seen[-1][1] - seen[0][1]) / 2**20 / (seen[-1][0] - seen[0][0])
    rows.add("backup.photos", rate, "MB/s of photos, the first night")
    again = backup(order, datetime.now(UTC))
    rows.add("backup.again", again.sent / 2**20, f"MB sent the second night, {PHOTOS} photos there already")
    target = restore.Target(url(here, "photos"), here.folder / "photos-back")
    found = manifest.choose(order.store, None)
    taken = timed(lambda: restore.restore(order.store, found, key, target))
    rows.add("restore.all", taken, f"s for {found.file_count} photos and the database, each hash checked")
    shutil.rmtree(target.folder)


def draw(media: Path) -> None:
    """Noise is what JPEG looks like to a disk and a cipher; no row needs to be able to show it."""
    from uuid import uuid4

    from tanggap.lib import files
    from tanggap.models import Report, Upload

    report, now = Report.objects.first(), datetime.now(UTC)
    made = []
    for _ in range(PHOTOS):
        data = secrets.token_bytes(PHOTO_BYTES)
        path = files.store_bytes(media, data, ".jpg")
        made.append(
            Upload(uuid=uuid4(), report=report, path=path, kind="jpeg", size=len(data),
                   sha256=files.sha256(data), state=Upload.READY, at=now)
        )  # fmt: skip
    Upload.objects.bulk_create(made)


def timed(work) -> float:
    began = time.monotonic()
    work()
    return time.monotonic() - began


if __name__ == "__main__":
    main()
