"""A real browser: Debian's chromium, driven by Playwright. In CI it must be there; elsewhere the tests say why not.
And a city to do harm to."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.services.faults import town as faults
from tests.services.installation import Installation

# Playwright keeps a loop of its own in this thread; our code runs in none
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
# no account, no update, no look-up of its maker's hosts: this machine's network is closed
QUIET = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
]  # fmt: skip
SHOTS = Path(os.environ.get("TANGGAP_SHOTS", "shots"))


@pytest.fixture(scope="session")
def chromium() -> Iterator[object]:
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        if os.environ.get("CI"):
            pytest.fail("chromium is missing: apt-get install chromium")
        pytest.skip("chromium is not installed")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def shots() -> Path:
    """Where pictures of the pages go, to be looked at; not part of the repository."""
    SHOTS.mkdir(parents=True, exist_ok=True)
    return SHOTS


@pytest.fixture(scope="session")
def prepared(tmp_path_factory) -> Installation:
    """The mini-city, made once; every test of a fault does its harm to a copy."""
    return faults.prepare(tmp_path_factory.mktemp("faults"))


@pytest.fixture
def town(prepared, tmp_path) -> Iterator[faults.Town]:
    with faults.town(tmp_path, prepared) as made:
        yield made
