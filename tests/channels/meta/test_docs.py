"""What the page about these three tells is what the code asks for."""

import re
from pathlib import Path

from tanggap.channels import registry

PAGE = (Path(__file__).parents[3] / "docs/channels-meta.md").read_text()
KINDS = ("whatsapp", "facebook", "instagram")


def test_the_needed_settings_stand_in_the_table():
    (row,) = [line for line in PAGE.splitlines() if line.startswith("| needed |")]
    told = [set(re.findall(r"`(\w+)`", cell)) for cell in row.split("|")[2:5]]
    needed = [{one.name.upper() for one in registry.KINDS[kind].settings if one.needed} for kind in KINDS]
    assert told == needed


def test_every_setting_it_names_is_one():
    known = {one.name.upper() for kind in KINDS for one in registry.KINDS[kind].settings}
    named = {name.partition("=")[0] for name in re.findall(r"`([A-Z][A-Z_]+(?:=\w+)?)`", PAGE)} - {"CODE"}
    assert named - known - {"TANGGAP_SMS_WA_TOKEN", "SETTINGS"} == set()
