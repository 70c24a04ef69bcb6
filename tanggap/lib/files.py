"""Files that must survive a power cut: random names, synced before anybody is told of them."""

import errno
import hashlib
import os
import re
import secrets
import shutil
from pathlib import Path

FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_SUFFIX = re.compile(r"\.[a-z0-9]{1,8}")


def store_bytes(root: Path, data: bytes, suffix: str) -> str:
    """Writes a new file under `root`, syncs it and its folders, and gives its path relative to `root`.

    The name has 128 random bits, so that it can't be guessed; two levels of folders keep each one small.
    """
    relative = new_name(suffix)
    target = Path(root) / relative
    make_folders(target.parent)
    handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o640)
    try:
        with open(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(handle)
    except OSError:
        target.unlink(missing_ok=True)  # half a file would keep its room, and nobody would ever ask for it
        raise
    sync_folder(target.parent)
    return relative


def is_full(error: BaseException | None) -> bool:
    """Whether this is a disk, or a share of it, that has no room left: worth another try later."""
    return isinstance(error, OSError) and error.errno in FULL


def new_name(suffix: str) -> str:
    """A relative path that nobody has and nobody can guess, for a file that is yet to be written."""
    if not _SUFFIX.fullmatch(suffix):
        raise ValueError(f"{suffix!r} is no suffix of a file.")
    name = secrets.token_hex(16)
    return Path(name[:2], name[2:4], name + suffix).as_posix()


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def make_folders(folder: Path) -> None:
    """Makes what is missing and syncs each parent: a folder whose entry is lost takes its files along."""
    missing = []
    while not folder.is_dir():
        missing.append(folder)
        folder = folder.parent
    for made in reversed(missing):
        made.mkdir(mode=0o750, exist_ok=True)
        sync_folder(made.parent)


def sync_folder(folder: Path) -> None:
    """A new name in a folder is on the disk only after this."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def free_mb(path: Path) -> int:
    """Free room where this path is or will be, in MB."""
    path = Path(path).absolute()
    while not path.exists():
        path = path.parent
    return shutil.disk_usage(path).free // 2**20
