"""The conversation of a case as a page shows it: letters, messages and notes inside, in their order."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tanggap.models import Case, Letter, Message, Reference
from tanggap.triage import apart

from .words import DELIVERY

MOST = 400  # letters read for one page: a case with many voices has one of each for every reporter
FAILED = (Letter.FAILED, Letter.UNKNOWN)


@dataclass
class Said:
    """One thing that was said. `side`: ours, in, note. `state` says whether a letter arrived; `failed` stands out."""

    side: str
    at: datetime
    words: str
    who: str
    title: str = ""
    way: str = ""
    state: str = ""
    failed: bool = False
    automatic: bool = False
    marks: tuple[str, ...] = ()  # what a reader must know of these words before trusting them
    message: int = 0  # of a citizen's later words
    became: str = ""  # number of the report they were made


def letters_of(case: Case) -> list[Letter]:
    """The letters to its reporters, the oldest first. One statement."""
    rows = case.letters.filter(report__isnull=False).select_related("report", "sender")
    return list(rows.order_by("id")[:MOST])


def talk(case: Case, letters: list[Letter]) -> list[Said]:
    """Everything that was said, oldest first. One statement; one more where a citizen wrote later."""
    messages = list(case.messages.select_related("agency", "officer").order_by("id")[:MOST])
    became = apart.numbers([row.id for row in messages if not row.note])
    found = [*ours(letters), *(theirs(row, became.get(row.id, "")) for row in messages)]
    return sorted(found, key=lambda one: one.at)


def ours(letters: list[Letter]) -> list[Said]:
    """One entry for all copies of the same letter: every reporter got one, in a way of their own."""
    copies: dict[tuple[Any, ...], list[Letter]] = {}
    for row in letters:
        copies.setdefault((row.code, row.at, row.by_id), []).append(row)
    return [one_letter(rows) for rows in copies.values()]


def one_letter(rows: list[Letter]) -> Said:
    first = rows[0]
    known = Reference.get().channel_by_id
    channels = {known[row.report.channel_id].name for row in rows}
    return Said(
        side="ours",
        at=first.at,
        title=first.subject,
        words=first.text,
        who=first.sender.label if first.sender else "Tanggap",
        way=channels.pop() if len(channels) == 1 and len(rows) == 1 else receivers(len(rows)),
        state=delivery(rows),
        failed=any(row.state in FAILED for row in rows),
        automatic=first.by_id is None,
    )


def receivers(count: int) -> str:
    return ngettext("%(num)s reporter", "%(num)s reporters", count) % {"num": count}


def delivery(rows: list[Letter]) -> str:
    """How it arrived, the rarest news last: "on the citizen's page, 2 to be told by telephone"."""
    counted = Counter(row.state for row in rows).most_common()
    if len(counted) == 1:
        return str(DELIVERY[counted[0][0]])
    return ", ".join(f"{count} {DELIVERY[state]}" for state, count in counted)


def marks(row: Message) -> tuple[str, ...]:
    """What is to be known of a citizen's later words."""
    found = (
        (not row.proven, _("sender not proven")), (row.edited_at, _("edited")), (row.withdrawn_at, _("taken back")),
    )  # fmt: skip
    return tuple(words for holds, words in found if holds)


def theirs(row: Message, became: str = "") -> Said:
    known = Reference.get().channel_by_id
    if row.note:
        who = row.agency.label if row.agency else ""
        name = row.officer.name if row.officer else ""
        return Said("note", row.at, row.words, ", ".join(part for part in (name, who) if part))
    # until it is masked nobody reads it
    said = row.words or _("(being read, covered words follow)")
    channel = known[row.channel_id].name if row.channel_id else ""
    who = _("Citizen") if row.proven else _("Somebody")
    return Said("in", row.at, said, who, way=channel, marks=marks(row), message=row.id, became=became)
