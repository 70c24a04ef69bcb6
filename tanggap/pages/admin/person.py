"""One officer: roles with their dates, deputies, invitation, history; and a page for each deed, which says what will
happen before it does."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from tanggap import ledger
from tanggap.lib.text import clean
from tanggap.models import Change, Invitation, Membership, Officer, Partner, local_day
from tanggap.people import actions, links, undo
from tanggap.reply import lines

from . import forms
from .frame import administrator, page
from .told import tell

ROLES, CHANGES = 50, 30
FAILURES = {
    "AddressRefused": gettext_lazy("the mail server refuses this address"),
    "NoAddress": gettext_lazy("the account has no address"),
}


def found(pk: int) -> Officer:
    who = Officer.objects.filter(pk=pk).first()
    if who is None:
        raise Http404
    return who


@dataclass(frozen=True)
class LinkState:
    """Where an invitation stands; `pill` is its colour."""

    words: str
    pill: str
    at: datetime


def link_state(row: Invitation | None, now: datetime) -> LinkState | None:
    if row is None:
        return None
    if row.used_at:
        return LinkState(_("used"), "done", row.used_at)
    if row.expires_at <= now:
        return LinkState(_("void"), "no-go", row.expires_at)
    if row.parked_at:
        why = str(FAILURES.get(row.last_error, row.last_error))
        return LinkState(_("not sent: %(why)s") % {"why": why}, "late", row.parked_at)
    if row.sent_at:
        return LinkState(_("sent, works until then"), "wait", row.expires_at)
    return LinkState(_("on its way"), "wait", row.made_at)


@require_safe
@administrator
def person(request: HttpRequest, pk: int) -> HttpResponse:
    who = found(pk)
    rows = Membership.objects.select_related("role", "agency", "deputy_for", "officer")
    changes = tell(Change.objects.filter(object=actions.thing(who)).order_by("-id")[:CHANGES])
    invited = Invitation.objects.filter(officer=who, kind=Invitation.INVITE).order_by("-id").first()
    today = local_day(request.now)
    return page(request, "admin/person.html", {
        "who": who, "rows": list(rows.filter(officer=who).order_by("-valid_from", "-id")[:ROLES]), "today": today,
        "deputies": list(rows.filter(deputy_for=who, valid_to__gt=today).order_by("valid_from", "id")[:ROLES]),
        "own": who.pk == request.user.pk, "invitation": link_state(invited, request.now),
        "second": Authenticator.objects.filter(user=who, type=Authenticator.Type.TOTP).exists(),
        "changes": changes, "stays": stays(changes),
    })  # fmt: skip


# things of other rooms that are undone on the same page
ELSEWHERE = {"channel": lines.undo}


def stays(changes: list[Change]) -> dict[int, str]:
    """Change -> why it can't be undone; "" where a button stands."""
    return {
        key: str(forms.NOT_UNDONE[code]) if code else ""
        for key, code in undo.why_not(changes, ELSEWHERE).items()
    }


# ---- deeds, each a page of its own ----

Data = dict[str, Any]


@dataclass(frozen=True)
class Deed:
    """`does` takes (officer, what was typed, by/now/reason); `first` gives what stands in the form at first."""

    title: Any
    told: Any
    button: Any
    form: type[forms.Reasoned]
    does: Callable[[Officer, Data, Data], Any]
    first: Callable[[Officer], Data] = lambda who: {}
    danger: bool = False


def give(who: Officer, data: Data, common: Data) -> None:
    actions.give_role(who, data["agency"], data["role"], begins=data["begins"], ends=data["ends"], **common)


def stand_in(who: Officer, data: Data, common: Data) -> None:
    actions.deputise(data["deputy"], who, begins=data["begins"], ends=data["ends"], **common)


def correct(who: Officer, data: Data, common: Data) -> None:
    actions.correct(who, data["name"], data["email"], data["language"], **common)


def end(who: Officer, data: Data, common: Data) -> None:
    row = Membership.objects.filter(pk=data["row"], officer=who).select_related("officer").first()
    if row is None:
        raise Http404
    actions.end_role(row, ends=data["ends"], **common)


def plain(deed: Callable[..., Any]) -> Callable[[Officer, Data, Data], Any]:
    return lambda who, data, common: deed(who, **common)


DEEDS = {
    "peran": Deed(
        gettext_lazy("Give a role"),
        gettext_lazy("The officer logs in anew and finds the new pages."),
        gettext_lazy("Give the role"),
        forms.NewRole,
        give,
    ),
    "akhiri": Deed(
        gettext_lazy("End a role"),
        gettext_lazy(
            "The officer is logged out everywhere at once. What was done in the role "
            "stays in the history with the name."
        ),
        gettext_lazy("End the role"),
        forms.EndRole,
        end,
        danger=True,
    ),
    "wakil": Deed(
        gettext_lazy("Who stands in during the leave?"),
        gettext_lazy(
            "The deputy gets the same roles for these days. "
            "Everything they do stands in their own name, with whom they do it for."
        ),
        gettext_lazy("Let them stand in"),
        forms.StandIn,
        stand_in,
    ),
    "data": Deed(
        gettext_lazy("Correct name, address or language"),
        gettext_lazy("A new address makes a link void that waits at the old one."),
        gettext_lazy("Keep it"),
        forms.Corrected,
        correct,
        lambda who: {"name": who.name, "email": who.email, "language": who.language},
    ),
    "undang": Deed(
        gettext_lazy("Send an invitation"),
        gettext_lazy(
            "A link goes to the e-mail address. It sets a password, works once, "
            "for seven days. An earlier link is void at once."
        ),
        gettext_lazy("Send it"),
        forms.Reasoned,
        plain(links.invite),
    ),
    "langkah-kedua": Deed(
        gettext_lazy("Take the second step away"),
        gettext_lazy(
            "For a lost telephone without emergency codes. Make sure whom "
            "you talk to: from then on the password alone opens the account, until a new second step is set up."
        ),
        gettext_lazy("Take it away"),
        forms.Reasoned,
        plain(actions.drop_second_step),
        danger=True,
    ),
    "keluar": Deed(
        gettext_lazy("Leaves the service"),
        gettext_lazy(
            "All roles end today, the account closes, every device is logged out "
            "at once. The history keeps the name."
        ),
        gettext_lazy("Close the account"),
        forms.Reasoned,
        plain(actions.leave),
        danger=True,
    ),
    "kembali": Deed(
        gettext_lazy("Comes back"),
        gettext_lazy("The account opens again, without roles: give them anew."),
        gettext_lazy("Open the account again"),
        forms.Reasoned,
        plain(actions.come_back),
    ),
}


