"""The page for operators names every setting there is."""

import re
from pathlib import Path

from tanggap.channels.email import EMAIL

PAGE = Path(__file__).parents[3] / "docs" / "channels-email.md"


def test_the_page_names_every_setting_and_no_other():
    rows = [line.split("|")[1] for line in PAGE.read_text().splitlines() if line.startswith("| `TANGGAP_")]
    named = re.findall(r"`(?:TANGGAP_SUREL)?_?([A-Z_]+)`", " ".join(rows))
    assert sorted(name.lower() for name in named) == sorted(one.name for one in EMAIL.settings)
