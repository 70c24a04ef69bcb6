"""`tanggap import-cases`: the cases of an old system, with their numbers, dates, hand-overs and photos."""

import argparse
import csv
import os
import re
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

from tanggap.cli import place

SHOWN = 20  # lines of each kind on the screen; all of them stand in the file
SOURCE = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
FORMULA = ("=", "+", "-", "@", "\t", "\r")
HEADINGS = {
    "refused": "Refused",
    "differs": "Differs from what is here, left alone",
    "note": "Came, with something to know",
}


def add(verb: Callable[..., argparse.ArgumentParser]) -> None:
    own = verb(
        "import-cases", import_cases, "bring in the cases of an old system; the same again changes nothing"
    )
    own.add_argument(
        "file", type=Path, help="CSV with our columns (docs/moving-in.md), or Jakarta's public JSON"
    )
    own.add_argument(
        "--source", default="", metavar="NAME", help="the old system's name: a number comes once from it"
    )
    own.add_argument(
        "--columns", type=Path, metavar="MAPPING.toml", help="which of their columns and words are ours"
    )
    own.add_argument("--photos", type=Path, metavar="DIR", help="folder of the photos that the file names")
    own.add_argument("--dry-run", action="store_true", help="do all but write")


def import_cases(args: argparse.Namespace) -> int:
    if args.source and not SOURCE.fullmatch(args.source):
        raise place.Refused(
            f"--source {args.source!r}: small letters, digits and - make a name, at most 40 signs."
        )
    if args.photos and not args.photos.is_dir():
        raise place.Refused(f"{args.photos} is no folder of photos.")
    with place.django():
        from tanggap.models import City

        if not City.objects.exists():
            raise place.Refused("No city is loaded, so no case has a place. First: tanggap load FOLDER")
        now = datetime.now(UTC)
        with Lines(place.data() / "imports", now, args.dry_run) as lines:
            result = bring(args, now, lines)
        tell(args.file, result, lines)
    return 0 if result.clean else 1


def bring(args: argparse.Namespace, now: datetime, lines: "Lines") -> Any:
    from tanggap.cli.commands import Bars
    from tanggap.moving import bring as moving
    from tanggap.moving import mapping
    from tanggap.moving.source import BadFile

    try:
        columns = mapping.read(args.columns)
        if columns.source and not SOURCE.fullmatch(columns.source):
            raise place.Refused(f"{columns.file}, source: small letters, digits and - make a name.")
        with Bars() as bars:
            return moving.bring(args.file, mapping=columns, now=now, tell=lines.take, source=args.source,
                                photo_folder=args.photos, dry=args.dry_run, progress=bars.show)  # fmt: skip
    except (BadFile, mapping.BadMapping) as error:
        raise place.Refused(f"{error}. Nothing was written.") from None
    except moving.AlreadyRuns:
        raise place.Refused("Another import is running in this database; wait for its end.") from None


class Lines:
    """What is said of single rows: all of it into a file of the data folder, the first ones onto the screen.

    The file is made with the first line, readable by its owner alone: cells of a citizen's row may stand in reasons.
    """

    def __init__(self, folder: Path, now: datetime, dry: bool):
        self.path = folder / f"{now:%Y%m%d-%H%M%S}{'-dry' if dry else ''}.csv"
        self.shown: dict[str, list[str]] = {kind: [] for kind in HEADINGS}
        self.counts: Counter[str] = Counter()
        self.file: TextIO | None = None
        self.writer: Any = None

    def __enter__(self) -> "Lines":
        return self

    def __exit__(self, *_: object) -> None:
        if self.file:
            self.file.close()

    def take(self, line: Any) -> None:
        if self.file is None:
            self.path.parent.mkdir(mode=0o700, exist_ok=True)
            handle = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            self.file = open(handle, "w", encoding="utf-8", errors="replace", newline="")  # noqa: SIM115
            self.writer = csv.writer(self.file)
            self.writer.writerow(("kind", "line", "item", "number", "column", "reason"))
        row = (line.kind, line.row.line, line.row.item or "", line.number[:60], line.column, line.reason)
        self.writer.writerow([harmless(str(cell)) for cell in row])
        self.counts[line.kind] += 1
        if len(self.shown[line.kind]) < SHOWN:
            self.shown[line.kind].append(line.words)


def harmless(cell: str) -> str:
    """A spreadsheet takes what begins so for a formula."""
    return f"'{cell}" if cell.startswith(FORMULA) else cell


def tell(file: Path, result: Any, lines: Lines) -> None:
    for note in result.notes:
        print(f"{file.name}: {note}")
    for kind, heading in HEADINGS.items():
        if lines.counts[kind]:
            print(f"{heading}: {lines.counts[kind]}")
            for words in lines.shown[kind]:
                print(f"  {words}")
            if lines.counts[kind] > SHOWN:
                print(f"  … and {lines.counts[kind] - SHOWN} more")
    if lines.file:
        print(f"Every line of these: {lines.path}")
    came, counts = result.came, result.counts
    what = "would come" if result.dry else "came"
    print(f"{result.rows} rows of {file.name}, source {result.source}: {came} {what}, "
          f"{counts['same']} are here already, {counts['differs']} differ, "
          f"{counts['refused']} refused; {result.photos} photos.")  # fmt: skip
    if came:
        print("  " + ", ".join(f"{count} {status}" for status, count in sorted(result.statuses.items())))
    elif result.rows and counts["same"] == result.rows:
        print("Everything in this file is here already; nothing was changed.")
    if result.dry:
        print("This was a dry run: nothing was written.")
