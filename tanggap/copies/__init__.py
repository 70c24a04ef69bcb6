"""Safety copies: database and files, consistent with each other, sealed to a key that is not on this machine.

A copy is whole when its manifest lies in the store, which is written last. What a store holds:

    store.json             whose copies these are
    parts/ab/<sha256>.age  sealed parts, called by the SHA-256 of what is stored: a piece of the database or some files
    parts/ab/<sha256>.has  for a part of files, written before it: its size, and by digest which files lie in it
    copies/<name>.json     the manifest: parts, counts, and marks by which secrets and manifest itself are proven
    proven/<name>.json     a rehearsal brought this copy back

How to make, keep, prove and bring back copies: docs/backup.md.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True)
class Good:
    """A copy that is whole. `lacks` is what its maker found missing among the city's own files, else empty."""

    name: str
    place: str
    finished_at: datetime
    age: timedelta
    rehearsed_at: datetime | None
    lacks: str


def last_good(now: datetime) -> Good | None:
    """The newest whole copy that has not been removed; None where there never was one."""
    from tanggap.models import Copy

    row = Copy.objects.newest()
    if row is None or row.finished_at is None:
        return None
    return Good(row.name, row.place, row.finished_at, now - row.finished_at, row.rehearsed_at, row.error)
