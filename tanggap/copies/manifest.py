"""The manifest of a copy: what belongs to it. It is written last, and only with it the copy is whole."""

import hmac
import json
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any

from tanggap.copies.errors import CopyError, Damaged
from tanggap.copies.keys import Secrets
from tanggap.copies.stores import Store

FORMAT = 1
FOLDER = "copies/"
PROVEN = "proven/"
_NAME = re.compile(r"[0-9]{8}T[0-9]{6}-[0-9a-f]{6}")
_SHA = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Part:
    sha: str  # of what is stored
    size: int

    @property
    def name(self) -> str:
        return part_name(self.sha)


def part_name(sha: str) -> str:
    return f"parts/{sha[:2]}/{sha}.age"


@dataclass(frozen=True)
class Erased:
    """A person who was erased: the row's number, and when it was made, as numbers may be given anew after a restore.
    `everything`: their masked words and pictures went, too."""

    id: int
    created_at: str
    everything: bool


@dataclass(frozen=True)
class Manifest:
    name: str
    city: str
    snapshot_at: datetime  # everything committed before is in it
    finished_at: datetime
    sealed_to: list[str]
    postgres: int  # major of the pg_dump that read it: no older server takes it
    database_bytes: int  # as it lay on the server's disk
    database: list[Part]
    files: list[Part]
    file_count: int
    file_bytes: int
    counts: dict[str, int]  # rows of each table in the snapshot
    migrations: list[str]
    missing: list[str] = field(default_factory=list)  # named by the database, not on the disk
    damaged: list[str] = field(default_factory=list)  # not what was once received
    erased: list[Erased] = field(default_factory=list)
    gone: int = 0  # removed by the city itself while the copy was made
    marks: dict[str, Any] = field(default_factory=dict)
    signature: str = ""
    format: int = FORMAT

    @property
    def parts(self) -> list[Part]:
        return [*self.database, *self.files]

    @property
    def size(self) -> int:
        return sum(part.size for part in self.parts)

    @property
    def lacks(self) -> str:
        """What the maker found wrong with the city's own files, as one sentence; empty if nothing."""
        told = [(len(self.missing), "missing on the disk"), (len(self.damaged), "damaged")]
        return " and ".join(f"{count} photos are {word}" for count, word in told if count)

    def words(self) -> bytes:
        """As it is signed: everything but the signature."""
        plain = asdict(replace(self, signature=""))
        return json.dumps(plain, default=lambda at: at.isoformat(), sort_keys=True).encode()

    def signed(self, secrets: Secrets) -> "Manifest":
        own = replace(self, marks=secrets.marks(self.name), signature="")
        return replace(own, signature=secrets.sign(own.words()))

    def check(self, secrets: Secrets) -> None:
        """Raises WrongSecrets where the secrets are another city's, Damaged where the manifest was changed."""
        secrets.check(self.name, self.marks)
        if not hmac.compare_digest(secrets.sign(self.words()), self.signature):
            raise Damaged(
                f"The manifest of {self.name} was changed after it was written: do not trust this copy."
            )

    def write(self, store: Store) -> None:
        plain = json.loads(self.words()) | {"signature": self.signature}
        store.put(f"{FOLDER}{self.name}.json", json.dumps(plain, indent=1).encode())


def read(store: Store, name: str) -> Manifest:
    """Raises NotThere, or Damaged when it is no manifest."""
    if not _NAME.fullmatch(name):
        raise CopyError(f"{name!r} is no name of a copy; `tanggap copies` lists them.")
    return parse(name, store.get(f"{FOLDER}{name}.json"))


def parse(name: str, data: bytes) -> Manifest:
    try:
        plain = json.loads(data)
        if plain["format"] != FORMAT:
            raise CopyError(f"The copy {name} has format {plain['format']}; this version reads {FORMAT}.")
        for kind in ("database", "files"):
            plain[kind] = [Part(part["sha"], int(part["size"])) for part in plain[kind]]
            if not all(_SHA.fullmatch(part.sha) for part in plain[kind]):
                raise ValueError
        for moment in ("snapshot_at", "finished_at"):
            plain[moment] = datetime.fromisoformat(plain[moment])
        plain["erased"] = [Erased(**person) for person in plain["erased"]]
        found = Manifest(**plain)
        if found.name != name or not found.marks["tracking"] or not isinstance(found.marks["seal"], dict):
            raise ValueError
        return found
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise Damaged(f"The manifest of {name} can't be read: it is damaged.") from None


def names(store: Store) -> list[str]:
    """Of every whole copy, the oldest first: a name begins with its time."""
    found = (path.removeprefix(FOLDER).removesuffix(".json") for path in store.under(FOLDER))
    return sorted(name for name in found if _NAME.fullmatch(name))


def every(store: Store) -> Iterable[Manifest]:
    return (read(store, name) for name in names(store))


def choose(store: Store, name: str | None) -> Manifest:
    """The one of this name, else the newest. Raises CopyError where there is none."""
    if name:
        return read(store, name)
    there = names(store)
    if not there:
        raise CopyError(f"There is no whole copy in {store.address}.")
    return read(store, there[-1])


# ---- proven by a rehearsal ----


def prove(store: Store, name: str, at: datetime) -> None:
    store.put(f"{PROVEN}{name}.json", json.dumps({"rehearsed_at": at.isoformat()}).encode())


def proven(store: Store) -> dict[str, datetime]:
    found = {}
    for path in store.under(PROVEN):
        try:
            told = json.loads(store.get(path))["rehearsed_at"]
            found[path.removeprefix(PROVEN).removesuffix(".json")] = datetime.fromisoformat(told)
        except (ValueError, KeyError, TypeError):
            continue  # a mark that can't be read proves nothing
    return found
