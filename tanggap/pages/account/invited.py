"""The link of an invitation or a reset: it is exchanged for a cookie, so that no address with a secret stays on the
screen; then the officer chooses a password, or answers an invitation with an account elsewhere."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from tanggap.models import Invitation
from tanggap.people import links
from tanggap.web import errors, limits
from tanggap.web.headers import private, secret_address

from .login import password_field

KEPT = "invitation"  # in the session: [id, secret]


class Chosen(forms.Form):
    password1 = password_field(gettext_lazy("New password"), new=True)
    password2 = password_field(gettext_lazy("New password, once more"), new=True)

    def clean(self) -> dict[str, Any]:
        told = super().clean() or {}
        if told.get("password1") and told.get("password2") and told["password1"] != told["password2"]:
            self.add_error("password2", _("The two passwords differ."))
        return told


@secret_address
@require_safe
def invited(request: HttpRequest, pk: int, secret: str) -> HttpResponse:
    if limits.spent(request, "invited", settings.GUESSES_PER_HOUR):
        return errors.too_many(request, limits.HOUR)
    try:
        links.find(pk, secret, request.now)
    except links.NoSuchLink:
        limits.allow(request, "invited", settings.GUESSES_PER_HOUR)
        return void(request)
    request.session[KEPT] = [pk, secret]
    return redirect("set_password")


def kept(request: HttpRequest) -> tuple[int, str]:
    """The link this browser has opened. Raises NoSuchLink."""
    pair = request.session.get(KEPT)
    if not pair:
        raise links.NoSuchLink
    return pair[0], pair[1]


def void(request: HttpRequest) -> HttpResponse:
    """The same for a link that was used, is too old, was made void, or never existed."""
    words = _("It works once and not for long, and a changed role makes it void. Ask for a new one.")
    return errors.page(request, 404, _("This link works no more"), words, href="/atur-ulang/",
                       action=_("Ask for a new password"), drawing="cut")  # fmt: skip


@private
@require_http_methods(["GET", "HEAD", "POST"])
def set_password(request: HttpRequest) -> HttpResponse:
    try:
        row = links.find(*kept(request), request.now)
        form = Chosen(request.POST or None)
        if request.method == "POST" and form.is_valid() and chosen(request, form):
            return redirect("account_login")
    except links.NoSuchLink:
        request.session.pop(KEPT, None)
        return void(request)
    new = row.kind == Invitation.INVITE
    return render(request, "account/set_password.html", {
        "form": form, "officer": row.officer, "new": new, "until": row.expires_at,
        "oidc": settings.OIDC_NAME if settings.OIDC_ISSUER and new else "",
    })  # fmt: skip


def chosen(request: HttpRequest, form: Chosen) -> bool:
    try:
        links.set_password(*kept(request), form.cleaned_data["password1"], now=request.now)
    except ValidationError as fact:
        form.add_error("password1", fact)
        return False
    request.session.flush()  # whoever was logged in here before is no more
    messages.success(request, _("Your password is kept. Log in with it now."))
    return True
