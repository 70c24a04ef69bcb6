"""Bringing a copy back: into an empty place only, all of it or nothing, and only what is truly ours."""

import errno
import hashlib
import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from django.conf import settings

from tanggap.copies import erased, keys, manifest, restore
from tanggap.copies.erased import forget_again
from tanggap.copies.errors import BadKey, CopyError, Damaged, NoRoom, NotEmpty, WrongSecrets
from tanggap.copies.manifest import Erased
from tanggap.lib import seal
from tanggap.models import Change, Report, Upload
from tests.cast import NOON

from .conftest import PUBLIC

MEDIA = Path(settings.MEDIA_ROOT)


def tables(target) -> int:
    with psycopg.connect(target.url) as back:
        return back.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone()[0]


def assert_nothing_is_there(target) -> None:
    assert tables(target) == 0
    assert not target.folder.exists() or list(target.folder.iterdir()) == []


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def test_everything_comes_back(city):
    city.backup()
    brought, target = city.restore(), city.target()
    assert (brought.reports, brought.files, brought.older) == (3, 6, False)
    assert brought.last_number == Report.objects.latest("id").number
    assert brought.last_day == f"{NOON.date()}: 3"
    with psycopg.connect(target.url) as back:
        numbers = back.execute("SELECT number FROM tanggap_report ORDER BY number").fetchall()
        assert [number for (number,) in numbers] == list(
            Report.objects.order_by("number").values_list("number", flat=True)
        )
        copies = back.execute("SELECT finished_at, files FROM tanggap_copy").fetchall()
        assert copies == [(NOON, 6)]
    for row in Upload.objects.all():
        assert hashlib.sha256((target.media / row.path).read_bytes()).digest() == bytes(row.sha256)
    assert {path.stat().st_mode & 0o007 for path in target.media.rglob("*")} == {0}
    assert not target.mark.exists()


def test_the_ledger_still_refuses_to_forget(city):
    city.backup()
    city.restore()
    with psycopg.connect(city.target().url) as back, pytest.raises(psycopg.errors.RestrictViolation):
        back.execute("DELETE FROM tanggap_event")


def test_an_older_copy_comes_back_by_its_name(city):
    first = city.backup().manifest
    Upload.objects.update(lat=1.5)
    city.backup(NOON + timedelta(days=1))
    assert city.restore(first.name).manifest.name == first.name
    with psycopg.connect(city.target().url) as back:
        assert back.execute("SELECT count(*) FROM tanggap_upload WHERE lat = 1.5").fetchone() == (0,)


def test_the_wrong_key_is_named_and_opens_nothing(city):
    city.backup()
    secret, public = keys.make_pair()
    city.key_file.write_text(secret)
    with pytest.raises(BadKey, match=f"sealed to {PUBLIC}, the key is of {public}"):
        city.restore()
    assert_nothing_is_there(city.target())


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("", "holds no key"),
        ("# nothing\n", "holds no key"),
        (f"\n{PUBLIC}\n", "line 2: this is the public half"),
        ("AGE-SECRET-KEY-1QQQ", "line 1: this is no key"),
        (b"\xff\xfe\x00", "it is no text"),
    ],
    ids=["empty", "a-comment", "the-public-half", "cut", "no-text"],
)
def test_a_key_file_that_holds_none(tmp_path, words, told):
    path = tmp_path / "key"
    path.write_bytes(words if isinstance(words, bytes) else words.encode())
    with pytest.raises(BadKey, match=told) as refused:
        keys.identities(path)
    assert "QQQ" not in str(refused.value)


@pytest.mark.parametrize("kind", ["database", "files"])
def test_a_flipped_byte_is_found_and_leaves_nothing(city, kind):
    made = city.backup().manifest
    flip(city.store.root / getattr(made, kind)[-1].name)
    with pytest.raises(Damaged, match="was changed"):
        city.restore()
    assert_nothing_is_there(city.target())


def test_a_part_cut_off_or_missing_is_told_before_anything_begins(city):
    made = city.backup().manifest
    part = city.store.root / made.files[0].name
    part.write_bytes(part.read_bytes()[:-10])
    with pytest.raises(Damaged, match="1 of its parts"):
        city.restore()
    part.unlink()
    with pytest.raises(Damaged, match="1 of its parts"):
        city.restore()
    assert_nothing_is_there(city.target())


def test_a_database_with_tables_is_left_alone(city):
    city.backup()
    with psycopg.connect(city.target().url) as back:
        back.execute("CREATE TABLE somebody (word text)")
    with pytest.raises(NotEmpty, match="database is not empty"):
        city.restore()
    assert tables(city.target()) == 1


def test_a_folder_with_photos_is_left_alone(city):
    city.backup()
    kept = city.target().media / "aa" / "kept.jpg"
    kept.parent.mkdir(parents=True)
    kept.write_text("a photo")
    with pytest.raises(NotEmpty, match="media is not empty"):
        city.restore()
    assert kept.read_text() == "a photo"


def test_too_little_room_is_said_before(city, monkeypatch):
    city.backup()
    monkeypatch.setattr(restore.parts, "MARGIN", 2**60)
    with pytest.raises(NoRoom, match="nothing was begun"):
        city.restore()
    assert_nothing_is_there(city.target())


