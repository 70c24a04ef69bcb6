"""The run: an old system's file is read to its end once before anything is written, then brought in by batches that
commit whole. Whoever was stopped in the middle runs it again: a case that is there is left alone."""

import gc
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.db import DataError, IntegrityError, connection, transaction

from tanggap import ledger
from tanggap.models import THE_MACHINE, Report
from tanggap.moving import photos
from tanggap.moving.history import account, bind
from tanggap.moving.mapping import Mapping
from tanggap.moving.old import Old, Reader, Wrong, own_day
from tanggap.moving.source import Row, any_source
from tanggap.moving.values import told

BATCH = 2_000
LOCK = 7_300_510  # one import at a time
DEFAULT_SOURCE = "old"
CAME, SAME, DIFFERS, REFUSED, NOTE = "came", "same", "differs", "refused", "note"

Progress = Callable[[str, int, int], None]
Tell = Callable[["Line"], None]

SEEN = "SELECT external_id, hash FROM tanggap_inbound WHERE account = %s AND external_id = ANY(%s)"
RAISE = """
INSERT INTO tanggap_daynumber (day, last) SELECT * FROM unnest(%s::date[], %s::int[])
ON CONFLICT (day) DO UPDATE SET last = greatest(tanggap_daynumber.last, EXCLUDED.last)"""


class AlreadyRuns(Exception):
    """Another import is at work in this database."""


@dataclass(frozen=True)
class Line:
    """What is said of one row."""

    row: Row
    kind: str
    number: str
    column: str
    reason: str

    @property
    def words(self) -> str:
        column = f", column {self.column}" if self.column else ""
        return f"{self.row.where}{column}: {self.reason}"


@dataclass
class Result:
    """Counts of a run. `came` is what was written, or in a dry run what would be."""

    source: str
    dry: bool
    rows: int = 0
    counts: Counter = field(default_factory=Counter)
    statuses: Counter = field(default_factory=Counter)
    photos: int = 0
    notes: list[str] = field(default_factory=list)  # of the file as a whole

    @property
    def came(self) -> int:
        return self.counts[CAME]

    @property
    def clean(self) -> bool:
        return not (self.counts[REFUSED] or self.counts[DIFFERS])


@dataclass
class Run:
    source: str
    file: str
    reader: Reader
    folder: photos.Folder
    now: datetime
    tell: Tell
    result: Result

    def bring(self, rows: Iterator[Row], progress: Progress) -> None:
        numbers, done = Numbers(), 0
        for batch in batches(rows):
            olds = [old for row in batch if (old := self.understood(row, numbers)) is not None]
            self.write(self.new(olds))
            done += len(batch)
            progress("cases", done, self.result.rows)

    def say(self, row: Row, kind: str, column: str, reason: str, number: str = "") -> None:
        if kind != NOTE:
            self.result.counts[kind] += 1
        self.tell(Line(row, kind, number or row.cells.get("number", ""), column, reason))

    def understood(self, row: Row, numbers: "Numbers") -> Old | None:
        try:
            old = self.reader.read(row)
        except Wrong as error:
            self.say(row, REFUSED, error.column, error.reason)
            return None
        first = numbers.first(old.number, row.where)
        if first != row.where:
            self.say(row, REFUSED, "number", f"{told(old.number)} stands in {first} already", old.number)
            return None
        return old

    def new(self, olds: list[Old]) -> list[Old]:
        """Those that are not here yet: the same again is passed over, a row that changed is named and left alone."""
        numbers = [old.number for old in olds]
        with connection.cursor() as cursor:
            cursor.execute(SEEN, [account(self.source), numbers])
            seen = {number: bytes(digest) for number, digest in cursor.fetchall()}
        missing = [number for number in numbers if number not in seen]
        taken = set(Report.objects.filter(number__in=missing).values_list("number", flat=True))
        found = []
        for old in olds:
            if old.number in taken:
                reason = f"{told(old.number)} is the number of another report here; give a prefix"
                self.say(old.row, REFUSED, "number", reason, old.number)
            elif old.number not in seen:
                found.append(old)
            elif seen[old.number] == old.digest:
                self.result.counts[SAME] += 1
            else:
                reason = "the row differs from what was brought in; the case here is left as it is"
                self.say(old.row, DIFFERS, "", reason, old.number)
        return found

    def write(self, olds: list[Old]) -> None:
        if not olds:
            return
        chosen = {old.number: self.folder.choose(old) for old in olds}
        if not self.result.dry:
            olds = self.written(olds, chosen)
        for old in olds:
            self.result.counts[CAME] += 1
            self.result.statuses[old.status] += 1
            self.result.photos += len(chosen[old.number])
            for note in old.notes:
                column, _, reason = note.partition(": ")
                self.say(old.row, NOTE, column, reason, old.number)

    def written(self, olds: list[Old], chosen: dict[str, list[tuple[str, Path]]]) -> list[Old]:
        """The batch, whole. What the database refuses is halved until the one row is found that it refuses."""
        try:
            self.commit(olds, chosen)
            return olds
        except (DataError, IntegrityError, ledger.BadHistory) as error:
            if len(olds) == 1:
                self.say(
                    olds[0].row,
                    REFUSED,
                    "",
                    f"the database refuses it ({type(error).__name__})",
                    olds[0].number,
                )
                return []
        half = len(olds) // 2
        return self.written(olds[:half], chosen) + self.written(olds[half:], chosen)

    def commit(self, olds: list[Old], chosen: dict[str, list[tuple[str, Path]]]) -> None:
        bound = bind(self.source, self.now, olds)
        kept = {
            number: photos.keep(files, bound.bound[number][0], self.now)
            for number, files in chosen.items()
            if files and number in bound.bound
        }
        with transaction.atomic():
            ledger.restore(bound.tables(), source=self.source, by=THE_MACHINE, now=self.now)
            raise_day_numbers(olds, self.reader.city.prefix)
            for number, uploads in kept.items():
                _draft, report, followup = bound.bound[number]
                photos.claim(uploads, report, followup, self.now)


