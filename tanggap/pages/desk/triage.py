"""The triage desk: what the machine was not sure of, one report at a time; place left, matter right."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from tanggap import ledger
from tanggap.lib import text
from tanggap.models import Area, Case, Category, Mandate, Membership, Reference, Task
from tanggap.monitoring import history, queries
from tanggap.monitoring.queries import Doubt
from tanggap.pages.citizen import ground
from tanggap.triage import actions as triage_room
from tanggap.triage import unreadable
from tanggap.triage.classify import classify
from tanggap.web.viewer import officer
from tanggap.web.words import percent

from . import glance, words
from .form import OTHER

PLACE_KEYS = "qwe"
MAP = (560, 210)
MAP_M = 3000


class Settle(forms.Form):
    """Where and what. Each may be left as it is where the machine was sure."""

    version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    place = forms.CharField(label=lazy("Where is it?"), required=False, widget=forms.RadioSelect)
    kelurahan = forms.CharField(label=lazy("Kelurahan"), required=False, max_length=120)
    matter = forms.CharField(label=lazy("What is it?"), required=False, widget=forms.RadioSelect)
    kind = forms.CharField(label=lazy("Matter"), required=False, max_length=200)

    def __init__(self, doubt: Doubt, now: datetime, *args: Any):
        self.doubt, self.case = doubt, doubt.case
        self.places = places(doubt)
        self.matters = matters(doubt, now)
        first = {
            "version": self.case.version,
            "place": self.places[0]["value"],
            "matter": self.matters[0]["value"],
        }
        super().__init__(*args, initial=first)
        self.fields["kelurahan"].widget.attrs["list"] = "kelurahan"
        self.fields["kind"].widget.attrs["list"] = "matters"

    def clean(self) -> dict[str, Any]:
        found = super().clean() or self.cleaned_data
        known = Reference.get()
        typed = found.get("kelurahan", "") if found.get("place") == OTHER else ""
        found["area"] = kelurahan_named(typed) if typed else known.areas.get(found.get("place", ""))
        typed = found.get("kind", "") if found.get("matter") == OTHER else ""
        found["category"] = matter_named(typed) if typed else known.categories.get(found.get("matter", ""))
        if found["area"] is None:
            other = found.get("place") == OTHER
            said = _("No kelurahan of this name, or several. Write it with its kecamatan.")
            self.add_error("kelurahan" if other else "place", said if other else _("Choose a place."))
        if found["category"] is None:
            other = found.get("matter") == OTHER
            said = _("No matter of this name. Choose one that is offered while you type.")
            self.add_error("kind" if other else "matter", said if other else _("Choose a matter."))
        return found


@officer(Membership.TRIAGE)
def triage(request: HttpRequest) -> HttpResponse:
    """The first of what waits."""
    return desk(request, None)


@officer(Membership.TRIAGE)
def triage_task(request: HttpRequest, task: int) -> HttpResponse:
    return desk(request, task)


def desk(request: HttpRequest, task: int | None) -> HttpResponse:
    doubts = queries.doubts(request.viewer)
    current = next((one for one in doubts if task in [row.id for row in one.tasks]), None)
    if task is not None and current is None:
        messages.warning(request, _("Somebody else has settled this one already. Here is the next."))
        return HttpResponseRedirect(reverse("triage"))
    current = current or (doubts[0] if doubts else None)
    if current is None:
        return render(
            request, "desk/triage_empty.html", {"unreadable": unreadable.tasks(request.viewer).count()}
        )
    form = Settle(current, request.now, request.POST if request.method == "POST" else None)
    happened: list[history.Line] = []
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                return settled(request, current, form, doubts)
            except ledger.Stale:
                happened, status = history.moves(current.case), 409
            except ledger.NotAllowed:
                messages.warning(request, f"{current.case.number}: {words.standing(current.case)}")
                return HttpResponseRedirect(reverse("triage"))
    told = context(doubts, current, form, happened) | {"unreadable": unreadable.tasks(request.viewer).count()}
    return render(request, "desk/triage.html", told, status=status)


def settled(request: HttpRequest, doubt: Doubt, form: Settle, doubts: list[Doubt]) -> HttpResponse:
    """Write what the person said; go on with the next."""
    data = form.cleaned_data
    triage_room.settle(
        doubt.case.id, by=request.viewer, now=request.now, version=data["version"] or 0,
        area=data["area"], category=data["category"],
    )  # fmt: skip
    name = data["category"].name(get_language() or "id")
    messages.success(request, f"{doubt.case.number} → {name}, {data['area'].name}")
    rest = [one for one in doubts if one.case.id != doubt.case.id]
    following = next((one for one in rest if one.first.id > doubt.first.id), rest[0] if rest else None)
    if following is None:
        return HttpResponseRedirect(reverse("triage"))
    return HttpResponseRedirect(reverse("triage_task", args=[following.first.id]))


def context(
    doubts: list[Doubt], current: Doubt, form: Settle, happened: list[history.Line]
) -> dict[str, Any]:
    case = current.case
    reports = glance.reports_of(case, 10)
    place = doubts.index(current)
    return {
        "doubts": doubts,
        "current": current,
        "case": case,
        "place": place + 1,
        "next": doubts[place + 1].first.id if place + 1 < len(doubts) else None,
        "report": reports[0] if reports else None,
        "photos": [photo for report in reports for photo in report.shown],
        "form": form,
        "map": candidates_map(form.places, case),
        "seen": seen(case),
        "happened": happened,
        "words": words,
        "kelurahan": [f"{area.name}, {area.parent.name}" for area in all_kelurahan()],
        "all_matters": [row.name(get_language() or "id") for row in current_matters()],
    }


# ---- places ----


def places(doubt: Doubt) -> list[dict[str, Any]]:
    """What the place may be: what the machine settled, its candidates, or typed."""
    known = Reference.get()
    codes = [doubt.case.area.code] if doubt.case.area else []
    for task in doubt.tasks:
        codes += kelurahan_of(task.data.get("candidates", []))
    rows = []
    for place, code in enumerate(dict.fromkeys(codes)):
        area = known.areas[code]
        key = PLACE_KEYS[place] if place < len(PLACE_KEYS) else ""
        rows.append({"value": code, "title": full_name(area), "words": why_here(doubt, area), "key": key})
    return [*rows[:6], {"value": OTHER, "title": _("Another place: type its kelurahan"), "key": ""}]


def kelurahan_of(codes: list[str]) -> list[str]:
    """Candidates down to kelurahan: a kecamatan that was named means one of its kelurahan."""
    known, found = Reference.get(), []
    for code in codes:
        area = known.areas.get(code)
        if area is None:
            continue
        if area.level == Area.KELURAHAN:
            found.append(code)
        elif area.level == Area.KECAMATAN:
            found += [one.code for one in known.areas.values() if one.parent_id == area.id]
    return found


def full_name(area: Area) -> str:
    return _("Kelurahan %(name)s, Kec. %(above)s") % {"name": area.name, "above": area.parent.name}


def why_here(doubt: Doubt, area: Area) -> str:
    if doubt.case.area is not None and doubt.case.area.id == area.id:
        refused = next((task for task in doubt.tasks if task.kind == Task.REFUSED), None)
        if refused is not None and refused.agency is not None and refused.agency.area_id == area.id:
            return _("where it was; its office handed it back")
        return _("by the point on the map")
    return _("named in the words")


def all_kelurahan() -> list[Area]:
    rows = (area for area in Reference.get().areas.values() if area.level == Area.KELURAHAN)
    return sorted(rows, key=lambda area: area.name)


def kelurahan_named(typed: str) -> Area | None:
    """ "Tebet Timur" or "Jatinegara, Cakung": the only one whose name, and kecamatan if given, it is."""
    name, _comma, above = typed.partition(",")
    name, above = " ".join(text.words(name)), " ".join(text.words(above))
    rows = [
        area
        for area in all_kelurahan()
        if " ".join(text.words(area.name)) == name
        and (not above or " ".join(text.words(area.parent.name)) == above)
    ]
    return rows[0] if len(rows) == 1 else None


def candidates_map(rows: list[dict[str, Any]], case: Case) -> dict[str, Any]:
    """The candidates on a map, each with its key; the point itself where there is one."""
    known = Reference.get()
    if case.lat is not None and case.lon is not None:
        return ground.drawn([ground.Pin(case.lat, case.lon)], metres=MAP_M, here=case.area.code if case.area else "",
                            size=MAP)  # fmt: skip
    areas = [
        (known.areas[row["value"]], row["key"]) for row in rows if row["key"] and row["value"] in known.areas
    ]
    pins = [
        ground.Pin(area.label_lat, area.label_lon, "" if place == 0 else "open", key)
        for place, (area, key) in enumerate(areas)
    ]
    return ground.drawn(pins, metres=MAP_M, here=areas[0][0].code if areas else "", size=MAP)


# ---- matters ----


def matters(doubt: Doubt, now: datetime) -> list[dict[str, Any]]:
    """What it may be about, the likeliest first, each with the words that spoke for it and who would do it."""
    told, known, rows = doubt.case.suggestion, Reference.get(), {}
    ranked: list[tuple[str, float | None, str]] = []
    if doubt.case.category is not None:
        ranked.append((doubt.case.category.code, None, ", ".join(told.get("words", [])[:4])))
    for task in doubt.tasks:
        if task.kind == Task.MATTER:
            ranked.append(
                (task.data.get("best", ""), task.data.get("confidence"), ", ".join(told.get("words", [])))
            )
    ranked.append((told.get("second", ""), told.get("second_confidence"), ""))
    if told.get("chosen"):
        ranked.append((told["chosen"], None, _("chosen by the citizen")))
    for code, confidence, said in ranked:
        if code in known.categories and code not in rows:
            rows[code] = matter_row(known.categories[code], doubt.case, now, confidence, said, len(rows) + 1)
    more = {"value": OTHER, "title": _("Another matter: type it"), "key": str(len(rows) + 1)}
    return [*rows.values(), more]


def matter_row(category: Category, case: Case, now: datetime, confidence: float | None, said: str,
               place: int) -> dict[str, Any]:  # fmt: skip
    mandates = Mandate.objects.competent(category, case.area, now)
    holder = mandates[0].holder_for(case.area) if mandates else None
    name = category.name(get_language() or "id")
    does = holder.label if holder else _("the kelurahan")
    return {
        "value": category.code, "title": f"{name} → {does}" if mandates else name, "words": said,
        "num": percent(confidence) if confidence else "", "key": str(place),
    }  # fmt: skip


def current_matters() -> list[Category]:
    rows = (row for row in Reference.get().categories.values() if row.valid_to is None)
    return sorted(rows, key=lambda row: row.name(get_language() or "id"))


def matter_named(typed: str) -> Category | None:
    """The matter of this name; else what the lexicon is sure of."""
    wanted = " ".join(text.words(typed))
    for row in current_matters():
        if wanted in (" ".join(text.words(row.name_id)), " ".join(text.words(row.name_en)), row.code):
            return row
    guessed = classify(typed)
    return Reference.get().categories.get(guessed.code) if guessed.sure else None


def seen(case: Case) -> list[str]:
    """Words to highlight: what spoke for the matter, and the names of places."""
    found = list(case.suggestion.get("words", []))
    for task in case.tasks.filter(done_at=None):
        found += [Reference.get().areas[code].name for code in task.data.get("candidates", [])
                  if code in Reference.get().areas]  # fmt: skip
    return found
