"""Is every report there that somebody was told about, once, and whole? Compares the senders' books with the database.

    DATABASE_URL=... TANGGAP_SEAL_KEYS=... python -m tests.services.faults.audit FILE.book...

prints what it found as one object; exit code 1 if anything is lost, doubled or half there.
"""

import hashlib
import json
import os
import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path

import psycopg

from tanggap.lib import seal
from tests.services.faults.senders import words_of

HALF = {
    "reports without their first event": """SELECT count(*) FROM tanggap_report r WHERE NOT EXISTS
        (SELECT 1 FROM tanggap_event e WHERE e.case_id = r.own_case_id AND e.verb = 'case.received')""",
    "cases without a report": """SELECT count(*) FROM tanggap_case c WHERE NOT EXISTS
        (SELECT 1 FROM tanggap_report r WHERE r.own_case_id = c.id)""",
    "raw words of no report": """SELECT count(*) FROM tanggap_inbound i WHERE NOT EXISTS
        (SELECT 1 FROM tanggap_report r WHERE r.inbound_id = i.id)""",
    "reports nobody will look at": """SELECT count(*) FROM tanggap_report r WHERE NOT EXISTS
        (SELECT 1 FROM tanggap_reaction t WHERE t.case_id = r.own_case_id) AND NOT EXISTS
        (SELECT 1 FROM tanggap_event e WHERE e.case_id = r.own_case_id AND e.verb = 'case.triaged')""",
}
GAPS = """SELECT (SELECT coalesce(sum(last), 0) FROM tanggap_daynumber)
               - (SELECT count(*) FROM tanggap_report WHERE visibility <> 'secret')"""
STORED = """SELECT i.external_id, r.number, p.key, r.words_sealed FROM tanggap_report r
            JOIN tanggap_inbound i ON i.id = r.inbound_id JOIN tanggap_reporter p ON p.id = r.reporter_id"""


@dataclass
class Verdict:
    """`tried`: reports that were sent at all; `unanswered` of them nobody was told a number for."""

    tried: int = 0
    told: int = 0
    unanswered: int = 0
    stored: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)  # stored with other words than were sent
    strange: list[str] = field(default_factory=list)  # stored, and sent by none of ours
    half: dict[str, int] = field(default_factory=dict)
    gaps: int = 0

    @property
    def good(self) -> bool:
        return not (self.lost or self.doubled or self.changed or self.strange or self.half or self.gaps)


def read(books: Iterable[Path]) -> tuple[set[str], dict[str, set[str]]]:
    """What was sent, and the numbers that were told for it. A line that was cut by a kill is no line."""
    sent: set[str] = set()
    told: dict[str, set[str]] = {}
    for book in books:
        for text in book.read_text().splitlines():
            try:
                line = json.loads(text)
            except ValueError:
                continue
            sent.add(line["id"])
            if line["what"] == "told":
                told.setdefault(line["id"], set()).add(line["number"])
    return sent, told


def compare(dsn: str, seal_keys: str, books: Iterable[Path]) -> Verdict:
    sent, told = read(books)
    ring = seal.Keyring.parse(seal_keys)
    with psycopg.connect(dsn, autocommit=True) as connection:
        rows = connection.execute(STORED).fetchall()
        half = {name: connection.execute(sql).fetchone()[0] for name, sql in HALF.items()}
        gaps = connection.execute(GAPS).fetchone()[0]
    found = Verdict(len(sent), len(told), len(sent - set(told)), len(rows), gaps=int(gaps))
    found.half = {name: count for name, count in half.items() if count}
    by_key = {key: uuid for uuid in sent for key in keys_of(uuid)}
    stored: dict[str, set[str]] = {}
    said: Counter[str] = Counter()
    for external, number, key, sealed in rows:
        words = seal.open_sealed(ring, bytes(key), bytes(sealed)).decode()
        said[words] += 1
        uuid = by_key.get(external)
        if uuid is None:
            found.strange.append(number)
            continue
        stored.setdefault(uuid, set()).add(number)
        if words != words_of(uuid):
            found.changed.append(number)
    found.lost = sorted(uuid for uuid, numbers in told.items() if not numbers <= stored.get(uuid, set()))
    found.doubled = sorted(
        {uuid for uuid, numbers in told.items() if len(numbers) > 1}
        | {uuid for uuid, numbers in stored.items() if len(numbers) > 1}
        | {words for words, count in said.items() if count > 1}
    )
    return found


def keys_of(uuid: str) -> tuple[str, str]:
    """The external id as the web form stores it, and as Open311 does."""
    return uuid, "key:" + hashlib.sha256(uuid.encode()).hexdigest()


def keys_in(folder: Path) -> str:
    """The sealing keys of an installation."""
    lines = (folder / "secrets.env").read_text().splitlines()
    return next(line.partition("=")[2] for line in lines if line.startswith("TANGGAP_SEAL_KEYS="))


if __name__ == "__main__":
    verdict = compare(os.environ["DATABASE_URL"], os.environ["TANGGAP_SEAL_KEYS"], map(Path, sys.argv[1:]))
    print(json.dumps(asdict(verdict)))
    sys.exit(not verdict.good)
