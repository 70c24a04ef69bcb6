"""Forgetting people: their key is destroyed, and with it all that it sealed, here and in every copy made afterwards.

What stays is the case: masked words, offices, dates, and a ledger that never held a name. Where an officer wrote the
person's name or contact into a letter, a note or a statement, it is covered there.
"""

import re
import secrets
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from operator import attrgetter
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import models, transaction
from django.db.models import F, Q, prefetch_related_objects

from tanggap import access, ledger
from tanggap.lib import text
from tanggap.models import (
    Assignment,
    Case,
    FollowUp,
    Identity,
    Inbound,
    Job,
    Letter,
    Message,
    Report,
    Reporter,
    Review,
    Task,
    Upload,
)
from tanggap.rights.held import MARK, Opener

# as pages/ draw what was covered (web/marks.py)
ERASED, NAME = "⟦erased⟧", "⟦name⟧"
SHORTEST, LONGEST = 3, 120  # of a name or another thing covered: shorter would cover too much
DISCARD = "discard"  # a Job: files whose rows are gone
# letters that carry an officer's own words; the others say dates, offices and coded reasons
IN_WORDS = ("asked", "told", "upheld")


@dataclass(frozen=True)
class Forgotten:
    """How much went, for the Change and for whoever asked."""

    people: int
    reports: int
    messages: int
    letters: int
    photos: int
    files: int

    def plain(self) -> dict[str, int]:
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


def take(ids: Iterable[int]) -> tuple[list[Reporter], list[Report], dict[int, Case]]:
    """Lock people, their reports and the cases these hang on: cases first, like every deed."""
    wanted = list(ids)
    pairs = Report.objects.filter(reporter__in=wanted).values_list("case_id", "own_case_id")
    cases = ledger.take_all({one for pair in pairs for one in pair})
    people = list(
        Reporter.objects.select_for_update(of=("self",)).filter(pk__in=wanted, erased_at=None).order_by("id")
    )
    reports = list(Report.objects.select_for_update(of=("self",)).filter(reporter__in=people).order_by("id"))
    return people, reports, cases


def forget(people: Sequence[Reporter], reports: Sequence[Report], cases: dict[int, Case], now: datetime, *,
           everything: bool = False) -> Forgotten:  # fmt: skip
    """Destroy what is held about these locked people. With `everything` the masked words and all pictures go too.

    Files go after the commit, and once more by a Job: a crash in between leaves none behind.
    """
    cover_names(people, reports)
    messages = Message.objects.filter(report__in=reports, officer=None)
    bodies = [report.inbound_id for report in reports] + list(messages.values_list("inbound_id", flat=True))
    # another hash: the first could still tell whether a guess at the words is right
    Inbound.objects.filter(pk__in=bodies).update(body=None, hash=secrets.token_bytes(32))
    photos, names = strip_photos(reports, messages, everything)
    letters = forget_letters(reports, now)
    empty = {"words_sealed": None, "place_sealed": None, "stems": "", "device": "",
             "secret_version": F("secret_version") + 1}  # fmt: skip
    if everything:
        empty |= {"words": ERASED, "place": "", "lat": None, "lon": None, "answers": {}}
        empty_cases(reports, cases)
    Report.objects.filter(pk__in=[report.id for report in reports]).update(**empty)
    told = messages.update(words_sealed=None, **({"words": ERASED} if everything else {}))
    Identity.objects.filter(reporter__in=people).delete()
    Reporter.objects.filter(pk__in=[person.id for person in people]).update(
        key=None, name_sealed=None, erased_at=now
    )
    throw_away(names, now)
    return Forgotten(len(people), len(reports), told, letters, photos, len(names))


def empty_cases(reports: Sequence[Report], cases: dict[int, Case]) -> None:
    """The headings of cases were these reports' own first sentences."""
    own = [report.own_case_id for report in reports if report.own_case_id in cases]
    Case.objects.filter(pk__in=own).update(title=ERASED, place="")
    for case_id in own:
        cases[case_id].title, cases[case_id].place = ERASED, ""


# ---- letters ----


def forget_letters(reports: Sequence[Report], now: datetime) -> int:
    """Letters with somebody's own words lose them; calls that wait for a number that is gone end."""
    mine = Letter.objects.filter(report__in=reports)
    Task.objects.filter(kind=Task.CALL_BACK, letter__in=mine, done_at=None).update(
        done_at=now, outcome="erased"
    )
    spoken = mine.filter(Q(by__isnull=False) | Q(code__in=IN_WORDS))
    return spoken.exclude(text="").update(text=ERASED, data={})


# ---- photos ----


def strip_photos(
    reports: Sequence[Report], messages: models.QuerySet[Message], everything: bool
) -> tuple[int, list[str]]:
    """The files as sent, with all that a camera wrote into them. The copies never had it: they stay with the case,
    unless everything goes. Returns how many photos, and the names of files to delete."""
    rows = Upload.objects.select_for_update(of=("self",)).filter(
        Q(report__in=reports) | Q(message__in=messages)
    )
    photos = list(rows.order_by("id"))
    kept = [row for row in photos if row.copy and row.state == Upload.READY and not everything]
    gone = [row for row in photos if row not in kept]
    names = [row.path for row in kept if row.path != row.copy] + [
        name for row in gone for name in (row.path, row.copy, row.public)
    ]
    Upload.objects.filter(pk__in=[row.id for row in kept]).update(
        path="", sha256=b"", taken_at=None, lat=None, lon=None
    )
    Upload.objects.filter(pk__in=[row.id for row in gone]).delete()
    return len(photos), sorted({name for name in names if name})


