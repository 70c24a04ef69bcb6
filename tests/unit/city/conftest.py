"""A database without a city, and a copy of the mini-city that a test may spoil."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection

from tanggap.city.tables import TABLES
from tanggap.models import City, Membership, Notice, Reference

TESTS = Path(__file__).parents[2]
MINICITY = TESTS / "minicity"
JAKARTA = TESTS.parent / "reference" / "jakarta"


@pytest.fixture
def no_city(db: None) -> Iterator[None]:
    """Reference tables emptied inside the test's transaction, whatever city the database was made with."""
    models = [Membership, *(table.model for table in reversed(TABLES)), Notice, City]
    with connection.cursor() as cursor:
        for model in models:
            cursor.execute(f"DELETE FROM {model._meta.db_table}")
    Reference.forget()
    yield
    Reference.forget()


@pytest.fixture
def melati(tmp_path: Path) -> Path:
    return Path(shutil.copytree(MINICITY, tmp_path / "melati"))
