"""An old system's file, read row by row whatever its encoding and signs between columns: never the whole of it at
once. What makes the whole file unreadable is BadFile, with file and line; what is wrong with one row is told of it."""

import codecs
import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tanggap.moving.mapping import NEEDED, Mapping

LONGEST_LINE = 2**20  # signs; a longer one is no table
BLOCK = 2**20
PACKED = {
    b"PK\x03\x04": "an Excel workbook or an archive; save the sheet as CSV UTF-8",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook; save the sheet as CSV UTF-8",
    b"\x1f\x8b": "packed by gzip; unpack it first",
    b"%PDF": "a PDF",
}
MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
BETWEEN = (",", ";", "\t", "|")


class BadFile(Exception):
    """A file of which nothing can be taken. `line` 0 means the whole of it."""

    def __init__(self, file: str, line: int, reason: str):
        super().__init__(f"{file}{f', line {line}' if line else ''}: {reason}")
        self.file, self.line, self.reason = file, line, reason


@dataclass
class Row:
    """One case as the file has it: its cells by our names of columns. `problem` is what makes the row unreadable;
    `item` counts the objects of a JSON file, which may all stand in one line."""

    line: int
    cells: dict[str, str] = field(default_factory=dict)
    problem: str = ""
    item: int = 0

    @property
    def where(self) -> str:
        return f"line {self.line}" + (f", case {self.item}" if self.item else "")


def encoding_of(path: Path) -> tuple[str, int]:
    """The file's encoding, and for one that is not UTF-8 the line that tells so (else 0). Raises BadFile."""
    with open(path, "rb") as file:
        head = file.read(4096)
    if not head.strip(b"\x00\t\r\n "):
        raise BadFile(path.name, 0, "the file is empty")
    for magic, what in PACKED.items():
        if head.startswith(magic):
            raise BadFile(path.name, 0, f"this is {what}")
    for mark, encoding in MARKS:
        if head.startswith(mark):
            return encoding, 0
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if max(even, odd) > len(head) // 5:  # half of all bytes are zero where each sign takes two
        return ("utf-16-be" if even > odd else "utf-16-le"), 0
    wrong = first_wrong_line(path, "utf-8")
    if not wrong:
        return "utf-8", 0
    lost = first_wrong_line(path, "cp1252")
    if lost:
        raise BadFile(path.name, lost, f"neither UTF-8 (wrong in line {wrong}) nor Windows-1252")
    return "cp1252", wrong


def first_wrong_line(path: Path, encoding: str) -> int:
    """The first line that can't be read in this encoding; 0 where there is none."""
    decoder, line, block = codecs.getincrementaldecoder(encoding)(), 1, b"x"
    with open(path, "rb") as file:
        while block:
            block = file.read(BLOCK)
            try:
                line += decoder.decode(block, final=not block).count("\n")
            except UnicodeDecodeError as error:
                return line + error.object[: error.start].count(b"\n")
    return 0


@dataclass
class Table:
    """A file with a header and rows. `notes` is what somebody should know of the file as a whole."""

    path: Path
    mapping: Mapping
    encoding: str = ""
    between: str = ""
    names: list[str] = field(default_factory=list)  # ours, "" for a column nobody reads
    notes: list[str] = field(default_factory=list)
    size: int = 0

    def open(self) -> io.TextIOWrapper:
        return open(self.path, encoding=self.encoding, newline="", errors="strict")  # type: ignore[return-value]

    def lines(self, file: io.TextIOWrapper) -> Iterator[str]:
        """Like the file itself, but no line may fill the memory."""
        number = 0
        try:
            while line := file.readline(LONGEST_LINE):
                number += 1
                if len(line) == LONGEST_LINE and line[-1] not in "\r\n":
                    raise BadFile(
                        self.path.name, number, f"a line of more than {LONGEST_LINE} signs is no row"
                    )
                yield line
        except UnicodeDecodeError as error:
            raise BadFile(
                self.path.name, number + 1, f"not readable as {self.encoding}: {error.reason}"
            ) from None

    def rows(self) -> Iterator[Row]:
        with self.open() as file:
            reader = csv.reader(self.lines(file), delimiter=self.between, strict=True)
            head, began = True, 1
            while True:
                try:
                    cells = next(reader)
                except StopIteration:
                    return
                except csv.Error as error:
                    yield Row(began, problem=broken(began, reader.line_num, error))
                    began = reader.line_num + 1
                    continue
                line, began = began, reader.line_num + 1
                if is_preface(cells, self.between) and head:
                    continue
                if head:
                    head = False
                elif any(map(str.strip, cells)):
                    yield self.row(line, cells)

    def row(self, line: int, cells: list[str]) -> Row:
        extra = cells[len(self.names) :]
        if len(cells) < len(self.names) or any(map(str.strip, extra)):
            return Row(line, problem=f"{len(cells)} values where the header has {len(self.names)}")
        given = {name: cell.strip() for name, cell in zip(self.names, cells, strict=False) if name}
        return Row(line, {name: cell for name, cell in given.items() if cell})


