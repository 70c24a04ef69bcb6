"""What every test relies on: a database of its own with the mini-city in it, no way out of this machine."""

import shutil
from collections.abc import Iterator

import hypothesis
import pytest
from django.conf import settings

from tests import database, network, story

# a busy machine is no reason to fail
hypothesis.settings.register_profile("tanggap", deadline=None)
hypothesis.settings.load_profile("tanggap")


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: object) -> None:
    """With xdist: the controller tells each worker the address of the one server."""
    node.workerinput["postgres"] = database.start(node.config)  # type: ignore[attr-defined]


def pytest_unconfigure(config: pytest.Config) -> None:
    database.stop(config)
    shutil.rmtree(settings.DATA, ignore_errors=True)


@pytest.fixture(scope="session", autouse=True)
def _near() -> Iterator[None]:
    with network.only_loopback():
        yield


@pytest.fixture(scope="session")
def django_db_setup(request, django_test_environment, django_db_blocker) -> Iterator[None]:
    """pytest-django's name for: make the database. Its tests then roll back what they did."""
    worker = getattr(request.config, "workerinput", {}).get("workerid", "alone")
    with django_db_blocker.unblock(), database.own(database.start(request.config), f"test_{worker}"):
        yield


@pytest.fixture(scope="session")
def _tables(django_db_setup, django_db_blocker) -> list[str]:
    with django_db_blocker.unblock():
        return story.empty_tables()


@pytest.fixture(scope="session")
def _served(django_db_setup) -> Iterator[str]:
    with story.served() as url:
        yield url


@pytest.fixture(name="story")
def _story(_served, _tables, django_db_blocker) -> Iterator[story.Story]:
    """Committed data and a live server; afterwards everything but the reference data is gone."""
    with django_db_blocker.unblock():
        told = story.Story(_served)
        try:
            yield told
        finally:
            for browser in told.browsers:
                browser.close()
            story.forget_everything(_tables)
