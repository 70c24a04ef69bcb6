"""docs/install.md, command by command, in an empty Debian: packages, database, services, TLS, upgrade and back."""

import os
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.services.install import root as clean

PAGE = clean.REPOSITORY / "docs/install.md"
BLOCK = re.compile(r"(?m)^## ([^\n]+)$|^```sh\n(.*?)^```$", re.S)
NEEDS_NETWORK = re.compile(r"apt-get|make -C")
TOOLS = ("debootstrap", "unshare", "nsenter", "ip", "git")


def blocks() -> list[tuple[str, str]]:
    """(heading, commands) of every block that the page wants to be run, in order."""
    heading, found = "", []
    for title, commands in BLOCK.findall(PAGE.read_text()):
        if title:
            heading = title
        else:
            found.append((heading, commands))
    return found


@pytest.fixture(scope="module")
def root(tmp_path_factory) -> Iterator[clean.Root]:
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    reason = f"missing: {', '.join(missing)}" if missing else "not root" if os.geteuid() else ""
    if reason:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(f"no clean Debian can be made here ({reason})")
    made = clean.Root(tmp_path_factory.mktemp("debian") / "root")
    try:
        made.make()
        made.boot()
        mail = made.folder / "var/mail-kept"
        mail.mkdir()
        made.beside(sys.executable, str(clean.HERE / "post_office.py"), str(mail))
        for version in ("0.1.0", "0.1.1"):
            clean.pack(made.folder / "root", version)
        yield made
    finally:
        made.close()
        shutil.rmtree(made.folder, ignore_errors=True)


def as_an_operator_fills_in(root: clean.Root) -> None:
    """The page says: write your own mail server. Ours speaks no TLS."""
    settings = root.folder / "etc/tanggap/environment"
    settings.write_text(settings.read_text().replace("TANGGAP_SMTP_TLS=1", "TANGGAP_SMTP_TLS=0"))


def test_the_page_makes_a_city_out_of_an_empty_machine(root: clean.Root):
    told: dict[str, str] = {}
    for heading, commands in blocks():
        if heading.startswith("8."):
            open_the_invitation(root, told)
        told[heading] = told.get(heading, "") + root.run(commands, network=bool(NEEDS_NETWORK.search(commands)))
        if heading.startswith("4."):
            as_an_operator_fills_in(root)
    assert '{"alive": true}' in told["8. Is it well?"]
    assert (root.folder / "opt/tanggap/current").readlink() == Path("/opt/tanggap/0.1.0")
    page = root.run("curl -fsS --cacert /etc/tanggap/tls/fullchain.pem https://laporan.example.id/")
    assert "Tanggap" in page


def open_the_invitation(root: clean.Root, told: dict[str, str]) -> None:
    """The first administrator's link, password and second factor, as a browser does them."""