@require_http_methods(["GET", "HEAD", "POST"])
@administrator
def deed(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    who, one = found(pk), DEEDS.get(name)
    if one is None:
        raise Http404
    row = row_of(request, who) if name == "akhiri" else None
    form = one.form(request.POST or None, initial=one.first(who))
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data | {"row": row.id if row else 0}
        if "role" in data:
            data["role"] = form.roles[data["role"]]
        common = {"by": request.viewer, "now": request.now, "reason": data["reason"]}
        try:
            one.does(who, data, common)
            ledger.wake()
            messages.success(request, _("Written down."))
            return redirect("admin_person", pk=pk)
        except actions.PeopleRefused as fact:
            forms.blame(form, fact.code)
    return page(request, "admin/deed.html", {
        "title": one.title, "told": one.told, "button": one.button, "danger": one.danger, "form": form,
        "heading": who.name, "about": named(row) if row else "", "back": ("admin_person", pk),
        "row": row.id if row else 0,
    })  # fmt: skip


def row_of(request: HttpRequest, who: Officer) -> Membership:
    given = request.POST.get("row") or request.GET.get("row", "")
    rows = Membership.objects.filter(officer=who).select_related("role", "agency")
    row = (
        rows.filter(pk=int(given)).first()
        if given.isascii() and given.isdecimal() and len(given) < 18
        else None
    )
    if row is None:
        raise Http404
    return row


def named(row: Membership) -> str:
    return f"{row.role.name_en if forms.english() else row.role.name_id}, {row.agency.name}"


@require_http_methods(["GET", "HEAD", "POST"])
@administrator
def new_person(request: HttpRequest) -> HttpResponse:
    form = forms.NewPerson(request.POST or None, initial=at_partner(request))
    if request.method == "POST" and form.is_valid():
        try:
            who = born(
                form, {"by": request.viewer, "now": request.now, "reason": form.cleaned_data["reason"]}
            )
            ledger.wake()
            messages.success(
                request, _("%(name)s is written down. The invitation is on its way.") % {"name": who.name}
            )
            return redirect("admin_person", pk=who.pk)
        except actions.PeopleRefused as fact:
            forms.blame(form, fact.code)
    return page(request, "admin/deed.html", {
        "title": _("A new officer"),
        "told": _("An account with a first role. The letter with the link goes out at once."),
        "button": _("Write down and invite"), "danger": False, "form": form, "heading": _("A new officer"), "about": "",
        "back": ("admin_people",), "row": 0,
    })  # fmt: skip


def at_partner(request: HttpRequest) -> Data:
    """From a partner's page: its name and its role stand in the form already."""
    code = clean(request.GET.get("mitra", ""), 40)
    row = Partner.objects.select_related("agency").filter(agency__code=code).first() if code else None
    return {"agency": row.agency.name, "role": Membership.PARTNER} if row else {}


@ledger.deed()
def born(form: forms.NewPerson, common: Data) -> Officer:
    """Account, role and invitation: all of them or none."""
    data = form.cleaned_data
    who = actions.add(data["username"], data["name"], data["email"], data["language"], **common)
    actions.give_role(
        who, data["agency"], form.roles[data["role"]], begins=data["begins"], ends=data["ends"], **common
    )
    links.invite(who, **common)
    return who


@require_http_methods(["GET", "HEAD", "POST"])
@administrator
def take_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Undo a Change, or say why it stays."""
    change = Change.objects.filter(pk=pk).first()
    if change is None:
        raise Http404
    tell([change])
    form = forms.Reasoned(request.POST or None)
    why = stays([change])[change.id]
    if request.method == "POST" and form.is_valid():
        try:
            reason = form.cleaned_data["reason"]
            undo.undo(change, by=request.viewer, now=request.now, reason=reason, more=ELSEWHERE)
            messages.success(request, _("Undone. Both stand in the history."))
            return redirect(*origin(change))
        except actions.PeopleRefused as fact:
            forms.blame(form, fact.code)
    return page(request, "admin/undo.html", {
        "change": change, "form": form, "why": why, "back": origin(change), "heading": change.object,
    })  # fmt: skip


def origin(change: Change) -> tuple[Any, ...]:
    """The page a Change belongs to."""
    kind, _colon, name = change.object.partition(":")
    if kind == "officer":
        who = Officer.objects.filter(username=name).first()
        return ("admin_person", who.pk) if who else ("admin_people",)
    if kind in ("agency", "handover", "partner", "channel") and "id" in change.after:
        return (f"admin_{kind}", change.after["id"])
    return ("admin",)
