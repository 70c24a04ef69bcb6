"""To whom a case may go, for the form: the office in charge first, each choice with its reason, and what cannot be
chosen with the sentence that says where to go instead. The same rules as the deeds in routing/actions.py."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from tanggap.lib import text
from tanggap.models import Agency, AgencyKind, Case, Handover, Mandate, Reference, local_day
from tanggap.monitoring import queries
from tanggap.routing import actions as routing
from tanggap.web.words import number, percent
from tanggap.workflow import DELEGATE, REFER, TRANSFER

from . import words
from .form import OTHER

WAYS = {"refer": REFER, "delegate": DELEGATE, "request_transfer": TRANSFER}  # step -> kind of hand-over
MOST = 8  # choices with a digit of their own; the rest is typed


@dataclass(frozen=True)
class Option:
    """One row of the form's choice. `off`: it cannot be chosen, `words` says why and where to go instead."""

    agency: Agency
    words: str = ""
    num: str = ""
    off: bool = False

    def drawn(self, key: str) -> dict[str, Any]:
        title = self.agency.name
        if self.off:
            return {"off": True, "title": title, "words": self.words}
        return {"value": self.agency.code, "title": title, "words": self.words, "num": self.num, "key": key}


@dataclass
class Choice:
    """The choices of one step; `targets` are all agencies it may go to, by code."""

    step: str
    options: list[Option]
    targets: dict[str, Agency]

    @property
    def first(self) -> str:
        return next((one.agency.code for one in self.options if not one.off), "")

    @property
    def more(self) -> bool:
        """Are there agencies that can only be typed?"""
        return len(self.targets) > sum(not one.off for one in self.options)

    def drawn(self) -> list[dict[str, Any]]:
        rows = [one.drawn(str(place)) for place, one in enumerate(self.options, start=1) if not one.off]
        if self.more:
            said = _("Another office: type its name")
            rows.append({"value": OTHER, "title": said, "words": self.hint(), "key": str(len(rows) + 1)})
        return rows + [one.drawn("") for one in self.options if one.off]

    def hint(self) -> str:
        return _("%(count)s offices can be reached from here.") % {"count": number(len(self.targets))}


def choice(case: Case, step: str, now: datetime) -> Choice:
    """What a form offers for refer, delegate, transfer or divide."""
    known = Reference.get()
    case = known.dress(case)
    targets = {agency.code: known.agencies[agency.code] for agency in reachable(case, step, now)}
    if step == DELEGATE:
        return Choice(step, units(case, targets), targets)
    found = competent(case, targets, now)
    if step == REFER:
        found += locked(case, found, targets, now)
    return Choice(step, found, targets)


def is_open(case: Case, way: str, now: datetime) -> bool:
    """Does this way lead anywhere from the holder? By the kept table of hand-overs: a page asks for each button."""
    known, holder = Reference.get(), case.holder
    if holder is None:
        return False
    rows = [row for row in handovers(known) if row.step == way and row.from_kind_id == holder.kind_id]
    day = local_day(now)
    rows = [row for row in rows if row.valid_from <= day and (row.valid_to is None or day < row.valid_to)]
    if any(not row.own_unit for row in rows):
        return True
    kinds = {row.to_kind_id for row in rows}
    return any(one.parent_id == holder.id and one.kind_id in kinds for one in known.agencies.values())


def handovers(known: Reference) -> list[Handover]:
    """The city's table of hand-overs, kept with the reference data."""
    kept: list[Handover] | None = getattr(known, "handovers", None)
    if kept is None:
        kept = known.handovers = list(Handover.objects.all())  # type: ignore[attr-defined]
    return kept


def reachable(case: Case, step: str, now: datetime) -> list[Agency]:
    if step in (REFER, DELEGATE, TRANSFER):
        return routing.targets(case, step, now)
    # a part may go wherever its own holder-to-be could be reached by a referral or a delegation
    both = routing.targets(case, REFER, now) + routing.targets(case, DELEGATE, now)
    return list({agency.code: agency for agency in both}.values())


def units(case: Case, targets: dict[str, Agency]) -> list[Option]:
    """Own units, the one of the place first."""
    here = {area.id for area in case.area.lineage()} if case.area else set()
    found = sorted(targets.values(), key=lambda agency: (agency.area_id not in here, agency.name))
    rows = []
    for agency in found[:MOST]:
        at_home = agency.area_id in here
        said = _("The unit of this place: %(area)s.") % {"area": agency.area.name} if at_home else ""
        rows.append(Option(agency, said))
    return rows


