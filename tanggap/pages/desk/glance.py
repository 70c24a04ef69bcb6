"""What a page shows of one case: facts for the inbox's right side and for the case's own page, and who is looking."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from tanggap import access, workflow
from tanggap.access import Viewer
from tanggap.models import Agency, Case, Glance, Reference, Report, Upload
from tanggap.monitoring import line, queries
from tanggap.pages.citizen import ground

from . import agencies, words
from .form import Deed
from .steps import DEEDS, GROUP

MAP = (320, 220)
MAP_M = 700  # width of the map
AT_A_GLANCE = ("refer", "delegate", "submit", "start", "resume", "ask", "join", "split")


@dataclass(frozen=True)
class Button:
    """A deed on the page: a link to its form, or a small form of its own where nothing is to be said."""

    step: str
    label: str
    href: str
    key: str
    kind: str
    quick: bool


def facts(viewer: Viewer, case: Case, now: datetime) -> dict[str, Any]:
    """The right side of the inbox. Four statements."""
    Reference.get().dress(case)
    reports = reports_of(case, most=1)
    return {
        "case": case,
        "report": reports[0] if reports else None,
        "photo": next((photo for report in reports for photo in report.shown), None),
        "map": picture(case, []),
        "short": short_line(case, now),
        "deeds": [one for one in buttons(viewer, case, now) if one.step in AT_A_GLANCE][:4],
        "guess": guess(case),
    }


def reports_of(case: Case, most: int = 50) -> list[Report]:
    """The reports on a case, the oldest first, each with `shown`: its photos."""
    reports = case.reports.select_related("channel", "category", "partner__agency")
    rows = list(reports.prefetch_related("photos").order_by("id")[:most])
    for row in rows:
        row.shown = [photo for photo in row.photos.all() if photo.state != Upload.BROKEN]
    return rows


def short_line(case: Case, now: datetime) -> list[dict[str, Any]]:
    """The line as a strip of bare titles: offices by their kind, and the citizens' word last."""
    known, found = Reference.get().agencies, []
    for stop in line.stops(case, now, short=True):
        drawn = stop.drawn()
        if stop.agency in known:
            drawn["title"] = upper(words.kind_name(known[stop.agency]))
        found.append(drawn)
    if case.status != workflow.JOINED:
        found[-1]["title"] = _("Citizens")
        found = [stop for stop in found if stop["title"] != _("Done")]
    return found


def upper(said: str) -> str:
    return said[:1].upper() + said[1:]


def picture(case: Case, near: list[queries.Neighbour]) -> dict[str, Any]:
    """The map of the place: the case's own pin on top of those around it."""
    here = case.area.code if case.area else ""
    if case.lat is None or case.lon is None:
        return ground.drawn([], here=here, size=MAP)
    pins = [ground.Pin(row.case.lat, row.case.lon, dot(row.case)) for row in reversed(near[:8])]
    return ground.drawn([*pins, ground.Pin(case.lat, case.lon)], metres=MAP_M, here=here, size=MAP)


def dot(case: Case) -> str:
    """How another case stands on the map and in its list: green only for the citizens' own word."""
    return "yes" if case.confirmation == "confirmed" else "open"


# ---- the deeds ----


def buttons(viewer: Viewer, case: Case, now: datetime) -> list[Button]:
    """What this viewer may do now, the main deed first: what access.steps names, less what the facts rule out."""
    may = {step for step in access.steps(viewer, case) if makes_sense(case, step, now)}
    if (
        case.status == workflow.JOINED
        and case.joined_into
        and "take_in" in access.steps(viewer, case.joined_into)
    ):
        may.add("split")  # undoing a join is the deed of whoever may take in
    main = main_step(case, may)
    found = [button(case, DEEDS[step], main == step) for step in GROUP if step in may]
    return sorted(found, key=lambda one: one.kind != "go")


def makes_sense(case: Case, step: str, now: datetime) -> bool:
    """A hand-over needs somebody it can reach, and only what waits is taken up again."""
    if step in agencies.WAYS:
        return agencies.is_open(case, agencies.WAYS[step], now)
    if step == "resume":
        return bool(case.waiting_for)
    if step == "pause":
        return not case.waiting_for
    return True


def button(case: Case, deed: type[Deed], main: bool) -> Button:
    href = reverse("deed", args=[case.number, deed.step])
    kind = "go" if main else "stop-it" if deed.kind == "stop-it" else ""
    label, key = str(deed.label), deed.key
    there = suggested(case)
    if deed.step == "refer" and main and there is not None:
        label = _("Refer to %(agency)s") % {"agency": there.label}
    if deed.step == "start" and there is not None and not main:
        label, key = _("Do it ourselves"), "p"
    return Button(deed.step, label, href, key, kind, deed.quick)


def suggested(case: Case) -> Agency | None:
    """Who is competent in the eyes of triage, where that is somebody else than the holder and those it works for."""
    there = Reference.get().agencies.get(case.suggestion.get("agency", ""))
    if there is None or case.holder is None:
        return None
    if there.id == case.holder.id or there in case.holder.parents():
        return None
    return there


def main_step(case: Case, may: set[str]) -> str:
    """The act the page exists for: its only green button."""
    if case.waiting_for and "resume" in may and case.waiting_for != Case.REPORTER:
        return "resume"
    if "submit" in may:
        return "submit"
    if "refer" in may and suggested(case) is not None:
        return "refer"
    if "delegate" in may and has_units_here(case):
        return "delegate"
    return next((step for step in ("start", "split", "note") if step in may), "")


def has_units_here(case: Case) -> bool:
    here = {area.id for area in case.area.lineage()} if case.area else set()
    units = (agency for agency in Reference.get().agencies.values() if agency.parent_id == case.holder_id)
    return any(agency.area_id in here for agency in units)


# ---- why this agency ----


def guess(case: Case) -> dict[str, Any] | None:
    """Triage's reasons: words, confidence, mandate, the second guess, what the citizen chose."""
    told, known = case.suggestion, Reference.get()
    if not told:
        return None
    language = get_language() or "id"
    second = known.categories.get(told.get("second", ""))
    chosen = known.categories.get(told.get("chosen", ""))
    return {
        "agency": known.agencies.get(told.get("agency", "")),
        "words": told.get("words", [])[:5],
        "confidence": told.get("confidence"),
        "matter": case.category.name(language) if case.category else "",
        "legal": told.get("legal", ""),
        "note": told.get("note", ""),
        "second": second.name(language) if second else "",
        "second_confidence": told.get("second_confidence"),
        "chosen": chosen.name(language) if chosen else "",
        "followed": chosen is not None and chosen == case.category,
        "by_hand": told.get("by_hand", False),
    }


# ---- who is looking ----


def look(viewer: Viewer, case: Case, now: datetime, writing: bool = False) -> None:
    """Note that this officer is looking, for a minute."""
    row = Glance(case=case, officer=viewer.officer, at=now, writing=writing)
    Glance.objects.bulk_create(
        [row], update_conflicts=True, unique_fields=["case", "officer"], update_fields=["at", "writing"]
    )


def others(viewer: Viewer, case: Case, now: datetime) -> list[dict[str, str]]:
    """Colleagues on this case now: initials, and what they do."""
    rows = queries.glances([case.id], viewer, now).get(case.id, [])
    return [{"initials": row.officer.initials, "words": doing(row)} for row in rows]


def doing(row: Glance) -> str:
    said = _("%(name)s is writing a reply") if row.writing else _("%(name)s is looking")
    return said % {"name": row.officer.name}
