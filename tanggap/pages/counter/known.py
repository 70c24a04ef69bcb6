"""Known already? Open cases that look like what is being said: by place and words, and by the very same number.

Whose they are is never shown, nor words of a private case: kind, kelurahan, office and day, no more.
"""

from dataclasses import dataclass

from django.conf import settings
from django.db.models import Q
from rapidfuzz import fuzz

from tanggap.channels.base import Contact
from tanggap.lib import seal
from tanggap.models import Area, Case, Category, Identity, Mandate, Reference, Report
from tanggap.triage.classify import Guess, classify
from tanggap.triage.locate import Place, in_words
from tanggap.workflow import OPEN

MOST = 3
READ = 60  # cases of a kelurahan that are compared
LIKE = 0.55


@dataclass(frozen=True)
class Known:
    """A case that may be the same. `title` only where the case is public; `by` number or words."""

    case: Case
    by: str
    title: str = ""


@dataclass(frozen=True)
class Heard:
    """What the machine makes of the words so far."""

    place: Place
    guess: Guess
    area: Area | None
    category: Category | None
    agency: str
    near: list[Known]


def listen(words: str, place: str, chosen: str, contacts: tuple[Contact, ...], now) -> Heard:
    known = Reference.get()
    found = in_words(f"{place} . {words}")
    guess = classify(f"{words} {place}", chosen)
    area = known.areas.get(found.area)
    category = known.categories.get(chosen or guess.code)
    agency = ""
    if category is not None:
        mandates = Mandate.objects.competent(category, area, now)
        holder = mandates[0].holder_for(area) if mandates else None
        agency = holder.label if holder else ""
    return Heard(found, guess, area, category, agency, similar(words, area, category, contacts))


def similar(
    words: str, area: Area | None, category: Category | None, contacts: tuple[Contact, ...]
) -> list[Known]:
    found = {row.case.id: row for row in by_number(contacts, area, category)}
    for row in by_words(words, area, category):
        found.setdefault(row.case.id, row)
    return list(found.values())[:MOST]


def by_number(contacts: tuple[Contact, ...], area: Area | None, category: Category | None) -> list[Known]:
    """Open cases with a report that named exactly this number, and are about the same matter (and place, where
    it is known): a number alone must not tell what its owner has reported."""
    if not contacts or category is None:
        return []
    ring = seal.Keyring.parse(settings.SEAL_KEYS)
    looks = [seal.lookup(ring, f"{one.kind}:{one.address}") for one in contacts]
    owners = Identity.objects.filter(channel__in={one.kind for one in contacts}, lookup__in=looks)
    alike = Q(category=category) & (Q(area=area) if area else Q())
    rows = open_cases().filter(alike, reports__reporter__in=owners.values("reporter")).distinct()
    return [told(case, "number") for case in rows.order_by("-opened_at")[:MOST]]


def by_words(words: str, area: Area | None, category: Category | None) -> list[Known]:
    if area is None or not (words.strip() or category):
        return []
    rows = open_cases().filter(area=area)
    if category is not None:
        rows = rows.filter(category=category)
    ranked = [
        (fuzz.token_set_ratio(words, case.title) / 100, case) for case in rows.order_by("-opened_at")[:READ]
    ]
    ranked = [pair for pair in ranked if pair[0] >= LIKE]
    return [told(case, "words") for _like, case in sorted(ranked, key=lambda pair: -pair[0])[:MOST]]


def open_cases():
    return Case.objects.filter(status__in=OPEN, parent=None).exclude(visibility=Report.SECRET)


def told(case: Case, by: str) -> Known:
    shown = Reference.get().dress(case)
    return Known(shown, by, case.title if case.visibility == Report.PUBLIC else "")
