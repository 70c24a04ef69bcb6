"""Who is asking: the officer behind a session, with a door that closes for the wrong role."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse

from tanggap import access
from tanggap.web.headers import private


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
            if not request.viewer.roles or (roles and not request.viewer.has(*roles)):
                raise Http404
            return view(request, *args, **kwargs)

        guarded.roles = roles
        return guarded

    return door
