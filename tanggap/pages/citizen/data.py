"""My data: everything held about the person behind a report, to see, carry away, correct and erase.

Proven like the report itself; whoever knows the number alone finds nothing here.
"""

import tempfile
from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_http_methods, require_safe

from tanggap import access
from tanggap.channels.base import Contact
from tanggap.rights import actions, bundle
from tanggap.rights.actions import Correction, RightsRefused
from tanggap.rights.held import Plain, held, photos_of, reports_of
from tanggap.web import errors, limits
from tanggap.web.headers import private

from . import pictures
from .forms import CONTACT_LIMIT, KeptForm, Words, contact
from .seen import Seen, no_such, own

DOWNLOADS_PER_HOUR = 30
NAME_LIMIT = actions.NAME_LIMIT
MOST = 50  # letters and looks on the page; the ZIP has all


class CorrectForm(KeptForm):
    """Who the person is to us. An emptied field takes it back."""

    NAMES = ("name", "phone", "email", "language")
    name = Words(NAME_LIMIT, label=lazy("Name"), widget=forms.TextInput(attrs={"autocomplete": "name"}))
    phone = Words(
        CONTACT_LIMIT, label=lazy("Mobile number"),
        widget=forms.TextInput(attrs={"autocomplete": "tel", "inputmode": "tel"}),
    )  # fmt: skip
    email = Words(
        CONTACT_LIMIT, label=lazy("E-mail address"),
        widget=forms.TextInput(attrs={"autocomplete": "email", "inputmode": "email"}),
    )  # fmt: skip
    language = forms.ChoiceField(
        label=lazy("Language of our letters"), choices=[("id", "Bahasa Indonesia"), ("en", "English")],
        widget=forms.RadioSelect,
    )  # fmt: skip

    def clean_phone(self) -> list[Contact]:
        return self.contacts("phone", _("This is no phone number. For example 0812-3456-7890."))

    def clean_email(self) -> list[Contact]:
        return self.contacts("email", _("This e-mail address is not complete. For example nama@contoh.id."))

    def contacts(self, kind: str, wrong: str) -> list[Contact]:
        """Several are divided by commas: a channel may have known more than one."""
        found = [contact(part.strip()) for part in self.cleaned_data[kind].split(",") if part.strip()]
        if any(one.kind != kind for one in found):
            raise ValidationError(wrong)
        return found

    @property
    def said(self) -> Correction:
        told = self.cleaned_data
        return Correction(told["name"], [*told["phone"], *told["email"]], told["language"])


class EraseForm(KeptForm):
    """What shall go, and that it is meant."""

    NAMES = ("everything", "sure")
    everything = forms.CharField(required=False, widget=forms.RadioSelect)
    sure = forms.BooleanField(required=False)

    def __init__(self, post: Mapping[str, str] | None = None) -> None:
        super().__init__(post if post is None else {"everything": "no", **post.dict()})
        self.fields["everything"].label = _("What shall go?")
        self.fields["everything"].initial = "no"
        self.fields["everything"].widget.choices = [
            ("no", _("What names me")),
            ("yes", _("What names me, my words and my photos")),
        ]
        self.fields["sure"].label = _("I know that this cannot be taken back")

    def clean_everything(self) -> bool:
        if self.cleaned_data["everything"] not in ("yes", "no"):
            raise ValidationError(_("Choose one of the two."))
        return self.cleaned_data["everything"] == "yes"

    def clean_sure(self) -> bool:
        if not self.cleaned_data["sure"]:
            raise ValidationError(_("Tick this, so that nobody erases by accident."))
        return self.cleaned_data["sure"]


# ---- see, correct ----


