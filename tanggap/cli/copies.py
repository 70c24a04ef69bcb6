"""`tanggap backup`, `backup-key`, `restore`, `copies`, `rehearse`: safety copies by hand and by timer."""

import argparse
import contextlib
import os
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tanggap.cli import place

Args = argparse.Namespace
MB = 2**20


def add(verb: Callable[..., argparse.ArgumentParser]) -> None:
    """These commands' words, for the parser."""
    made = verb("backup", backup, "make a safety copy of database and files, sealed to a key")
    made.add_argument("dest", metavar="DEST", help="a folder, or s3://bucket/prefix")
    made.add_argument(
        "--to-key", action="append", default=[], metavar="age1…", help="else $TANGGAP_BACKUP_KEY"
    )
    made.add_argument(
        "--keep", metavar="daily=7,weekly=4,monthly=12", help="remove older copies by this rule"
    )
    key = verb("backup-key", backup_key, "make a pair of keys for safety copies")
    key.add_argument(
        "--file", type=Path, help="write the secret half into this new file instead of printing it"
    )
    back = verb("restore", restore, "bring a safety copy back, into an empty place only")
    _source(back)
    back.add_argument(
        "--secrets-lost", action="store_true", help="even where the city's secrets are gone for good"
    )
    _source(verb("rehearse", rehearse, "prove a safety copy: bring it back into a temporary server"))
    listed = verb("copies", copies, "list safety copies: age, size, last rehearsal")
    listed.add_argument("source", nargs="?", metavar="SRC", help="look there instead of asking the database")


