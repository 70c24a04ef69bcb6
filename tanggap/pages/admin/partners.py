"""Partners: who may file for others, how many a day, who sits there; written down, changed, ended and begun again."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from tanggap.intake import quota
from tanggap.lib.text import clean
from tanggap.models import Membership, Partner, local_day
from tanggap.people import partners as deeds
from tanggap.people.actions import PeopleRefused

from . import forms
from .frame import administrator, page
from .rules import history

PAGE, MEMBERS = 50, 100


@require_safe
@administrator
def partners(request: HttpRequest) -> HttpResponse:
    """By the alphabet, paged by name, with what each has filed today. Three statements beside the frame's."""
    wanted, after = clean(request.GET.get("q", ""), 80), clean(request.GET.get("sesudah", ""), 200)
    rows = Partner.objects.select_related("agency", "area")
    for word in wanted.split():
        rows = rows.filter(Q(agency__name__icontains=word) | Q(agency__code__icontains=word))
    name, _sep, code = after.rpartition("~")
    if code:
        rows = rows.filter(Q(agency__name__gt=name) | Q(agency__name=name, agency__code__gt=code))
    begins, ends = quota.span(local_day(request.now))
    today = Count("reports", filter=Q(reports__said_at__gte=begins, reports__said_at__lt=ends))
    found = list(rows.annotate(today=today).order_by("agency__name", "agency__code")[: PAGE + 1])
    shown = found[:PAGE]
    return page(request, "admin/partners.html", {
        "rows": shown, "q": wanted, "kinds": forms.PARTNER_KINDS, "people": people_at(shown, request),
        "after": f"{shown[-1].agency.name}~{shown[-1].agency.code}" if len(found) > PAGE else "",
    })  # fmt: skip


def people_at(rows: list[Partner], request: HttpRequest) -> dict[int, int]:
    """Agency -> accounts that file for it today. One statement."""
    held = Membership.objects.current(request.now).filter(agency__in=[row.agency_id for row in rows])
    return dict(held.values_list("agency").annotate(Count("officer", distinct=True)))


def found(pk: int) -> Partner:
    row = Partner.objects.select_related("agency", "area").filter(pk=pk).first()
    if row is None:
        raise Http404
    return row


@require_http_methods(["GET", "HEAD", "POST"])
@administrator
def partner(request: HttpRequest, pk: int) -> HttpResponse:
    row = found(pk)
    first = {"name": row.agency.name, "kind": row.kind, "quota": row.daily_quota, "contact": row.contact,
             "area": row.area.name if row.area else ""}  # fmt: skip
    form = forms.PartnerForm(request.POST or None, initial=first)
    if request.method == "POST" and form.is_valid():
        try:
            deeds.change(row, **form.cleaned_data, by=request.viewer, now=request.now)
            messages.success(request, _("Written down."))
            return redirect("admin_partner", pk=pk)
        except PeopleRefused as fact:
            forms.blame(form, fact.code)
    today, filed = local_day(request.now), row.reports
    held = Membership.objects.filter(agency=row.agency_id).select_related("officer", "role")
    return page(request, "admin/partner.html", {
        "row": row, "form": form, "today": today, "kinds": forms.PARTNER_KINDS,
        "members": list(held.order_by("-valid_from", "-id")[:MEMBERS]),
        "filed": filed.count(), "filed_today": quota.used(row, today), **history(deeds.thing(row)),
    })  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@administrator
def new_partner(request: HttpRequest) -> HttpResponse:
    form = forms.NewPartner(request.POST or None, initial={"quota": 10})
    if request.method == "POST" and form.is_valid():
        try:
            row = deeds.add(**form.cleaned_data, by=request.viewer, now=request.now)
            messages.success(request, _("Written down. Now give somebody there an account."))
            return redirect("admin_partner", pk=row.pk)
        except PeopleRefused as fact:
            forms.blame(form, fact.code)
    return page(request, "admin/deed.html", {
        "title": _("A new partner"), "button": _("Write it down"), "danger": False, "form": form,
        "told": _("It files reports for others, named as their bearer, and sees no more than everybody does. Accounts "
                  "follow: each person has their own."),
        "heading": _("A new partner"), "about": "", "back": ("admin_partners",), "row": 0,
    })  # fmt: skip


@dataclass(frozen=True)
class Deed:
    title: Any
    told: Any
    button: Any
    does: Callable[..., None]
    danger: bool


DEEDS = {
    "akhiri": Deed(
        gettext_lazy("End the partnership"),
        gettext_lazy("Nobody files in its name any more; everybody there is logged out at once. What was filed goes "
                     "its way, and its citizens notice nothing."),
        gettext_lazy("End it"), deeds.end, True,
    ),
    "mulai": Deed(
        gettext_lazy("Begin again"),
        gettext_lazy("The accounts that still hold their role file again."),
        gettext_lazy("Begin again"), deeds.begin_again, False,
    ),
}  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@administrator
def deed(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    row, one = found(pk), DEEDS.get(name)
    if one is None:
        raise Http404
    form = forms.Reasoned(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            one.does(row, by=request.viewer, now=request.now, reason=form.cleaned_data["reason"])
            messages.success(request, _("Written down."))
            return redirect("admin_partner", pk=pk)
        except PeopleRefused as fact:
            forms.blame(form, fact.code)
    return page(request, "admin/deed.html", {
        "title": one.title, "told": one.told, "button": one.button, "danger": one.danger, "form": form,
        "heading": row.agency.name, "about": "", "back": ("admin_partner", pk), "row": 0,
    })  # fmt: skip
