"""Approved templates, for letters outside the window: which one stands for which letter is the operator's setting."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tanggap.channels.base import Account, Outgoing
from tanggap.channels.meta import read
from tanggap.lib import loosely

TOLD = (
    'Approved templates for letters after 24 hours, as JSON: {"received": "laporan_diterima", "*": {"name": '
    '"kabar_laporan", "language": "id", "parameters": ["number", "link"]}}; * stands for every other letter.'
)
PARAMETERS = ("number", "link", "short", "text")
MOST_OF_ONE = 1000  # signs of one parameter
ANY = "*"


@dataclass(frozen=True)
class Template:
    name: str
    language: str = ""
    parameters: tuple[str, ...] = ("number", "link")

    def body(self, letter: Outgoing) -> dict[str, Any]:
        """As the messages endpoint wants it."""
        values = [
            {"type": "text", "text": one_line(getattr(letter, name)) or "-"} for name in self.parameters
        ]
        found: dict[str, Any] = {
            "name": self.name,
            "language": {"code": self.language or letter.language or "id"},
        }
        if values:
            found["components"] = [{"type": "body", "parameters": values}]
        return found


class BadTemplates(ValueError):
    """The setting can't be used; the text is one English sentence."""


def for_letter(account: Account, letter: Outgoing) -> Template | None:
    """Raises BadTemplates."""
    known = listed(account["templates"])
    return known.get(letter.code) or known.get(ANY)


def listed(setting: str) -> dict[str, Template]:
    if not setting.strip():
        return {}
    try:
        found = json.loads(setting)
    except (RecursionError, ValueError) as error:
        raise BadTemplates("The setting templates is not JSON.") from error
    if not isinstance(found, Mapping):
        raise BadTemplates("The setting templates is not a JSON object of letters and templates.")
    return {code: one(code, value) for code, value in found.items()}


def one(code: str, value: Any) -> Template:
    if isinstance(value, str) and value:
        return Template(value)
    name = read.text(value, "name")
    parameters = value.get("parameters", ["number", "link"]) if isinstance(value, Mapping) else []
    if not name or not isinstance(parameters, list):
        raise BadTemplates(f"The template for the letter {code!r} has no name.")
    unknown = [wanted for wanted in parameters if wanted not in PARAMETERS]
    if unknown:
        raise BadTemplates(
            f"The template for {code!r} wants {unknown[0]!r}; there are {', '.join(PARAMETERS)}."
        )
    return Template(name, read.text(value, "language", 20), tuple(parameters))


def wrong(account: Account) -> str:
    try:
        listed(account["templates"])
    except BadTemplates as bad:
        return str(bad)
    return ""


def one_line(text: str) -> str:
    """A parameter may hold no line break, no tab, and no more than four spaces in a row."""
    return re.sub(r"\s+", " ", loosely.plain(text)).strip()[:MOST_OF_ONE]
