"""The second step: a code from an app, and emergency codes for the day the telephone is gone.

The views are allauth's, the forms and pages ours.
"""

from typing import Any

from allauth.account import views as account
from allauth.mfa.base import forms as base_forms
from allauth.mfa.base import views as base
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes import views as codes
from allauth.mfa.totp import forms as totp_forms
from allauth.mfa.totp import views as totp
from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from tanggap.people import actions
from tanggap.web.headers import private
from tanggap.web.viewer import must_set_up

from .login import OnceMore
from .own import own, stay


def code_field(label: Any) -> forms.CharField:
    widget = forms.TextInput(
        attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "autofocus": True}
    )
    return forms.CharField(label=label, max_length=20, widget=widget)


class Code(base_forms.AuthenticateForm):
    code = code_field(_("Code of the app, or an emergency code"))


class CodeOnceMore(base_forms.ReauthenticateForm):
    code = code_field(_("Code of the app, or an emergency code"))


class FirstCode(totp_forms.ActivateTOTPForm):
    code = code_field(_("Six digits from the app"))


class SwitchOn(totp.ActivateTOTPView):
    """Sessions that were begun with the password alone end, but this one, which has just shown the app."""

    def form_valid(self, form: FirstCode) -> HttpResponse:
        response = super().form_valid(form)
        actions.note_second_step(self.request.user, True, now=self.request.now)
        stay(self.request)
        return response


class SwitchOff(totp.DeactivateTOTPView):
    def form_valid(self, form: Any) -> HttpResponse:
        response = super().form_valid(form)
        actions.note_second_step(self.request.user, False, now=self.request.now)
        stay(self.request)
        return response


@own
def overview(request: HttpRequest) -> HttpResponse:
    kinds = set(Authenticator.objects.filter(user=request.user).values_list("type", flat=True))
    return render(request, "account/second.html", {
        "on": Authenticator.Type.TOTP in kinds,
        "codes": Authenticator.Type.RECOVERY_CODES in kinds,
        "must": must_set_up(request.user, request.viewer.roles),
    })  # fmt: skip


authenticate = private(
    base.AuthenticateView.as_view(form_class=Code, template_name="account/second_ask.html")
)
reauthenticate = own(
    account.ReauthenticateView.as_view(form_class=OnceMore, template_name="account/once_more.html")
)
reauthenticate_code = own(
    base.ReauthenticateView.as_view(form_class=CodeOnceMore, template_name="account/once_more_code.html")
)
activate = own(SwitchOn.as_view(form_class=FirstCode, template_name="account/second_on.html"))
deactivate = own(SwitchOff.as_view(template_name="account/second_off.html"))
show_codes = own(codes.ViewRecoveryCodesView.as_view(template_name="account/second_codes.html"))
new_codes = own(codes.GenerateRecoveryCodesView.as_view(template_name="account/second_new.html"))
