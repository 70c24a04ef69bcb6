"""Where copies lie: a folder, or a bucket that speaks S3. Both take whole objects and show them only when complete."""

import contextlib
import errno
import os
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from tanggap.copies.errors import NoRoom, NotThere, StoreAway
from tanggap.lib import files

HALF = ".half"  # the end of a name while the object is being written


@dataclass(frozen=True)
class Object:
    size: int
    changed_at: datetime


class Store(Protocol):
    address: str  # without credentials

    def put(self, name: str, data: bytes) -> None:
        """All or nothing; synced. Raises NoRoom or StoreAway."""

    def get(self, name: str) -> bytes:
        """Raises NotThere or StoreAway."""

    def under(self, prefix: str) -> dict[str, Object]:
        """Every whole object below this prefix, which ends in a slash."""

    def remove(self, names: Iterable[str]) -> None:
        """What is gone already is no fault."""

    def free(self) -> int | None:
        """Bytes that still fit; None where nobody can tell."""


def open_store(address: str) -> Store:
    """A folder's path or s3://bucket/prefix. Raises StoreAway for what is neither."""
    if "://" not in address:
        return Folder(Path(address).absolute())
    parts = urlsplit(address)
    if parts.scheme != "s3" or not parts.netloc:
        raise StoreAway(f"{parts.scheme}:// is no place for copies: name a folder, or s3://bucket/prefix.")
    if "@" in parts.netloc:
        raise StoreAway("Credentials belong into the environment (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY).")
    return Bucket(parts.netloc, parts.path.strip("/"))


class Folder:
    def __init__(self, root: Path):
        self.root = root
        self.address = str(root)

    def put(self, name: str, data: bytes) -> None:
        target = self.root / name
        half = target.with_name(target.name + HALF)
        try:
            files.make_folders(target.parent)
            handle = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o640)
            with open(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(handle)
            half.rename(target)
            files.sync_folder(target.parent)
        except OSError as error:
            with contextlib.suppress(OSError):
                half.unlink(missing_ok=True)
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise NoRoom(
                    f"{self.root} is full: the copy broke off. Make room and start it again."
                ) from None
            raise StoreAway(f"{self.root} can't be written: {error.strerror}.") from None

    def get(self, name: str) -> bytes:
        try:
            return (self.root / name).read_bytes()
        except FileNotFoundError:
            raise NotThere(f"{name} is not in {self.root}.") from None
        except OSError as error:
            raise StoreAway(f"{self.root / name} can't be read: {error.strerror}.") from None

    def under(self, prefix: str) -> dict[str, Object]:
        found = {}
        for folder, _, names in os.walk(self.root / prefix):
            for name in names:
                path = Path(folder, name)
                if not name.endswith(HALF):
                    seen = path.stat()
                    key = path.relative_to(self.root).as_posix()
                    found[key] = Object(seen.st_size, datetime.fromtimestamp(seen.st_mtime, UTC))
        return found

    def remove(self, names: Iterable[str]) -> None:
        for name in names:
            (self.root / name).unlink(missing_ok=True)

    def free(self) -> int | None:
        folder = self.root
        while not folder.exists():
            folder = folder.parent
        return shutil.disk_usage(folder).free


class Bucket:
    """Credentials, region and endpoint come from the environment, by the names that AWS gave them."""

    def __init__(self, bucket: str, prefix: str):
        from obstore.store import S3Store

        self.address = f"s3://{bucket}/{prefix}".rstrip("/")
        endpoint = os.environ.get("AWS_ENDPOINT_URL", "")
        near = urlsplit(endpoint).hostname in {"127.0.0.1", "localhost", "::1"}
        options = {"timeout": timedelta(minutes=5), "connect_timeout": timedelta(seconds=10)}
        if near or os.environ.get("AWS_ALLOW_HTTP", "").lower() in {"1", "true"}:
            options |= {"allow_http": True}
        # an object is sent again before a person is asked
        retry = {"max_retries": 6, "retry_timeout": timedelta(minutes=3)}
        with _told(self.address):
            self.inner = S3Store(
                bucket, prefix=prefix or None, client_options=options, retry_config=retry,
                region=os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or "us-east-1",
            )  # fmt: skip

    def put(self, name: str, data: bytes) -> None:
        with _told(self.address):
            self.inner.put(name, data, use_multipart=False)

    def get(self, name: str) -> bytes:
        with _told(f"{self.address}/{name}"):
            return bytes(self.inner.get(name).bytes())

    def under(self, prefix: str) -> dict[str, Object]:
        found = {}
        with _told(self.address):
            for some in self.inner.list(prefix.rstrip("/")):
                found |= {one["path"]: Object(one["size"], one["last_modified"]) for one in some}
        return found

    def remove(self, names: Iterable[str]) -> None:
        with contextlib.suppress(NotThere), _told(self.address):
            self.inner.delete(list(names))

    def free(self) -> int | None:
        return None


@contextlib.contextmanager
def _told(where: str):
    """Whatever the library says as one sentence of ours, its first line alone."""
    from obstore.exceptions import BaseError, NotFoundError

    try:
        yield
    except (NotFoundError, FileNotFoundError):
        raise NotThere(f"{where} is not there.") from None
    except (BaseError, OSError, ValueError) as error:
        first = str(error).strip().splitlines()[0][:200] if str(error).strip() else type(error).__name__
        raise StoreAway(f"{where} does not answer as it should: {first}") from None
