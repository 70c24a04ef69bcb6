"""Agencies and hand-overs as they can be changed by page: a form, the days, the reason, the history with its undo."""

from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from tanggap.lib.text import clean
from tanggap.models import Agency, AgencyKind, Change, Handover, local_day
from tanggap.people import rules

from . import forms
from .frame import administrator, page
from .person import stays
from .told import tell

CHANGES = 30


def history(thing: str, **more: Any) -> dict[str, Any]:
    rows = tell(Change.objects.filter(object=thing, **more).order_by("-id")[:CHANGES])
    return {"changes": rows, "stays": stays(rows)}


@require_http_methods(["GET", "HEAD", "POST"])
@administrator
def agency(request: HttpRequest, pk: int) -> HttpResponse:
    row = Agency.objects.select_related("kind", "parent", "area").filter(pk=pk).first()
    if row is None or row.kind_id == AgencyKind.PARTNER:
        raise Http404
    first = {"name": row.name, "short": row.short, "email": row.email, "begins": row.valid_from, "ends": row.valid_to,
             "parent": row.parent.name if row.parent else ""}  # fmt: skip
    form = forms.AgencyForm(request.POST or None, initial=first)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            rules.change_agency(row, **data, by=request.viewer, now=request.now)
            messages.success(request, _("Written down."))
            return redirect("admin_agency", pk=pk)
        except rules.PeopleRefused as fact:
            forms.blame(form, fact.code)
    return page(request, "admin/agency.html", {
        "row": row, "form": form, "today": local_day(request.now), **history(rules.thing(row)),
    })  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@administrator
def new_agency(request: HttpRequest) -> HttpResponse:
    form = forms.NewAgency(request.POST or None, initial={"begins": local_day(request.now)})
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            row = rules.add_agency(
                data["code"], data["name"], form.kinds[data["kind"]], parent=data["parent"], short=data["short"],
                email=data["email"], begins=data["begins"], by=request.viewer, now=request.now, reason=data["reason"],
            )  # fmt: skip
            messages.success(request, _("Written down."))
            return redirect("admin_agency", pk=row.pk)
        except rules.PeopleRefused as fact:
            forms.blame(form, fact.code)
    return page(request, "admin/deed.html", {
        "title": _("A new agency"), "button": _("Write it down"), "danger": False,
        "told": _("Officers and mandates follow. Write it into the city's file too: the next load of a changed file "
                  "brings the file's words back."),
        "form": form, "heading": _("A new agency"), "about": "", "back": ("admin_agencies",), "row": 0,
    })  # fmt: skip


# ---- hand-overs ----


@require_safe
@administrator
def handovers(request: HttpRequest) -> HttpResponse:
    wanted = clean(request.GET.get("q", ""), 40)
    rows = Handover.objects.select_related("from_kind", "to_kind")
    for word in wanted.split():
        match = Q(from_kind__name_id__icontains=word) | Q(to_kind__name_id__icontains=word)
        rows = rows.filter(match | Q(step__icontains=word))
    return page(request, "admin/handovers.html", {
        "rows": list(rows.order_by("from_kind__name_id", "step", "to_kind__name_id", "id")[:300]), "q": wanted,
        "today": local_day(request.now), "steps": forms.STEP_NAMES,
    })  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@administrator
def handover(request: HttpRequest, pk: int) -> HttpResponse:
    row = Handover.objects.select_related("from_kind", "to_kind").filter(pk=pk).first()
    if row is None:
        raise Http404
    form = forms.EndRule(request.POST or None, initial={"ends": local_day(request.now)})
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            rules.end_handover(
                row, ends=data["ends"], by=request.viewer, now=request.now, reason=data["reason"]
            )
            messages.success(request, _("Written down."))
            return redirect("admin_handover", pk=pk)
        except rules.PeopleRefused as fact:
            forms.blame(form, fact.code)
    today = local_day(request.now)
    return page(request, "admin/handover.html", {
        "row": row, "form": form, "today": today, "over": row.valid_to is not None and row.valid_to <= today,
        "step": forms.STEP_NAMES.get(row.step, row.step), **history(rules.thing(row), after__id=row.id),
    })  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@administrator
def new_handover(request: HttpRequest) -> HttpResponse:
    form = forms.NewHandover(request.POST or None, initial={"begins": local_day(request.now)})
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        data["giver"], data["taker"] = form.kinds[data["giver"]], form.kinds[data["taker"]]
        try:
            row = rules.add_handover(**data, by=request.viewer, now=request.now)
            messages.success(request, _("Written down."))
            return redirect("admin_handover", pk=row.pk)
        except rules.PeopleRefused as fact:
            forms.blame(form, fact.code)
    return page(request, "admin/deed.html", {
        "title": _("A new hand-over"), "button": _("Open this way"), "danger": False, "form": form,
        "told": _("A way that was closed opens for all agencies of these kinds. Write it into the city's file too: the "
                  "next load of a changed file brings the file's rows back."),
        "heading": _("A new hand-over"), "about": "", "back": ("admin_handovers",), "row": 0,
    })  # fmt: skip