def throw_away(names: Sequence[str], now: datetime) -> None:
    if names:
        Job.objects.create(kind=DISCARD, args={"files": list(names)}, due_at=now)
        transaction.on_commit(partial(discard, names))


def discard(names: Iterable[str]) -> None:
    """Delete files that no row names any more. Done twice it is done once."""
    for name in names:
        (Path(settings.MEDIA_ROOT) / name).unlink(missing_ok=True)


# ---- what others wrote ----


def cover_names(people: Sequence[Reporter], reports: Sequence[Report]) -> None:
    """Cover each person's name and contacts, and whatever of their words was ever covered, wherever it stands in clear
    words of the cases. Few statements, whatever their number."""
    prefetch_related_objects(people, "identities")
    answers: dict[int, list[Message]] = {}
    for message in Message.objects.filter(report__in=reports, officer=None):
        answers.setdefault(message.report_id, []).append(message)
    mine: dict[int, list[Report]] = {}
    for report in reports:
        mine.setdefault(report.reporter_id, []).append(report)
    patterns: dict[int, list[re.Pattern[str]]] = {}
    for person in people:
        said = mine.get(person.id, [])
        if pattern := pattern_of(person, said, [one for row in said for one in answers.get(row.id, ())]):
            for case_id in {one for report in said for one in (report.case_id, report.own_case_id)}:
                patterns.setdefault(case_id, []).append(pattern)
    cover(patterns)


def pattern_of(
    person: Reporter, reports: Sequence[Report], answers: Sequence[Message]
) -> re.Pattern[str] | None:
    """What names this person: as they are known, and as they named themselves."""
    known, opened = access.person(person), Opener(person)
    pairs = [(opened(row.words_sealed), row.words) for row in (*reports, *answers)]
    pairs += [(opened(row.place_sealed), row.place) for row in reports]
    hidden = [words for original, masked in pairs for words in covered(original, masked)]
    return needles([known.name, *hidden], [address for _, address in known.contacts])


def covered(original: str, masked: str) -> list[str]:
    """What stands in the original where the masked words have a mark.

    >>> covered("Nama saya Ani Wijaya, ya", "Nama saya ⟦name⟧, ya")
    ['Ani Wijaya']
    """
    first, *rest = MARK.split(masked)
    if not original.startswith(first):
        return []
    at, found = len(first), []
    for segment in rest:
        end = original.find(segment, at + 1) if segment else len(original)
        if end < 0:
            break  # covered by hand since, across a mark: what comes behind can't be told apart
        found.append(original[at:end])
        at = end + len(segment)
    return found


def needles(texts: Sequence[str], addresses: Sequence[str]) -> re.Pattern[str] | None:
    """Matches these words and contacts as people write them; None where there is nothing to look for."""
    found = set()
    for text_ in (" ".join(text_.split()) for text_ in texts):
        digits = re.sub(r"[\s.-]", "", text_)
        if digits.isdigit() and len(digits) > 6:
            found.add(spaced(digits))
        elif SHORTEST <= len(text_) <= LONGEST:
            found.add(r"(?<!\w)" + r"\s+".join(map(re.escape, text_.split())) + r"(?!\w)")
    for address in addresses:
        digits = re.sub(r"\D", "", address)
        if "@" in address:
            found.add(re.escape(address))
        elif len(digits) > 6:
            found.add(spaced(digits))
    return re.compile("|".join(sorted(found)), re.IGNORECASE) if found else None


def spaced(digits: str) -> str:
    """A number with or without the country, divided however."""
    national = digits.removeprefix("62").lstrip("0") or digits
    return r"(?<!\d)(?:(?:\+?62|0)[\s.-]*)?" + r"[\s.-]*".join(national) + r"(?!\d)"


def cover(patterns: dict[int, list[re.Pattern[str]]]) -> None:
    """Put a mark over what these patterns match, each in the clear words of its own case."""
    for rows, case_of, names in written(list(patterns)):
        for row in rows:
            said = {name: getattr(row, name) for name in names}
            changed = {name: hide(words, patterns[case_of(row)]) for name, words in said.items()}
            changed = {name: words for name, words in changed.items() if words != said[name]}
            if isinstance(row, Report) and changed:
                changed["stems"] = text.stems(" ".join((said | changed).values()))
            if changed:
                type(row)._default_manager.filter(pk=row.pk).update(**fitting(row, changed))


def hide(words: str, patterns: Iterable[re.Pattern[str]]) -> str:
    for pattern in patterns:
        words = pattern.sub(NAME, words)
    return words


def fitting(row: models.Model, texts: dict[str, str]) -> dict[str, str]:
    """A mark may be longer than the name it covers: the column's room is kept."""
    room = {name: getattr(row._meta.get_field(name), "max_length", None) for name in texts}
    return {name: words[: room[name]] for name, words in texts.items()}


CaseOf = Callable[[Any], int]


def written(ids: Sequence[int]) -> list[tuple[models.QuerySet[Any], CaseOf, tuple[str, ...]]]:
    """All clear words about these cases: rows, the case of a row, its columns."""
    own: CaseOf = attrgetter("case_id")
    return [
        (Case.objects.filter(pk__in=ids), attrgetter("id"), ("title", "place")),
        (Report.objects.filter(case__in=ids), own, ("words", "place")),
        (Message.objects.filter(case__in=ids), own, ("words",)),
        (Letter.objects.filter(case__in=ids), own, ("subject", "text")),
        (FollowUp.objects.filter(case__in=ids), own, ("words",)),
        (
            Review.objects.filter(followup__case__in=ids).select_related("followup"),
            attrgetter("followup.case_id"),
            ("note",),
        ),
        (Assignment.objects.filter(case__in=ids), own, ("note",)),
        (Task.objects.filter(case__in=ids), own, ("note",)),
    ]
