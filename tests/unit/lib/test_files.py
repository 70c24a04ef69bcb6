"""Stored files."""

import errno
import os
import re

import pytest

from tanggap.lib import files


def test_bytes_are_stored_under_a_name_nobody_guesses(tmp_path):
    first = files.store_bytes(tmp_path / "media", b"one", ".jpg")
    second = files.store_bytes(tmp_path / "media", b"one", ".jpg")
    assert re.fullmatch(r"([0-9a-f]{2})/([0-9a-f]{2})/\1\2[0-9a-f]{28}\.jpg", first)
    assert first != second
    stored = tmp_path / "media" / first
    assert (stored.read_bytes(), stored.stat().st_mode & 0o777) == (b"one", 0o640)


@pytest.mark.parametrize("suffix", ["", "jpg", "../x", ".jp/g", ".JPG", ".jpg\0"])
def test_a_suffix_leads_nowhere_else(tmp_path, suffix):
    with pytest.raises(ValueError, match="suffix"):
        files.store_bytes(tmp_path, b"", suffix)


def test_free_room_is_told_for_a_folder_that_will_be(tmp_path):
    assert files.free_mb(tmp_path / "not" / "yet") > 0


def test_a_full_disk_leaves_no_half_file_behind(tmp_path, monkeypatch):
    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space") as found:
        files.store_bytes(tmp_path, b"x" * 5000, ".jpg")
    assert files.is_full(found.value)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
