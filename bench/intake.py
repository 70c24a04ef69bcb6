"""Reports accepted a second through both doors, against pgbench writing the same rows and the number; and the SQL
statements that one accepted report costs.

Web and clients share the machine with PostgreSQL; no worker runs (react.py measures that). Text only, limits raised by
setting, fsync on. pgbench writes each report in a transaction of its own, over the same socket, into the same tables
of another database on the same server.
"""

import re
import subprocess
import threading
import time
from statistics import median
from uuid import uuid4

import psycopg

from bench.client import POINT, WORDS, App, Citizen, rate
from bench.place import KEY, Place, Rows, place, say
from tanggap.lib import postgres

SECONDS = 5.0
TURNS = 3
CLIENTS = (8, 32)
GOALS = {"web": 0.15, "open311": 0.20}
MIRROR = "pgbench_mirror"

# the rows that intake writes for one report, in its order, with bytes as long as its own
ROWS = r"""
\set n random(1, 2000000000)
BEGIN;
INSERT INTO tanggap_inbound (account, external_id, hash, body, by_person, received_at, purge_at)
 VALUES ('web', gen_random_uuid()::text, sha256('x'), '\x{body}'::bytea, true, now(), now() + interval '90 days')
 ON CONFLICT (account, external_id) DO NOTHING RETURNING id AS inbound \gset
INSERT INTO tanggap_daynumber (day, last) VALUES (current_date, 1)
 ON CONFLICT (day) DO UPDATE SET last = tanggap_daynumber.last + 1 RETURNING last \gset
INSERT INTO tanggap_reporter (key, language, created_at) VALUES ('\x{key}'::bytea, 'id', now())
 RETURNING id AS reporter \gset
INSERT INTO tanggap_case (number, uuid, status, version, waiting_for, confirmation, title, visibility, area_id, place,
 lat, lon, cell, outside, emergency, urgency, channel_id, voices, readers, handovers, sent_back, reopened, appealed,
 promise_step, opened_at, changed_at, suggestion)
 VALUES ('PB' || :last, gen_random_uuid(), 'NEW', 1, '', '', '', 'private', {area}, '', {lat}, {lon}, {cell}, '', false,
 0, {channel}, 1, '{{}}', 0, false, 0, false, '', now(), now(), '{{}}') RETURNING id AS caseid \gset
INSERT INTO tanggap_report (uuid, number, inbound_id, reporter_id, case_id, own_case_id, channel_id, visibility,
 secret_version, claim, words_sealed, words, place, stems, lat, lon, said_at, received_at, language, answers, device,
 confirmation)
 VALUES (gen_random_uuid(), 'PB' || :last, :inbound, :reporter, :caseid, :caseid, {channel}, 'private', 1, 'ABCDEFGH',
 '\x{words}'::bytea, '', '', '', {lat}, {lon}, now(), now(), 'id', '{{}}', '', '') RETURNING id AS report \gset
INSERT INTO tanggap_event (case_id, verb, at, by_kind, by_id, data, salt)
 VALUES (:caseid, 'case.received', now(), 'reporter', :reporter,
 '{{"report": 1, "channel": "web"}}', '\x00112233445566778899aabbccddeeff'::bytea) RETURNING id AS event \gset
INSERT INTO tanggap_reaction (event_id, case_id, name, due_at, attempts, last_error)
 VALUES (:event, :caseid, '', now(), 0, '');
COMMIT;
"""

NUMBER = re.compile(r"INSERT INTO tanggap_daynumber.*?RETURNING last \\gset\n", re.S)


def main() -> None:
    rows = Rows()
    with place() as here:
        mirror = make_mirror(here)
        here.start("serve")
        here.until_it_answers()
        for clients in CLIENTS:
            compare(here, mirror, clients, rows)
        rows.add(
            f"intake.pgbench.{clients}.no_number", pgbench(here, mirror, clients, number=False), "reports/s"
        )
        check_nothing_is_missing(rows)
        statements(here, rows)
    rows.tell()


def compare(here: Place, mirror: str, clients: int, rows: Rows) -> None:
    """In turns, so that a slow moment of the machine meets both sides; the median of the turns counts."""
    doors = {"web": lambda: Citizen(here.port), "open311": lambda: App(here.port, KEY)}
    bare: list[float] = []
    found: dict[str, list[float]] = {door: [] for door in doors}
    for _ in range(TURNS):
        bare.append(pgbench(here, mirror, clients))
        for door, make in doors.items():
            a_second, refused = rate(make, clients, SECONDS)
            if refused:
                say(f"  {refused} were refused at the {door} door")
            found[door].append(a_second)
    rows.add(f"intake.pgbench.{clients}", median(bare), "reports/s")
    for door, turns in found.items():
        ratio, goal = median(mine / its for mine, its in zip(turns, bare, strict=True)), GOALS[door]
        rows.add(f"intake.{door}.{clients}", median(turns), "reports/s")
        rows.add(f"intake.{door}.{clients}.ratio", ratio, "of pgbench", f">= {goal}", ratio >= goal)


