"""Files of an old system, written by the tests themselves."""

import csv
import io
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tanggap.models import Reference
from tanggap.moving import mapping as maps
from tanggap.moving.bring import Line, Result, bring
from tests.cast import NOON

ROW = {
    "number": "L-1", "opened_at": "2026-11-20 09:00", "status": "proses", "words": "Lubang besar di depan pasar.",
    "category": "jalan-rusak", "lat": "-1.99", "lon": "118.01",
}  # fmt: skip


@pytest.fixture(name="old")
def _old(db, tmp_path: Path) -> Iterator["OldSystem"]:
    yield OldSystem(tmp_path)
    Reference.forget()  # where a test moved to another city, its rows are rolled back


class OldSystem:
    """Rows become a file, the file is brought in, and what was said of it is kept."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.lines: list[Line] = []

    def file(
        self, *rows: dict[str, str], between: str = ",", name: str = "cases.csv", encoding: str = "utf-8"
    ) -> Path:
        told = io.StringIO()
        names = list(dict.fromkeys(key for row in rows for key in row))
        writer = csv.DictWriter(told, names, delimiter=between, restval="")
        writer.writeheader()
        writer.writerows(rows)
        return self.bytes(told.getvalue().encode(encoding), name)

    def bytes(self, data: bytes, name: str = "cases.csv") -> Path:
        path = self.folder / name
        path.write_bytes(data)
        return path

    def mapping(self, told: str) -> maps.Mapping:
        path = self.folder / "mapping.toml"
        path.write_text(told)
        return maps.read(path)

    def bring(
        self, path: Path, *, mapping: maps.Mapping | None = None, now: datetime = NOON, **more: Any
    ) -> Result:
        self.lines = []
        return bring(path, mapping=mapping or maps.Mapping(), now=now, tell=self.lines.append, **more)

    def rows(self, *rows: dict[str, str], **more: Any) -> Result:
        """Rows that differ from the usual one in what is given."""
        full = [{**ROW, "number": f"L-{place}", **row} for place, row in enumerate(rows, 1)]
        return self.bring(self.file(*full), **more)

    @property
    def said(self) -> list[str]:
        return [f"{line.kind} {line.words}" for line in self.lines]
