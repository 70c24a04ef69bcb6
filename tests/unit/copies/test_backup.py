"""Making a copy: consistent, sealed, only what is new; nothing half passes for a whole one."""

import errno
import json
import os
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings

from tanggap.copies import last_good, manifest, snapshot
from tanggap.copies import parts as packing
from tanggap.copies.errors import Busy, CopyError, NoRoom, StoreAway
from tanggap.copies.stores import Folder, open_store
from tanggap.intake import files
from tanggap.models import Copy, Upload
from tests.cast import NOON

from .conftest import reported

MEDIA = Path(settings.MEDIA_ROOT)


def test_a_copy_is_whole_and_says_so(city):
    made = city.backup().manifest
    assert (made.counts["tanggap_report"], made.file_count, made.missing, made.gone) == (3, 6, [], 0)
    row = Copy.objects.get()
    assert (row.name, row.place, row.finished_at, row.files, row.error) == (
        made.name, city.store.address, NOON, 6, "",
    )  # fmt: skip
    good = last_good(NOON + timedelta(hours=3))
    assert (good.name, good.age, good.rehearsed_at, good.lacks) == (made.name, timedelta(hours=3), None, "")


def test_nothing_readable_lies_in_the_store(city):
    path = Upload.objects.first().path
    city.backup()
    held = b"".join(file.read_bytes() for file in city.store.root.rglob("*") if file.is_file())
    assert [word for word in (b"Ani", b"Jalan rusak", b"81234567890", path.encode()) if word in held] == []
    assert {file.stat().st_mode & 0o007 for file in city.store.root.rglob("*")} == {0}


def test_the_next_copy_sends_new_files_only(city):
    first = city.backup()
    before = set(city.parts())
    reported(1)
    second = city.backup(NOON + timedelta(days=1))
    assert second.manifest.file_count == 7
    assert set(first.manifest.files) <= set(second.manifest.files)
    new = set(city.parts()) - before
    assert new == {part.name for part in second.manifest.parts if part not in first.manifest.files}
    assert len(second.manifest.files) == len(first.manifest.files) + 1


def test_a_part_with_an_erased_file_serves_no_later_copy(city):
    first = city.backup()
    files.discard(Upload.objects.first())
    second = city.backup(NOON + timedelta(days=1))
    assert second.manifest.file_count == 5
    assert set(first.manifest.files).isdisjoint(second.manifest.files)


def test_a_file_that_bears_two_names_is_copied_once(city):
    Upload.objects.filter(pk=Upload.objects.first().pk).update(copy=Upload.objects.first().path)
    assert city.backup().manifest.file_count == 6
    assert city.restore().files == 6


def test_a_copy_that_broke_off_is_none_and_its_parts_are_not_sent_again(city, monkeypatch):
    monkeypatch.setattr(
        manifest.Manifest, "write", lambda *_: (_ for _ in ()).throw(StoreAway("The line is cut."))
    )
    with pytest.raises(StoreAway):
        city.backup()
    monkeypatch.undo()
    assert manifest.names(city.store) == []
    assert (Copy.objects.get().error, last_good(NOON)) == ("The line is cut.", None)
    lying = {
        name for name in city.parts() if name.removesuffix(".age") + ".has" in city.store.under("parts/")
    }
    assert {part.name for part in city.backup().manifest.files} == lying


def test_a_killed_copy_is_called_broken_by_the_next(city):
    Copy.objects.create(name="killed", place="x", started_at=NOON)
    city.backup()
    assert Copy.objects.get(name="killed").error == "It broke off."


def test_a_part_that_was_cut_off_is_sent_again(city):
    first = city.backup().manifest
    part = city.store.root / first.files[0].name
    part.write_bytes(part.read_bytes()[:-1])
    second = city.backup(NOON + timedelta(days=1)).manifest
    assert first.files[0] not in second.files
    assert second.file_count == 6


def test_two_at_once_are_refused(city):
    with snapshot.alone(city.order.url), pytest.raises(Busy, match="Another copy"):
        city.backup()
    assert Copy.objects.count() == 0


def test_a_file_lost_on_the_disk_is_named_and_one_removed_in_between_is_not(city, monkeypatch):
    lost, swept = Upload.objects.order_by("id")[:2]
    (MEDIA / lost.path).unlink()
    dump = packing.Sender.send

    def send(sender, plain, has=None):
        if (MEDIA / swept.path).exists():  # the snapshot is held, the files are not read yet
            files.discard(Upload.objects.get(pk=swept.pk))
        return dump(sender, plain, has)

    monkeypatch.setattr(packing.Sender, "send", send)
    made = city.backup().manifest
    assert (made.missing, made.gone, made.file_count) == ([lost.path], 1, 4)
    assert Copy.objects.get().error == "1 photos are missing on the disk"


def test_a_photo_that_rotted_is_named(city):
    one = Upload.objects.first()
    data = (MEDIA / one.path).read_bytes()
    (MEDIA / one.path).write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    assert city.backup().manifest.damaged == [one.path]


def test_too_little_room_is_said_before_anything_is_sent(city, monkeypatch):
    monkeypatch.setattr(Folder, "free", lambda self: 10 * 2**20)
    with pytest.raises(NoRoom, match=r"needs about \d+ MB"):
        city.backup()
    assert city.parts() == []


def test_a_disk_that_fills_up_leaves_no_half_object(city, monkeypatch):
    rooms = iter([2**40, 2**40, 1])
    monkeypatch.setattr(Folder, "free", lambda self: next(rooms, 1))
    with pytest.raises(NoRoom, match="broke off"):
        city.backup()
    assert manifest.names(city.store) == []
    monkeypatch.undo()
    assert city.backup().manifest.file_count == 6


def full(*_: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_disk_that_is_full_after_all_leaves_no_half_object(tmp_path, monkeypatch):
    store = Folder(tmp_path)
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(NoRoom, match="is full"):
        store.put("parts/aa/one.age", b"words")
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_place_holds_one_city(city):
    city.store.put("store.json", json.dumps({"city": "Elsewhere"}).encode())
    with pytest.raises(CopyError, match="copies of Elsewhere"):
        city.backup()


@pytest.mark.parametrize("address", ["ftp://x/y", "s3://", "s3://key:word@bucket/x"])
def test_a_place_that_is_none(address):
    with pytest.raises(StoreAway, match=r"no place for copies|Credentials belong"):
        open_store(address)


def test_a_place_that_may_not_be_written(city, tmp_path):
    (tmp_path / "file").write_text("")
    city.store = Folder(tmp_path / "file" / "store")
    with pytest.raises(StoreAway, match="can't be"):
        city.backup()
