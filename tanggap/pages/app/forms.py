"""What makers of apps type."""

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy


class KeyForm(forms.Form):
    key = forms.CharField(
        label=lazy("Your app's key"), max_length=200, help_text=lazy("The api_key your system sends."),
        widget=forms.PasswordInput, error_messages={"required": lazy("Type the key first.")},
    )  # fmt: skip

    def unknown(self) -> None:
        self.add_error("key", _("This key is not known here, or has ended."))


class HookForm(forms.Form):
    """Where news is sent."""

    url = forms.CharField(
        label=lazy("Address for news"), max_length=500,
        help_text=lazy("An https address of your system. We send a signed message after each step of your reports."),
        error_messages={"required": lazy("Type an address first.")},
    )  # fmt: skip

    def refused(self) -> None:
        self.add_error("url", _("We can't send there: an https address in the open internet is needed."))
