"""Jakarta's public JSON (the distribution map's list, or details one after another), streamed: one object at a time.

Each object becomes a row with our names of columns. Nested names (`tstatus.name`, `zone.name`, `village` up to its
city) are read where they stand; fields that nobody documented are left alone.
"""

import io
import json
import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from tanggap.moving.mapping import Mapping
from tanggap.moving.source import BadFile, Row

LONGEST = 2**20  # signs of one object
BLOCK = 2**16
LISTS = ("data", "rows", "items", "results", "features", "list")
SPACE = re.compile(r"[ \t\r\n]*")
CONTENT = re.compile(
    r"\s*Permasalahan\s*:?\s*(?P<words>.*?)\s*[,;]?\s*Kategori\s*:?\s*(?P<category>.*?)\s*[,;]?\s*Lokasi\s*:?\s*"
    r"(?P<spot>.*?)(?:\s*[,;]?\s*Detail Alamat Laporan\s*:?\s*(?P<place>.*))?\s*",
    re.I | re.S,
)
BREAK = re.compile(r"<\s*(?:br|/p|/div)\s*/?\s*>", re.I)
TAG = re.compile(r"<[a-z/][^<>]{0,200}>", re.I)
ENDED = ("closedAt", "finishedAt", "doneAt", "completedAt")


@dataclass
class Objects:
    """The file as rows. The last time that an object knows stands for its end where none is given."""

    path: Path
    mapping: Mapping
    encoding: str
    between: str = "json"
    notes: list[str] = field(default_factory=list)
    size: int = 0

    def __post_init__(self) -> None:
        self.size = self.path.stat().st_size
        self.mapping.defaults.setdefault("closed_at", "last")

    def rows(self) -> Iterator[Row]:
        with open(self.path, encoding=self.encoding, newline="") as file:
            stream = Stream(self.path.name, file)
            for item, (line, found) in enumerate(stream.objects(), 1):
                if isinstance(found, dict):
                    yield Row(line, cells_of(found), item=item)
                else:
                    yield Row(line, problem="an object was expected here", item=item)


class Stream:
    """Values of a JSON text, of which only a part is held."""

    def __init__(self, name: str, file: io.TextIOBase):
        self.name, self.file = name, file
        self.text, self.at, self.line, self.ended = "", 0, 1, False
        self.decoder = json.JSONDecoder()

    def objects(self) -> Iterator[tuple[int, Any]]:
        while self.peek() == "\ufeff":
            self.at += 1
        while self.peek():
            yield from self.list() if self.peek() == "[" else self.enveloped()
            if self.peek() == ",":
                self.at += 1

    def enveloped(self) -> Iterator[tuple[int, Any]]:
        """An object that is a case itself, or an envelope whose list is streamed."""
        if self.peek() != "{":
            raise self.bad("a list or an object of cases was expected")
        line, own = self.line, {}
        self.at += 1
        while self.peek() != "}":
            name = self.value()
            self.expect(":")
            inside = self.peek()
            if name in LISTS and inside in ("[", "{"):
                yield from self.list() if inside == "[" else self.enveloped()
            else:
                own[str(name)] = self.value()
            if self.peek() == ",":
                self.at += 1
            elif self.peek() != "}":
                raise self.bad("a comma or } is missing")
        self.at += 1
        if "code" in own or "content" in own:
            yield line, own

    def list(self) -> Iterator[tuple[int, Any]]:
        self.expect("[")
        while self.peek() != "]":
            line = self.line
            yield line, self.value()
            if self.peek() == ",":
                self.at += 1
            elif self.peek() != "]":
                raise self.bad("a comma or ] is missing")
        self.at += 1

    # ---- signs ----

    def peek(self) -> str:
        """The next sign that is no space; "" at the end."""
        while True:
            end = SPACE.match(self.text, self.at).end()  # type: ignore[union-attr]
            self.skip(end)
            if self.at < len(self.text):
                return self.text[self.at]
            if not self.more():
                return ""

    def expect(self, sign: str) -> None:
        if self.peek() != sign:
            raise self.bad(f"{sign!r} was expected")
        self.at += 1

    def value(self) -> Any:
        self.peek()
        while True:
            try:
                found, end = self.decoder.raw_decode(self.text, self.at)
                if end == len(self.text) and self.more():
                    continue  # a number may go on
            except json.JSONDecodeError as error:
                if len(self.text) - self.at > LONGEST:
                    raise self.bad(f"one value of more than {LONGEST} signs") from None
                if self.more():
                    continue
                self.skip(error.pos)
                raise self.bad(f"not well-formed: {error.msg}") from None
            except RecursionError:
                raise self.bad("nested too deeply") from None
            self.skip(end)
            return found

    def skip(self, end: int) -> None:
        self.line += self.text.count("\n", self.at, end)
        self.at = end

    def more(self) -> bool:
        if self.ended:
            return False
        # a long value is read in ever larger parts, so that it is not begun anew too often
        size = max(BLOCK, len(self.text) - self.at)
        try:
            block = self.file.read(size)
        except UnicodeDecodeError as error:
            raise self.bad(f"the encoding breaks off: {error.reason}") from None
        self.text, self.at = self.text[self.at :] + block, 0
        self.ended = not block
        return bool(block)

    def bad(self, reason: str) -> BadFile:
        return BadFile(self.name, self.line, reason)