def test_a_disk_that_fills_up_meanwhile_leaves_nothing(city, monkeypatch):
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    city.backup()
    monkeypatch.setattr(restore, "put", full)
    with pytest.raises(NoRoom, match="No space left"):
        city.restore()
    assert_nothing_is_there(city.target())
    monkeypatch.undo()
    assert city.restore().files == 6


def test_what_a_killed_restore_left_is_taken_away_and_all_comes_back(city):
    found, target = city.backup().manifest, city.target()
    (target.folder / "media.restoring" / "aa").mkdir(parents=True)
    (target.media / "bb").mkdir(parents=True)
    target.mark.write_text(json.dumps({"copy": found.name}))
    assert city.restore().files == 6
    assert not (target.folder / "media.restoring").exists()
    assert not (target.media / "bb").exists()


def test_a_restore_killed_after_the_database_came_is_finished(city):
    found, target = city.backup().manifest, city.target()
    city.restore()
    target.mark.write_text(json.dumps({"copy": found.name}))
    assert city.restore().reports == 3
    assert not target.mark.exists()
    with pytest.raises(NotEmpty):
        city.restore()


def test_a_database_that_lost_rows_is_not_taken(city, monkeypatch):
    made = city.backup().manifest
    wrong = replace(made, counts=made.counts | {"tanggap_report": 4})
    monkeypatch.setattr(manifest, "choose", lambda *_: wrong)
    with pytest.raises(Damaged, match="should have 4 rows and has 3"):
        city.restore()
    assert_nothing_is_there(city.target())


def test_a_copy_of_a_newer_version_is_refused(city, monkeypatch):
    made = city.backup().manifest
    monkeypatch.setattr(
        manifest, "choose", lambda *_: replace(made, migrations=[*made.migrations, "0999_later"])
    )
    with pytest.raises(CopyError, match="0999_later"):
        city.restore()


def test_a_copy_of_a_newer_postgresql_is_refused(city, monkeypatch):
    made = city.backup().manifest
    monkeypatch.setattr(manifest, "choose", lambda *_: replace(made, postgres=99))
    with pytest.raises(CopyError, match="PostgreSQL 99"):
        city.restore()
    assert_nothing_is_there(city.target())


# ---- people erased since ----


def test_a_later_copy_names_whom_an_older_one_must_forget(city):
    first, person = city.backup().manifest, Report.objects.first().reporter
    made = person.created_at.isoformat()
    gone = Erased(person.id, made, True)
    forget_again([gone], NOON)
    second = city.backup(NOON + timedelta(days=1)).manifest
    assert (first.erased, second.erased) == ([], [gone])
    assert erased.since(city.store, first, city.order.secrets) == [gone]
    assert erased.since(city.store, second, city.order.secrets) == []


def test_whom_a_restored_copy_knows_again_is_forgotten_once(city):
    row = Report.objects.first()
    gone = Erased(row.reporter_id, row.reporter.created_at.isoformat(), True)
    stranger = Erased(row.reporter_id, (NOON + timedelta(days=1)).isoformat(), True)  # the number, given anew
    assert forget_again([stranger], NOON) == 0
    assert (forget_again([gone], NOON), forget_again([gone], NOON)) == (1, 0)
    row.refresh_from_db()
    assert (row.reporter.key, row.words_sealed, row.photos.count()) == (None, None, 0)
    assert Change.objects.latest("id").object == f"reporter:{row.reporter_id}"


# ---- the city's secrets, and a manifest that was tampered with ----


def other_ring(name: str) -> seal.Keyring:
    return seal.Keyring(((name, b"n" * 32),))


def test_the_citys_own_secrets_pass_and_a_key_in_front_changes_nothing(city):
    made, own = city.backup().manifest, city.order.secrets
    made.check(own)
    made.check(replace(own, ring=seal.Keyring((("k2", b"n" * 32), *own.ring.keys))))


def test_other_secrets_are_named(city):
    made, own = city.backup().manifest, city.order.secrets
    with pytest.raises(WrongSecrets, match="TRACKING_KEY"):
        made.check(replace(own, tracking=b"t" * 32))
    with pytest.raises(WrongSecrets, match="lacks the key k1"):
        made.check(replace(own, ring=other_ring("k2")))
    with pytest.raises(WrongSecrets, match="not the copied city's"):
        made.check(replace(own, ring=other_ring("k1")))


def test_a_manifest_that_was_changed_is_not_trusted(city):
    made, own = city.backup().manifest, city.order.secrets
    path = city.store.root / f"copies/{made.name}.json"
    path.write_text(path.read_text().replace('"tanggap_report": 3', '"tanggap_report": 2'))
    with pytest.raises(Damaged, match="was changed"):
        manifest.read(city.store, made.name).check(own)


@pytest.mark.parametrize(
    "words",
    ["", "{", "[]", "null", "7", '{"format": 1}', '{"format": 1, "database": [{}], "files": []}', "[" * 9999],
)
def test_a_manifest_that_is_none(words):
    with pytest.raises(Damaged, match="is damaged"):
        manifest.parse("20261124T160128-6978ff", words.encode())


def test_a_name_that_leads_elsewhere_is_none(city):
    with pytest.raises(CopyError, match="no name of a copy"):
        manifest.read(city.store, "../../etc/passwd")
