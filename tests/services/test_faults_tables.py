"""What is done to the tables themselves: a migration that dies half-way, a mistake of who may do everything, a disk
that changes what it keeps."""

import json
import signal
import subprocess

import psycopg
import pytest

from bench.kill import children, kill_all
from tanggap.lib import postgres_programs
from tests.services.faults.senders import App
from tests.services.faults.town import Town, status, until

OLD = "0004_claims_in_order"
APPLIED = "SELECT count(*) FROM django_migrations WHERE app = 'tanggap'"
WAITS = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = 'older'"
LEDGER = ("tanggap_event", "tanggap_change")
KEPT = ("tanggap_case", "tanggap_report", "tanggap_reporter", "tanggap_agency", "tanggap_category")


def shape(town: Town, database: str) -> str:
    """Our tables, indexes and triggers, as the database itself tells them."""
    programs = postgres_programs.programs_for(town.cluster)
    address = town.dsn.replace("/tanggap?", f"/{database}?")
    command = [str(programs.bin / "pg_dump"), "--schema-only", "--no-owner", "--table=tanggap_*", address]
    told = subprocess.run(
        command, env=programs.environment(), capture_output=True, text=True, check=True
    ).stdout
    return "\n".join(
        line for line in told.splitlines() if not line.startswith(("\\restrict", "\\unrestrict"))
    )


def migrate(town: Town, url: str, *words: str) -> subprocess.Popen:
    given = words or ("migrate",)
    return town.program(*given, url=url, DJANGO_SETTINGS_MODULE="tanggap.settings", TANGGAP_DEMO="0")


def end(town: Town, child: subprocess.Popen, wanted: int = 0) -> None:
    name = "django" if "django" in child.args else "migrate"
    assert child.wait(120) == wanted, town.said(name)[-3000:]
    town.running.remove(child)


def test_f34_a_migration_that_is_killed_half_way_leaves_nothing_of_itself(town):
    """A city of an older version; each round one migration waits in its middle for a table that somebody holds, gets
    kill -9 there, and the next start does it whole."""
    url = town.dsn.replace("/tanggap?", "/older?")
    with town.asking() as connection:
        connection.execute("CREATE DATABASE older")
    end(town, migrate(town, url, "django", "migrate", "tanggap", OLD, "-v0"))
    before = shape(town, "older")
    with psycopg.connect(url) as holder:
        had = holder.execute(APPLIED).fetchone()[0]
        holder.execute("LOCK TABLE tanggap_membership IN ROW EXCLUSIVE MODE")
        child = migrate(town, url)
        until(lambda: town.one(WAITS) > 0)
        kill_all([child.pid, *children(child.pid)])
        end(town, child, -signal.SIGKILL)
        holder.rollback()
        until(lambda: town.one("SELECT count(*) FROM pg_stat_activity WHERE datname = 'older'") == 1)
        assert holder.execute(APPLIED).fetchone()[0] == had
    assert shape(town, "older") == before
    end(town, migrate(town, url))
    assert shape(town, "older") == shape(town, "tanggap")


def test_f34_a_first_migration_that_is_killed_anywhere_goes_on(town):
    url = town.dsn.replace("/tanggap?", "/older?")
    with town.asking() as connection:
        connection.execute("CREATE DATABASE older")
    with psycopg.connect(url, autocommit=True) as looker:
        for table in ("django_content_type", "account_emailaddress"):
            child = migrate(town, url)
            until(lambda table=table: looker.execute("SELECT to_regclass(%s)", [table]).fetchone()[0])
            kill_all([child.pid, *children(child.pid)])
            end(town, child, -signal.SIGKILL)
    end(town, migrate(town, url))
    assert shape(town, "older") == shape(town, "tanggap")


@pytest.fixture
def told(town):
    """A report, and its page's address."""
    town.serve(TANGGAP_WORKERS="1")
    town.work()
    answer = App(town.port).send("a-page-that-rots")
    number = answer.number
    assert number, answer
    until(lambda: town.one("SELECT count(*) FROM tanggap_reaction") == 0)
    return number


def test_f36_a_delete_without_where_meets_what_hangs_on_it(town, told):
    """Reports, cases and people hang together and on the ledger, which forgets nothing, whoever asks; going back to
    the minute before is in test_copies_pitr.py."""
    with town.asking() as connection:
        for table in LEDGER:
            for slip in (
                f"DELETE FROM {table}",
                f"UPDATE {table} SET verb = 'x'",
                f"TRUNCATE {table} CASCADE",
            ):
                with pytest.raises(psycopg.Error):
                    connection.execute(slip)
        for table in KEPT:
            with pytest.raises(psycopg.errors.IntegrityError):
                connection.execute(f"DELETE FROM {table}")
        assert connection.execute("SELECT number FROM tanggap_report").fetchall() == [(told,)]


def test_f37_a_page_that_rotted_is_a_fault_with_a_name_and_never_shown(town, told):
    with town.asking() as connection:
        connection.execute("CHECKPOINT")
        path = connection.execute("SELECT pg_relation_filepath('tanggap_case')").fetchone()[0]
    town.stop_database()
    table = town.cluster / path
    kept = table.read_bytes()
    rotten = bytearray(kept)
    place = kept.index(told.encode())  # one bit of the number: nothing but the checksum can know
    rotten[place + 3] ^= 0x01
    table.write_bytes(rotten)
    town.start_database()
    until(lambda: status(town.port, "/") != 503)  # connections of before
    assert status(town.port, f"/lacak/{told}/") >= 500
    said = json.loads(town.start("doctor", "--json").communicate(timeout=120)[0])
    assert "checksum" in " ".join(one["words"] for one in said["wrong"])
    assert told not in json.dumps(said)
    # the rest of the city goes on
    assert status(town.port, "/lapor/") == 200
    town.stop_database()
    table.write_bytes(kept)
    town.start_database()
    until(lambda: status(town.port, f"/lacak/{told}/") == 200)