@private
@require_http_methods(["GET", "HEAD", "POST"])
def data(request: HttpRequest, number: str) -> HttpResponse:
    """GET shows it; POST corrects name, contacts and language."""
    try:
        seen = own(request, number)
    except Http404:
        return no_such(request)
    known = held(seen.report.reporter, request.now, get_language() or "id")
    if request.method != "POST":
        return page(request, seen, known, CorrectForm(as_typed(known)))
    form = CorrectForm(request.POST)
    if not form.is_valid():
        return page(request, seen, known, form, 422)
    try:
        differ = actions.correct(
            seen.report.id, form.said, by=access.reporter_viewer(seen.report), now=request.now
        )
    except RightsRefused:
        return no_such(request)
    messages.success(
        request, _("Corrected. From now on we know you like this.") if differ else _("Nothing has changed.")
    )
    response = redirect("data", number=seen.report.number)
    response.status_code = 303
    return response


def as_typed(known: Plain) -> dict[str, str]:
    """What we hold, as the form would send it."""
    person = known["person"]
    by_kind = {
        kind: ", ".join(row["address"] for row in person["contacts"] if row["kind"] == kind)
        for kind in actions.KINDS
    }
    return {"name": person["name"], "language": person["language"], **by_kind}


def page(
    request: HttpRequest, seen: Seen, known: Plain, form: CorrectForm, status: int = 200
) -> HttpResponse:
    reports = reports_of(seen.report.reporter)
    shown = [row for row in photos_of(reports) if (row.report or row.message.report).id == seen.report.id]
    told: dict[str, Any] = {
        "seen": seen, "known": known, "form": form, "photos": list(zip(map(drawn(seen), shown), shown, strict=True)),
        "offices": [[row["office"], row["from"]] for row in known["offices"]],
        "letters": known["letters"][-MOST:][::-1], "openings": known["openings"][:MOST],
        "visibilities": {"private": _("Private"), "public": _("Public"), "secret": _("Secret")},
    }  # fmt: skip
    return render(request, "citizen/data.html", told, status=status)


def drawn(seen: Seen) -> Any:
    return lambda row: pictures.small(row, seen)


# ---- carry away ----


@private
@require_safe
def download(request: HttpRequest, number: str) -> HttpResponse:
    """The ZIP. Written to a file without a name: photos may be large, and nothing stays behind."""
    try:
        seen = own(request, number)
    except Http404:
        return no_such(request)
    if not limits.allow(request, "download", DOWNLOADS_PER_HOUR):
        return errors.too_many(request, limits.HOUR)
    person, language = seen.report.reporter, get_language() or "id"
    target = tempfile.TemporaryFile()  # noqa: SIM115 (the response closes it)
    bundle.write(target, held(person, request.now, language), photos_of(reports_of(person)), language)
    target.seek(0)
    return FileResponse(
        target, as_attachment=True, filename=f"data-{seen.report.number}.zip", content_type="application/zip"
    )


# ---- erase ----


@private
@require_http_methods(["GET", "HEAD", "POST"])
def erase(request: HttpRequest, number: str) -> HttpResponse:
    """First what goes and what stays, then the deed, then goodbye."""
    try:
        seen = own(request, number)
    except Http404:
        return no_such(request)
    if request.method != "POST":
        return erase_page(request, seen, EraseForm())
    form = EraseForm(request.POST)
    if not form.is_valid():
        return erase_page(request, seen, form, 422)
    try:
        actions.erase(
            seen.report.id, everything=form.cleaned_data["everything"], by=access.reporter_viewer(seen.report),
            now=request.now,
        )  # fmt: skip
    except RightsRefused as refused:
        if refused.code == "erased":
            return redirect("data_erased")
        form.add_error(None, _("A machine is just reading your words. Press again in half a minute."))
        return erase_page(request, seen, form, 409)
    response = redirect("data_erased")
    response.status_code = 303
    return response


def erase_page(request: HttpRequest, seen: Seen, form: EraseForm, status: int = 200) -> HttpResponse:
    numbers = [row.number for row in reports_of(seen.report.reporter)]
    told = {"seen": seen, "form": form, "numbers": numbers, "open": seen.case.closed_at is None}
    return render(request, "citizen/data_erase.html", told, status=status)


@require_safe
def erased(request: HttpRequest) -> HttpResponse:
    """Goodbye. It names nobody, so that anybody may see it."""
    return render(request, "citizen/data_erased.html", {})
