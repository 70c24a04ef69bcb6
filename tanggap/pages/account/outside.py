"""Log-in with an account elsewhere (OpenID Connect), where the city has named an issuer. Nobody signs up by it: an
account elsewhere is connected from one's own account page, or by the link of an invitation that waits. It is known by
issuer and subject; no e-mail address ever finds an officer."""

import logging
from typing import Any

from allauth.account.internal.flows.login import record_authentication
from allauth.account.internal.flows.reauthentication import did_recently_reauthenticate
from allauth.account.utils import perform_login
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from tanggap.lib import oidc
from tanggap.models import Connection, Officer
from tanggap.people import links
from tanggap.web import errors
from tanggap.web.headers import private

from . import invited
from .own import own, stay

log = logging.getLogger(__name__)
ASKED = "oidc"  # in the session: state, nonce, verifier, and what for
LOG_IN, CONNECT, INVITED = "log_in", "connect", "invited"


def provider() -> oidc.Provider:
    if not settings.OIDC_ISSUER:
        raise Http404
    return oidc.Provider(settings.OIDC_ISSUER, settings.OIDC_CLIENT_ID, settings.OIDC_CLIENT_SECRET,
                         settings.SITE_URL + reverse("oidc_back"))  # fmt: skip


def begin(request: HttpRequest, what_for: str) -> str:
    address, asked = oidc.begin(provider())
    request.session[ASKED] = asked | {"for": what_for, "next": request.GET.get("next", "")}
    return address


@private
@require_safe
def log_in(request: HttpRequest) -> HttpResponse:
    """To the provider. A link, not a form: our pages' forms lead nowhere but to ourselves."""
    try:
        return redirect(begin(request, LOG_IN))
    except oidc.OidcRefused as fact:
        return refused(request, fact)


@own
@require_POST
def connect(request: HttpRequest) -> HttpResponse:
    """From one's own account page. A page with a link follows: whoever only made this browser load an address has
    connected nothing."""
    if request.POST.get("step") == "end":
        if links.disconnect(request.user, issuer(), by=request.viewer, now=request.now):
            stay(request)
            messages.success(
                request, _("The account elsewhere opens this one no more. Other devices are logged out.")
            )
        return redirect("account")
    if not did_recently_reauthenticate(request):
        return redirect(f"{reverse('account_reauthenticate')}?next={reverse('account')}")
    return onwards(request, CONNECT)


@private
@require_POST
def connect_invited(request: HttpRequest) -> HttpResponse:
    """From the page of an invitation, instead of a password."""
    try:
        links.find(*invited.kept(request), request.now)
    except links.NoSuchLink:
        return invited.void(request)
    return onwards(request, INVITED)


def onwards(request: HttpRequest, what_for: str) -> HttpResponse:
    try:
        address = begin(request, what_for)
    except oidc.OidcRefused as fact:
        return refused(request, fact)
    return render(request, "account/onwards.html", {"address": address, "name": settings.OIDC_NAME})


def issuer() -> str:
    try:
        return str(oidc.settings_of(provider().issuer)["issuer"])
    except oidc.OidcRefused:
        return settings.OIDC_ISSUER


@private
@require_safe
def back(request: HttpRequest) -> HttpResponse:
    """The browser returns from the provider."""
    asked: dict[str, Any] = request.session.pop(ASKED, {})
    try:
        account = oidc.finish(provider(), asked, request.GET.dict())
    except oidc.OidcRefused as fact:
        return refused(request, fact)
    if asked["for"] == CONNECT:
        return connected(request, account)
    if asked["for"] == INVITED:
        return answered(request, account)
    held = (
        Connection.objects.select_related("officer")
        .filter(issuer=account.issuer, subject=account.subject)
        .first()
    )
    if held is None or not held.officer.is_active:
        return unknown(request)
    return enter(request, held.officer, account)


def enter(request: HttpRequest, officer: Officer, account: oidc.Account) -> HttpResponse:
    """In by the same stages as with a password: the second step is asked for here too."""
    record_authentication(request, officer, "socialaccount", provider=account.issuer)
    return perform_login(request, officer, email_verification="none")


def connected(request: HttpRequest, account: oidc.Account) -> HttpResponse:
    if not request.user.is_authenticated:
        return redirect("account_login")
    try:
        new = links.connect(request.user, account.issuer, account.subject, now=request.now)
    except links.ConnectedOtherwise:
        messages.error(
            request, _("Not connected: it belongs to another officer, or you have another one there.")
        )
        return redirect("account")
    if new:
        stay(request)
        messages.success(request, _("Connected. From now on you may log in with it."))
    return redirect("account")


def answered(request: HttpRequest, account: oidc.Account) -> HttpResponse:
    try:
        officer = links.connect_by_link(
            *invited.kept(request), account.issuer, account.subject, now=request.now
        )
    except links.NoSuchLink:
        return invited.void(request)
    except links.ConnectedOtherwise:
        return unknown(request)
    request.session.flush()
    return enter(request, officer, account)


def unknown(request: HttpRequest) -> HttpResponse:
    words = _(
        "Nobody here is connected with it. Log in with your password once and connect it on your account page."
    )
    return errors.page(request, 403, _("This account elsewhere opens nothing here"), words, href="/masuk/",
                       action=_("To the log-in"), drawing="nostop")  # fmt: skip


def refused(request: HttpRequest, fact: oidc.OidcRefused) -> HttpResponse:
    """One sentence whatever was wrong; the log says which."""
    log.warning("%s log-in elsewhere refused: %s", request.reference, fact)
    if fact.code == "cancelled":
        return redirect("account_login")
    words = _(
        "The answer from there could not be believed, or did not come. Nothing has changed. Try once more."
    )
    status = 502 if fact.code == "away" else 403
    return errors.page(request, status, _("The log-in did not work"), words, href="/masuk/",
                       action=_("To the log-in"), drawing="cut", reference=request.reference)  # fmt: skip
