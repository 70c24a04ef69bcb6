"""Officers and their roles. A role is added or ended with a reason, and its officer logs in anew."""

from typing import Any

from allauth.mfa.models import Authenticator
from django import forms
from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from tanggap.lib.text import clean
from tanggap.models import Change, Membership, Officer, Reference, Role, local_day
from tanggap.pages.desk.agencies import by_name

from . import deeds
from .frame import administrator, page

PAGE = 50
REFUSALS = {
    "own": gettext_lazy("Not for yourself: another administrator changes your roles."),
    "twice": gettext_lazy("This role at this agency is held already."),
    "ended": gettext_lazy("This role has ended already."),
    "reason_missing": gettext_lazy("Say why, in five letters at least. It stands in the history."),
}


class Reasoned(forms.Form):
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=deeds.REASON_LIMIT, required=False)


class NewRole(Reasoned):
    agency = forms.CharField(
        label=gettext_lazy("Agency"), max_length=120, help_text=gettext_lazy("Type its name, or enough of it."),
    )  # fmt: skip
    role = forms.ChoiceField(label=gettext_lazy("Role"))

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.roles = {row.code: row for row in Role.objects.order_by("code")}
        english = get_language() == "en"
        self.fields["role"].choices = [
            (code, row.name_en if english else row.name_id) for code, row in self.roles.items()
        ]
        self.order_fields(["agency", "role", "reason"])

    def clean_agency(self) -> Any:
        found = by_name(self.cleaned_data["agency"])
        if found is None:
            raise forms.ValidationError(_("No single office bears this name. Type more of it."))
        return found


@require_safe
@administrator
def people(request: HttpRequest) -> HttpResponse:
    wanted, after = clean(request.GET.get("q", ""), 80), clean(request.GET.get("sesudah", ""), 200)
    rows = Officer.objects.all()
    for word in wanted.split():
        match = Q(name__icontains=word) | Q(username__icontains=word)
        rows = rows.filter(match | Q(memberships__agency__name__icontains=word))
    name, _sep, row_id = after.rpartition("~")
    if row_id.isdecimal() and len(row_id) < 18:
        rows = rows.filter(Q(name__gt=name) | Q(name=name, id__gt=int(row_id)))
    found = list(rows.distinct().order_by("name", "id")[: PAGE + 1])
    shown = found[:PAGE]
    ids = [row.id for row in shown]
    roles: dict[int, list[Membership]] = {}
    for row in (
        Membership.objects.current(request.now).filter(officer__in=ids).select_related("role").order_by("id")
    ):
        row.agency = Reference.get().agency_by_id[row.agency_id]
        roles.setdefault(row.officer_id, []).append(row)
    second = Authenticator.objects.filter(user__in=ids, type=Authenticator.Type.TOTP)
    return page(request, "admin/people.html", {
        "rows": shown, "roles": roles, "second": set(second.values_list("user_id", flat=True)), "q": wanted,
        "after": f"{shown[-1].name}~{shown[-1].id}" if len(found) > PAGE else "",
    })  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@administrator
def person(request: HttpRequest, pk: int) -> HttpResponse:
    who = Officer.objects.filter(pk=pk).first()
    if who is None:
        raise Http404
    step = request.POST.get("step", "")
    form = NewRole(request.POST if step == "add" else None)
    why = Reasoned(request.POST if step and step != "add" else None, prefix="end")
    if request.method == "POST":
        try:
            if act(request, who, step, form, why):
                messages.success(request, _("Written down. %(name)s logs in anew.") % {"name": who.name})
                return redirect("admin_person", pk=pk)
        except deeds.AdminRefused as fact:
            blamed = form if step == "add" else why
            blamed.add_error("reason" if fact.code == "reason_missing" else None, str(REFUSALS[fact.code]))
    rows = (
        Membership.objects.filter(officer=who).select_related("role", "agency").order_by("-valid_from", "-id")
    )
    today = local_day(request.now)
    return page(request, "admin/person.html", {
        "who": who, "rows": list(rows[:50]), "form": form, "why": why, "today": today,
        "own": who.pk == request.user.pk,
        "second": Authenticator.objects.filter(user=who, type=Authenticator.Type.TOTP).exists(),
        "changes": list(Change.objects.filter(object=f"officer:{who.username}").order_by("-id")[:20]),
    })  # fmt: skip


def act(request: HttpRequest, who: Officer, step: str, form: NewRole, why: Reasoned) -> bool:
    common: dict[str, Any] = {"by": request.viewer, "now": request.now}
    if step == "add":
        if not form.is_valid():
            return False
        data = form.cleaned_data
        deeds.add(who, data["agency"], form.roles[data["role"]], reason=data["reason"], **common)
        return True
    if not why.is_valid():
        return False
    reason = why.cleaned_data["reason"]
    if step in ("close", "open"):
        deeds.activate(who, step == "open", reason=reason, **common)
        return True
    kind, _sep, row_id = step.partition(":")
    row = Membership.objects.filter(pk=row_id, officer=who).select_related("officer").first() if (
        kind == "end" and row_id.isdecimal() and len(row_id) < 18) else None  # fmt: skip
    if row is None:
        raise Http404
    deeds.end(row, reason=reason, **common)
    return True
