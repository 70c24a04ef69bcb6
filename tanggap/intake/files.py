"""Files people send: checked and kept in the request, decoded later in a child process of the worker.

Stored and synced before the row commits; a staged file that no form claims is swept. The original is private
forever; its position and time are read from it, the officer's copy has none.
"""

from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile

from tanggap.channels.base import Busy, Refused
from tanggap.lib import files, images
from tanggap.models import City, Upload

STAGED_FOR = timedelta(hours=24)


class BadFile(Refused):
    """A file that can't be taken; `code` says why: not_an_image, too_many_pixels, too_big, empty."""

    def __init__(self, code: str):
        super().__init__(code)
        self.code = code


def keep(file: UploadedFile, *, draft: UUID, now: datetime, moment: str = "before") -> Upload:
    """Check by content (magic bytes, size, dimensions), store, sync, and note it as staged for this form."""
    if file.size is None or file.size == 0:
        raise BadFile("empty")
    if file.size > settings.MAX_PHOTO_BYTES:
        raise BadFile("too_big")
    data = file.read()
    return keep_bytes(data, draft=draft, now=now, moment=moment)


def keep_bytes(data: bytes, *, draft: UUID | None, now: datetime, moment: str = "before") -> Upload:
    try:
        facts = images.check(data, len(data))
    except images.ImageError as error:
        raise BadFile(error.code) from error
    try:
        path = files.store_bytes(Path(settings.MEDIA_ROOT), data, f".{facts.kind}")
    except OSError as error:
        raise Busy from error  # the disk is full or away: nothing may be told received that does not lie on it
    return Upload.objects.create(
        uuid=uuid4(), draft=draft, path=path, kind=facts.kind, size=len(data), sha256=files.sha256(data),
        width=facts.width, height=facts.height, moment=moment, at=now, due_at=None,
    )  # fmt: skip


def staged(draft: UUID) -> list[Upload]:
    """Photos already kept for a form that came back with an error: a browser empties its file fields."""
    return list(Upload.objects.filter(draft=draft, report=None, followup=None, message=None).order_by("id"))


def drop(draft: UUID, uuid: UUID) -> None:
    """The citizen takes a staged photo back before sending."""
    row = Upload.objects.filter(draft=draft, uuid=uuid, report=None, followup=None, message=None).first()
    if row:
        discard(row)


def discard(row: Upload) -> None:
    for name in (row.path, row.copy, row.public):
        if name:
            (Path(settings.MEDIA_ROOT) / name).unlink(missing_ok=True)
    row.delete()


def process(row: Upload, now: datetime) -> None:
    """Decode in a child process: turn upright, strip metadata, read position and time, hash. A broken picture is
    marked broken: the report stays accepted ("foto rusak, laporan tetap diterima")."""
    if row.state != Upload.STORED:
        return
    root = Path(settings.MEDIA_ROOT)
    copy = files.new_name(".jpg")
    (root / copy).parent.mkdir(parents=True, exist_ok=True)
    try:
        seen = images.in_child("develop", str(root / row.path), str(root / copy), City.get().time_zone)
    except images.ImageError:
        row.state = Upload.BROKEN
        row.due_at = None
        row.save(update_fields=["state", "due_at"])
        return
    facts, (row.width, row.height) = seen["facts"], seen["size"]
    row.copy, row.dhash = copy, seen["dhash"]
    row.taken_at, row.lat, row.lon = facts.taken_at, facts.lat, facts.lon
    row.state, row.due_at = Upload.READY, None
    row.save()


def sweep(now: datetime) -> int:
    """Remove staged files nobody sent within a day."""
    old = Upload.objects.filter(report=None, followup=None, message=None, at__lt=now - STAGED_FOR)
    rows = list(old[:500])
    for row in rows:
        discard(row)
    return len(rows)