def broken(began: int, ended: int, error: csv.Error) -> str:
    lines = f"the lines {began} to {ended} hang together: a quotation mark opens and does not close"
    return lines if ended > began else f"not well-formed: {error}"


def is_preface(cells: list[str], between: str) -> bool:
    """Excel's own first line "sep=;", or an empty one above the header."""
    return not any(map(str.strip, cells)) or (between.join(cells).lower().startswith("sep="))


def table(path: Path, mapping: Mapping) -> Table:
    """A table, its header understood. Raises BadFile."""
    encoding, wrong = (mapping.encoding, 0) if mapping.encoding else encoding_of(path)
    made = Table(path, mapping, encoding, size=path.stat().st_size)
    if wrong:
        made.notes.append(f"line {wrong} is not UTF-8: the file is read as Windows-1252")
    with made.open() as file:
        header = first_line(made.lines(file))
    made.between = mapping.delimiter or sniff(header)
    try:
        cells = next(csv.reader(io.StringIO(header), delimiter=made.between, strict=True))
    except csv.Error as error:
        raise BadFile(path.name, 1, f"the header is not well-formed: {error}") from None
    made.names = understood(made, [cell.strip() for cell in cells])
    return made


def first_line(lines: Iterable[str]) -> str:
    for line in lines:
        if line.strip() and not line.lower().startswith("sep="):
            return line
    return ""


def sniff(header: str) -> str:
    """The sign that divides the header most often, outside of quotation marks."""
    bare = "".join(header.split('"')[0::2])
    return max(BETWEEN, key=lambda sign: (bare.count(sign), -BETWEEN.index(sign)))


def understood(table: Table, header: list[str]) -> list[str]:
    """Our names of the file's columns. Raises BadFile for a missing or doubled one."""
    theirs = table.mapping.theirs()
    names = [theirs.get(name.casefold(), "") for name in header]
    file = table.path.name
    for place, name in enumerate(names):
        if name and name in names[:place]:
            raise BadFile(file, 1, f"the column {header[place]!r} stands here twice")
    for name in NEEDED:
        if name not in names:
            said = table.mapping.columns.get(name, name)
            raise BadFile(
                file, 1, f"the column {said!r} ({name}) is missing; name it in [columns] of the mapping"
            )
    unread = [told for told, name in zip(header, names, strict=True) if told and not name]
    if unread:
        table.notes.append(f"not read: {', '.join(unread[:12])}{' …' if len(unread) > 12 else ''}")
    return names


def any_source(path: Path, mapping: Mapping) -> Any:
    """A table, or Jakarta's JSON: told by what the file begins with."""
    from tanggap.moving.jakarta import Objects

    if not path.is_file():
        raise BadFile(path.name, 0, "there is no such file")
    encoding = mapping.encoding or encoding_of(path)[0]
    try:
        with open(path, encoding=encoding) as file:
            head = file.read(2000).lstrip("\ufeff \t\r\n")
    except UnicodeDecodeError as error:
        raise BadFile(path.name, 0, f"not readable as {encoding}: {error.reason}") from None
    if head[:1] in ("[", "{"):
        return Objects(path, mapping, encoding)
    return table(path, mapping)
