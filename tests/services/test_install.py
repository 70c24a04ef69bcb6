"""docs/install.md, command by command, in an empty Debian: packages, database, services, TLS, upgrade and back."""

import csv
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.services.install import root as clean

PAGE = clean.REPOSITORY / "docs/install.md"
BLOCK = re.compile(r"(?m)^## ([^\n]+)$|^```sh\n(.*?)^```$", re.S)
NEEDS_NETWORK = re.compile(r"apt-get|make -C")
TOOLS = ("debootstrap", "unshare", "nsenter", "mount", "ip", "git")


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
        (made.folder / "srv/areas.geojson").write_text(borders())
        for version in ("0.1.0", "0.1.1"):
            clean.pack(made.folder / "root", version)
        yield made
    finally:
        made.close()
        shutil.rmtree(made.folder, ignore_errors=True)


def borders() -> str:
    """What the operator has from elsewhere: here a small square around each kelurahan's name."""
    rows = csv.DictReader((clean.REPOSITORY / "reference/jakarta/areas.csv").open(encoding="utf-8"))
    shapes = [square(row) for row in rows if row["level"] == "kelurahan"]
    return json.dumps({"type": "FeatureCollection", "features": shapes})


def square(row: dict[str, str]) -> dict:
    lat, lon, half = float(row["label_lat"]), float(row["label_lon"]), 0.0005
    ring = [[lon + x * half, lat + y * half] for x, y in ((-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1))]
    return {
        "type": "Feature",
        "properties": {"code": row["code"]},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }


def as_an_operator_fills_in(root: clean.Root) -> None:
    """The page says: write your own mail server. Ours speaks no TLS."""
    settings = root.folder / "etc/tanggap/environment"
    settings.write_text(settings.read_text().replace("TANGGAP_SMTP_TLS=1", "TANGGAP_SMTP_TLS=0"))


def open_the_invitation(root: clean.Root, printed: str) -> None:
    """The first administrator's link, password and second step, as a browser does them."""
    link = re.search(r"https://\S+", printed)
    assert link, printed
    certificate = root.folder / "etc/tanggap/tls/fullchain.pem"
    assert (
        root.beside(sys.executable, str(clean.HERE / "first_day.py"), link[0], str(certificate)).wait(120)
        == 0
    )


def test_the_page_makes_a_city_out_of_an_empty_machine(root: clean.Root):
    told: dict[str, str] = {}
    for heading, commands in blocks():
        if heading == "9. Is it well?":
            open_the_invitation(root, told["5. Tables, the city, the first administrator"])
        said = root.run(commands, network=bool(NEEDS_NETWORK.search(commands)))
        told[heading] = told.get(heading, "") + said
        if heading == "4. Settings and secrets":
            as_an_operator_fills_in(root)
    assert '{"alive": true}' in told["9. Is it well?"]
    assert '{"alive": true}' in told["10. A new version"]
    assert (root.folder / "opt/tanggap/current").readlink() == Path("/opt/tanggap/0.1.0")
    page = root.run("curl -fsS --cacert /etc/tanggap/tls/fullchain.pem https://laporan.example.id/")
    assert "Tanggap" in page


UNITS = sorted((clean.REPOSITORY / "deploy").glob("*.service")) + sorted(
    (clean.REPOSITORY / "deploy").glob("*.timer")
)


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_says_nothing_that_systemd_does_not_know(unit: Path, tmp_path):
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed")
    text = unit.read_text().replace("/opt/tanggap/current/.venv/bin/tanggap", "/bin/true")
    if unit.suffix == ".timer":
        shutil.copy(unit.with_suffix(".service"), tmp_path)
        (tmp_path / f"{unit.stem}.service").write_text("[Service]\nType=oneshot\nExecStart=/bin/true\n")
    (tmp_path / unit.name).write_text(text)
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(tmp_path / unit.name)], capture_output=True, text=True
    )
    assert [line for line in done.stderr.splitlines() if unit.name in line] == []
