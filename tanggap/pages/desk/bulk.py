"""Several cases referred at once: first a page that shows each with its consequence, then each by its own deed."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import ngettext

from tanggap import access, ledger
from tanggap.access import Viewer
from tanggap.models import Agency, Case, Membership, Reference
from tanggap.routing import actions as routing
from tanggap.web.viewer import officer

from . import agencies, glance, words
from .form import note_field, stands

MOST = 50


class Bulk(forms.Form):
    """`to` is one agency for all."""

    to = forms.ChoiceField(label=lazy("To whom?"), widget=forms.RadioSelect,
                           error_messages={"required": lazy("Choose an office.")})  # fmt: skip
    note = note_field(lazy("Note for the office"), lazy("Citizens don't read it."))


@dataclass
class Picked:
    """A picked case: what becomes of it, or why nothing does."""

    case: Case
    version: int
    suggested: Agency | None = None
    refusal: str = ""
    done: bool = False
    targets: dict[str, Agency] = field(default_factory=dict)


@officer(Membership.DESK)
def bulk(request: HttpRequest) -> HttpResponse:
    """GET (from the list) and a wrong POST draw the preview; a right POST does each by itself and tells of each."""
    asked = request.POST if request.method == "POST" else request.GET
    picked = look_at(request.viewer, asked, request.now)
    if not picked:
        messages.warning(request, _("Pick cases in the list first."))
        return HttpResponseRedirect(reverse("inbox"))
    offered = offers(picked)
    first = offered[0]["value"] if offered else ""
    form = Bulk(request.POST if request.method == "POST" else None, initial={"to": first})
    form.fields["to"].choices = [(row["value"], row["title"]) for row in offered]
    if request.method == "POST" and form.is_valid():
        to = Reference.get().agencies[form.cleaned_data["to"]]
        done = refer_all(picked, to, form.cleaned_data["note"], request.viewer, request.now)
        if done:
            said = ngettext(
                "%(num)s case referred to %(agency)s.", "%(num)s cases referred to %(agency)s.", done
            )
            messages.success(request, said % {"num": done, "agency": to.name})
        if done == len(picked):
            return HttpResponseRedirect(reverse("inbox"))
    context = {
        "form": form, "picked": picked, "offered": offered, "words": words,
        "chosen": Reference.get().agencies.get(form["to"].value() or ""),
        "ready": [row for row in picked if not row.done and not row.refusal],
    }  # fmt: skip
    status = 409 if any(row.refusal for row in picked) and request.method == "POST" else 200
    return render(request, "desk/bulk.html", context, status=422 if form.errors else status)


def look_at(viewer: Viewer, asked: Any, now: datetime) -> list[Picked]:
    """The picked cases the viewer may refer; `kasus` holds numbers, each with `v-<number>` from the form."""
    rows, seen = [], set()
    for number in asked.getlist("kasus")[:MOST]:
        if number in seen:
            continue
        seen.add(number)
        try:
            case = Reference.get().dress(access.case(viewer, number))
        except Http404:
            continue
        given = asked.get(f"v-{number}", "")
        row = Picked(case, int(given) if given.isdecimal() and len(given) < 9 else case.version)
        if "refer" in access.steps(viewer, case):
            row.suggested = glance.suggested(case)
            row.targets = {agency.code: agency for agency in routing.targets(case, "refer", now)}
        else:
            row.refusal = stands(case, now)
        rows.append(row)
    return rows


def offers(picked: list[Picked]) -> list[dict[str, Any]]:
    """Agencies that are suggested for any of them, with for how many."""
    votes: dict[str, int] = {}
    for row in picked:
        if row.suggested is not None and row.suggested.code in row.targets:
            votes[row.suggested.code] = votes.get(row.suggested.code, 0) + 1
    found = sorted(votes.items(), key=lambda pair: (-pair[1], pair[0]))
    known = Reference.get().agencies
    return [
        {"value": code, "title": known[code].name, "key": str(place),
         "words": ngettext("Suggested for %(num)s of them.", "Suggested for %(num)s of them.", count) % {"num": count}}
        for place, (code, count) in enumerate(found, start=1)
    ]  # fmt: skip


def refer_all(picked: list[Picked], to: Agency, note: str, viewer: Viewer, now: datetime) -> int:
    """Each in a transaction of its own: one that fails takes nothing from the others."""
    for row in picked:
        try:
            routing.refer(row.case.id, to, by=viewer, now=now, version=row.version, note=note)
            row.done = True
        except ledger.Stale:
            row.refusal = (
                _("Another officer was faster.") + " " + stands(access.case(viewer, row.case.number), now)
            )
        except ledger.NotAllowed:
            row.refusal = stands(access.case(viewer, row.case.number), now)
        except routing.RoutingRefused:
            row.refusal = agencies.why_not(row.case, to, row.targets, now)
    return sum(row.done for row in picked)
