"""A person's data to carry away: one ZIP with data.json, data.pdf and the photos as they were sent."""

import json
import zipfile
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import IO, Any

from django.conf import settings

from tanggap.models import Upload
from tanggap.rights.document import document
from tanggap.rights.held import Plain, file_name


def write(target: IO[bytes], data: Plain, photos: Sequence[Upload], language: str) -> None:
    """Fill `target`. A photo whose file is gone is left out; the JSON says so by an empty `file`."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        at = data["made_at"].timetuple()[:6]
        put(archive, "data.json", as_json(data), at)
        put(archive, "data.pdf", document(data, language), at)
        for row in photos:
            path = Path(settings.MEDIA_ROOT) / (row.path or row.copy)
            if file_name(row) and path.is_file():
                # photos are compressed already
                archive.write(path, file_name(row), compress_type=zipfile.ZIP_STORED)


def put(archive: zipfile.ZipFile, name: str, content: bytes, at: tuple[int, ...]) -> None:
    entry = zipfile.ZipInfo(name, at)
    entry.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(entry, content)


def as_json(data: Plain) -> bytes:
    return json.dumps(data, ensure_ascii=False, indent=2, default=plain).encode()


def plain(value: Any) -> str:
    if isinstance(value, datetime | date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} does not go into JSON")
