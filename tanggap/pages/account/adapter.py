"""How allauth behaves here: nobody signs up, its words are ours, secrets of the second step are sealed."""

import base64
from io import BytesIO
from typing import Any

import segno
from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from tanggap import access
from tanggap.lib import seal
from tanggap.models import Membership
from tanggap.web import nav

from . import familiar

CODE_WRONG = _("This code does not fit. Wait for the next one in the app, then type it.")
# allauth's notices by template name; what is not here is said by the page itself
NOTICES = {
    "account/messages/logged_out.txt": _("You are logged out."),
    "account/messages/password_changed.txt": _("Your password is changed. Other devices are logged out."),
    "mfa/messages/totp_activated.txt": _("The second step is on. It is asked for at your next log-in."),
    "mfa/messages/totp_deactivated.txt": _("The second step is off."),
}


class OfficersOnly(DefaultAccountAdapter):
    """Officers are invited, never signed up: the only accounts are those an administrator made."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        # one sentence for every failure: it must not tell which accounts exist (or are closed)
        "username_password_mismatch": _("Name or password is wrong. Check both, then try again."),
        "too_many_login_attempts": _("Too many tries. Wait five minutes, then try again."),
        "incorrect_password": _("This is not your password. Try again."),
        "enter_current_password": _("This is not your present password."),
        "incorrect_code": CODE_WRONG,
        "rate_limited": _("Too many tries. Wait five minutes, then try again."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def authenticate(self, request: HttpRequest, **credentials: Any) -> AbstractBaseUser | None:
        """A closed account fails like an unknown one: allauth's page for it would confirm the password."""
        user = super().authenticate(request, **credentials)
        return user if user is not None and user.is_active else None

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """A browser in which this officer has logged in before counts its own wrong tries: whoever guesses from
        elsewhere can't lock the owner out (reliability.md S12)."""
        key = super()._get_login_attempts_cache_key(request, **credentials)
        browser = familiar.browser_of(request, str(credentials.get("username", "")))
        return f"{key}:{browser}" if browser else key

    def get_client_ip(self, request: HttpRequest) -> str:
        return request.client_address

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """The first page of the officer's own way through the house."""
        return first_page(request)

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("account")

    def add_message(self, request: HttpRequest, level: int, message_template: str | None = None, *args: Any,
                    **kwargs: Any) -> None:  # fmt: skip
        said = kwargs.get("message") or NOTICES.get(message_template or "")
        if said:
            messages.add_message(request, level, said)


def first_page(request: HttpRequest) -> str:
    """Of the role's own pages; the board, which is everybody's, where there is none."""
    viewer = access.officer_viewer(request.user, request.now)
    if not viewer.roles:
        return reverse("account")
    if viewer.has(Membership.PARTNER):
        return reverse("partner")
    own = [way for way in nav.DESK if way.roles != nav.EVERYBODY]
    ways = nav.drawn(own, viewer.roles) or nav.drawn(nav.DESK, viewer.roles)
    return ways[0]["href"] if ways else reverse("account")


class SecondFactor(DefaultMFAAdapter):
    """The app's key and the emergency codes lie sealed in the database."""

    error_messages = {**DefaultMFAAdapter.error_messages, "incorrect_code": CODE_WRONG}

    def get_totp_label(self, user: AbstractBaseUser) -> str:
        return user.get_username()

    def build_totp_svg(self, url: str) -> str:
        """Dark on light whatever the theme: cameras read nothing else."""
        held = BytesIO()
        segno.make(url, error="m").save(held, kind="svg", scale=4, border=4, dark="#000", light="#fff")
        return held.getvalue().decode()

    def encrypt(self, text: str) -> str:
        return base64.b64encode(seal.seal_direct(ring(), text, b"second factor")).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return seal.open_direct(ring(), base64.b64decode(encrypted_text), b"second factor").decode()


def ring() -> seal.Keyring:
    return seal.Keyring.parse(settings.SEAL_KEYS)
