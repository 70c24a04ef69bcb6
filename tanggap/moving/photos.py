"""Photos from a folder: looked for by name, checked like uploads, kept as staged files until their case is written."""

from datetime import datetime
from pathlib import Path
from uuid import UUID

from django.conf import settings

from tanggap.intake import files
from tanggap.lib import images
from tanggap.models import Upload
from tanggap.moving.old import MOST_PHOTOS, Old
from tanggap.moving.values import told

REASONS = {
    "not_an_image": "no JPEG, PNG, WebP, GIF or HEIC",
    "too_many_pixels": "more than 50 million pixels",
    "too_big": "more than 20 MB",
    "empty": "the file is empty",
}


class Folder:
    """A folder of photos. A name that leads out of it is refused, however it is written."""

    def __init__(self, root: Path | None):
        self.root = root.resolve() if root else None

    def choose(self, old: Old) -> list[tuple[str, Path]]:
        """(moment, file) of the photos that can be taken; the others are named in the case's notes."""
        if self.root is None:
            if old.photos:
                old.notes.append(f"photos: {len(old.photos)} named, but no folder was given by --photos")
            return []
        found = []
        for moment, name in old.photos:
            if len(found) == MOST_PHOTOS:
                old.notes.append(f"photos: only the first {MOST_PHOTOS} were taken")
                break
            path, reason = self.look(name)
            if path is None:
                old.notes.append(f"photos: {told(name)}: {reason}; the case comes without it")
            else:
                found.append((moment, path))
        return found

    def look(self, name: str) -> tuple[Path | None, str]:
        assert self.root is not None
        try:
            path = (self.root / name).resolve()
            if not path.is_relative_to(self.root):
                return None, "lies outside of the folder"
            if not path.is_file():
                return None, "is not in the folder"
            size = path.stat().st_size
            if not size:
                return None, REASONS["empty"]
            if size > settings.MAX_PHOTO_BYTES:
                return None, REASONS["too_big"]
            images.inspect(path)
        except images.ImageError as error:
            return None, REASONS.get(error.code, error.code)
        except (OSError, ValueError):  # a name that no disk can hold, or a file that can't be read
            return None, "can't be read"
        return path, ""


def keep(photos: list[tuple[str, Path]], draft: UUID, now: datetime) -> list[Upload]:
    """Stored and synced, and swept within a day if the case never comes."""
    return [
        files.keep_bytes(path.read_bytes(), draft=draft, now=now, moment=moment) for moment, path in photos
    ]


def claim(kept: list[Upload], report: int, followup: int | None, now: datetime) -> None:
    """They belong to their case now, and the worker may decode them."""
    for upload in kept:
        after = upload.moment == "after" and followup is not None
        owner = {"followup_id": followup} if after else {"report_id": report}
        Upload.objects.filter(pk=upload.pk).update(due_at=now, **owner)
