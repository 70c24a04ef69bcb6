"""Parts of a copy: files packed together and sealed, so that a million photos are some thousand objects.

A part of files, before it is sealed: a mark, the length of its list, the list in JSON ([path, size, SHA-256] each),
then the files one after the other. A part is used again by later copies only while every file in it is still the
city's: so nothing that was erased lives on in a copy made afterwards.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from tanggap.copies import keys
from tanggap.copies.errors import Damaged, NoRoom, NotThere
from tanggap.copies.manifest import Part, part_name
from tanggap.copies.stores import Object, Store

SIZE = 32 * 2**20  # of what goes into one part
MARK = b"TANGGAP1"
MARGIN = 64 * 2**20  # that stays free in a folder of copies
_PATH = re.compile(r"[0-9a-zA-Z_-]+(/[0-9a-zA-Z_-]+)*\.[a-z0-9]{1,8}")


@dataclass
class Sender:
    """Seals and stores, one object on its way while the next is being made."""

    store: Store
    sealed_to: list[str]
    sent: int = 0  # bytes
    pool: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1))
    under_way: list = field(default_factory=list)

    def __enter__(self) -> "Sender":
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        self.pool.shutdown(wait=True, cancel_futures=kind is not None)

    def send(self, plain: bytes, has: Iterable[str] | None = None) -> Part:
        sealed = keys.close(plain, self.sealed_to)
        part = Part(hashlib.sha256(sealed).hexdigest(), len(sealed))
        self.settle()
        free = self.store.free()
        if free is not None and free < part.size + MARGIN:
            told = f"Only {free // 2**20} MB are free in {self.store.address}"
            raise NoRoom(f"{told}: the copy broke off. Make room and start it again.")
        self.under_way.append(self.pool.submit(self._put, part, sealed, has))
        return part

    def _put(self, part: Part, sealed: bytes, has: Iterable[str] | None) -> None:
        if has is not None:
            told = json.dumps({"size": part.size, "has": [digest(path) for path in has]})
            self.store.put(part.name.removesuffix(".age") + ".has", told.encode())
        self.store.put(part.name, sealed)
        self.sent += part.size

    def settle(self) -> None:
        """Waits for what is under way; raises what went wrong there."""
        while self.under_way:
            self.under_way.pop().result()


def digest(path: str) -> str:
    """Under which a file is known to the machine that can't read parts: its path has 128 random bits."""
    return hashlib.sha256(path.encode()).hexdigest()[:24]


# ---- files into a part and out of it ----


def pack(contents: list[tuple[str, bytes]]) -> bytes:
    listed = [[path, len(data), hashlib.sha256(data).hexdigest()] for path, data in contents]
    head = json.dumps(listed).encode()
    return b"".join([MARK, len(head).to_bytes(4, "big"), head, *(data for _, data in contents)])


def unpack(plain: bytes) -> Iterator[tuple[str, bytes]]:
    """Each file with its own hash checked. Raises Damaged."""
    start = len(MARK) + 4
    try:
        if plain[: len(MARK)] != MARK:
            raise ValueError
        at = start + int.from_bytes(plain[len(MARK) : start], "big")
        listed = [(str(path), int(size), str(sha)) for path, size, sha in json.loads(plain[start:at])]
    except (ValueError, TypeError):
        raise Damaged("A part of files can't be read.") from None
    for path, size, sha in listed:
        data = plain[at : at + size]
        at += size
        if not _PATH.fullmatch(path) or len(path) > 200:
            raise Damaged(f"A part names a file {path[:80]!r} that is none of ours.")
        if len(data) != size or hashlib.sha256(data).hexdigest() != sha:
            raise Damaged(f"The file {path} is not what was copied.")
        yield path, data


def fetch(store: Store, part: Part, identities: list) -> bytes:
    """What was sealed. Raises Damaged when what is stored is not what was written."""
    try:
        sealed = store.get(part.name)
    except NotThere:
        raise Damaged(
            f"The part {part.name} is missing in {store.address}: this copy can't come back."
        ) from None
    if len(sealed) != part.size or hashlib.sha256(sealed).hexdigest() != part.sha:
        told = "cut off" if len(sealed) < part.size else "changed"
        raise Damaged(f"The part {part.name} in {store.address} was {told}: this copy can't come back whole.")
    return keys.open_sealed(sealed, identities)


def check_there(store: Store, wanted: Iterable[Part]) -> None:
    """That every part lies there in its size, before anything is begun. Raises Damaged."""
    lost_ones = lost(wanted, store.under("parts/"))
    if lost_ones:
        told = f"{lost_ones} of its parts in {store.address} are missing, cut off or changed"
        raise Damaged(f"This copy can't come back whole: {told}. Try another one (--copy).")


def lost(wanted: Iterable[Part], there: dict[str, Object]) -> int:
    """How many parts are not there in their size."""
    seen = ((part, there.get(part.name)) for part in wanted)
    return sum(1 for part, stored in seen if stored is None or stored.size != part.size)


# ---- what is there already ----


def known(store: Store, seen: dict[str, Object]) -> dict[Part, list[str]]:
    """Whole parts of files in the store, each with the digests of what lies in it."""
    notes = [name for name in seen if name.endswith(".has")]
    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(store.get, notes))
    found = {}
    for name, data in zip(notes, told, strict=True):
        sha = name.rsplit("/", 1)[-1].removesuffix(".has")
        try:
            note = json.loads(data)
            part, has = Part(sha, int(note["size"])), [str(one) for one in note["has"]]
        except (ValueError, TypeError, KeyError):
            continue  # a note that can't be read: its files are sent again
        stored = seen.get(part_name(sha))
        if stored is not None and stored.size == part.size:
            found[part] = has
    return found


def used_again(found: dict[Part, list[str]], wanted: Iterable[str]) -> tuple[list[Part], set[str]]:
    """The parts that may serve a new copy, and the digests they cover: parts with no file that has gone since."""
    still = frozenset(wanted)
    parts, covered = [], set()
    for part, has in sorted(found.items(), key=lambda one: (-len(one[1]), one[0].sha)):
        if still.issuperset(has) and not covered.issuperset(has):
            parts.append(part)
            covered.update(has)
    return parts, covered