def _source(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("source", metavar="SRC", help="a folder, or s3://bucket/prefix")
    parser.add_argument("--copy", metavar="NAME", help="else the newest")
    parser.add_argument("--key", type=Path, required=True, metavar="FILE", help="the secret half of the key")


def backup_key(args: Args) -> int:
    from tanggap.copies import keys

    secret, public = keys.make_pair()
    if args.file:
        try:
            handle = os.open(args.file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            raise place.Refused(f"{args.file} exists already: a key is never overwritten.") from None
        with open(handle, "w") as file:
            file.write(f"# opens the copies sealed to {public}\n{secret}\n")
            file.flush()
            os.fsync(handle)
    print(f"Public half, for TANGGAP_BACKUP_KEY on the city's machine:\n  {public}\n")
    print(f"Secret half, in {args.file}." if args.file else f"Secret half, shown this once:\n  {secret}")
    print(
        "\nKeep the secret half off the city's machine, in two places, together with TANGGAP_SECRET_KEY,\n"
        "TANGGAP_SEAL_KEYS and TANGGAP_TRACKING_KEY. Without it no copy can be opened, by nobody."
    )
    return 0


def backup(args: Args) -> int:
    from tanggap.copies import keys, retention
    from tanggap.copies.stores import open_store

    with refusing(), place.django():
        from django.conf import settings

        from tanggap.copies.backup import Order
        from tanggap.copies.backup import backup as make

        with Sizes() as bars:
            order = Order(
                url=os.environ["DATABASE_URL"],
                media=Path(settings.MEDIA_ROOT),
                store=open_store(args.dest),
                sealed_to=keys.recipients(",".join(args.to_key) or settings.BACKUP_KEY),
                secrets=keys.Secrets.read(os.environ),
                rule=retention.Rule.parse(args.keep) if args.keep is not None else None,
                progress=bars.show,
            )
            done = make(order, datetime.now(UTC))
    made = done.manifest
    print(f"Copy {made.name} is whole in {order.store.address}.")
    print(
        f"  {made.counts.get('tanggap_report', 0)} reports, {made.file_count} files, {size(made.size)}; ",
        end="",
    )
    print(f"{size(done.sent)} of it new. It holds everything up to {moment(made.snapshot_at)}.")
    if made.gone:
        print(f"  {made.gone} files were removed by the city itself in the meantime.")
    if done.removed:
        print(f"  Removed by --keep: {', '.join(done.removed)}.")
    if made.lacks:
        print(f"  ! {made.lacks}: {', '.join([*made.missing, *made.damaged][:5])}")
    return 0


def restore(args: Args) -> int:
    from tanggap.copies import manifest
    from tanggap.copies.keys import Secrets
    from tanggap.copies.restore import Target
    from tanggap.copies.restore import restore as bring
    from tanggap.copies.stores import open_store

    ours = not os.environ.get("DATABASE_URL")
    with refusing():
        store, folder = open_store(args.source), place.data()
        if place.running(folder):
            raise place.Refused(f"Tanggap runs in {folder}: stop it first, and restore into an empty place.")
        found = manifest.choose(store, args.copy)
        place.use_secrets(folder)
        if len(os.environ.get("TANGGAP_SECRET_KEY", "")) < 32:
            raise place.Refused(
                "TANGGAP_SECRET_KEY is missing: set the city's own, or a new one (`tanggap secrets`)."
            )
        secrets = None if args.secrets_lost else Secrets.read(os.environ)
        if secrets:
            found.check(secrets)
        with place.database() as server, Sizes() as bars:
            target = Target(server.dsn_url, folder, ours)
            brought = bring(store, found, args.key, target, bars.show)
    print(f"Copy {found.name} of {found.city} is back in {folder}.")
    tell(brought)
    if args.secrets_lost:
        print("  The secrets were not checked: without the city's own, links and sealed names stay closed.")
    print("  Everybody logs in anew.")
    with refusing(), place.django():
        forget_again(store, brought, secrets)
    return 0


def forget_again(store, brought, secrets) -> None:
    """People erased since; first the tables are brought to this version, or the deed could not be done."""
    from django.core.management import call_command

    from tanggap.copies import erased

    if brought.older:
        call_command("migrate", interactive=False, verbosity=0)
        print("  Its tables were brought to this version.")
    people = erased.since(store, brought.manifest, secrets)
    if people and secrets is None:
        print(
            f"  ! {len(people)} people were erased after this copy was made, and can't be without the secrets."
        )
    elif people:
        count = erased.forget_again(people, datetime.now(UTC))
        print(f"  {count} people who were erased after this copy was made are forgotten again.")


def rehearse(args: Args) -> int:
    from tanggap.copies import manifest
    from tanggap.copies.rehearse import check_secrets
    from tanggap.copies.rehearse import rehearse as prove
    from tanggap.copies.stores import open_store

    now = datetime.now(UTC)
    with refusing():
        store, folder = open_store(args.source), Path(os.environ.get("TANGGAP_DATA") or "./var").absolute()
        found = manifest.choose(store, args.copy)
        place.use_secrets(folder)
        checked = check_secrets(found, os.environ)
        with Sizes() as bars:
            brought = prove(store, found, args.key, now, bars.show)
    print(f"Copy {found.name} of {found.city} came back whole in a temporary server.")
    tell(brought)
    if not checked:
        print("  The city's secrets are not on this machine and were not checked.")
    if os.environ.get("DATABASE_URL") or (folder / "postgres").is_dir():
        with place.django():
            from tanggap.models import Copy

            Copy.objects.filter(name=found.name).update(rehearsed_at=now)
    return 0


def tell(brought) -> None:
    made = brought.manifest
    print(
        f"  {brought.reports} reports, {brought.cases} cases, {brought.events} events, {brought.files} files;"
    )
    print(f"  all rows of {len(brought.counts)} tables counted, all hashes equal.")
    if brought.last_number:
        print(f"  Last report {brought.last_number}, received {moment(brought.last_report_at)}.")
        print(f"  Last number of the last day, {brought.last_day}.")
    print(f"  Everything up to {moment(made.snapshot_at)}; what came later is not in it.")
    if made.lacks:
        print(f"  ! In the city itself {made.lacks} already when the copy was made.")


def copies(args: Args) -> int:
    rows = _from_store(args.source) if args.source else _from_database()
    if not rows:
        print("There is no safety copy.")
        return 0
    width = max(len(row[0]) for row in rows)
    print(f"{'copy':<{width}}  {'age':>9}  {'size':>9}  {'files':>7}  {'rehearsed':<20}  state")
    for name, age, bytes_, files, rehearsed, state in rows:
        print(f"{name:<{width}}  {age:>9}  {bytes_:>9}  {files:>7}  {rehearsed:<20}  {state}")
    return 0


def _from_store(source: str) -> list[tuple]:
    from tanggap.copies import manifest, parts
    from tanggap.copies.errors import Damaged
    from tanggap.copies.stores import open_store

    now = datetime.now(UTC)
    rows: list[tuple] = []
    with refusing():
        store = open_store(source)
        proven, there = manifest.proven(store), store.under("parts/")
        for name in reversed(manifest.names(store)):
            try:
                made = manifest.read(store, name)
            except Damaged as error:
                rows.append((name, "", "", "", "", str(error)))
                continue
            lost = parts.lost(made.parts, there)
            state = f"{lost} parts are missing or cut off" if lost else made.lacks or "whole"
            rows.append((
                name, span(now - made.finished_at), size(made.size), made.file_count, moment(proven.get(name)), state,
            ))  # fmt: skip
    return rows


def _from_database() -> list[tuple]:
    now = datetime.now(UTC)
    with refusing(), place.django():
        from tanggap.models import Copy

        return [
            (
                row.name, span(now - (row.finished_at or row.started_at)), size(row.bytes), row.files,
                moment(row.rehearsed_at), _state(row),
            )
            for row in Copy.objects.order_by("-started_at", "-id")[:100]
        ]  # fmt: skip


def _state(row) -> str:
    if row.removed_at:
        return f"removed {moment(row.removed_at)}"
    if row.finished_at is None:
        return row.error or "under way"
    return f"{row.error or 'whole'}, in {row.place}"


# ---- words ----


class Sizes:
    """One bar for the files and one for the database, in bytes."""

    def __init__(self) -> None:
        self.bars: dict[str, Any] = {}

    def __enter__(self) -> "Sizes":
        return self

    def __exit__(self, *_: object) -> None:
        for bar in self.bars.values():
            bar.close()

    def show(self, what: str, done: int, total: int | None) -> None:
        from tqdm import tqdm

        if what not in self.bars:
            # in a timer's journal each step is a line of its own: few are enough
            pause = 0.2 if sys.stderr.isatty() else 10
            told = {
                "desc": f"  {what:<10}",
                "unit": "B",
                "unit_scale": True,
                "ncols": 78,
                "mininterval": pause,
            }
            self.bars[what] = tqdm(total=total, **told)
        self.bars[what].update(done - self.bars[what].n)


@contextlib.contextmanager
def refusing() -> Iterator[None]:
    from django.db.utils import ProgrammingError
    from psycopg.errors import UndefinedTable

    from tanggap.copies.errors import CopyError

    try:
        yield
    except CopyError as error:
        raise place.Refused(str(error)) from None
    except (ProgrammingError, UndefinedTable):
        raise place.Refused(
            "This database has no tables of this version: run `tanggap migrate` first."
        ) from None


def moment(at: datetime | None) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC") if at else "never"


def size(count: int) -> str:
    return f"{count / 2**30:.1f} GB" if count >= 2**30 else f"{count / MB:.1f} MB"


def span(age: timedelta) -> str:
    hours = int(age.total_seconds() // 3600)
    if hours < 1:
        return f"{max(0, int(age.total_seconds() // 60))} min"
    return f"{hours} h" if hours < 48 else f"{hours // 24} days"
