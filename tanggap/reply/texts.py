"""Letters are folders: letters/<code>/<language>.txt, the first line is the subject. Rendered when written,
so that what was said stays what was said. No secret and no personal data stands in a text: the way out adds
the link."""

import re
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime
from jinja2 import Environment, FileSystemLoader, StrictUndefined

FOLDER = Path(__file__).parent / "letters"
LANGUAGES = ("id", "en")


@lru_cache(maxsize=1)
def environment() -> Environment:
    # plain text: pages escape it when they show it
    return Environment(loader=FileSystemLoader(FOLDER), undefined=StrictUndefined, autoescape=False)


def codes() -> list[str]:
    return sorted(folder.name for folder in FOLDER.iterdir() if folder.is_dir())


def render(code: str, language: str, data: dict[str, Any]) -> tuple[str, str]:
    """Subject and text of a letter. Raises jinja2's TemplateNotFound or UndefinedError: a test renders them
    all."""
    language = language if language in LANGUAGES else "id"
    said = environment().get_template(f"{code}/{language}.txt").render(**data)
    subject, _, text = said.partition("\n")
    # a line that only held a condition leaves none behind
    return subject.strip()[:200], re.sub(r"\n{3,}", "\n\n", text.strip())


def moment(at: datetime | None, zone: ZoneInfo, language: str) -> str:
    """ "Kamis 26 Nov, 15.00"."""
    if at is None:
        return ""
    return format_datetime(at.astimezone(zone), "EEEE d MMM, HH.mm", locale=language)


def day(on: date | None, language: str) -> str:
    return format_date(on, "EEEE d MMM", locale=language) if on else ""
