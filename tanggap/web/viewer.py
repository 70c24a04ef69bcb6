"""Who is asking: the officer behind a session, with a door that closes for the wrong role, and for a role that needs a
second step as long as there is none."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect

from tanggap import access
from tanggap.models import Membership, Officer, Role
from tanggap.web.headers import private

SECOND_STEP = (
    "second_step"  # in the session: the session version at which it was seen to be as the roles need it
)

OUTSIDE = frozenset({Membership.PARTNER})  # no officers: none of the officers' pages exists for them


def officer(*roles: str) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """A view for officers with one of these roles (any role where none is named). Sets `request.viewer`.

    Without log-in: to the log-in page. With another role: 404, as for an address that does not exist.
    """

    def door(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @private
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            request.viewer = access.officer_viewer(request.user, request.now)
            if not request.viewer.roles - OUTSIDE or (roles and not request.viewer.has(*roles)):
                raise Http404
            if not second_step_done(request):
                return redirect("mfa_index")
            return view(request, *args, **kwargs)

        guarded.roles = roles
        return guarded

    return door


def partner(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A view for who files in the name of a partner. Sets `request.viewer` and `request.partner`."""

    @private
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        request.viewer = access.officer_viewer(request.user, request.now)
        if not request.viewer.has(Membership.PARTNER) or not hasattr(request.viewer.agency, "partner"):
            raise Http404
        if not second_step_done(request):
            return redirect("mfa_index")
        request.partner = request.viewer.agency.partner
        return view(request, *args, **kwargs)

    guarded.roles = (Membership.PARTNER,)
    return guarded


def second_step_done(request: HttpRequest) -> bool:
    """Has this officer the second step, or no role that needs it? Asked once in a session: a changed role or second
    step raises the session version. Whoever has it was asked for its code at the log-in, whichever way that went."""
    officer: Officer = request.user
    if request.session.get(SECOND_STEP) == officer.session_version:
        return True
    if must_set_up(officer, request.viewer.roles):
        return False
    request.session[SECOND_STEP] = officer.session_version
    return True


def must_set_up(officer: Officer, roles: frozenset[str]) -> bool:
    if (
        not settings.SECOND_STEP_REQUIRED
        or not Role.objects.filter(code__in=roles, second_factor=True).exists()
    ):
        return False
    return not Authenticator.objects.filter(user=officer, type=Authenticator.Type.TOTP).exists()