class Numbers:
    """In which line a number stood first: a file of its own, because a million numbers are too many to hold."""

    def __init__(self) -> None:
        self.kept = sqlite3.connect("")  # a temporary file, gone with us
        self.kept.execute("CREATE TABLE numbers (number TEXT PRIMARY KEY, place TEXT) WITHOUT ROWID")

    def first(self, number: str, place: str) -> str:
        added = self.kept.execute("INSERT OR IGNORE INTO numbers VALUES (?, ?)", (number, place))
        if added.rowcount:
            return place
        return self.kept.execute("SELECT place FROM numbers WHERE number = ?", (number,)).fetchone()[0]


def raise_day_numbers(olds: list[Old], prefix: str) -> None:
    """Old numbers that look like this city's own, of days that are over: ours never give them again."""
    last: dict[date, int] = {}
    for old in olds:
        if found := own_day(old.number, prefix):
            last[found[0]] = max(last.get(found[0], 0), found[1])
    if last:
        with connection.cursor() as cursor:
            cursor.execute(RAISE, [sorted(last), [last[day] for day in sorted(last)]])


def batches(rows: Iterator[Row]) -> Iterator[list[Row]]:
    batch: list[Row] = []
    for row in rows:
        batch.append(row)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


@contextmanager
def alone() -> Iterator[None]:
    """One import at a time, without the limits that a page's statements have."""
    usual = gc.get_threshold()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
        if not cursor.fetchone()[0]:
            raise AlreadyRuns
        cursor.execute("SET statement_timeout = 0; SET lock_timeout = 0")
    gc.set_threshold(50_000, 20, 50)
    try:
        yield
    finally:
        gc.set_threshold(*usual)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])
            cursor.execute("RESET statement_timeout; RESET lock_timeout")


def bring(
    path: Path, *, mapping: Mapping, now: datetime, tell: Tell, source: str = "", photo_folder: Path | None = None,
    dry: bool = False, progress: Progress | None = None,
) -> Result:  # fmt: skip
    """Bring the cases of a file in. `tell` hears of every row that is refused, differs, or came with something amiss.

    Raises BadFile or BadMapping before anything is written, AlreadyRuns while another import is at work.
    """
    show = progress or (lambda what, done, total: None)
    source = source or mapping.source or DEFAULT_SOURCE
    found: Any = any_source(path, mapping)
    result = Result(source, dry, notes=found.notes)
    reader = Reader(mapping, now)
    for _row in found.rows():
        result.rows += 1
        if result.rows % 5_000 == 0:
            show("reading", result.rows, result.rows)
    show("reading", result.rows, result.rows)
    run = Run(source, path.name, reader, photos.Folder(photo_folder), now, tell, result)
    with alone():
        run.bring(found.rows(), show)
        if result.came and not dry:
            write_down(run)
    return result


@transaction.atomic
def write_down(run: Run) -> None:
    """One Change for the run; each batch has one of its own that names its range of cases."""
    result = run.result
    after = {"file": run.file[:200], "photos": result.photos}
    after |= {kind: result.counts[kind] for kind in (CAME, SAME, DIFFERS, REFUSED)}
    ledger.change(f"import:{run.source}", "add", before={}, after=after, by=THE_MACHINE, now=run.now,
                  reason="moved in")  # fmt: skip
