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
from urllib.parse import quote

import psycopg

from bench.place import Place, Rows, hang_up, place, say
from tanggap.copies import keys, manifest, programs, restore

REPORTS = 100
MANY = (
    ("tanggap_event", "", 300_000),
    ("tanggap_inbound", "external_id", 30_000),
)  # table, what differs, rows
PHOTOS = 400
PHOTO_BYTES = 300_000
GOAL = 0.5


def main() -> None:
    rows = Rows()
    with place() as here:
        fill()
        dumped, restored = theirs(here)
        ours(here, rows, dumped, restored)
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


def theirs(here: Place) -> tuple[float, float]:
    """Seconds of pg_dump into a file and of pg_restore from it, the better of two each."""
    target = here.folder / "theirs.dump"
    folder, environment = own(here, here.server.dsn_url)
    words = [str(folder / "pg_dump"), "--format=custom", "--no-unlogged-table-data", f"--file={target}"]
    dumped = min(timed(lambda: subprocess.run(words, env=environment, check=True)) for _ in range(2))
    taken = []
    for turn in range(2):
        folder, environment = own(here, url(here, f"theirs{turn}"))
        words = [str(folder / "pg_restore"), "--single-transaction", "--exit-on-error", "--no-owner"]
        words += [f"--dbname=theirs{turn}", str(target)]
        taken.append(timed(lambda words=words, env=environment: subprocess.run(words, env=env, check=True)))
    say(f"  pg_dump {dumped:.2f} s, pg_restore {min(taken):.2f} s, {target.stat().st_size / 2**20:.0f} MB")
    return dumped, min(taken)


def ours(here: Place, rows: Rows, dumped: float, restored: float) -> None:
    from tanggap.copies.backup import Order, backup
    from tanggap.copies.stores import Folder

    secret, public = keys.make_pair()
    key = here.folder / "key.txt"
    key.write_text(secret)
    order = Order(
        here.server.dsn_url, here.folder / "media", Folder(here.folder / "store"), [public],
        keys.Secrets.read(os.environ),
    )  # fmt: skip
    copied = min(timed(lambda: backup(order, datetime.now(UTC))) for _ in range(2))
    rows.add("backup.rate", dumped / copied, "x pg_dump's own", f">= {GOAL}", dumped / copied >= GOAL)
    taken = []
    for turn in range(2):
        target = restore.Target(url(here, f"ours{turn}"), here.folder / f"ours{turn}")
        found = manifest.choose(order.store, None)
        taken.append(timed(lambda found=found, to=target: restore.restore(order.store, found, key, to)))
    ratio = restored / min(taken)
    rows.add("restore.rate", ratio, "x pg_restore's own", f">= {GOAL}", ratio >= GOAL)
    with_photos(here, rows, replace(order, store=Folder(here.folder / "photos")), key)


def with_photos(here: Place, rows: Rows, order, key: Path) -> None:
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
