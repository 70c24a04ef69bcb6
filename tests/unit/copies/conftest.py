"""A small city with photos, a folder for its copies, and empty places to bring them back to."""

import io
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from urllib.parse import quote
from uuid import uuid4

import psycopg
import pytest
from django.conf import settings
from django.db import connection
from PIL import Image

from tanggap.copies import keys, manifest
from tanggap.copies.backup import Order, Result, backup
from tanggap.copies.restore import Brought, Target, restore
from tanggap.copies.stores import Folder, Store
from tanggap.intake import files
from tanggap.models import Report, Upload
from tests.cast import NOON, report

SECRET, PUBLIC = keys.make_pair()
drawn = count(1)


def photo(side: int = 48) -> bytes:
    held = io.BytesIO()
    shade = next(drawn)
    Image.new("RGB", (side, side), (shade % 256, shade * 7 % 256, 90)).save(held, "JPEG")
    return held.getvalue()


def url_of(database: str) -> str:
    at = connection.settings_dict
    return f"postgresql://{at['USER']}@/{quote(database)}?host={quote(at['HOST'], safe='')}&port={at['PORT']}"


@dataclass
class City:
    """What a test needs to copy the city of this test's database, and to bring it back."""

    store: Store
    key_file: Path
    folder: Path

    @property
    def order(self) -> Order:
        secrets = keys.Secrets.read(
            {
                "TANGGAP_TRACKING_KEY": settings.TRACKING_KEY.decode(),
                "TANGGAP_SEAL_KEYS": settings.SEAL_KEYS,
            }
        )
        name = connection.settings_dict["NAME"]
        return Order(url_of(name), Path(settings.MEDIA_ROOT), self.store, [PUBLIC], secrets)

    def backup(self, now=NOON, **more) -> Result:
        return backup(replace(self.order, **{"clock": lambda: now, **more}), now)

    def target(self, name: str = "back") -> Target:
        return Target(url_of(f"{connection.settings_dict['NAME']}_back"), self.folder / name)

    def restore(self, name: str | None = None, **more) -> Brought:
        found = manifest.choose(self.store, name)
        return restore(self.store, found, self.key_file, more.get("target") or self.target())

    def parts(self) -> list[str]:
        return sorted(name for name in self.store.under("parts/") if name.endswith(".age"))


def reported(photos: int = 2) -> Report:
    """A report with photos, committed, as a door leaves it."""
    row = report()
    for _ in range(photos):
        kept = files.keep_bytes(photo(), draft=uuid4(), now=NOON)
        Upload.objects.filter(pk=kept.pk).update(report=row)
    return row


@pytest.fixture
def city(story, tmp_path) -> Iterator[City]:
    key_file = tmp_path / "key.txt"
    key_file.write_text(f"# kept elsewhere\n{SECRET}\n")
    back = f"{connection.settings_dict['NAME']}_back"
    with psycopg.connect(url_of("postgres"), autocommit=True) as server:
        server.execute(f'DROP DATABASE IF EXISTS "{back}" WITH (FORCE)')
        server.execute(f'CREATE DATABASE "{back}"')
        for _ in range(3):
            reported()
        yield City(Folder(tmp_path / "store"), key_file, tmp_path)
        server.execute(f'DROP DATABASE IF EXISTS "{back}" WITH (FORCE)')
