"""A door for pages of one's own account: any officer who is logged in, with or without a role today."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse

from tanggap import access
from tanggap.web.headers import private


def own(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    @private
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        request.viewer = access.officer_viewer(request.user, request.now)
        return view(request, *args, **kwargs)

    return guarded


def stay(request: HttpRequest) -> None:
    """Of an officer whose sessions have just ended, this one goes on."""
    request.user.refresh_from_db(fields=["session_version", "password"])
    update_session_auth_hash(request, request.user)
