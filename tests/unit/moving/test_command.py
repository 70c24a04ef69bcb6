"""`tanggap import-cases`: what it prints, and the file of its lines."""

import argparse
import csv

import pytest

from tanggap.cli import main, moving
from tanggap.cli.place import Refused
from tests.cast import NOON
from tests.unit.moving.conftest import ROW

pytestmark = pytest.mark.django_db


def run(old, path, **more: object) -> tuple[object, moving.Lines]:
    args = argparse.Namespace(
        **{"file": path, "source": "", "columns": None, "photos": None, "dry_run": False, **more}
    )
    with moving.Lines(old.folder / "imports", NOON, args.dry_run) as lines:
        result = moving.bring(args, NOON, lines)
        moving.tell(path, result, lines)
    return result, lines


def test_counts_reasons_and_a_file_of_all_lines(old, capsys):
    bad = [{**ROW, "number": f"B-{place}", "status": "entah"} for place in range(25)]
    path = old.file(ROW, *bad, {**ROW, "number": "=cmd|' /C calc'!A0"})
    _result, lines = run(old, path)
    said = capsys.readouterr().out
    assert (
        "Refused: 26\n  line 3, column status: “entah” is not known here; add it to [status] of the mapping"
        in said
    )
    assert "  … and 6 more" in said
    assert (
        "27 rows of cases.csv, source old: 1 came, 0 are here already, 0 differ, 26 refused; 0 photos."
        in said
    )
    assert lines.path.stat().st_mode & 0o777 == 0o600
    with open(lines.path, newline="") as file:
        rows = list(csv.reader(file))
    assert (rows[0], len(rows)) == (["kind", "line", "item", "number", "column", "reason"], 27)
    # a spreadsheet that opens it finds no formula
    assert rows[-1][3] == "'=cmd|' /C calc'!A0"
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row)


def test_a_dry_run_says_so(old, capsys):
    run(old, old.file(ROW), dry_run=True)
    said = capsys.readouterr().out
    assert "1 would come" in said
    assert said.endswith("This was a dry run: nothing was written.\n")


def test_a_file_that_can_t_be_read_is_one_sentence(old):
    with pytest.raises(Refused, match=r"cases.csv: the file is empty. Nothing was written."):
        run(old, old.bytes(b""))


@pytest.mark.parametrize(("args", "reason"), [
    (["--source", "Alt System"], "--source 'Alt System': small letters"),
    (["--photos", "nowhere-at-all"], "nowhere-at-all is no folder of photos."),
])  # fmt: skip
def test_a_wrong_option_is_one_sentence(capsys, args, reason):
    assert main(["import-cases", "x.csv", *args]) == 1
    assert reason in capsys.readouterr().err
