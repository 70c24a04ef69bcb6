"""The commands' words: a key made once, refusals in one sentence, a rehearsal that is remembered."""

import os
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tanggap.cli import copies, main
from tanggap.copies import keys, last_good, manifest, programs, rehearse, snapshot
from tanggap.copies.errors import CopyError, Damaged, WrongSecrets
from tanggap.lib.postgres_programs import Programs
from tanggap.models import Copy
from tests.cast import NOON

from .conftest import PUBLIC, SECRET


def test_a_key_is_made_into_a_file_and_never_over_another(tmp_path, capsys):
    path = tmp_path / "key.txt"
    assert main(["backup-key", "--file", str(path)]) == 0
    told = capsys.readouterr().out
    [identity] = keys.identities(path)
    assert (str(identity.to_public()) in told, str(identity) in told) == (True, False)
    assert path.stat().st_mode & 0o777 == 0o600
    assert main(["backup-key", "--file", str(path)]) == 1
    assert "never overwritten" in capsys.readouterr().err


def test_a_key_is_printed_once_with_what_to_do(capsys):
    assert main(["backup-key"]) == 0
    told = capsys.readouterr().out
    assert ("AGE-SECRET-KEY-1" in told, "off the city's machine" in told) == (True, True)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("", "No key to seal to"),
        ("age1x", "is no public key"),
        (SECRET, "secret half"),
        ("ssh-rsa AAAA", "no public"),
    ],
    ids=["nothing", "not-one", "the-secret-half", "another-kind"],
)
def test_a_key_to_seal_to_that_is_none(given, told):
    with pytest.raises(keys.BadKey, match=told) as refused:
        keys.recipients(given)
    assert SECRET not in str(refused.value)


def test_several_keepers_may_each_open():
    other_secret, other = keys.make_pair()
    sealed = keys.close(b"words", keys.recipients(f"{PUBLIC}, {other} {PUBLIC}"))
    for secret in (SECRET, other_secret):
        assert keys.open_sealed(sealed, [keys.x25519.Identity.from_str(secret)]) == b"words"


def test_a_rehearsal_proves_and_is_remembered(city):
    made = city.backup().manifest
    later = NOON + timedelta(days=2)
    brought = rehearse.rehearse(city.store, made, city.key_file, later)
    assert (brought.reports, brought.files) == (3, 6)
    assert manifest.proven(city.store) == {made.name: later}
    # it was proven where the key is; the next copy brings the word home
    city.backup(later)
    assert Copy.objects.get(name=made.name).rehearsed_at == later


def test_a_rehearsal_of_a_damaged_copy_proves_nothing(city):
    made = city.backup().manifest
    path = city.store.root / made.database[0].name
    path.write_bytes(bytes([path.read_bytes()[0] ^ 1]) + path.read_bytes()[1:])
    with pytest.raises(Damaged):
        rehearse.rehearse(city.store, made, city.key_file, NOON)
    assert manifest.proven(city.store) == {}


def test_a_rehearsal_looks_at_secrets_where_there_are_any(city):
    made = city.backup().manifest
    assert not rehearse.check_secrets(made, {})
    assert rehearse.check_secrets(made, os.environ)
    with pytest.raises(WrongSecrets):
        rehearse.check_secrets(made, os.environ | {"TANGGAP_TRACKING_KEY": "x" * 44})


def test_the_list_of_a_store_says_what_is_wrong(city, capsys):
    first, second = city.backup().manifest, city.backup(NOON + timedelta(days=1)).manifest
    (city.store.root / second.database[0].name).unlink()
    city.store.put("copies/20260101T000000-000000.json", b"{")
    assert main(["copies", city.store.address]) == 0
    lines = {line.split()[0]: line for line in capsys.readouterr().out.splitlines()}
    assert lines[first.name].endswith("whole")
    assert lines[second.name].endswith("1 parts are missing or cut off")
    assert lines["20260101T000000-000000"].endswith("it is damaged.")


def test_the_last_good_one_is_neither_broken_nor_removed(db):
    def copy(name, **more):
        Copy.objects.create(name=name, place="x", started_at=NOON, **more)

    assert last_good(NOON) is None
    copy("old", finished_at=NOON - timedelta(days=9), error="1 photos are damaged")
    copy("removed", finished_at=NOON - timedelta(days=2), removed_at=NOON)
    copy("broken", error="It broke off.")
    good = last_good(NOON)
    assert (good.name, good.age, good.lacks) == ("old", timedelta(days=9), "1 photos are damaged")


def test_refusals_are_one_sentence(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("TANGGAP_DATA", str(tmp_path))
    assert main(["rehearse", str(tmp_path / "none"), "--key", str(tmp_path / "key")]) == 1
    told = capsys.readouterr().err
    assert (told.count("\n"), "There is no whole copy" in told) == (1, True)


# ---- programs ----


def test_programs_of_the_servers_own_major_come_first(monkeypatch, tmp_path):
    def made(major, folder):
        (tmp_path / folder).mkdir()
        for name in ("pg_dump", "pg_restore"):
            (tmp_path / folder / name).touch()
        return Programs(tmp_path / folder, major)

    wheel, system, newer = made(17, "wheel"), made(17, "system"), made(18, "newer")
    monkeypatch.setattr(programs, "wheel_programs", lambda: wheel)
    monkeypatch.setattr(programs, "system_programs", lambda: [newer, system])
    assert programs.fitting(17, far=False) == wheel
    assert programs.fitting(17, far=True) == system  # the wheel's know no TLS
    assert programs.fitting(15, far=False) == wheel
    assert programs.fitting(18, far=False) == newer
    with pytest.raises(CopyError, match=r"PostgreSQL 19; .* are of 17, 18: install"):
        programs.fitting(19, far=False)


def test_a_password_never_stands_on_a_line():
    url = "postgresql://ani:s3cret@db.melati.test:5433/city?sslmode=require"
    told = programs.environment(Programs(Path("/nowhere/bin"), 17), url)
    assert (told["PGPASSWORD"], told["PGHOST"], told["PGPORT"], told["PGSSLMODE"]) == (
        "s3cret", "db.melati.test", "5433", "require",
    )  # fmt: skip
    assert programs.is_far(url)
    assert not programs.is_far("postgresql://x@/tanggap?host=/tmp/x&port=1")


def test_a_database_that_is_away_is_one_sentence(city):
    order = replace(city.order, url="postgresql://nobody@/nothing?host=/nowhere&port=1")
    with pytest.raises(CopyError, match="does not answer"), snapshot.alone(order.url):
        pass


def test_what_pg_dump_complains_of_reaches_the_row(city, monkeypatch):
    monkeypatch.setattr(programs, "environment", lambda own, url: own.environment() | {"PGHOST": "/nowhere"})
    with pytest.raises(CopyError, match="The database could not be read: "):
        city.backup()
    assert Copy.objects.get().error.startswith("The database could not be read: pg_dump")


@pytest.mark.parametrize(
    ("age", "told"),
    [(timedelta(minutes=5), "5 min"), (timedelta(hours=30), "30 h"), (timedelta(days=3), "3 days")],
)
def test_ages_as_people_say_them(age, told):
    assert copies.span(age) == told
