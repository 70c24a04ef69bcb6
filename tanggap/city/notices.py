"""The privacy notice in versions: notices.csv says from which day each holds, notices/<version>.<language>.md what.

What was published was read by somebody who then sent a report: it can't be changed, only followed.
"""

from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

from tanggap.city.files import BadFile, Column, Row, code, day, read_table, read_text
from tanggap.models import Notice

FILE, FOLDER = "notices.csv", "notices"
LANGUAGES = ("id", "en")
SIGNS = 60_000


def begins(given: str) -> date:
    found = day(given)
    if found is None:
        raise ValueError("it is empty")
    return found


COLUMNS = (Column("version", code(20)), Column("valid_from", begins))


@dataclass(frozen=True)
class Version:
    """One version as the files have it."""

    row: Row
    texts: dict[str, str]

    @property
    def name(self) -> str:
        return self.row["version"]

    @property
    def values(self) -> dict[str, Any]:
        return {
            "valid_from": self.row["valid_from"],
            "text_id": self.texts["id"],
            "text_en": self.texts["en"],
        }


def read(folder: Path) -> list[Version]:
    """All versions, each in every language, in the order of their days. Raises BadFile."""
    rows = read_table(folder / FILE, COLUMNS)
    if not rows:
        raise BadFile(FILE, 0, "", "a city without a privacy notice may not ask anybody for data; write one")
    for column in ("version", "valid_from"):
        seen: dict[Any, int] = {}
        for row in rows:
            if row[column] in seen:
                raise row.bad(column, f"the same as in line {seen[row[column]]}")
            seen[row[column]] = row.line
    wanted = {file_of(row["version"], language) for row in rows for language in LANGUAGES}
    there = {path.name for path in (folder / FOLDER).iterdir()} if (folder / FOLDER).is_dir() else set()
    for name in sorted(there - wanted):
        raise BadFile(f"{FOLDER}/{name}", 0, "", f"no row of {FILE} names this version")
    versions = [
        Version(row, {language: text_of(folder, row, language) for language in LANGUAGES}) for row in rows
    ]
    return sorted(versions, key=lambda version: version.row["valid_from"])


def file_of(version: str, language: str) -> str:
    return f"{version}.{language}.md"


def text_of(folder: Path, row: Row, language: str) -> str:
    name = file_of(row["version"], language)
    shown = f"{FOLDER}/{name}"
    try:
        text = read_text(folder / FOLDER / name).replace("\r\n", "\n").strip()
    except BadFile as bad:
        raise BadFile(shown, bad.line, bad.column, bad.reason) from None
    if not text.startswith("# ") or len(text.splitlines()) < 2:
        raise BadFile(
            shown, 1, "", "a notice begins with its title, such as `# Pemberitahuan privasi`, and goes on"
        )
    if len(text) > SIGNS:
        raise BadFile(shown, 0, "", f"{len(text)} signs, at most {SIGNS} fit")
    return text


def write(versions: list[Version], today: date, note: Any) -> None:
    """Versions into the table. `note(verb, thing, before, after)` is told of each difference. Raises BadFile for a
    published version that differs, is gone, or is followed by one that begins before it."""
    kept = {row.version: row for row in Notice.objects.order_by("valid_from")}
    published = [row for row in kept.values() if row.valid_from <= today]
    given = {version.name: version for version in versions}
    for row in kept.values():
        if row.version not in given:
            remove(row, row in published, note)
    for version in versions:
        row = kept.get(version.name)
        if row is None:
            follows(version, published)
            Notice.objects.create(version=version.name, **version.values)
            note("add", f"notice:{version.name}", {}, told(version.values))
        else:
            change(row, version, row in published, note)


def remove(row: Notice, is_published: bool, note: Any) -> None:
    if is_published:
        reason = (
            f"the version {row.version} is missing; people were told it from {row.valid_from}, so it stays"
        )
        raise BadFile(FILE, 0, "version", reason)
    note("end", f"notice:{row.version}", told(values_of(row)), {})
    row.delete()


def change(row: Notice, version: Version, is_published: bool, note: Any) -> None:
    before, after = values_of(row), version.values
    wrong = [name for name in after if before[name] != after[name]]
    if not wrong:
        return
    if is_published:
        reason = (
            f"version {row.version} is published since {row.valid_from} and can't be changed; "
            "follow it with a new version"
        )
        if wrong[0] == "valid_from":
            raise version.row.bad("valid_from", reason)
        name = file_of(row.version, wrong[0].removeprefix("text_"))
        raise BadFile(f"{FOLDER}/{name}", 0, "", reason)
    for name in wrong:
        setattr(row, name, after[name])
    row.save(update_fields=wrong)
    note("change", f"notice:{row.version}", told(before), told(after))


def follows(version: Version, published: list[Notice]) -> None:
    newest = published[-1] if published else None
    if newest is not None and version.row["valid_from"] <= newest.valid_from:
        reason = f"it must begin after the published version {newest.version} ({newest.valid_from})"
        raise version.row.bad("valid_from", reason)


def values_of(row: Notice) -> dict[str, Any]:
    return {"valid_from": row.valid_from, "text_id": row.text_id, "text_en": row.text_en}


def told(values: dict[str, Any]) -> dict[str, Any]:
    """What a Change keeps: the day, and a hash of each text; the texts stand in the table."""
    hashes = {name: sha256(values[name].encode()).hexdigest()[:16] for name in ("text_id", "text_en")}
    return {"valid_from": values["valid_from"], **hashes}
