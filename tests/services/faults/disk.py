"""A disk that is small enough to be filled: a tmpfs of its own. Only root may mount one."""

import contextlib
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

BALLAST = "ballast"
BLOCK = b"\0" * 65536


@contextlib.contextmanager
def small_disk(folder: Path, mb: int) -> Iterator[Path]:
    """What already lies in the folder is hidden for as long as this lasts."""
    folder.mkdir(exist_ok=True)
    command = ["mount", "-t", "tmpfs", "-o", f"size={mb}m,mode=0755", "tmpfs", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        reason = f"no small disk can be made here ({done.stderr.strip()})"
        (pytest.fail if os.environ.get("CI") and os.geteuid() == 0 else pytest.skip)(reason)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(disk: Path) -> None:
    """To the last byte."""
    with open(disk / BALLAST, "wb", buffering=0) as file:
        for size in (len(BLOCK), 4096, 1):
            with contextlib.suppress(OSError):
                while file.write(BLOCK[:size]):
                    pass


def empty(disk: Path) -> None:
    (disk / BALLAST).unlink()


def used_mb(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) // 2**20 + 1
