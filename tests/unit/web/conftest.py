"""Pages are drawn in one city: Jakarta's clock, without a database."""

import time
from collections.abc import Iterator

import pytest
from django.utils import translation

from tanggap.models import City
from tanggap.web import translations


@pytest.fixture(scope="session", autouse=True)
def compiled() -> None:
    """The tests read the words as they are in the .po now."""
    with translations.alone():
        translations.compile_all()


@pytest.fixture(autouse=True)
def city(monkeypatch: pytest.MonkeyPatch) -> City:
    city = City(name="Jakarta", short="Jakarta", prefix="JK", time_zone="Asia/Jakarta")
    monkeypatch.setattr(City, "_kept", (time.monotonic() + 3600, city))
    return city


@pytest.fixture(autouse=True)
def indonesian() -> Iterator[None]:
    with translation.override("id"):
        yield
