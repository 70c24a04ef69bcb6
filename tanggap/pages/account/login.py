"""Log-in by name and password; the second step where it is switched on; log-out."""

from typing import Any

from allauth.account import views as allauth
from allauth.account.forms import LoginForm, ReauthenticateForm
from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from tanggap.web import errors
from tanggap.web.headers import private

from . import familiar


def password_field(label: Any, *, new: bool = False) -> forms.CharField:
    autocomplete = "new-password" if new else "current-password"
    return forms.CharField(label=label, strip=False, max_length=1000,
                           widget=forms.PasswordInput(attrs={"autocomplete": autocomplete}))  # fmt: skip


class Entrance(LoginForm):
    """allauth's form with our fields. A session ends with the browser: desks share computers."""

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields.pop("remember", None)
        self.fields["login"] = forms.CharField(
            label=_("User name"), max_length=80,
            widget=forms.TextInput({"autocomplete": "username", "autocapitalize": "none"}),
        )  # fmt: skip
        self.fields["password"] = password_field(_("Password"))
        self.order_fields(["login", "password"])

    def clean(self) -> dict[str, Any]:
        return {**super().clean(), "remember": False}


class OnceMore(ReauthenticateForm):
    password = password_field(_("Password"))


class LoginView(allauth.LoginView):
    form_class = Entrance
    template_name = "account/login.html"

    def form_valid(self, form: Entrance) -> HttpResponse:
        """The password was right: this browser is known from now on."""
        response = super().form_valid(form)
        return familiar.remember(self.request, response, form.user.username)

    def get_context_data(self, **more: Any) -> dict[str, Any]:
        return super().get_context_data(**more) | {"oidc": settings.OIDC_NAME if settings.OIDC_ISSUER else ""}


login = private(LoginView.as_view())


@require_POST
def logout(request: HttpRequest) -> HttpResponse:
    """By POST alone: a link in somebody's letter must not log anybody out."""
    return allauth.LogoutView.as_view()(request)


def too_many(request: HttpRequest) -> HttpResponse:
    """What allauth answers when one address tries too often."""
    return errors.too_many(request, 60)
