"""What every template knows, without a query of its own."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import get_language

from tanggap.models import Membership

from . import nav
from .middleware import LANGUAGE


def other_language(request: HttpRequest, code: str) -> dict[str, str]:
    """The one other language: its code, its own name, and this very page in it."""
    other, name = next((key, name) for key, name in settings.LANGUAGES if key != code)
    query = request.GET.copy()
    query[LANGUAGE] = other
    return {"code": other, "name": name, "href": "?" + query.urlencode()}


def page(request: HttpRequest) -> dict[str, Any]:
    """`now` is the moment the request came in; `office` and `role` say in whose name an officer works.

    `request.viewer` is set by the officers' pages; where it is missing (errors, citizens) the header is the
    citizen's.
    """
    code = get_language() or settings.LANGUAGE_CODE
    viewer = getattr(request, "viewer", None)
    roles = getattr(viewer, "roles", ())
    return {
        "now": getattr(request, "now", None) or timezone.now(),
        "lang": code,
        "other_lang": other_language(request, code),
        "path": request.path,
        "reference": getattr(request, "reference", ""),
        "htmx": bool(getattr(request, "htmx", False)),
        "viewer": viewer,
        "citizen_nav": nav.drawn(nav.CITIZEN, path=request.path),
        "partner_nav": nav.drawn(nav.PARTNER, path=request.path) if Membership.PARTNER in roles else [],
        "desk_nav": nav.drawn(nav.DESK, roles, request.path) if viewer else [],
        "foot_nav": nav.drawn(nav.FOOT),
    }