# ---- pgbench ----


def make_mirror(here: Place) -> str:
    """The same tables in a database of their own, so that neither disturbs the other's day."""
    with psycopg.connect(here.server.url("postgres"), autocommit=True) as server:
        from bench.place import hang_up

        hang_up()
        server.execute(f"CREATE DATABASE {MIRROR} TEMPLATE {postgres.NAME} STRATEGY file_copy")
    return here.server.url(MIRROR)


def script(mirror: str) -> str:
    with psycopg.connect(mirror) as mine:
        area = mine.execute(
            "SELECT id FROM tanggap_area WHERE level = 'kelurahan' ORDER BY id LIMIT 1"
        ).fetchone()[0]
        channel = mine.execute("SELECT id FROM tanggap_channel WHERE kind = 'web'").fetchone()[0]
    sealed = len(WORDS) + 29
    return ROWS.format(
        body="ab" * (sealed + 180), key="cd" * 72, words="ef" * sealed, area=area, channel=channel,
        lat=POINT[0], lon=POINT[1], cell=621546847234064383,
    )  # fmt: skip


def pgbench(here: Place, mirror: str, clients: int, number: bool = True) -> float:
    """Transactions a second. Without the number nobody waits for anybody: what the rows alone allow."""
    path = here.folder / "rows.sql"
    text = script(mirror)
    path.write_text(text if number else NUMBER.sub(r"\\set last random(1, 2000000000)\n", text))
    programs = here.server.programs
    socket, port = re.search(r"host=([^&]+)&port=(\d+)", here.server.dsn_url).groups()
    command = [
        str(programs.bin / "pgbench"),
        "-n",
        "-M",
        "prepared",
        "-f",
        str(path),
        "-c",
        str(clients),
        "-j",
        "2",
    ]
    command += [
        "-T",
        str(int(SECONDS)),
        "-h",
        socket.replace("%2F", "/"),
        "-p",
        port,
        "-U",
        postgres.NAME,
        MIRROR,
    ]
    done = subprocess.run(command, capture_output=True, text=True, env=programs.environment())
    found = re.search(r"tps = ([\d.]+)", done.stdout)
    if found is None:
        raise RuntimeError(f"pgbench: {done.stderr[-500:]}")
    return float(found.group(1))


# ---- afterwards ----


def check_nothing_is_missing(rows: Rows) -> None:
    from tanggap.models import DayNumber, Report

    last = sum(DayNumber.objects.values_list("last", flat=True))
    stored = Report.objects.count()
    rows.add("intake.gaps", last - stored, "numbers without a report", "= 0", last == stored)


# ---- statements ----


class Counted:
    """Every SQL statement of this process, with the thread that sent it."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, str]] = []

    def __enter__(self) -> "Counted":
        from django.db.backends.utils import CursorWrapper

        self.original = CursorWrapper.execute

        def execute(cursor, sql, params=None):
            self.seen.append((threading.current_thread().name, str(sql)))
            return self.original(cursor, sql, params)

        CursorWrapper.execute = execute
        return self

    def __exit__(self, *_: object) -> None:
        from django.db.backends.utils import CursorWrapper

        CursorWrapper.execute = self.original

    def inside(self) -> int:
        """In the committer's transaction; its NOTIFY comes after the commit."""
        return sum(name == "committer" and not sql.startswith("NOTIFY") for name, sql in self.seen)

    def outside(self) -> int:
        return len(self.seen) - self.inside()


def statements(here: Place, rows: Rows) -> None:
    """One report sent alone, through the whole middleware, in this process."""
    from django.test import Client

    for name, contact, most in (("alone", "", 7), ("with_contact", "0812-0000-1234", 9)):
        for _ in range(2):  # the first fills caches that live as long as a process
            browser = Client(enforce_csrf_checks=False, HTTP_HOST="127.0.0.1")
            with Counted() as counted:
                answer = browser.post("/lapor/", form(contact))
            assert answer.status_code == 303, answer.status_code
            time.sleep(0.05)
        inside, outside = counted.inside(), counted.outside()
        rows.add(f"intake.statements.{name}.inside", inside, "statements", f"<= {most}", inside <= most)
        rows.add(f"intake.statements.{name}.outside", outside, "statements", "<= 3", outside <= 3)
        for thread, sql in counted.seen:
            say(f"    {thread:<12} {' '.join(sql.split())[:100]}")


def form(contact: str) -> dict[str, str]:
    return {
        "draft": str(uuid4()), "place": "", "lat": str(POINT[0]), "lon": str(POINT[1]), "words": WORDS, "category": "",
        "other": "", "visibility": "private", "contact": contact,
    }  # fmt: skip


if __name__ == "__main__":
    main()
