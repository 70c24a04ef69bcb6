"""Make a copy: hold the database's moment, send its dump and the files it names, write the manifest last.

Broken off anywhere, even by kill -9, it leaves no half copy that looks like a whole one; started again, the parts of
files that already lie in the store are not sent again.
"""

import contextlib
import hashlib
import json
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from django.utils import timezone

from tanggap.copies import erased, manifest, parts, programs, retention, snapshot
from tanggap.copies.errors import CopyError, NoRoom, NotThere
from tanggap.copies.keys import Secrets
from tanggap.copies.manifest import Manifest, Part
from tanggap.copies.snapshot import File, Snapshot
from tanggap.copies.stores import Store
from tanggap.lib.postgres_programs import Programs
from tanggap.models import Copy

Progress = Callable[[str, int, int | None], None]  # what, bytes done, of how many
MB = 2**20
PACKED = 3  # a dump is smaller than the database on the disk, by this much at least
BROKE_OFF = "It broke off."


@dataclass(frozen=True)
class Order:
    """What to copy, where to, for whom. `clock` is the moment of the end: a copy takes its time."""

    url: str
    media: Path
    store: Store
    sealed_to: list[str]
    secrets: Secrets
    rule: retention.Rule | None = None
    progress: Progress = lambda what, done, total: None
    clock: Callable[[], datetime] = timezone.now


@dataclass
class Result:
    manifest: Manifest
    sent: int  # bytes that were new
    removed: list[str]


def backup(order: Order, now: datetime) -> Result:
    """One copy. Raises CopyError: one sentence; the Copy row then says it, too."""
    with snapshot.alone(order.url):
        Copy.objects.filter(finished_at=None, error="").update(error=BROKE_OFF)
        row = Copy.objects.create(name=new_name(now), place=order.store.address[:300], started_at=now)
        try:
            claim(order)
            made, sent = copy(order, row.name)
        except BaseException as error:
            row.error = str(error)[:300] if isinstance(error, CopyError) else BROKE_OFF
            with contextlib.suppress(Exception):  # the database itself may be what broke
                row.save(update_fields=["error"])
            raise
        row.finished_at, row.bytes, row.files = made.finished_at, made.size, made.file_count
        row.error = made.lacks
        row.save()
        removed = retention.thin(order.store, order.rule, order.clock())
        tell_rows(order.store, removed, order.clock())
    return Result(made, sent, removed)


def tell_rows(store: Store, removed: list[str], now: datetime) -> None:
    """What retention removed, and what was proven elsewhere, where the key is."""
    Copy.objects.filter(name__in=removed, removed_at=None).update(removed_at=now)
    for name, at in manifest.proven(store).items():
        Copy.objects.filter(name=name).exclude(rehearsed_at__gte=at).update(rehearsed_at=at)


def new_name(now: datetime) -> str:
    return f"{now:%Y%m%dT%H%M%S}-{secrets.token_hex(3)}"


def claim(order: Order) -> None:
    """A place holds copies of one city: else the retention of one would thin out the other's."""
    with snapshot.taken(order.url) as seen:
        city = seen.city()
    try:
        there = str(json.loads(order.store.get("store.json"))["city"])
    except NotThere:
        order.store.put("store.json", json.dumps({"format": manifest.FORMAT, "city": city}).encode())
        return
    except (ValueError, KeyError, TypeError):
        raise CopyError(
            f"{order.store.address} holds something else: its store.json can't be read."
        ) from None
    if there != city:
        raise CopyError(
            f"{order.store.address} holds copies of {there}, and this is {city}: choose another place."
        )


def copy(order: Order, name: str) -> tuple[Manifest, int]:
    with snapshot.taken(order.url) as seen, parts.Sender(order.store, order.sealed_to) as sender:
        work = Files(order, seen, sender)
        work.look()
        check_room(order, seen, work)
        own = programs.fitting(seen.major, far=programs.is_far(order.url))
        database = dump(order, seen, sender, own)
        work.send()
        sender.settle()
        facts = {
            "city": seen.city(), "snapshot_at": seen.at, "sealed_to": order.sealed_to,
            "postgres": own.major, "erased": erased.named(seen.connection),
            "database_bytes": seen.database_bytes, "counts": seen.counts(), "migrations": seen.migrations(),
        }  # fmt: skip
    work.settle_absent()
    made = Manifest(
        name=name, finished_at=order.clock(), database=database, files=work.used, file_count=work.count,
        file_bytes=work.weight, missing=work.missing, damaged=work.damaged, gone=work.gone, **facts,
    ).signed(order.secrets)  # fmt: skip
    made.write(order.store)
    return made, sender.sent


