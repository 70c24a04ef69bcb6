"""The privacy notice of a city: versions follow each other, and what was published stays as it was read."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from tanggap.city.files import BadFile
from tanggap.city.load import load
from tanggap.models import Change, Notice, Reference, Retention
from tests.unit.city.conftest import JAKARTA

pytestmark = pytest.mark.usefixtures("no_city")
NOW = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
ID, EN = "# Pemberitahuan\n\nBaru.\n", "# Notice\n\nNew.\n"


def add(folder: Path, version: str, begins: str) -> None:
    with (folder / "notices.csv").open("a") as file:
        file.write(f"{version},{begins}\n")
    (folder / f"notices/{version}.id.md").write_text(ID)
    (folder / f"notices/{version}.en.md").write_text(EN)


def rows(folder: Path, *lines: str) -> None:
    (folder / "notices.csv").write_text("\n".join(("version,valid_from", *lines)) + "\n")


@pytest.mark.parametrize(
    ("day", "version"),
    [
        ("2025-06-01", "2026-01"),
        ("2026-01-01", "2026-01"),
        ("2026-10-31", "2026-01"),
        ("2026-11-01", "2026-11"),
    ],
)
def test_the_version_of_a_day_is_the_youngest_begun(melati: Path, day: str, version: str) -> None:
    load(melati, now=NOW)
    notice = Reference.get().notice(date.fromisoformat(day))
    assert notice is not None
    assert notice.version == version


def test_a_new_version_follows_and_is_written_down(melati: Path) -> None:
    load(melati, now=NOW)
    add(melati, "2027-01", "2027-01-01")
    assert load(melati, now=NOW)["added"] == 1
    assert list(Notice.objects.order_by("valid_from").values_list("version", flat=True)) == [
        "2026-01", "2026-11", "2027-01"
    ]  # fmt: skip
    change = Change.objects.latest("id")
    assert (change.object, change.verb, change.after["valid_from"]) == ("notice:2027-01", "add", "2027-01-01")


def test_a_version_that_has_not_begun_may_still_be_changed_or_dropped(melati: Path) -> None:
    add(melati, "2027-01", "2027-01-01")
    load(melati, now=NOW)
    (melati / "notices/2027-01.en.md").write_text("# Notice\n\nAnd.\n")  # as long as before
    assert load(melati, now=NOW)["changed"] == 1
    assert Notice.objects.get(version="2027-01").text_en == "# Notice\n\nAnd."
    assert set(Change.objects.latest("id").after) == {"text_en"}
    (melati / "notices/2027-01.en.md").unlink()
    (melati / "notices/2027-01.id.md").unlink()
    rows(melati, "2026-01,2026-01-01", "2026-11,2026-11-01")
    assert load(melati, now=NOW)["removed"] == 1


PUBLISHED = "version 2026-11 is published since 2026-11-01 and can't be changed; follow it with a new version"
BAD: dict[str, tuple[Callable[[Path], object], str]] = {
    "a published text that differs": (
        lambda folder: (folder / "notices/2026-11.id.md").write_text(ID), f"notices/2026-11.id.md: {PUBLISHED}",
    ),
    "a published day that differs": (
        lambda folder: rows(folder, "2026-01,2026-01-01", "2026-11,2026-11-02"),
        f"notices.csv, line 3, column valid_from: {PUBLISHED}",
    ),
    "a published version that is gone": (
        lambda folder: [
            rows(folder, "2026-11,2026-11-01"),
            *((folder / f"notices/2026-01.{one}.md").unlink() for one in ("id", "en")),
        ],
        "notices.csv, column version: the version 2026-01 is missing; people were told it from 2026-01-01, so it stays",
    ),
    "one that would have held before": (
        lambda folder: add(folder, "2026-06", "2026-06-01"),
        "notices.csv, line 4, column valid_from: it must begin after the published version 2026-11 (2026-11-01)",
    ),
    "two of one day": (
        lambda folder: add(folder, "2026-11b", "2026-11-01"),
        "notices.csv, line 4, column valid_from: the same as in line 3",
    ),
    "the same version twice": (
        lambda folder: add(folder, "2026-11", "2027-01-01"),
        "notices.csv, line 4, column version: the same as in line 3",
    ),
    "no day": (
        lambda folder: add(folder, "2027-01", ""), "notices.csv, line 4, column valid_from: it is empty",
    ),
    "a language missing": (
        lambda folder: [add(folder, "2027-01", "2027-01-01"), (folder / "notices/2027-01.en.md").unlink()],
        "notices/2027-01.en.md: the file is missing",
    ),
    "a text that no row names": (
        lambda folder: (folder / "notices/2027-01.id.md").write_text(ID),
        "notices/2027-01.id.md: no row of notices.csv names this version",
    ),
    "a text in another encoding": (
        lambda folder: (folder / "notices/2026-11.id.md").write_bytes("# Pemberitahuan\n\nCafé".encode("latin-1")),
        "notices/2026-11.id.md, line 3: this is not UTF-8; save the file in that encoding",
    ),
    "a text without a title": (
        lambda folder: (folder / "notices/2026-11.id.md").write_text("Baru.\n\nBaru."),
        "notices/2026-11.id.md, line 1: a notice begins with its title, such as `# Pemberitahuan privasi`, and goes on",
    ),
    "no notice at all": (
        lambda folder: rows(folder),
        "notices.csv: a city without a privacy notice may not ask anybody for data; write one",
    ),
    "a rule of retention that is missing": (
        lambda folder: (folder / "retention.csv").write_text("what,days,name_id,name_en,legal\nraw,90,a,b,\n"),
        "retention.csv, column what: the row 'originals' is missing",
    ),
    "a rule nobody knows": (
        lambda folder: (folder / "retention.csv").write_text("what,days,name_id,name_en,legal\nall,90,a,b,\n"),
        "retention.csv, line 2, column what: 'all' is none of raw, originals, contacts, letters, words, sessions",
    ),
    "a period of no day": (
        lambda folder: (folder / "retention.csv").write_text("what,days,name_id,name_en,legal\nraw,0,a,b,\n"),
        "retention.csv, line 2, column days: 0 is not between 1 and 36500",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", BAD)
def test_what_is_wrong_is_told_and_nothing_changes(melati: Path, what: str) -> None:
    load(melati, now=NOW)
    before = list(Notice.objects.order_by("id").values()), list(Retention.objects.order_by("what").values())
    spoil, said = BAD[what]
    spoil(melati)
    with pytest.raises(BadFile) as bad:
        load(melati, now=NOW)
    assert str(bad.value) == said
    assert (
        list(Notice.objects.order_by("id").values()), list(Retention.objects.order_by("what").values())
    ) == before  # fmt: skip


def test_jakartas_notice_names_the_periods_that_its_rules_keep() -> None:
    load(JAKARTA, now=NOW)
    notice = Reference.get().notice(NOW.date())
    assert notice is not None
    for text, days in ((notice.text_id, "hari"), (notice.text_en, "days")):
        named = {int(number) for number in re.findall(rf"(\d+) {days}", text)}
        rules = Retention.objects.exclude(what=Retention.SESSIONS).values_list("days", flat=True)
        assert named == set(rules)
