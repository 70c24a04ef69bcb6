"""One's own account: name, roles, language, password, second step, log-out."""

from allauth.account import views as allauth
from allauth.account.forms import ChangePasswordForm
from allauth.mfa.models import Authenticator
from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from tanggap import ledger
from tanggap.models import Connection, Membership, Officer
from tanggap.models.event import OFFICER, Actor
from tanggap.web.middleware import LANGUAGE

from .login import password_field
from .own import own


class Language(forms.Form):
    language = forms.ChoiceField(
        label=gettext_lazy("Language of my pages and letters"), choices=settings.LANGUAGES
    )


class NewPassword(ChangePasswordForm):
    oldpassword = password_field(gettext_lazy("Present password"))
    password1 = password_field(gettext_lazy("New password"), new=True)
    password2 = password_field(gettext_lazy("New password, once more"), new=True)

    def clean_password1(self) -> str:
        return allauth.get_adapter().clean_password(self.cleaned_data["password1"], user=self.user)


def roles_of(officer: Officer, on) -> list[Membership]:
    rows = Membership.objects.current(on).filter(officer=officer)
    return list(rows.select_related("role", "agency", "deputy_for").order_by("agency__name", "role_id"))


@own
def account(request: HttpRequest) -> HttpResponse:
    form = Language(request.POST or None, initial={"language": request.LANGUAGE_CODE})
    if request.method == "POST" and form.is_valid():
        return keep_language(request, form.cleaned_data["language"])
    roles = roles_of(request.user, request.now)
    second = Authenticator.objects.filter(user=request.user, type=Authenticator.Type.TOTP).exists()
    return render(request, "account/account.html", {
        "form": form, "officer": request.user, "roles": roles, "second": second,
        "should": not second and any(row.role.second_factor for row in roles),
        "oidc": settings.OIDC_NAME if settings.OIDC_ISSUER else "",
        "connected": Connection.objects.filter(officer=request.user).exists() if settings.OIDC_ISSUER else False,
        "by_password": request.user.has_usable_password(),
    })  # fmt: skip


def keep_language(request: HttpRequest, code: str) -> HttpResponse:
    """For the letters it is kept with the officer; the pages follow the link that sets the cookie."""
    Officer.objects.filter(pk=request.user.pk).update(language=code)
    with override(code):
        messages.success(request, _("Saved."))
    return redirect(f"{reverse('account')}?{LANGUAGE}={code}")


class PasswordView(allauth.PasswordChangeView):
    form_class = NewPassword
    template_name = "account/password.html"

    def form_valid(self, form: NewPassword) -> HttpResponse:
        response = super().form_valid(form)
        who = self.request.user
        now = self.request.now
        ledger.change(f"officer:{who.username}", "change", before={}, after={"password_at": now.isoformat()},
                      by=Actor(OFFICER, who.id), now=now, reason="by the officer")  # fmt: skip
        return response


password = own(PasswordView.as_view())