# ---- one object ----


def cells_of(found: dict[str, Any]) -> dict[str, str]:
    said = wording(first(found, "content", "description"))
    village = found.get("village") if isinstance(found.get("village"), dict) else {}
    given = {
        "number": first(found, "code", "number", "id"),
        "opened_at": first(found, "createdAt", "created_at"),
        "closed_at": first(found, *ENDED),
        "status": named(found, "tstatus", "status"),
        "category": named(found, "complaintCategory", "category") or said.get("category", ""),
        "agency": named(found, "zone"),
        "lat": first(found, "lat", "latitude"),
        "lon": first(found, "lng", "lon", "longitude"),
        "area": named(found, "village"),
        "district": named(village, "district") or named(found, "district"),
        "channel": named(found, "channel", "source"),
        "words": said.get("words", ""),
        "place": ", ".join(part for part in (said.get("spot", ""), said.get("place", "")) if part),
        "photos": "|".join(files_of(found.get("documents"))),
    }
    return {name: value for name, value in given.items() if value}


def first(found: dict[str, Any], *names: str) -> str:
    for name in names:
        value = found.get(name)
        if value not in (None, "") and not isinstance(value, (dict, list, bool)):
            return str(value).strip()
    return ""


def named(found: dict[str, Any], *names: str) -> str:
    """The name of what stands here: `{"name": ...}`, or a bare word."""
    for name in names:
        value = found.get(name)
        if isinstance(value, dict):
            value = value.get("name")
        if value not in (None, "") and not isinstance(value, (dict, list, bool)):
            return str(value).strip()
    return ""


def wording(content: str) -> dict[str, str]:
    """The template of the content taken apart; words that follow none are words."""
    said = TAG.sub("", BREAK.sub("\n", content)).strip()
    parts = CONTENT.fullmatch(said)
    if parts is None:
        return {"words": said}
    return {name: (value or "").strip() for name, value in parts.groupdict().items()}


def files_of(documents: Any) -> list[str]:
    """Names of the pictures, to be looked for in the folder of photos. Nothing is fetched from their addresses."""
    rows = documents if isinstance(documents, list) else []
    urls = [row.get("url") for row in rows if isinstance(row, dict)]
    names = [
        posixpath.basename(unquote(urlsplit(url).path))
        for url in urls
        if isinstance(url, str) and address(url)
    ]
    return [name for name in names if name and "|" not in name]


def address(url: str) -> bool:
    try:
        urlsplit(url)
    except ValueError:
        return False
    return True