def check_room(order: Order, seen: Snapshot, work: "Files") -> None:
    free, wanted = order.store.free(), work.new_bytes + seen.database_bytes // PACKED + parts.MARGIN
    if free is not None and free < wanted:
        raise NoRoom(
            f"The copy needs about {wanted // MB} MB and {order.store.address} has {free // MB} MB free: make room, "
            "keep fewer copies (--keep), or choose another place."
        )


# ---- the database ----


def dump(order: Order, seen: Snapshot, sender: parts.Sender, own: Programs) -> list[Part]:
    """pg_dump of the held moment, sent piece by piece as it comes; it never lies on this disk."""
    words = ["pg_dump", "--format=custom", f"--snapshot={seen.id}", "--no-owner", "--no-privileges"]
    words += ["--no-unlogged-table-data", "--lock-wait-timeout=60s"]
    words += [f"--exclude-table-data=public.{table}" for table in snapshot.UNKEPT]
    found: list[Part] = []
    with programs.running(own, order.url, words, stdout=-1) as process:
        done = 0
        for piece in programs.pieces(process.stdout, parts.SIZE):
            found.append(sender.send(piece))
            done += len(piece)
            order.progress("database", done, None)
        if process.wait():
            raise CopyError(f"The database could not be read: {programs.complaint(process)}")
    return found


# ---- files ----


@dataclass
class Files:
    """The files of one moment: which are there already, which are to be sent, which are not on the disk."""

    order: Order
    seen: Snapshot
    sender: parts.Sender
    fresh: list[tuple[File, int]] = field(default_factory=list)
    used: list[Part] = field(default_factory=list)
    absent: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    damaged: list[str] = field(default_factory=list)
    gone: int = 0
    count: int = 0
    weight: int = 0

    @property
    def new_bytes(self) -> int:
        return sum(size for _, size in self.fresh)

    def look(self) -> None:
        there = parts.known(self.order.store, self.order.store.under("parts/"))
        named = {parts.digest(file.path): file for file in self.seen.files()}  # one file may bear two names
        self.used, covered = parts.used_again(there, named)
        for key, file in named.items():
            try:
                size = (self.order.media / file.path).stat().st_size
            except OSError:
                size = -1
            if key in covered:
                self.count, self.weight = self.count + 1, self.weight + max(size, 0)
            elif size < 0:
                self.absent.append(file.path)
            else:
                self.fresh.append((file, size))

    def send(self) -> None:
        """New files, packed by kind. What is gone by the time it is read is looked up at the end."""
        held: list[tuple[str, bytes]] = []
        total, done, weight = self.new_bytes, 0, 0
        for file, data in self._read():
            if data is None or weight >= parts.SIZE:  # the next kind begins, or the part is full
                self._send_part(held)
                held, weight = [], 0
            if data is not None:
                held.append((file.path, data))
                weight += len(data)
                done += len(data)
                self.order.progress("files", done, total)
        self._send_part(held)

    def _read(self) -> Iterator[tuple[File, bytes | None]]:
        kind = ""
        for file, _ in self.fresh:
            if kind and file.kind != kind:
                yield file, None
            kind = file.kind
            try:
                data = (self.order.media / file.path).read_bytes()
            except OSError:  # removed just now, or the disk can't read it
                self.absent.append(file.path)
                continue
            if file.sha256 is not None and hashlib.sha256(data).digest() != file.sha256:
                self.damaged.append(file.path)
            yield file, data

    def _send_part(self, held: list[tuple[str, bytes]]) -> None:
        if held:
            self.used.append(self.sender.send(parts.pack(held), has=[path for path, _ in held]))
            self.count += len(held)
            self.weight += sum(len(data) for _, data in held)

    def settle_absent(self) -> None:
        """Not on the disk: if the database names it no more, a sweep or a person removed it, and that is well."""
        if self.absent:
            with snapshot.connect(self.order.url) as connection:
                named = snapshot.still_named(connection, self.absent)
            self.missing = sorted(named)
            self.gone = len(self.absent) - len(named)
