"""`tanggap doctor`: all green where everything is well; each deliberate fault named in a sentence, with what to do."""

import base64
import contextlib
import json
import os
import secrets
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tanggap.cli import doctor, doctor_outside
from tanggap.lib import postgres

REPOSITORY = Path(__file__).parents[3]
MINICITY = REPOSITORY / "tests" / "minicity"
GOOD_STATE = """
import django; django.setup()
from datetime import date
from django.utils import timezone
from allauth.mfa.models import Authenticator
from tanggap.models import Agency, Copy, Job, Membership, Officer
now = timezone.now()
joko = Officer.objects.create(username="joko", name="Joko", email="joko@melati.test", password="!")
Membership.objects.create(officer=joko, agency=Agency.objects.first(), role_id="administrator",
                          valid_from=date(2020, 1, 1))
Authenticator.objects.create(user=joko, type="totp", data={})
Copy.objects.create(name="one", place="/copies", started_at=now, finished_at=now)
Job.objects.create(kind="sweep", due_at=None)
"""
# one process that examines again and again: starting Django for each fault would take most of the time
EXAMINE = """
import contextlib, io, json, os, sys
from tanggap.cli import doctor
before = dict(os.environ)
for line in sys.stdin:
    os.environ.clear()
    os.environ.update({name: value for name, value in (before | json.loads(line)).items() if value})
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        code = doctor.examine(as_json=True)
    print(json.dumps([code, json.loads(said.getvalue())]), flush=True)
"""