def competent(case: Case, targets: dict[str, Agency], now: datetime) -> list[Option]:
    """Whoever has the mandate for this matter here, the most particular first, then who has the second guess's."""
    if case.category is None:
        return []
    rows: dict[str, Option] = {}
    for mandate in Mandate.objects.competent(case.category, case.area, now):
        add(rows, case, mandate, targets, now, main=not rows)
    second = Reference.get().categories.get(case.suggestion.get("second", ""))
    if second is not None:
        for mandate in Mandate.objects.competent(second, case.area, now)[:1]:
            add(rows, case, mandate, targets, now, second=True)
    return list(rows.values())[:MOST]


def add(rows: dict[str, Option], case: Case, mandate: Mandate, targets: dict[str, Agency], now: datetime, *,
        main: bool = False, second: bool = False) -> None:  # fmt: skip
    meant = mandate.holder_for(case.area)
    agency = Reference.get().agencies.get(meant.code) if meant else None
    if agency is None or agency.code in rows or agency.id == case.holder_id:
        return
    if agency.code not in targets:
        rows[agency.code] = Option(agency, why_not(case, agency, targets, now), off=True)
        return
    guess = case.suggestion.get("second_confidence" if second else "confidence", 0) if main or second else 0
    said = why(case, mandate, main=main, second=second)
    rows[agency.code] = Option(agency, said, percent(guess) if guess else "")


def why(case: Case, mandate: Mandate, *, main: bool, second: bool) -> str:
    """The reason behind a choice: the mandate, the words that spoke for it, how the office took such cases."""
    language = get_language() or "id"
    parts = []
    if second:
        parts.append(_("If it is about: %(matter)s.") % {"matter": mandate.category.name(language)})
    if mandate.note:
        parts.append(upper(mandate.note))
    if main:
        if case.suggestion.get("words"):
            parts.append(_("Words: %(words)s.") % {"words": ", ".join(case.suggestion["words"][:4])})
        record = queries.record(mandate.agency, case.category) if mandate.agency else None
        if record:
            facts = {"kept": number(record.kept), "given": number(record.given)}
            parts.append(_("%(kept)s of %(given)s such cases were accepted.") % facts)
    return " ".join(parts)


def upper(note: str) -> str:
    note = note[:1].upper() + note[1:]
    return note if note.endswith(".") else f"{note}."


def locked(case: Case, found: list[Option], targets: dict[str, Agency], now: datetime) -> list[Option]:
    """The unit that will do it in the end stands there too, locked: it can't be reached past its agency."""
    here = {area.id for area in case.area.lineage()} if case.area else set()
    for one in found:
        if one.off:
            continue
        for unit in Reference.get().agencies.values():
            if unit.parent_id == one.agency.id and unit.area_id in here and unit.code not in targets:
                return [Option(unit, why_not(case, unit, targets, now), off=True)]
    return []


def why_not(case: Case, to: Agency, targets: dict[str, Agency], now: datetime) -> str:
    """Why a case can't go there directly, and where it goes instead."""
    holder, above = case.holder, to.parent
    if holder is None:
        return words.refusal("nobody_held_it")
    if above is not None and above.code in targets and Handover.objects.between(DELEGATE, above, to, now):
        said = _("The %(giver)s refers to the %(above)s; the %(above)s delegates to its %(unit)s.")
        facts = {
            "giver": words.kind_name(holder),
            "above": words.kind_name(above),
            "unit": words.kind_name(to),
        }
        told = said % facts
        return told[:1].upper() + told[1:]
    return words.refusal("no_such_way", holder=holder.name, to=to.name)


# ---- what was typed ----


def by_name(typed: str, *, partners: bool = False) -> Agency | None:
    """The agency of this name, short name or code; the only one whose name holds all the words typed. A partner is
    found only where a role is given: nothing else is for it."""
    wanted = " ".join(text.words(typed))
    if not wanted:
        return None
    parts = wanted.split()
    holding = []
    for agency in Reference.get().agencies.values():
        if agency.kind_id == AgencyKind.PARTNER and not partners:
            continue
        names = {" ".join(text.words(name)) for name in (agency.name, agency.short, agency.code) if name}
        if wanted in names:
            return agency
        if any(all(part in name.split() for part in parts) for name in names):
            holding.append(agency)
    return holding[0] if len(holding) == 1 else None