class Mail(threading.Thread):
    """A mail server of some lines: greets, and takes one password."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]

    def run(self) -> None:
        while True:
            with contextlib.suppress(OSError):
                connection, _ = self.socket.accept()
                with connection, connection.makefile("rwb", buffering=0) as talk:
                    self.serve(talk)

    def serve(self, talk) -> None:
        talk.write(b"220 melati.test\r\n")
        for line in talk:
            word, _, rest = line.strip().decode().partition(" ")
            if word.upper() == "EHLO":
                talk.write(b"250-melati.test\r\n250 AUTH PLAIN\r\n")
            elif word.upper() == "AUTH":
                good = base64.b64decode(rest.split()[-1]).endswith(b"\0right")
                talk.write(b"235 ok\r\n" if good else b"535 no\r\n")
            else:
                talk.write(b"221 bye\r\n" if word.upper() == "QUIT" else b"250 ok\r\n")


class Installation:
    """A city's installation as it should be: settings, database, people, a copy."""

    def __init__(self, folder: Path, database: str, mail: int):
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        self.url = database
        self.environment = kept | {
            "PYTHONPATH": str(REPOSITORY), "DATABASE_URL": database, "TANGGAP_DATA": str(folder),
            "TANGGAP_SECRET_KEY": secrets.token_urlsafe(48), "TANGGAP_TRACKING_KEY": secrets.token_urlsafe(48),
            "TANGGAP_SEAL_KEYS": f"k1:{base64.b64encode(secrets.token_bytes(32)).decode()}",
            "TANGGAP_SITE_URL": "https://lapor.melati.test", "TANGGAP_HOSTS": "lapor.melati.test",
            "TANGGAP_TRUSTED_HOPS": "1", "TANGGAP_SMTP_HOST": "127.0.0.1", "TANGGAP_SMTP_PORT": str(mail),
            "TANGGAP_SMTP_TLS": "0", "TANGGAP_SMTP_USER": "city", "TANGGAP_SMTP_PASSWORD": "right",
            "TANGGAP_MAIL_FROM": "lapor@melati.test",
        }  # fmt: skip

    def run(self, *words: str, **more: str) -> subprocess.CompletedProcess:
        environment = {name: value for name, value in (self.environment | more).items() if value}
        return subprocess.run(
            [sys.executable, *words], env=environment, capture_output=True, text=True, timeout=120
        )

    def do(self, *words: str) -> None:
        done = self.run(*words, DJANGO_SETTINGS_MODULE="tanggap.settings")
        assert done.returncode == 0, done.stderr

    def sql(self, *statements: str) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)

    def beat(self) -> None:
        self.sql(
            "INSERT INTO tanggap_beat VALUES ('here:1', now()) ON CONFLICT (name) DO UPDATE SET at = now()"
        )

    def doctor(self, **more: str) -> dict:
        self.beat()
        return self.look(**more)

    @contextlib.contextmanager
    def standing_by(self) -> Iterator[None]:
        """A process that waits for questions, for as long as this lasts."""
        self.process = subprocess.Popen([sys.executable, "-c", EXAMINE], env=self.environment, text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # fmt: skip
        with self.process:
            yield
            self.process.stdin.close()

    def examine(self, **more: str) -> dict:
        self.beat()
        self.process.stdin.write(json.dumps(more) + "\n")
        self.process.stdin.flush()
        code, told = json.loads(self.process.stdout.readline())
        assert code == (0 if told["ok"] else 1)
        return told

    def look(self, **more: str) -> dict:
        done = self.run("-m", "tanggap.cli", "doctor", "--json", **more)
        assert done.stderr == ""
        told = json.loads(done.stdout)
        assert done.returncode == (0 if told["ok"] else 1)
        return told


@pytest.fixture(scope="module")
def city(tmp_path_factory) -> Iterator[Installation]:
    mail = Mail()
    mail.start()
    with postgres.temporary(durable=True) as server:
        made = Installation(tmp_path_factory.mktemp("city"), server.dsn_url, mail.port)
        made.do("-m", "tanggap.cli", "migrate")
        made.do("-m", "tanggap.cli", "load", str(MINICITY))
        made.do("-m", "tanggap.cli", "load-areas", str(MINICITY / "areas.geojson"))
        made.do("-c", GOOD_STATE)
        with made.standing_by():
            yield made


def test_all_is_green_where_all_is_well(city):
    told = city.doctor()
    assert (told["wrong"], told["remarks"], told["ok"]) == ([], [], True)
    assert told["facts"]["last_copy_hours"] < 1
    said = city.run("-m", "tanggap.cli", "doctor")
    assert said.returncode == 0
    assert "Nothing is wrong." in said.stdout
    assert [value for name, value in city.environment.items()
            if name in (*doctor_outside.SECRETS, "TANGGAP_SMTP_PASSWORD") and value in said.stdout] == []  # fmt: skip


# what is broken by settings, by SQL and mended by SQL; which check speaks, and what it says
FAULTS = {
    "a secret is missing": ({"TANGGAP_TRACKING_KEY": ""}, (), (), "secrets", "TANGGAP_TRACKING_KEY is missing: take"),
    "a short secret": ({"TANGGAP_SECRET_KEY": "too short"}, (), (), "secrets", "TANGGAP_SECRET_KEY is shorter than 32"),
    "hosts and address differ": ({"TANGGAP_HOSTS": "old.melati.test"}, (), (), "site", "name different hosts"),
    "no proxy is trusted": ({"TANGGAP_TRUSTED_HOPS": "0"}, (), (), "proxy", "TANGGAP_TRUSTED_HOPS is 0"),
    "no https": ({"TANGGAP_SITE_URL": "http://lapor.melati.test"}, (), (), "https", "begins with http"),
    "mail refuses the log-in": ({"TANGGAP_SMTP_PASSWORD": "wrong"}, (), (), "mail", "refuses the log-in (535)"),
    "a migration is missing": ({}, ("UPDATE django_migrations SET app = 'x' WHERE app = 'tanggap'",),
                               ("UPDATE django_migrations SET app = 'tanggap' WHERE app = 'x'",), "tables",
                               "run `tanggap migrate`"),
    "areas are guessed": ({}, ("UPDATE tanggap_city SET areas_from = 'cells'",),
                          ("UPDATE tanggap_city SET areas_from = 'polygons'",), "areas", "tanggap load-areas"),
    "rows were given up on": ({}, ("UPDATE tanggap_job SET parked_at = now()",),
                              ("UPDATE tanggap_job SET parked_at = NULL",), "parked", "(job 1)"),
    "no second factor": ({}, ("UPDATE mfa_authenticator SET user_id = user_id",
                              "ALTER TABLE mfa_authenticator RENAME TO kept",
                              "CREATE TABLE mfa_authenticator (LIKE kept)"),
                         ("DROP TABLE mfa_authenticator", "ALTER TABLE kept RENAME TO mfa_authenticator"), "people",
                         "No second factor for joko"),
    "the last copy is old": ({}, ("UPDATE tanggap_copy SET finished_at = now() - interval '50 hours'",),
                             ("UPDATE tanggap_copy SET finished_at = now()",), "copies", "50 hours old"),
    "the last copy lacks a file": ({}, ("UPDATE tanggap_copy SET error = '1 file is missing: ab/cd.jpg'",),
                                   ("UPDATE tanggap_copy SET error = ''",), "copies", "ab/cd.jpg"),
    "PostgreSQL can lose data": ({}, ("ALTER DATABASE tanggap SET synchronous_commit = off",),
                                 ("ALTER DATABASE tanggap RESET synchronous_commit",), "postgres",
                                 "synchronous_commit is off: reports that were told received can be lost"),
    "the log holds words": ({}, ("ALTER DATABASE tanggap SET log_min_error_statement = error",),
                            ("ALTER DATABASE tanggap RESET log_min_error_statement",), "postgres",
                            "log would hold citizens' words"),
    "a misspelt setting": ({"TANGGAP_SITEURL": "https://x.test"}, (), (), "settings", "TANGGAP_SITEURL is no setting"),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_each_fault_is_named_and_nothing_else(city, name):
    environment, breaks, mends, check, words = FAULTS[name]
    city.sql(*breaks)
    try:
        wrong = city.examine(**environment)["wrong"]
    finally:
        city.sql(*mends)
    assert [one["check"] for one in wrong] == [check]
    assert words in wrong[0]["words"]


def test_without_a_worker_it_says_so(city):
    city.sql("DELETE FROM tanggap_beat")
    assert [one["check"] for one in city.look()["wrong"]] == ["worker"]


def test_a_database_that_is_away_is_one_sentence_and_shows_no_password(city):
    told = city.look(DATABASE_URL="postgresql://city:s3cret-word@127.0.0.1:1/tanggap")
    assert [one["check"] for one in told["wrong"]] == ["database"]
    assert "127.0.0.1" in told["wrong"][0]["words"]
    assert "s3cret-word" not in json.dumps(told)


def test_a_number_that_is_none_is_named_and_the_rest_still_looked_at(city):
    wrong = city.look(TANGGAP_PORT="eighty", TANGGAP_SMTP_HOST="")["wrong"]
    assert [one["check"] for one in wrong] == ["numbers", "mail", "database"]


def test_several_faults_are_all_named(city):
    wrong = city.doctor(TANGGAP_SEAL_KEYS="", TANGGAP_SITE_URL="", TANGGAP_MAIL_FROM="")["wrong"]
    assert [one["check"] for one in wrong] == ["secrets", "site", "mail"]


# ---- what needs no database ----


@pytest.fixture
def here(monkeypatch, tmp_path):
    for name in [name for name in os.environ if name.startswith("TANGGAP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("TANGGAP_DATA", str(tmp_path))

    def told(check, **settings) -> str:
        for name, value in settings.items():
            monkeypatch.setenv(f"TANGGAP_{name}", value)
        return " ".join(check())

    return told


def test_the_demos_secrets_are_no_citys(here, tmp_path):
    word = secrets.token_urlsafe(48)
    (tmp_path / "secrets.env").write_text(f"TANGGAP_SECRET_KEY={word}\n")
    (tmp_path / "secrets.env").chmod(0o600)
    assert "TANGGAP_SECRET_KEY is the demo's own" in here(doctor_outside.demo_secrets, SECRET_KEY=word)
    (tmp_path / "secrets.env").chmod(0o644)
    assert "can be read by others" in here(doctor_outside.demo_secrets)
    assert "passwords of a demo are known" in here(
        doctor_outside.demo_secrets, DEMO="1", SITE_URL="https://x.test"
    )


def test_secrets_are_long_varied_and_different(here):
    word = secrets.token_urlsafe(48)
    assert "too simple" in here(doctor_outside.secrets, SECRET_KEY="ab" * 30)
    told = here(
        doctor_outside.secrets, SECRET_KEY=word, TRACKING_KEY=word, SEAL_KEYS="k1:" + "abcdefghijklmnop" * 3
    )
    assert "TANGGAP_TRACKING_KEY and TANGGAP_SECRET_KEY are the same" in told
    assert "TANGGAP_SEAL_KEYS can't be read" in told
    assert word not in told


@pytest.mark.parametrize(("address", "hosts", "said"), [
    ("", "", "is not set"), ("lapor.kota.test", "", "no address of the web"), ("https://x.test/app", "", "more than"),
    ("https://127.0.0.1", "", "their own machine"), ("https://x.test", "*", "forged Host"),
    ("https://x.test", "x.test", ""),
    ("https://x.test", "127.0.0.1 localhost [::1]", ""),
])  # fmt: skip
def test_the_sites_address(here, address, hosts, said):
    told = here(doctor_outside.site, SITE_URL=address, HOSTS=hosts)
    assert (said in told) if said else told == ""


def test_a_port_that_can_be_reached_around_the_proxy(here):
    assert "around the proxy" in here(doctor_outside.proxy, TRUSTED_HOPS="1", HOST="0.0.0.0")


def test_a_nearly_full_disk(here, monkeypatch):
    monkeypatch.setattr(doctor_outside, "ENOUGH_MB", 10**9)
    assert "make room" in here(doctor_outside.disk)


def test_a_media_folder_for_everybody_or_for_nobody(here, tmp_path):
    assert here(doctor_outside.media) == ""
    (tmp_path / "media").chmod(0o755)
    assert "chmod o=" in here(doctor_outside.media)
    (tmp_path / "media").rmdir()
    (tmp_path / "media").write_text("no folder")
    assert "can't be stored" in here(doctor_outside.media)


def test_a_mail_server_that_is_not_there_or_speaks_no_tls(here):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
    assert "can't be reached" in here(
        doctor_outside.mail, SMTP_HOST="127.0.0.1", SMTP_PORT=port, MAIL_FROM="a@b.test"
    )
    server = Mail()
    server.start()
    assert "does not offer" in here(doctor_outside.mail, SMTP_PORT=str(server.port))


def test_a_demo_on_one_machine_is_as_it_should_be(here):
    here(doctor_outside.site, DEMO="1")
    assert doctor.finding("copies", "There never was one.").remark
    assert not doctor.finding("parked", "3 rows.").remark
    here(doctor_outside.site, SITE_URL="https://lapor.kota.test")
    assert not doctor.finding("copies", "There never was one.").remark
